"""A bootstrap interval for a rank correlation; shares have Wilson's (shopbot.kb.evaluate)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ROUNDS = 2000


def spearman_interval(told: Sequence[float], scores: Sequence[float]) -> list[float]:
    """95 % percentile interval of Spearman's correlation over resampled pairs; seeded."""
    from scipy.stats import rankdata

    a, b = np.asarray(told), np.asarray(scores)
    picks = np.random.default_rng(0).integers(0, len(a), size=(ROUNDS, len(a)))
    left, right = rankdata(a[picks], axis=1), rankdata(b[picks], axis=1)
    left -= left.mean(axis=1, keepdims=True)
    right -= right.mean(axis=1, keepdims=True)
    found = (left * right).sum(axis=1) / np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    return [round(float(end), 4) for end in np.percentile(found, [2.5, 97.5])]
