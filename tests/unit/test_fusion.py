"""One score from the legs, one place per entry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot.kb.fusion import DENSE_FLOOR, DENSE_SPAN, Weights, best_per_unit, fuse

SHARE = st.floats(0, 1, width=32)
LEGS = st.tuples(SHARE, SHARE, SHARE, SHARE)


def _fused(legs: tuple[float, ...], weights: Weights) -> float:
    dense, words, pinyin, topics = (np.array([leg], np.float32) for leg in legs)
    return float(fuse(dense, words, pinyin, topics, weights)[0])


@settings(max_examples=200, deadline=None)
@given(legs=LEGS, leg=st.integers(0, 3), more=st.floats(0.01, 1))
def test_more_evidence_never_lowers_the_score(
    legs: tuple[float, ...], leg: int, more: float
) -> None:
    """The fused score grows with each leg."""
    better = tuple(value + more if at == leg else value for at, value in enumerate(legs))

    assert _fused(legs, Weights()) < _fused(better, Weights())


@settings(max_examples=100, deadline=None)
@given(legs=LEGS)
def test_a_leg_without_weight_is_not_heard(legs: tuple[float, ...]) -> None:
    """Ablation: with one leg's weight alone the score is that leg's."""
    silent = Weights(dense=0, words=0, pinyin=0, topics=0)
    told = [
        _fused(legs, replace(silent, dense=1)),
        _fused(legs, replace(silent, words=1)),
        _fused(legs, replace(silent, pinyin=1)),
        _fused(legs, replace(silent, topics=1)),
    ]

    assert [(legs[0] - DENSE_FLOOR) / DENSE_SPAN, *legs[1:]] == pytest.approx(told, abs=1e-5)


def _ranked(units: list[int], fused: list[float], top: int) -> list[tuple[int, int]]:
    scores = np.array(fused, np.float32)
    found = best_per_unit(
        np.array(units, np.int32), np.arange(10, 10 + len(units)), [scores] * 4, scores, top
    )
    return [(r.unit, r.phrasing) for r in found]


def test_an_entry_stands_once_by_its_best_phrasing() -> None:
    """The other phrasings of an entry take no further place."""
    assert [(1, 12), (0, 11)] == _ranked([0, 0, 1, 1], [0.1, 0.5, 0.9, 0.8], top=5)


def test_ties_keep_their_order() -> None:
    """Equal scores come in the order of the phrasings, every time."""
    assert [(2, 10), (0, 11), (1, 12)] == _ranked([2, 0, 1], [0.5, 0.5, 0.5], top=5)


@pytest.mark.parametrize("top", [1, 2, 3, 9])
def test_no_more_than_asked_for(top: int) -> None:
    """At most ``top`` entries, fewer when there are fewer."""
    assert min(top, 3) == len(_ranked([0, 1, 2], [0.3, 0.2, 0.1], top))


def test_nothing_found_is_nothing_ranked() -> None:
    """No candidates, no entries."""
    assert [] == _ranked([], [], top=5)


def test_a_ranked_entry_shows_its_legs() -> None:
    """The scores that an agent sees are those of the best phrasing."""
    legs = [np.array([a, b], np.float32) for a, b in ((0.5, 1), (0.25, 2), (0.125, 3), (0, 4))]
    best = best_per_unit(
        np.array([7, 7], np.int32), np.array([3, 4]), legs, np.array([0.9, 0.1], np.float32), 5
    )[0]

    assert (7, 3) == (best.unit, best.phrasing)
    assert (0.5, 0.25, 0.125, 0.0) == (best.dense, best.words, best.pinyin, best.topic)
    assert 0.9 == pytest.approx(best.fused)
