"""Probabilities out of scores, and bands out of probabilities."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.kb import calibration
from shopbot.kb.calibration import ANSWER_AT, CHOOSE_AT, FEATURES, Calibration, band, features, fit
from shopbot.kb.fusion import Ranked

FUSED = FEATURES.index("fused")
MARGIN = FEATURES.index("margin")


def _ranked(fused: float, unit: int = 0) -> Ranked:
    return Ranked(unit=unit, phrasing=0, dense=0.8, words=0.5, pinyin=0.25, topic=0.1, fused=fused)


def _fitted() -> Calibration:
    chance = np.random.default_rng(5)
    inputs = chance.normal(size=(400, len(FEATURES)))
    right = inputs[:, FUSED] + 0.3 * chance.normal(size=400) > 0
    return fit(inputs, right, "digest", np.ones(400))


@pytest.mark.parametrize("made", [_fitted(), calibration.unfitted()], ids=["fitted", "rough"])
def test_probability_grows_with_the_score(made: Calibration) -> None:
    """A higher fused score, all else equal, is never less likely right."""
    told = []
    for fused in np.linspace(-3, 3, 25):
        row = np.zeros(len(FEATURES))
        row[FUSED] = fused
        told.append(made.probability(row))

    assert sorted(told) == told
    assert told[0] < told[-1]
    assert 0.0 <= told[0] <= told[-1] <= 1.0


@given(st.lists(st.floats(-1e9, 1e9), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_probability_is_one_for_any_features(row: list[float]) -> None:
    """However far out, a number in 0..1 and no overflow."""
    assert 0.0 <= calibration.unfitted().probability(np.array(row)) <= 1.0


def test_learns_what_separates_right_from_wrong() -> None:
    """The feature that decides weighs most, and a constant one breaks nothing."""
    made = _fitted()
    inputs = np.zeros((10, len(FEATURES)))
    inputs[5:, FUSED] = 1.0

    flat = fit(inputs, inputs[:, FUSED] > 0, "d", np.ones(10))

    assert FUSED == int(np.argmax(np.abs(made.weights)))
    assert (True, 400, "digest") == (made.ready, made.samples, made.digest)
    assert flat.probability(inputs[9]) > 0.5 > flat.probability(inputs[0])


@pytest.mark.parametrize(
    ("probability", "ready", "told"),
    [(1.0, True, "answer"), (ANSWER_AT, True, "answer"), (ANSWER_AT - 0.001, True, "choose"),
     (CHOOSE_AT, True, "choose"), (CHOOSE_AT - 0.001, True, "unknown"), (0.0, True, "unknown"),
     (1.0, False, "choose"), (ANSWER_AT, False, "choose"), (0.0, False, "unknown")],
)  # fmt: skip
def test_bands(probability: float, ready: bool, told: str) -> None:
    """Sure, offer some, unknown; never sure of anything before the calibration is ready."""
    assert told == band(probability, ready=ready)


def test_features_of_a_candidate() -> None:
    """The margin is the lead over the best of another topic, behind it is negative."""
    ranked = [_ranked(0.9), _ranked(0.8, 1), _ranked(0.6, 2)]
    topics = ["a", "a", "b"]

    first, last = features(ranked, 0, topics, 9), features(ranked, 2, topics, 9)

    assert (len(FEATURES),) == first.shape
    assert [0.9, 0.3] == pytest.approx([first[FUSED], first[MARGIN]])
    assert [0.6, -0.3] == pytest.approx([last[FUSED], last[MARGIN]])
    assert pytest.approx(np.log(10)) == first[FEATURES.index("length")]


def test_without_a_rival_the_margin_is_bounded() -> None:
    """One topic found: the lead counts, but not without end."""
    assert 0.5 == features([_ranked(3.0)], 0, ["a"], 1)[MARGIN]


@pytest.mark.parametrize("made", [_fitted(), calibration.unfitted("d")], ids=["fitted", "rough"])
def test_a_calibration_survives_json(made: Calibration) -> None:
    """What an index keeps on disk comes back equal."""
    assert made == calibration.restore(json.loads(json.dumps(made.as_dict())))
    assert made != calibration.restore(replace(made, bias=9.0).as_dict())
