"""Fits what a built generation learns from its own phrasings: topic model and calibration.

See :mod:`shopbot.kb.topic_model` and :mod:`shopbot.kb.calibration` for the ideas. Phrasings are
judged by a model that has not seen them (two folds), else the calibration would be too sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from shopbot.kb import calibration as calibrating
from shopbot.kb import topic_model
from shopbot.kb.calibration import CANDIDATES, Calibration, features
from shopbot.kb.embedder import Embedder
from shopbot.kb.fusion import Floats, Ranked
from shopbot.kb.generation import Generation, Progress, content_digest
from shopbot.kb.retrieval import Retriever, with_topics
from shopbot.kb.topic_model import TopicModel

SAMPLE = 2_000
"""Phrasings left out in turn, about so many, spread evenly: the fit has eight numbers to find."""
NEGATIVE_SHARE = 0.25
"""Weight of the out-of-shop questions against all others: about what shoppers send."""
LABELLED_SHARE = 1.0
"""Weight of the store's own labelled questions, together, against the left-out phrasings."""
SEARCHED = 8
"""Entries that a search looks at: the margin needs the best of another topic among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question with the topics that are right for it; none for one that must not be answered."""

    text: str
    topics: frozenset[str]


@dataclass(slots=True)
class _Samples:
    inputs: list[NDArray[np.float64]] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def fit(self, digest: str) -> Calibration:
        """The calibration they teach; without a right and a wrong one they teach nothing."""
        if len(set(self.right)) < 2:
            return calibrating.unfitted(digest)
        return calibrating.fit(
            np.array(self.inputs), np.array(self.right), digest, np.array(self.weights)
        )


@dataclass(frozen=True, slots=True)
class _Example:
    """A text to train or judge on: its terms, vector, right topics; ``row`` if it is a phrasing."""

    text: str
    words: Mapping[str, float]
    vector: Floats
    topics: frozenset[str]
    row: int = -1


def fitted(
    generation: Generation,
    embedder: Embedder,
    labelled: Sequence[Labelled] = (),
    progress: Progress | None = None,
) -> Generation:
    """The generation with topic model and calibration; rough defaults if it is too small, or if no
    phrasing of it finds a sister when left out.
    """
    tell = progress or (lambda _what, _share: None)
    topics = [entry.topic for entry in generation.entries]
    digest = content_digest(generation.entries, generation.model)
    examples = _phrasings(generation) + _asked(generation, embedder, labelled)
    tell("progress.calibrate", 0.1)
    model = _train(examples, generation.retriever)
    judged = replace(generation, retriever=with_topics(generation.retriever, model, topics))
    tell("progress.calibrate", 0.3)
    if len(generation.phrasings) < calibrating.MIN_PHRASINGS or (
        len(set(topics)) < calibrating.MIN_TOPICS
    ):
        return replace(judged, calibration=calibrating.unfitted(digest), drift=0)
    samples = _Samples()
    for share in _folds(judged, examples, topics, samples):
        tell("progress.calibrate", 0.3 + 0.6 * share)
    _add_negatives(judged, embedder, topics, samples)
    tell("progress.calibrate", 1.0)
    return replace(judged, calibration=samples.fit(digest), drift=0)


def _add_negatives(
    generation: Generation, embedder: Embedder, topics: Sequence[str], samples: _Samples
) -> None:
    """Judge the shipped questions too: whatever they find is wrong."""
    negatives = [Labelled(text=text, topics=frozenset()) for text in shipped_negatives()]
    weight = NEGATIVE_SHARE * sum(samples.weights) / len(negatives) / CANDIDATES
    for example in _asked(generation, embedder, negatives):
        _judge(generation.retriever, topics, example, weight, samples)


def _phrasings(generation: Generation) -> list[_Example]:
    retriever = generation.retriever
    return [
        _Example(
            text,
            retriever.analyser.words(text),
            retriever.dense.vectors[row],
            frozenset({generation.entries[int(generation.units[row])].topic}),
            row,
        )
        for row, text in enumerate(generation.prepared)
    ]


def _asked(
    generation: Generation, embedder: Embedder, questions: Sequence[Labelled]
) -> list[_Example]:
    asked = [generation.ask(q.text) for q in questions]
    vectors = embedder.encode([q.text for q in asked])
    return [
        _Example(q.text, q.words, vector, labelled.topics)
        for labelled, q, vector in zip(questions, asked, vectors, strict=True)
        if q.text
    ]


def _train(examples: Sequence[_Example], retriever: Retriever) -> TopicModel | None:
    """A topic model over all examples that have a topic; one example a right topic."""
    kept = [(e, topic) for e in examples for topic in sorted(e.topics)]
    kept = kept[:: max(1, -(-len(kept) // topic_model.MOST))]
    if not kept:
        return None
    return topic_model.fit(
        np.stack([e.vector for e, _ in kept]),
        [e.words for e, _ in kept],
        retriever.words,
        np.array([topic for _, topic in kept]),
    )


def _folds(
    generation: Generation,
    examples: Sequence[_Example],
    topics: Sequence[str],
    samples: _Samples,
) -> Iterator[float]:
    """Judge each half of the examples with a model trained on the other half."""
    twins: dict[str, list[int]] = {}
    for row, text in enumerate(generation.prepared):
        twins.setdefault(text, []).append(row)
    phrasings = [e for e in examples if e.row >= 0]
    own = [e for e in examples if e.row < 0]
    weight = LABELLED_SHARE * min(len(phrasings), SAMPLE) / max(len(own), 1)
    step = max(1, 2 * len(phrasings) // SAMPLE // 2)
    for fold in (0, 1):
        model = _train([e for at, e in enumerate(examples) if at % 2 != fold], generation.retriever)
        retriever = with_topics(generation.retriever, model, topics)
        picked = [e for at, e in enumerate(examples) if at % 2 == fold]
        for done, example in enumerate(picked):
            if example.row < 0:
                _judge(retriever, topics, example, weight, samples)
            elif (example.row // 2) % step == 0:
                _judge(retriever, topics, example, 1.0, samples, twins[example.text])
            if done % 200 == 0:
                yield (fold + done / len(picked)) / 2


def _judge(
    retriever: Retriever,
    topics: Sequence[str],
    example: _Example,
    weight: float,
    samples: _Samples,
    without: Sequence[int] = (),
) -> None:
    """Add the first candidates of a search to the samples."""
    question = retriever.analyser.seen(example.text)
    ranked: list[Ranked] = retriever.search(question, example.vector, top=SEARCHED, without=without)
    found = [topics[r.unit] for r in ranked]
    for at in range(min(CANDIDATES, len(ranked))):
        samples.inputs.append(features(ranked, at, found, len(example.text)))
        samples.right.append(found[at] in example.topics)
        samples.weights.append(weight)


def shipped_negatives() -> list[str]:
    """Questions that no shop's knowledge answers, one a line in negatives.txt."""
    text = resources.files("shopbot.kb").joinpath("negatives.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
