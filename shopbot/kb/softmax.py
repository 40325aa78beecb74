"""Multinomial logistic regression for wide, mostly empty inputs: L-BFGS in single precision.

Gives what scikit-learn's ``LogisticRegression`` gives here in a quarter of its time: that works in
double precision and its solver allows for bounds, which costs more than the objective itself when
there are a million weights (benchmarks/README.md). The method is algorithm 7.5 with the two-loop
recursion 7.4 of Nocedal and Wright, "Numerical Optimization" (2006), and a backtracking search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Objective = Callable[[Floats], tuple[float, Floats]]
Step = tuple[Floats, Floats, float]

REMEMBERED = 10
"""Steps whose curvature is remembered; with six the same loss takes a quarter more steps."""
ENOUGH = 1e-4
"""Armijo's condition: the share of the promised decrease that a step must bring."""
SHORTEST = 1e-3


@dataclass(frozen=True, slots=True)
class Fitted:
    """``dense`` ``(dim, classes)``, ``sparse`` ``(width, classes)``, ``bias`` ``(classes,)``."""

    dense: Floats
    sparse: Floats
    bias: Floats


def fit(
    dense: Floats, sparse: Any, classes: NDArray[np.int64], *, penalty: float, steps: int
) -> Fitted:
    """Weights that predict ``classes`` (0.., one a row) from dense and sparse (CSR) columns.

    ``penalty`` is the weight of half the squared weights against the mean negative log-likelihood;
    the bias is free. It stops after ``steps``, which regularises too.
    """
    count = int(classes.max()) + 1
    dim, width = dense.shape[1], sparse.shape[1]
    start = np.zeros((dim + width + 1, count), dtype=np.float32)
    found = descend(_objective(dense, sparse, classes, penalty), start, steps)
    return Fitted(found[:dim], found[dim:-1], found[-1])


def _objective(dense: Floats, sparse: Any, classes: NDArray[np.int64], penalty: float) -> Objective:
    dim, n = dense.shape[1], len(classes)
    turned = sparse.T.tocsr()
    rows, weight = np.arange(n), np.float32(penalty)

    def loss(at: Floats) -> tuple[float, Floats]:
        logits = dense @ at[:dim] + sparse @ at[dim:-1] + at[-1]
        logits -= logits.max(axis=1, keepdims=True)
        told = np.exp(logits)
        total = told.sum(axis=1, keepdims=True)
        missed = float((np.log(total[:, 0]) - logits[rows, classes]).mean())
        told /= total
        told[rows, classes] -= 1
        told /= n
        slope = np.vstack([dense.T @ told, turned @ told, told.sum(axis=0)[None]])
        slope[:-1] += weight * at[:-1]
        return missed + penalty / 2 * _dot(at[:-1], at[:-1]), slope

    return loss


def descend(objective: Objective, start: Floats, steps: int) -> Floats:
    """Where ``steps`` of L-BFGS lead from ``start``; earlier when nothing gets better."""
    at = start
    value, slope = objective(at)
    memory: list[Step] = []
    for _ in range(steps):
        way = _direction(slope, memory)
        promised, share = _dot(slope, way), 1.0
        if promised <= 0:
            break
        there, (reached, turned) = at - way, objective(at - way)
        while reached > value - ENOUGH * share * promised and share > SHORTEST:
            share /= 2
            there = at - np.float32(share) * way
            reached, turned = objective(there)
        if reached >= value:
            break
        moved, change = there - at, turned - slope
        if (curved := _dot(moved, change)) > 0:
            memory = [*memory[1 - REMEMBERED :], (moved, change, 1 / curved)]
        at, value, slope = there, reached, turned
    return at


def _direction(slope: Floats, memory: list[Step]) -> Floats:
    """The slope times the approximate inverse Hessian; a step of length one at the start."""
    if not memory:
        return slope / np.float32(max(_dot(slope, slope) ** 0.5, 1e-12))
    way = slope.copy()
    parts = []
    for moved, change, inverse in reversed(memory):
        parts.append(inverse * _dot(moved, way))
        way -= np.float32(parts[-1]) * change
    moved, change, inverse = memory[-1]
    way *= np.float32(1 / (inverse * _dot(change, change)))
    for (moved, change, inverse), part in zip(memory, reversed(parts), strict=True):
        way += np.float32(part - inverse * _dot(change, way)) * moved
    return way


def _dot(one: Floats, other: Floats) -> float:
    return float(np.vdot(one, other))
