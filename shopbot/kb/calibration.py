"""From scores to "how likely is this the right answer", without a labelled set. Pure but for ``fit``.

Each phrasing is left out in turn and searched among the others: its own entry is the right answer.
Shipped out-of-shop questions show what wrong looks like. A logistic regression over a few features
of a candidate (Platt, "Probabilistic outputs for support vector machines", 1999, with more than one
input) then turns scores of this model and this knowledge into probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shopbot.kb.fusion import DENSE_FLOOR, DENSE_SPAN, Ranked

Band = Literal["answer", "choose", "unknown"]

FEATURES = ("fused", "margin", "dense", "words", "pinyin", "topic", "length")
ANSWER_AT = 0.70
CHOOSE_AT = 0.25
"""Bands by the first suggestion's probability: answer (sure), choose (offer some), unknown."""
MIN_PHRASINGS = 60
MIN_TOPICS = 4
"""Less than this cannot be calibrated: the answer band stays closed (suggest only)."""
NEWTON_STEPS = 50
LONGEST_STEP = 2.0
"""A step's largest change of a weight: keeps Newton's method from overshooting far from the goal."""
CANDIDATES = 3
"""Candidates a search puts into the fit: the right one and its strongest rivals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted logistic model: ``p = 1 / (1 + exp(-(w · (x - mean) / scale + bias)))``.

    ``ready`` is false when there was too little to learn from; the probabilities then come from
    rough defaults and the answer band stays closed. ``digest`` names model and knowledge.
    """

    weights: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    bias: float
    samples: int
    ready: bool
    digest: str = ""

    def probability(self, features: NDArray[np.float64]) -> float:
        """Probability, in 0..1, that a candidate with these features is right."""
        logit = self.bias  # plain floats: for seven of them numpy costs ten times as much
        for value, weight, mean, scale in zip(
            features.tolist(), self.weights, self.means, self.scales, strict=True
        ):
            logit += weight * (value - mean) / scale
        return 1.0 / (1.0 + math.exp(-min(max(logit, -30.0), 30.0)))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; :func:`restore` reads them back."""
        return asdict(self)


def restore(plain: Mapping[str, Any]) -> Calibration:
    """A calibration from :meth:`Calibration.as_dict`."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
    return Calibration(**values)


def unfitted(digest: str = "") -> Calibration:
    """Rough defaults for a store that is too small to calibrate."""
    return Calibration(
        weights=(2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        means=(0.7, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0),
        scales=(0.15, 0.1, 1.0, 1.0, 1.0, 1.0, 1.0),
        bias=0.0,
        samples=0,
        ready=False,
        digest=digest,
    )


def features(
    ranked: Sequence[Ranked], at: int, topics: Sequence[str], length: int
) -> NDArray[np.float64]:
    """Features of candidate ``at`` of a search (see ``FEATURES``), float64 of their number.

    ``margin`` is the lead over the best candidate of another topic (negative when behind);
    ``topics`` are parallel to ``ranked``; ``length`` is that of the question in characters.
    """
    this = ranked[at]
    rival = max(
        (r.fused for r, t in zip(ranked, topics, strict=True) if t != topics[at]), default=0.0
    )
    return np.array(
        [
            this.fused,
            min(this.fused - rival, 0.5),
            (this.dense - DENSE_FLOOR) / DENSE_SPAN,
            this.words,
            this.pinyin,
            this.topic,
            np.log1p(length),
        ],
        dtype=np.float64,
    )


def fit(
    inputs: NDArray[np.float64], right: NDArray[np.bool_], digest: str, weights: NDArray[np.float64]
) -> Calibration:
    """Fit on ``inputs`` (float64, ``(n, len(FEATURES))``) and whether each candidate was right.

    ``weights`` are sample weights (n,). Needs both kinds of samples.
    """
    means = inputs.mean(axis=0)
    scales = np.maximum(inputs.std(axis=0), 1e-6)
    found = _logistic((inputs - means) / scales, right, weights)
    return Calibration(
        weights=tuple(float(w) for w in found[:-1]),
        means=tuple(float(m) for m in means),
        scales=tuple(float(s) for s in scales),
        bias=float(found[-1]),
        samples=len(inputs),
        ready=True,
        digest=digest,
    )


def _logistic(
    inputs: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights and, last, the bias that minimise weighted log-loss plus half the squared weights.

    Newton's method; the same minimum as scikit-learn's LogisticRegression(C=1), whose import alone
    would cost a build two seconds.
    """
    wide = np.column_stack([inputs, np.ones(len(inputs))])
    penalty = np.diag([*np.ones(inputs.shape[1]), 1e-9])  # the bias is free, but for rounding
    found = np.zeros(wide.shape[1])
    for _ in range(NEWTON_STEPS):
        told = 1.0 / (1.0 + np.exp(-np.clip(wide @ found, -30.0, 30.0)))
        slope = wide.T @ (weights * (told - right)) + penalty @ found
        bend = (wide * (weights * told * (1.0 - told))[:, None]).T @ wide + penalty
        step = np.linalg.solve(bend, slope)
        found = found - step / max(1.0, float(np.abs(step).max()) / LONGEST_STEP)
        if np.abs(step).max() < 1e-8:
            break
    return found


def band(probability: float, *, ready: bool) -> Band:
    """The band of a first suggestion; never ``answer`` while the calibration is not ready."""
    if probability >= ANSWER_AT and ready:
        return "answer"
    return "choose" if probability >= CHOOSE_AT else "unknown"
