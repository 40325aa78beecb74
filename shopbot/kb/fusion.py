"""One score out of three legs, and one entry out of its phrasings. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DENSE_FLOOR = 0.55
DENSE_SPAN = 0.45
"""The bundled model's cosines lie in 0.59-1.0 (unrelated questions about 0.7): the leg's score is
(cosine - floor) / span, about 0..1 (benchmarks/README.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each leg counts. The sum is free; only ratios matter for ranking. What each leg
    brings is measured with it left out (benchmarks/README.md).
    """

    dense: float = 0.60
    words: float = 0.30
    pinyin: float = 0.10
    topics: float = 0.32


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An entry (``unit``, its position) with its best phrasing and the legs' scores there."""

    unit: int
    phrasing: int
    dense: float
    words: float
    pinyin: float
    topic: float
    fused: float


def fuse(
    dense: Floats, words: Floats, pinyin: Floats, topics: Floats, weights: Weights = WEIGHTS
) -> Floats:
    """Weighted sum of the legs' scores (float32, parallel arrays); ``dense`` are cosines."""
    scaled = (dense - DENSE_FLOOR) / DENSE_SPAN
    legs = weights.dense * scaled + weights.words * words + weights.pinyin * pinyin
    return np.asarray(legs + weights.topics * topics, dtype=np.float32)


def best_per_unit(
    units: NDArray[np.int32],
    phrasings: NDArray[np.int64],
    legs: Sequence[Floats],
    fused: Floats,
    top: int,
) -> list[Ranked]:
    """The ``top`` units by their best phrasing, best first; ties by position, so stable."""
    order = np.lexsort((phrasings, -fused))
    _, first = np.unique(units[order], return_index=True)
    best = order[np.sort(first)[:top]]
    columns: list[NDArray[Any]] = [units, phrasings, *legs, fused]
    return [
        Ranked(**dict(zip(_COLUMNS, row, strict=True)))
        for row in zip(*(column[best].tolist() for column in columns), strict=True)
    ]


_COLUMNS = ("unit", "phrasing", "dense", "words", "pinyin", "topic", "fused")
