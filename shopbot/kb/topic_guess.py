"""Which topic a sentence of an unknown sheet belongs to: by its words, offline, in microseconds.

The reference sentences are the neutral phrasings shipped for every topic, the topics' names and what
the store itself has already written. ``similar`` adds an embedder's opinion: questions are compared with
questions, answers with answers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from shopbot.kb import replies
from shopbot.kb.entry import Entry, Topic
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.storefile import CHINA, base_topics

Similar = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[float]]]
"""(sentences, references) -> a row of similarities, 0 to 1, for each sentence."""

SURE, UNSURE = 0.6, 0.3
"""Confidence from which a guess is shown as likely, and below which no topic is set."""

ANSWER_WEIGHT = 0.4
"""An answer beside a question tells less than the question."""

ANSWERS_ALONE, ANSWERS_COMPARED_ALONE = 0.6, 0.75
"""An answer without a question is often said in several topics: measured right in 6 of 10 by its
words, in 7 of 10 with an embedder."""

PROFILE_WEIGHT = 0.5
OPINION_WEIGHT = 0.5
"""An embedder's share of the say. Of a shop nobody tuned for (125 questions, 63 answers alone) it
raised the right guesses from 50 to 54 and from 60 to 73 in a hundred."""
QUESTIONS_COMPARED, ANSWERS_COMPARED = 16, 6
"""Reference sentences of a topic that the embedder is asked about: embedding them takes seconds."""
GROUP_WEIGHT = 0.5
NAME_WEIGHT = 0.9
SMOOTHING = 40.0
"""Pairs of characters that a topic is given in advance, spread as in all topics together."""

TOP_WEIGHT = 2.2
"""Score per pair of characters of a text that is at home in one topic only."""

_WORDLESS = re.compile(r"[\W_]+")
_COURTESY = re.compile(r"亲亲?|您好|你好|哈|哦|呢|呀|啦|麻烦|请问|一下|谢谢|感谢|我们|您|的")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The likeliest topic (blank when nothing fits), how sure that is (0 to 1) and the next one."""

    topic: str
    confidence: float
    second: str = ""

    @property
    def sure(self) -> bool:
        """True when a person would hardly choose another."""
        return self.confidence >= SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    topic: str
    text: str
    weight: float
    terms: Mapping[str, float]
    norm: float


class TopicGuesser:
    """Compares sentences with reference sentences one by one, and with each topic's words at large."""

    def __init__(
        self,
        topics: Mapping[str, Topic],
        entries: Iterable[Entry] = (),
        similar: Similar | None = None,
    ) -> None:
        asked, said = _texts(topics, entries)
        counted = Counter(term for _, text, _ in asked for term in set(_terms(text)))
        self._idf = {term: math.log(1 + len(asked) / count) for term, count in counted.items()}
        self._unseen = math.log(1 + len(asked))
        self._references = [self._reference(*one) for one in asked]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, reference in enumerate(self._references):
            for term in reference.terms:
                self._postings[term].append(number)
        self._asked = _Profiles([(topic, text) for topic, text, _ in asked])
        self._said = _Profiles([*((topic, text) for topic, text, _ in asked), *said])
        self._similar = similar
        self._questions = _spread(((r.topic, r.text) for r in self._references), QUESTIONS_COMPARED)
        self._answers = _spread(said, ANSWERS_COMPARED)

    def guess(
        self, questions: Sequence[str], answers: Sequence[str] = (), group: str = ""
    ) -> Guess:
        """Return the topic that questions, answers and the group they stood in point to."""
        total: dict[str, float] = defaultdict(float)
        asked = [q for q in questions if _terms(q)]
        for text in asked:
            _add(total, self._near(text), (1 - PROFILE_WEIGHT) / len(asked))
            _add(total, self._asked.scores(text), PROFILE_WEIGHT / len(asked))
        told = [a for a in answers if _terms(a)]
        for text in told:
            weight = (ANSWER_WEIGHT if asked else 1.0) / len(told)
            _add(total, self._opined(text, self._said.scores(text), self._answers), weight)
        if group:
            _add(total, self._near(group), GROUP_WEIGHT)
        alone = ANSWERS_COMPARED_ALONE if self._similar else ANSWERS_ALONE
        return _decided(total, 1.0 if asked else alone)

    def _near(self, text: str) -> Mapping[str, float]:
        terms, norm = self._weighed(text)
        dots: dict[int, float] = defaultdict(float)
        for term, weight in terms.items():
            for number in self._postings.get(term, ()):
                dots[number] += weight * self._references[number].terms[term]
        found: dict[str, float] = defaultdict(float)
        for number, dot in dots.items():
            one = self._references[number]
            found[one.topic] = max(found[one.topic], one.weight * dot / (norm * one.norm))
        return self._opined(text, found, self._questions)

    def _opined(
        self, text: str, found: Mapping[str, float], known: Sequence[tuple[str, str]]
    ) -> Mapping[str, float]:
        """What words found, with the embedder's opinion by (topic, sentence) pairs that are known."""
        if self._similar is None or not known:
            return found
        opinion: dict[str, float] = defaultdict(float)
        (row,) = self._similar([text], [sentence for _, sentence in known])
        for (topic, _), value in zip(known, row, strict=True):
            opinion[topic] = max(opinion[topic], value)
        words = 1 - OPINION_WEIGHT
        return {
            topic: words * found.get(topic, 0.0) + OPINION_WEIGHT * opinion.get(topic, 0.0)
            for topic in {*found, *opinion}
        }

    def _reference(self, topic: str, text: str, weight: float) -> _Reference:
        terms, norm = self._weighed(text)
        return _Reference(topic=topic, text=text, weight=weight, terms=terms, norm=norm or 1.0)

    def _weighed(self, text: str) -> tuple[dict[str, float], float]:
        terms = {
            term: self._idf.get(term, self._unseen) * (1.0 if len(term) > 1 else 0.4)
            for term in set(_terms(text))
        }
        return terms, math.sqrt(sum(weight * weight for weight in terms.values()))


class _Profiles:
    """How usual each character pair is in the texts of each topic (a multinomial model)."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for topic, text in texts:
            counts[topic].update(set(_terms(text)))
        overall = sum(counts.values(), Counter[str]())
        all_terms = sum(overall.values())
        self._weights: dict[str, dict[str, float]] = defaultdict(dict)
        for topic, told in counts.items():
            size = sum(told.values())
            for term, count in told.items():
                share = (count + SMOOTHING * overall[term] / all_terms) / (size + SMOOTHING)
                self._weights[term][topic] = max(0.0, math.log(share * all_terms / overall[term]))

    def scores(self, text: str) -> dict[str, float]:
        """Return how much more the words of ``text`` are at home in a topic, 0 to about 1."""
        terms = [term for term in set(_terms(text)) if len(term) > 1]
        found: dict[str, float] = defaultdict(float)
        for term in terms:
            for topic, weight in self._weights.get(term, {}).items():
                found[topic] += weight
        scale = TOP_WEIGHT * max(2.0, len(terms) ** 0.75)
        return {topic: min(1.0, score / scale) for topic, score in found.items()}


def _texts(
    topics: Mapping[str, Topic], entries: Iterable[Entry]
) -> tuple[list[tuple[str, str, float]], list[tuple[str, str]]]:
    """Return (topic, question, weight) and (topic, answer) of all reference sentences."""
    asked = [(t.id, part, NAME_WEIGHT) for t in topics.values() for part in _names(t)]
    said = []
    for entry in (*shipped(), *entries):
        if entry.topic in topics:
            asked += [(entry.topic, phrasing.text, 1.0) for phrasing in entry.phrasings]
            said += [(entry.topic, variant.text) for variant in entry.variants]
    return asked, said


def _spread(sentences: Iterable[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """Up to ``most`` (topic, sentence) pairs of each topic, evenly out of all of it."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    for topic, text in sentences:
        by_topic[topic].append(text)
    return [
        (topic, texts[at * len(texts) // min(most, len(texts))])
        for topic, texts in by_topic.items()
        for at in range(min(most, len(texts)))
    ]


def _add(total: dict[str, float], scores: Mapping[str, float], weight: float) -> None:
    for topic, score in scores.items():
        total[topic] += weight * score


def _decided(total: Mapping[str, float], scale: float) -> Guess:
    """Turn scores into a guess: sure when one is high and well ahead of the next."""
    order = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
    if not order:
        return Guess(topic="", confidence=0.0)
    (topic, best), (second, next_best) = order[0], (order[1] if len(order) > 1 else ("", 0.0))
    ahead = (best - next_best) / best if best else 0.0
    confidence = min(1.0, scale * best * (0.75 + 1.25 * ahead))
    if confidence < UNSURE:
        return Guess(topic="", confidence=round(confidence, 2), second=topic)
    return Guess(topic=topic, confidence=round(confidence, 2), second=second)


@cache
def shipped() -> tuple[Entry, ...]:
    """Return the entries of the packaged skeleton: neutral phrasings and answers of every topic."""
    setting = Setting(zone=CHINA, topics=base_topics())
    folder = resources.files("shopbot.kb") / "skeleton" / "replies"
    files = [f for stage in folder.iterdir() if stage.is_dir() for f in stage.iterdir()]
    files.append(resources.files("shopbot.kb") / "skeleton" / "products" / "templates.yaml")
    found: list[Entry] = []
    for file in sorted(files, key=lambda f: f.name):
        text = file.read_text(encoding="utf-8")
        template = file.name == "templates.yaml"
        found += replies.read(text, Notes(file.name), setting, template=template)
    return tuple(found)


def neutral() -> Mapping[str, tuple[str, ...]]:
    """Return the phrasings shipped for every topic, suitable for any shop."""
    found: dict[str, list[str]] = defaultdict(list)
    for entry in shipped():
        found[entry.topic] += [phrasing.text for phrasing in entry.phrasings]
    return {topic: tuple(texts) for topic, texts in found.items()}


def _names(topic: Topic) -> list[str]:
    return [part for part in re.split(r"[、（）]", topic.zh) if part]


def _terms(text: str) -> list[str]:
    plain = _WORDLESS.sub("", unicodedata.normalize("NFKC", text).lower())
    short = _COURTESY.sub("", plain) or plain
    return [*short, *(short[at : at + 2] for at in range(len(short) - 1))]
