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

from shopbot.kb.sparse import Floats, Sparse

HASHED = 1024
"""Width of the hashed terms (Weinberger et al., "Feature hashing", 2009)."""
INVERSE_REGULARISATION = 10.0
ITERATIONS = 40
FLOOR = -8.0
"""Log-probabilities are cut here: below, a topic is simply out of the question."""
MOST = 20_000
"""Phrasings trained on, at most, spread evenly: more change little and cost time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicModel:
    """``weights`` float32 ``(topics, dim + HASHED)``, ``bias`` ``(topics,)``; ``centre`` and
    ``scale`` standardise the embedding."""

    topics: tuple[str, ...]
    weights: Floats
    bias: Floats
    centre: Floats
    scale: float

    def scores(self, vector: Floats, words: Mapping[str, float], index: Sparse) -> Floats:
        """Log-probability of each topic, cut at ``FLOOR`` and mapped to 0..1; float32 ``(topics,)``."""
        row = features(vector[None], [words], index, self.centre, self.scale)[0]
        logits = self.weights @ row + self.bias
        logits -= logits.max()
        told = logits - np.log(np.exp(logits).sum())
        return np.asarray(1.0 - np.maximum(told, FLOOR) / FLOOR, dtype=np.float32)


def features(
    vectors: Floats,
    terms: Sequence[Mapping[str, float]],
    index: Sparse,
    centre: Floats,
    scale: float,
) -> Floats:
    """Embeddings, standardised, beside hashed tf-idf of unit length; float32 ``(n, dim + HASHED)``."""
    hashed = np.zeros((len(terms), HASHED), dtype=np.float32)
    for row, counts in zip(hashed, terms, strict=True):
        for term, count in counts.items():
            weight = index.weight(term)
            if weight:
                code = zlib.crc32(term.encode())
                row[code % HASHED] += (1.0 if code & 0x8000_0000 else -1.0) * weight * count**0.5
        length = float(np.linalg.norm(row))
        if length:
            row /= length
    return np.hstack([(vectors - centre) / scale, hashed]).astype(np.float32)


def standardise(vectors: Floats) -> tuple[Floats, float]:
    """(centre, scale) that give the embeddings mean 0 and mean squared length 1."""
    centre = vectors.mean(axis=0)
    spread = float(np.sqrt(((vectors - centre) ** 2).sum(axis=1).mean()))
    return centre.astype(np.float32), max(spread, 1e-6)


def fit(
    inputs: Floats, labels: NDArray[np.str_], centre: Floats, scale: float
) -> TopicModel | None:
    """A model over rows of :func:`features`; ``None`` when there are fewer than two topics."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(labels)) < 2:
        return None
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=ITERATIONS, tol=1e-3)
    with warnings.catch_warnings():  # stopping early is meant: it regularises and saves time
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([-weights, weights]) / 2, np.append(-bias, bias) / 2
    return TopicModel(
        topics=tuple(str(topic) for topic in model.classes_),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        centre=centre,
        scale=scale,
    )
