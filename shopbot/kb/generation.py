"""One searchable reading of the knowledge, built whole or from its predecessor; never changed after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shopbot.kb import dense as dense_leg
from shopbot.kb import focus as focusing
from shopbot.kb import text as texts
from shopbot.kb.analysis import VERSION, Analyser, Question, TermRow, Vocabulary
from shopbot.kb.calibration import Calibration, unfitted
from shopbot.kb.embedder import Embedder
from shopbot.kb.entry import Entry, Knowledge, Phrasing, Problem
from shopbot.kb.labelled import Labelled
from shopbot.kb.lexicon import Lexicon
from shopbot.kb.mentions import Names
from shopbot.kb.pinyin import Sounds, Speller, load_table
from shopbot.kb.product import Catalogue
from shopbot.kb.retrieval import Retriever, with_topics

Progress = Callable[[str, float], None]
"""Called with what is being done (a message key) and the share done, 0..1."""


@dataclass(frozen=True, slots=True)
class Analysed:
    """What the sparse legs need of one phrasing, and the text that is embedded."""

    prepared: str
    words: TermRow
    sounds: TermRow


@dataclass(slots=True)
class Memory:
    """What a later build may reuse: analysed phrasings by raw text, and their vocabularies.

    Only valid for the same word lists and product names. ``later`` fills it when it is first
    needed: a start that changes nothing needs none of it.
    """

    words: Vocabulary = field(default_factory=Vocabulary)
    sounds: Vocabulary = field(default_factory=Vocabulary)
    analysed: dict[str, Analysed] = field(default_factory=dict)
    later: Callable[[], Memory] | None = None

    def filled(self) -> Memory:
        """The memory with all it should hold."""
        if self.later is not None:
            made = self.later()
            self.words, self.sounds, self.analysed = made.words, made.sounds, made.analysed
            self.later = None
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Knowledge with the means to search it. ``phrasings[i]`` belongs to ``entries[units[i]]``.

    ``drift`` counts the phrasings that came since topic model and calibration were fitted.
    """

    id: str
    model: str
    knowledge: Knowledge
    catalogue: Catalogue
    names: Names
    entries: tuple[Entry, ...]
    phrasings: tuple[Phrasing, ...]
    prepared: tuple[str, ...]
    frequencies: Mapping[str, float]
    retriever: Retriever
    calibration: Calibration
    memory: Memory
    drift: int = 0

    def ask(self, text: str) -> Question:
        """A single message without context as the legs take it."""
        bare = texts.core(texts.normalise(text))
        return self.retriever.question(focusing.generic(bare, self.names))

    def with_problems(self, problems: tuple[Problem, ...]) -> Generation:
        """The same generation, telling other problems of its files."""
        if problems == self.knowledge.problems:
            return self
        return replace(self, knowledge=replace(self.knowledge, problems=problems))

    @property
    def units(self) -> NDArray[np.int32]:
        """The entry's position of each phrasing."""
        return self.retriever.units


def searchable(knowledge: Knowledge) -> tuple[Entry, ...]:
    """Entries that a question may find: published, with phrasings; validity is judged later."""
    return tuple(e for e in knowledge.entries if e.status == "published" and e.phrasings)


def digest_of(knowledge: Knowledge, model: str) -> str:
    """24 hex digits naming what an index is made of: model, analysers, entries, words, products."""
    told = hashlib.sha256(f"{VERSION}\n{model}\n".encode())
    for name, sha in sorted(knowledge.files.items()):
        told.update(f"{name}={sha}\n".encode())
    for name in knowledge.stale_files:
        told.update(f"stale:{name}\n".encode())
    return told.hexdigest()[:24]


def content_digest(entries: Sequence[Entry], model: str, labelled: Sequence[Labelled] = ()) -> str:
    """Names what a calibration was fitted on: the model, all phrasings with their topics, and the
    store's labelled questions.
    """
    told = hashlib.sha256(f"{VERSION}\n{model}\n".encode())
    for entry in entries:
        told.update(f"{entry.topic}\n".encode())
        told.update("\n".join(p.text for p in entry.phrasings).encode())
    for question in labelled:
        row = " ".join([*sorted(question.topics), question.text])
        told.update(f"\n{row}".encode(errors="replace"))
    return told.hexdigest()[:24]


def analyser_of(knowledge: Knowledge, cache: Path) -> Analyser:
    """The analysers for a store's own words."""
    lexicon = Lexicon(cache, knowledge.words.lexicon, knowledge.words.synonyms)
    return Analyser(lexicon, Sounds.of(load_table(cache)))


def build(
    knowledge: Knowledge,
    embedder: Embedder,
    cache: Path,
    *,
    previous: Generation | None = None,
    progress: Progress | None = None,
) -> Generation:
    """Analyse, embed and index; what ``previous`` already has of the same texts is reused.

    Topic model and calibration are carried over as they are; :mod:`shopbot.kb.fitting` makes them.
    """
    tell = progress or (lambda _what, _share: None)
    kept = previous if previous and _same_words(previous.knowledge, knowledge) else None
    analyser = kept.retriever.analyser if kept else analyser_of(knowledge, cache)
    memory = kept.memory.filled() if kept else Memory()
    names = kept.names if kept else Names(knowledge.products)
    entries = searchable(knowledge)
    phrasings = tuple(p for e in entries for p in e.phrasings)
    tell("progress.analyse", 0.0)
    analysed = [_analyse(p.text, analyser, names, memory) for p in phrasings]
    prepared = tuple(a.prepared for a in analysed)
    vectors, fresh = _embed(prepared, embedder, previous, tell)
    tell("progress.index", 0.0)
    frequencies = kept.frequencies if kept else _frequencies(analyser, prepared)
    retriever = Retriever(
        units=np.repeat(
            np.arange(len(entries), dtype=np.int32), [len(e.phrasings) for e in entries]
        ),
        dense=dense_leg.build(vectors),
        words=memory.words.index([a.words for a in analysed]),
        pinyin=memory.sounds.index([a.sounds for a in analysed]),
        analyser=analyser,
        speller=Speller.of(analyser.sounds, frequencies, prepared),
    )
    model = previous.retriever.topics if previous else None
    tell("progress.index", 1.0)
    return Generation(
        id=digest_of(knowledge, embedder.name),
        model=embedder.name,
        knowledge=knowledge,
        catalogue=Catalogue(knowledge),
        names=names,
        entries=entries,
        phrasings=phrasings,
        prepared=prepared,
        frequencies=frequencies,
        retriever=with_topics(retriever, model, [entry.topic for entry in entries]),
        calibration=previous.calibration if previous else unfitted(),
        memory=memory,
        drift=(previous.drift if previous else 0) + fresh,
    )


def refitted(generation: Generation, made: Generation, drift: int) -> Generation:
    """``generation`` with the fit of ``made``, of which it is a successor.

    ``drift`` is what ``made`` had drifted before it was fitted.
    """
    topics = [entry.topic for entry in generation.entries]
    return replace(
        generation,
        retriever=with_topics(generation.retriever, made.retriever.topics, topics),
        calibration=made.calibration,
        drift=max(0, generation.drift - drift),
    )


def _same_words(old: Knowledge, new: Knowledge) -> bool:
    return old.words == new.words and _named(old) == _named(new)


def _named(knowledge: Knowledge) -> list[tuple[object, ...]]:
    """All that :class:`Names` is made of."""
    return [(p.sku, p.name, p.aliases, p.category, p.colours) for p in knowledge.products]


def _analyse(raw: str, analyser: Analyser, names: Names, memory: Memory) -> Analysed:
    known = memory.analysed.get(raw)
    if known is None:
        bare = texts.core(texts.normalise(raw))
        prepared = analyser.prepare(focusing.generic(bare, names))
        known = Analysed(
            prepared,
            memory.words.row(analyser.words(prepared)),
            memory.sounds.row(analyser.spelled(prepared)),
        )
        memory.analysed[raw] = known
    return known


def _frequencies(analyser: Analyser, prepared: Sequence[str]) -> dict[str, float]:
    often: dict[str, float] = dict.fromkeys(analyser.lexicon.own, 1.0)
    for text in prepared:
        for word in analyser.lexicon.words(text):
            often[word] = often.get(word, 0.0) + 1.0
    return often


def _embed(
    prepared: Sequence[str], embedder: Embedder, previous: Generation | None, tell: Progress
) -> tuple[NDArray[np.float32], int]:
    """Vectors of all texts (float32, ``(n, dim)``) and how many had to be computed."""
    known: dict[str, int] = {}
    old = np.empty((0, embedder.dim), dtype=np.float32)
    if previous is not None and previous.model == embedder.name:
        known = {text: row for row, text in enumerate(previous.prepared)}
        old = previous.retriever.dense.vectors
    fresh = list(dict.fromkeys(text for text in prepared if text not in known))
    tell("progress.embed", 0.0)
    made = embedder.encode(fresh, done=lambda n: tell("progress.embed", n / max(len(fresh), 1)))
    rows = {text: row for row, text in enumerate(fresh)}
    vectors = np.empty((len(prepared), embedder.dim), dtype=np.float32)
    for at, text in enumerate(prepared):
        row = known.get(text)
        vectors[at] = made[rows[text]] if row is None else old[row]
    tell("progress.embed", 1.0)
    return vectors, len(fresh)
