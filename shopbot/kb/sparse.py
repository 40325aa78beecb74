"""BM25 over a fixed set of texts, as one inverted index in flat arrays.

Used twice: over words with character bigrams, and over pinyin syllables. Questions are compared with
questions, so the score is made symmetric as in Dice's coefficient: twice the BM25 score over the sum
of what the query would get from itself and the text from itself. It lies in about 0..1 whatever the
lengths and can be mixed with cosines; a long text that merely holds a short query does not win.

Okapi BM25 with the +1 inside the logarithm (never negative), as in Lucene: Robertson and Zaragoza,
"The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
"""Term saturation: phrasings are short, a repeated word says little more."""
B = 0.3
"""Length normalisation: weak, since a long phrasing is usually just a polite one."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparse:
    """An inverted index: the postings of term ``t`` are ``docs[starts[t]:starts[t + 1]]``.

    A term may have none any more: it then counts as one that no text has.

    ``impacts`` (float32, parallel to ``docs``) are the terms' BM25 weights in those texts;
    ``idf`` (float32, one a term) their inverse document frequencies; ``own`` each text's score for
    itself; ``n`` the number of texts.
    """

    vocabulary: Mapping[str, int]
    starts: NDArray[np.int64]
    docs: Ints
    impacts: Floats
    idf: Floats
    own: Floats
    n: int

    def scores(self, terms: Mapping[str, float]) -> Floats:
        """Normalised scores of all ``n`` texts (float32, shape ``(n,)``) for weighted terms."""
        total = np.zeros(self.n, dtype=np.float32)
        best = 0.0
        unseen = float(np.log1p((self.n + 0.5) / 0.5)) if self.n else 0.0
        for term, weight in terms.items():
            index = self.vocabulary.get(term, -1)
            start, end = (self.starts[index], self.starts[index + 1]) if index >= 0 else (0, 0)
            if start == end:
                best += weight * unseen * UNSEEN_SHARE
                continue
            total[self.docs[start:end]] += np.float32(weight) * self.impacts[start:end]
            best += weight * float(self.idf[index])
        if not best:
            return total
        return (2.0 * total / (np.float32(best) + self.own)).astype(np.float32)

    def weight(self, term: str) -> float:
        """Inverse document frequency of ``term``; 0 when no text has it."""
        index = self.vocabulary.get(term)
        if index is None or self.starts[index] == self.starts[index + 1]:
            return 0.0
        return float(self.idf[index])


UNSEEN_SHARE = 0.5
"""How far a term that no text has lowers all scores: it may be a typo or a filler as well as the
one word that matters."""


def build(texts: Sequence[Mapping[str, float]]) -> Sparse:
    """Index texts given as term → count."""
    vocabulary: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    counts: list[float] = []
    for row, terms in enumerate(texts):
        for term, count in terms.items():
            columns.append(vocabulary.setdefault(term, len(vocabulary)))
            rows.append(row)
            counts.append(count)
    return assemble(
        vocabulary,
        np.asarray(rows, dtype=np.int32),
        np.asarray(columns, dtype=np.int32),
        np.asarray(counts, dtype=np.float32),
        len(texts),
    )


def assemble(
    vocabulary: Mapping[str, int], rows: Ints, columns: Ints, counts: Floats, n: int
) -> Sparse:
    """An index from coordinate triples (text, term, count)."""
    size = len(vocabulary)
    frequency = np.bincount(columns, minlength=size).astype(np.float32)
    idf = np.log1p((n - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    lengths = np.bincount(rows, weights=counts, minlength=n).astype(np.float32)
    mean = float(lengths.mean()) if n else 1.0
    norm = K1 * (1 - B + B * lengths / max(mean, 1e-6))
    order = np.argsort(columns, kind="stable")
    rows, columns, counts = rows[order], columns[order], counts[order]
    saturation = counts * (K1 + 1) / (counts + norm[rows]) if n else counts
    starts = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(columns, minlength=size), out=starts[1:])
    impacts = (idf[columns] * saturation).astype(np.float32)
    return Sparse(
        vocabulary=vocabulary,
        starts=starts,
        docs=rows,
        impacts=impacts,
        idf=idf,
        own=np.bincount(rows, weights=impacts, minlength=n).astype(np.float32),
        n=n,
    )


def counted(terms: Iterable[str]) -> dict[str, float]:
    """Terms with their counts, in order of first appearance."""
    return dict(Counter(terms))
