"""Figures of retrieval: hits, reciprocal ranks, shares with their intervals. Pure.

Intervals are Wilson's (1927) at 95 %.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def hits(ranks: Sequence[int | None]) -> dict[str, list[bool]]:
    """``hit@k`` of each rank (from 1, None when nothing right was found) for k = 1, 3 and 5."""
    return {f"hit@{k}": [rank is not None and rank <= k for rank in ranks] for k in (1, 3, 5)}


def reciprocal(ranks: Sequence[int | None]) -> float | None:
    """Mean reciprocal rank; None without a rank."""
    return mean([1 / rank if rank else 0.0 for rank in ranks])


def rank(right: frozenset[str], found: Sequence[str]) -> int | None:
    """Place, from 1, of the first right one, or None."""
    return next((at for at, topic in enumerate(found, 1) if topic in right), None)


def mean(values: Sequence[float]) -> float | None:
    """Mean to four places; None of nothing."""
    return round(float(np.mean(values)), 4) if values else None


def wilson(values: Sequence[bool]) -> list[float] | None:
    """Wilson's 95 % interval of a share, ``[low, high]``; None for no values."""
    n = len(values)
    if not n:
        return None
    z, share = 1.959964, sum(values) / n
    centre = share + z * z / (2 * n)
    spread = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    scale = 1 + z * z / n
    return [round((centre - spread) / scale, 4), round((centre + spread) / scale, 4)]
