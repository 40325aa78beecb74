"""From a question to ranked, traceable suggestions over one generation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from shopbot import ids
from shopbot.kb import calibration as calibrating
from shopbot.kb import focus as focusing
from shopbot.kb import parts as cutting
from shopbot.kb import text as texts
from shopbot.kb.analysis import Question
from shopbot.kb.calibration import ANSWER_AT
from shopbot.kb.embedder import Embedder
from shopbot.kb.entry import Entry
from shopbot.kb.focus import Focus, Turn
from shopbot.kb.fusion import Floats, Ranked
from shopbot.kb.generation import Generation
from shopbot.kb.mentions import GENERIC
from shopbot.kb.ranking import SURE, spread, with_context
from shopbot.kb.reply import Reply, Withheld, compose
from shopbot.kb.silenced import TRUST, Silenced, is_silenced, leads
from shopbot.kb.slots import Slots
from shopbot.kb.suggestion import Answer, Part, Query, Suggestion

SEARCHED = 24
"""Entries looked at: some are withheld (expired, of another product), five must be left."""
SPARE = 4
"""Candidates kept beyond what is shown, so that each topic can show its best first."""
FOLLOW_GAIN = 0.10
"""A short message is read together with the question before it when that is so much likelier."""
COURTESY = frozenset({"greeting", "thanks-bye", "smalltalk"})
PART_AT = 0.60
"""A piece of a message stands for itself only when this likely found its topic."""
STAND_INS = {"stale-fact": "system.checking", "no-ask": "system.ask-product"}
"""Said instead of an entry that is right but may not be told as it is."""
_NAMED_ONLY = re.compile(rf"{GENERIC}[的呢吧啊呀\W_]*")
"""A product's name and no question: 寒川, or the link of its page."""


Found = tuple[list[Ranked], Question]
Rank = Callable[[Focus], Found]


class Answerer:
    """Answers queries from one generation; safe to share between threads."""

    def __init__(self, generation: Generation, embedder: Embedder) -> None:
        self.generation = generation
        self._embedder = embedder
        self._versions: dict[int, str] = {}
        self._system = {e.id: e for e in generation.knowledge.entries if e.is_system}

    def answer(self, query: Query) -> Answer:
        """Suggestions for a query; never fails on what a shopper typed."""
        watch = ids.stopwatch()
        generation = self.generation
        turns = [*query.turns, Turn(text=query.text)]
        focus = focusing.focus(turns, query.product or "", generation.names, generation.catalogue)
        rank = _once(self._ranked)
        focus = self._in_context(focus, rank)
        pieces = self._pieces(focus, rank) if focus.text else []
        parts = [self._part(piece, query, rank) for piece in pieces]
        if not parts or focus.blank:
            parts = [self._wordless(focus, query)]
        elif _NAMED_ONLY.fullmatch(focus.text) and "system.card" in self._system:
            parts = [self._curated("system.card", focus, query)]
        return Answer(
            query=query.text,
            parts=tuple(parts),
            ms=watch(),
            traditional=focus.traditional,
        )

    def search(self, text: str, *, top: int = 10) -> list[tuple[Entry, str, Ranked]]:
        """Entries for a text alone, without context or composing: (entry, phrasing, scores)."""
        generation = self.generation
        question = generation.ask(text)
        ranked = generation.retriever.search(question, self._vector(question), top=top)
        return [
            (generation.entries[r.unit], generation.phrasings[r.phrasing].text, r) for r in ranked
        ]

    def _vector(self, question: Question) -> Floats:
        return self._embedder.encode_one(question.text)

    def _in_context(self, focus: Focus, rank: Rank) -> Focus:
        """The focus, read with the question before it when that makes much more of it."""
        if focus.with_before is None:
            return focus
        alone, question = rank(focus)
        sure = self._probability(alone, 0, question) if alone else 0.0
        if sure >= ANSWER_AT:
            return focus
        joined, question = rank(focus.with_before)
        gain = (self._probability(joined, 0, question) if joined else 0.0) - sure
        return focus.with_before if gain > FOLLOW_GAIN else focus

    def _pieces(self, focus: Focus, rank: Rank) -> list[Focus]:
        """The message's questions: cut where each piece is clearly about one topic and there are
        several; pieces about the same topic stay together.
        """
        pieces = cutting.pieces(focus.question)
        if len(pieces) < 2 or focus.carried:
            return [focus]
        cut = [self._piece(focus, piece) for piece in pieces]
        likely = [self._likely_topics(piece.text) for piece in cut]
        if len({topics[0] for topics in likely if topics}) < 2:
            return [focus]
        by_topic: dict[str, list[str]] = {}
        for piece, text in zip(cut, pieces, strict=True):
            if (topic := self._topic(piece, rank)) is None:
                return [focus]
            by_topic.setdefault(topic, []).append(text)
        asked = [same for topic, same in by_topic.items() if topic not in COURTESY]
        return [self._piece(focus, ",".join(same)) for same in asked] if asked[1:] else [focus]

    def _piece(self, focus: Focus, question: str) -> Focus:
        text = focusing.generic(texts.core(question), self.generation.names)
        return replace(focus, text=text, question=question)

    def _likely_topics(self, text: str) -> list[str]:
        """Topics by the words leg alone: a cheap look before pieces are embedded."""
        generation = self.generation
        question = generation.retriever.question(text)
        scores = generation.retriever.words.scores(question.words)
        best = int(scores.argmax()) if len(scores) else 0
        if not len(scores) or scores[best] < 0.3:
            return []
        return [generation.entries[int(generation.units[best])].topic]

    def _topic(self, piece: Focus, rank: Rank) -> str | None:
        """The topic a piece is clearly about, or None."""
        ranked, question = rank(piece)
        if not ranked:
            return None
        return (
            self._topics(ranked)[0] if self._probability(ranked, 0, question) >= PART_AT else None
        )

    def _ranked(self, focus: Focus) -> Found:
        generation = self.generation
        question = generation.retriever.question(focus.text)
        found = generation.retriever.search(question, self._vector(question), top=SEARCHED)
        return with_context(found, generation.entries, focus.slots), question

    def _topics(self, ranked: Sequence[Ranked]) -> list[str]:
        return [self.generation.entries[r.unit].topic for r in ranked]

    def _probability(self, ranked: Sequence[Ranked], at: int, question: Question) -> float:
        topics = self._topics(ranked)
        features = calibrating.features(ranked, at, topics, len(question.text))
        return self.generation.calibration.probability(features)

    def _part(self, focus: Focus, query: Query, rank: Rank) -> Part:
        ranked, question = rank(focus)
        kept, silenced = self._sayable(ranked, focus, query)
        if not kept:
            return Part(text=focus.question, band="unknown", suggestions=(), slots=focus.slots)
        ranked = [r for r, _ in kept]
        if not leads(silenced, ranked[0]):
            silenced = None
        trust = 1.0 if silenced is None else TRUST
        sure = [trust * self._probability(ranked, at, question) for at in range(len(ranked))]
        order = spread(self._topics(ranked), sure=sure[0] >= SURE)[: query.top]
        suggestions = tuple(
            self._suggestion(*kept[at], sure[at], question, focus, silenced) for at in order
        )
        ready = self.generation.calibration.ready
        return Part(
            text=focus.question,
            band=calibrating.band(suggestions[0].probability, ready=ready),
            suggestions=suggestions,
            slots=focus.slots,
            carried=focus.carried,
        )

    def _sayable(
        self, ranked: Sequence[Ranked], focus: Focus, query: Query
    ) -> tuple[list[tuple[Ranked, tuple[Entry, Reply]]], Silenced | None]:
        """The candidates that may be said now, with their texts, enough of them, no more; and the
        best one before them that must be silent.
        """
        kept: list[tuple[Ranked, tuple[Entry, Reply]]] = []
        silenced: Silenced | None = None
        for candidate in ranked:
            told = self._reply(candidate, focus, query)
            if not isinstance(told, Withheld):
                kept.append((candidate, told))
            elif not kept and silenced is None and is_silenced(told):
                entry = self.generation.entries[candidate.unit]
                silenced = Silenced(ranked=candidate, entry=entry.id, reason=told.reason)
            if len(kept) >= query.top + SPARE:
                break
        return kept, silenced

    def _reply(self, ranked: Ranked, focus: Focus, query: Query) -> tuple[Entry, Reply] | Withheld:
        """What an entry says now, or what is said in its place, or why it must be silent."""
        entry = self.generation.entries[ranked.unit]
        told = self._compose(entry, focus, query)
        if isinstance(told, Withheld) and told.reason in STAND_INS:
            stand_in = self._system.get(STAND_INS[told.reason])
            said = self._compose(stand_in, focus, query) if stand_in else told
            if stand_in is None or isinstance(said, Withheld):
                return told
            reason = f"{told.reason}:{','.join(told.names)}"
            return stand_in, replace(said, reasons=(*said.reasons, reason))
        return told if isinstance(told, Withheld) else (entry, told)

    def _compose(self, entry: Entry, focus: Focus, query: Query) -> Reply | Withheld:
        generation = self.generation
        return compose(
            entry,
            focus.slots,
            generation.catalogue,
            generation.knowledge.store.facts,
            now=query.at,
            channel=query.channel or "",
        )

    def _suggestion(
        self,
        ranked: Ranked,
        said: tuple[Entry, Reply],
        probability: float,
        question: Question,
        focus: Focus,
        silenced: Silenced | None,
    ) -> Suggestion:
        teller, reply = said
        reasons = reply.reasons if silenced is None else (*reply.reasons, silenced.why)
        generation = self.generation
        entry = generation.entries[ranked.unit]
        text = texts.to_traditional(reply.text) if focus.traditional else reply.text
        return Suggestion(
            entry=teller.id,
            version=self.version(teller),
            topic=entry.topic,
            text=text,
            probability=probability,
            source=reply.source,
            phrasing=generation.phrasings[ranked.phrasing].text,
            words=_shared_words(question, focus.question, ranked.phrasing, generation),
            ranked=ranked,
            action=entry.action,
            needs=reply.needs,
            chips=reply.chips,
            attachments=reply.attachments,
            reasons=reasons if teller is entry else (*reasons, f"for:{entry.id}"),
        )

    def version(self, entry: Entry) -> str:
        """The entry's version, computed once a generation."""
        key = id(entry)
        found = self._versions.get(key)
        if found is None:
            found = self._versions[key] = entry.version
        return found

    def _wordless(self, focus: Focus, query: Query) -> Part:
        """A lone smiley or mark gets its curated line; nothing at all gets nothing."""
        if not (focus.blank and query.text):
            return Part(text=query.text, band="unknown", suggestions=())
        unclear = focus.question and "system.unclear" in self._system
        return self._curated("system.unclear" if unclear else "system.emoji", focus, query)

    def _curated(self, name: str, focus: Focus, query: Query) -> Part:
        """A fixed line as the answer to what asks nothing."""
        entry = self._system.get(name)
        said = self._compose(entry, focus, query) if entry else None
        if entry is None or said is None or isinstance(said, Withheld):
            return Part(text=query.text, band="unknown", suggestions=())
        nothing = Ranked(
            unit=-1, phrasing=-1, dense=0.0, words=0.0, pinyin=0.0, topic=0.0, fused=0.0
        )
        suggestion = Suggestion(
            entry=entry.id,
            version=self.version(entry),
            topic=entry.topic,
            text=said.text,
            probability=1.0,
            source=said.source,
            phrasing="",
            words=(),
            ranked=nothing,
            chips=said.chips,
            reasons=("wordless",),
        )
        return Part(text=query.text, band="choose", suggestions=(suggestion,), slots=focus.slots)


def _once(rank: Rank) -> Rank:
    """``rank`` for one message: several readings of it are weighed, none is searched for twice."""
    known: dict[tuple[str, Slots], Found] = {}

    def once(focus: Focus) -> Found:
        key = (focus.text, focus.slots)
        found = known.get(key)
        if found is None:
            found = known[key] = rank(focus)
        return found

    return once


def _shared_words(
    question: Question, asked: str, phrasing: int, generation: Generation
) -> tuple[str, ...]:
    """Words that question and phrasing share, the most telling first; for the agent's eyes.

    A word that may only stand for a product, colour or size must have been said by both.
    """
    index = generation.retriever.words
    words = generation.retriever.analyser.lexicon.words(question.text)
    prepared, said = generation.prepared[phrasing], generation.phrasings[phrasing].text.lower()
    shared = [
        word
        for word in dict.fromkeys(words)
        if word in prepared and (word not in focusing.EXAMPLES or (word in asked and word in said))
    ]
    return tuple(sorted(shared, key=lambda word: -index.weight(word)))
