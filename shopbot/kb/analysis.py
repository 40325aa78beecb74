"""What each leg sees of a text: computed once for every phrasing and kept while it is unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from shopbot.kb import text as texts
from shopbot.kb.lexicon import Lexicon
from shopbot.kb.pinyin import Sounds, Speller
from shopbot.kb.sparse import Floats, Ints, Sparse, assemble

VERSION = "3"
"""Changes when the same text would be analysed otherwise; a stored index of another version is
built anew."""


@dataclass(frozen=True, slots=True)
class TermRow:
    """One text's terms as positions in a growing vocabulary, with their weights."""

    ids: Ints
    weights: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query as the legs take it; ``text`` is what the dense leg embeds."""

    text: str
    words: Mapping[str, float]
    sounds: Mapping[str, float]


@dataclass(slots=True)
class Vocabulary:
    """Term → position, append-only, so that rows analysed earlier stay valid."""

    positions: dict[str, int] = field(default_factory=dict)

    def row(self, terms: Mapping[str, float]) -> TermRow:
        """The terms' row, adding terms not seen before."""
        known = self.positions
        ids = [known.setdefault(term, len(known)) for term in terms]
        return TermRow(
            np.asarray(ids, dtype=np.int32), np.asarray(list(terms.values()), dtype=np.float32)
        )

    def index(self, rows: list[TermRow]) -> Sparse:
        """An inverted index over the rows."""
        sizes = [len(row.ids) for row in rows]
        numbers = np.repeat(np.arange(len(rows), dtype=np.int32), sizes)
        empty = TermRow(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))
        kept = rows or [empty]
        ids = np.concatenate([row.ids for row in kept])
        weights = np.concatenate([row.weights for row in kept])
        # a copy: this vocabulary grows with the next build while the present index still answers
        return assemble(dict(self.positions), numbers, ids, weights, len(rows))


@dataclass(frozen=True, slots=True)
class Analyser:
    """The legs' analysers for one store's words."""

    lexicon: Lexicon
    sounds: Sounds

    def prepare(self, raw: str) -> str:
        """A text without courtesies and in the store's standard words: what is embedded."""
        return self.lexicon.standardise(texts.core(texts.normalise(raw)))

    def words(self, prepared: str) -> dict[str, float]:
        """Terms of the words leg."""
        return self.lexicon.terms(prepared)

    def spelled(self, prepared: str) -> dict[str, float]:
        """Terms of the pinyin leg."""
        return self.sounds.terms(prepared)

    def question(self, raw: str, speller: Speller | None = None) -> Question:
        """A shopper's words, homophones and initials mended when a speller is given."""
        text = texts.core(texts.normalise(raw))
        if speller is not None:
            text = speller.correct(text, self.lexicon.words)
        return self.seen(self.lexicon.standardise(text))

    def seen(self, prepared: str) -> Question:
        """A prepared text as a question."""
        return Question(text=prepared, words=self.words(prepared), sounds=self.spelled(prepared))
