"""What a question is about, judged from all phrasings of a topic at once.

The nearest phrasing alone is a noisy witness: with a thousand entries some foreign phrasing is
always near. A linear classifier over the same evidence (the embedding, and the words leg's terms
hashed into a fixed width) is trained on the store's own phrasings at build time and adds its
log-probability to the fused score. It never adds an entry that the legs did not find.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopbot.kb import softmax
from shopbot.kb.analysis import TermRow
from shopbot.kb.sparse import Floats, Sparse

HASHED = 16_384
"""Width of the hashed terms (Weinberger et al., "Feature hashing", 2009): wide enough that terms
seldom share a place; at 1,024 the topic hit@1 of the demo store was a point lower. What the model
as a whole is worth: benchmarks/README.md."""
INVERSE_REGULARISATION = 10.0
ITERATIONS = 40
FLOOR = -8.0
"""Log-probabilities are cut here: below, a topic is simply out of the question."""
MOST = 20_000
"""Phrasings trained on, at most, spread evenly: more change little and cost time."""

Terms = Mapping[str, float]
Hashed = tuple[NDArray[np.int64], Floats]
"""Places in the hashed width, and the values there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicModel:
    """A linear classifier: ``dense`` float32 ``(topics, dim)`` over the standardised embedding,
    ``hashed`` ``(HASHED, topics)`` over hashed terms, ``bias`` ``(topics,)``; ``centre`` and
    ``scale`` standardise.
    """

    topics: tuple[str, ...]
    dense: Floats
    hashed: Floats
    bias: Floats
    centre: Floats
    scale: float

    def scores(self, vector: Floats, words: Terms, index: Sparse) -> Floats:
        """Log-probability of each topic, cut at ``FLOOR`` and mapped to 0..1; ``(topics,)``."""
        places, values = hash_terms(words, index)
        logits = self.dense @ ((vector - self.centre) / self.scale) + self.bias
        logits = logits + values @ self.hashed[places]
        logits -= logits.max()
        told = logits - np.log(np.exp(logits).sum())
        return np.asarray(1.0 - np.maximum(told, FLOOR) / FLOOR, dtype=np.float32)


def hash_terms(terms: Terms, index: Sparse) -> Hashed:
    """Terms as tf-idf of unit length at hashed places; unknown terms are left out."""
    known = [(term, count, index.weight(term)) for term, count in terms.items()]
    known = [item for item in known if item[2]]
    return _hashed(
        np.array([_code(term) for term, _, _ in known], dtype=np.int64),
        np.array([weight * count**0.5 for _, count, weight in known], dtype=np.float32),
    )


def hash_rows(rows: Sequence[TermRow], index: Sparse) -> list[Hashed]:
    """What :func:`hash_terms` gives for the terms of rows that the index was built of."""
    codes = np.fromiter((_code(term) for term in index.vocabulary), np.int64)
    return [_hashed(codes[row.ids], index.idf[row.ids] * np.sqrt(row.weights)) for row in rows]


def _code(term: str) -> int:
    return zlib.crc32(term.encode())


def _hashed(codes: NDArray[np.int64], values: Floats) -> Hashed:
    length = np.float32(float(np.linalg.norm(values)) or 1.0)
    signs = np.where(codes & 0x8000_0000, np.float32(1.0), np.float32(-1.0))
    return codes % HASHED, (signs * values / length).astype(np.float32)


def standardise(vectors: Floats) -> tuple[Floats, float]:
    """(centre, scale) that give the embeddings mean 0 and mean squared length 1."""
    centre = vectors.mean(axis=0)
    spread = float(np.sqrt(((vectors - centre) ** 2).sum(axis=1).mean()))
    return centre.astype(np.float32), max(spread, 1e-6)


def fit(vectors: Floats, terms: Sequence[Hashed], labels: NDArray[np.str_]) -> TopicModel | None:
    """A model of embeddings ``(n, dim)``, their texts' hashed terms and their topics; ``None`` for
    one topic.
    """
    from scipy.sparse import csr_matrix

    names, classes = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        return None
    centre, scale = standardise(vectors)
    starts = np.cumsum([0, *(len(places) for places, _ in terms)])
    # places that no text uses keep the weight nought: fitting without them gives the same
    used, places = np.unique(np.concatenate([places for places, _ in terms]), return_inverse=True)
    hashed = csr_matrix(
        (np.concatenate([values for _, values in terms]), places, starts),
        shape=(len(terms), len(used)),
    )
    penalty = 1.0 / (INVERSE_REGULARISATION * len(terms))
    dense = ((vectors - centre) / np.float32(scale)).astype(np.float32)
    found = softmax.fit(dense, hashed, classes, penalty=penalty, steps=ITERATIONS)
    wide = np.zeros((HASHED, len(names)), dtype=np.float32)
    wide[used] = found.sparse
    return TopicModel(
        topics=tuple(str(topic) for topic in names),
        dense=np.ascontiguousarray(found.dense.T),
        hashed=wide,
        bias=found.bias,
        centre=centre,
        scale=scale,
    )
