"""One score out of three legs, and one entry out of its phrasings. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DENSE_FLOOR = 0.70
DENSE_SPAN = 0.30
"""E5's cosines crowd into 0.75-0.95: the leg's score is (cosine - floor) / span, about 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each leg counts. The sum is free; only ratios matter for ranking."""

    dense: float = 0.60
    words: float = 0.25
    pinyin: float = 0.15


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An entry (``unit``, its position) with its best phrasing and the legs' scores there."""

    unit: int
    phrasing: int
    dense: float
    words: float
    pinyin: float
    fused: float


def fuse(dense: Floats, words: Floats, pinyin: Floats, weights: Weights = WEIGHTS) -> Floats:
    """Weighted sum of the legs' scores (float32, parallel arrays); ``dense`` are cosines."""
    scaled = np.clip((dense - DENSE_FLOOR) / DENSE_SPAN, 0.0, 1.0)
    return (weights.dense * scaled + weights.words * words + weights.pinyin * pinyin).astype(
        np.float32
    )


def best_per_unit(
    units: NDArray[np.int32],
    phrasings: NDArray[np.int64],
    legs: Sequence[Floats],
    fused: Floats,
    top: int,
) -> list[Ranked]:
    """The ``top`` units by their best phrasing, best first; ties by position, so stable."""
    ranked: list[Ranked] = []
    seen: set[int] = set()
    for at in np.lexsort((phrasings, -fused)):
        unit = int(units[at])
        if unit in seen:
            continue
        seen.add(unit)
        dense, words, pinyin = (float(leg[at]) for leg in legs)
        ranked.append(
            Ranked(
                unit=unit,
                phrasing=int(phrasings[at]),
                dense=dense,
                words=words,
                pinyin=pinyin,
                fused=float(fused[at]),
            )
        )
        if len(ranked) == top:
            break
    return ranked
