"""The search for the rate at which a server gives in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.knee import Knee

RATES = (25.0, 50.0, 75.0, 100.0)


def search(knee: Knee, most: float) -> list[float]:
    """Return the rates that are tried at a server that bears ``most`` messages a second."""
    tried: list[float] = []
    while (rate := knee.next()) is not None:
        tried.append(rate)
        knee.tell(rate, good=rate <= most)
    return tried


@pytest.mark.parametrize(
    ("most", "tried", "found"),
    [
        pytest.param(500, [25, 50, 75, 100], 100, id="beyond-the-highest"),
        pytest.param(62, [25, 50, 75, 60, 70, 65], 60, id="in-a-gap"),
        pytest.param(50, [25, 50, 75, 60, 55], 50, id="at-a-rate"),
        pytest.param(10, [25, 10, 20, 15], 10, id="below-the-lowest"),
        pytest.param(1, [25, 10, 5], 0, id="bears-nothing"),
    ],
)
def test_rates_rise_and_the_gap_is_halved(most: float, tried: list[float], found: float) -> None:
    """Rising until one is too much; then between the last good and the first bad one."""
    knee = Knee(RATES)

    assert tried == search(knee, most)
    assert found == knee.rate


@given(
    most=st.floats(0, 400),
    rates=st.lists(st.floats(5, 200), min_size=1, max_size=6),
)
def test_the_search_ends_near_the_knee(most: float, rates: list[float]) -> None:
    """Whatever the server bears, few rates are tried, none twice, and no good one above is missed."""
    knee = Knee(rates)
    tried = search(knee, most)

    assert len(tried) <= len(rates) + 6
    assert len(set(tried)) == len(tried)
    assert knee.rate <= most
    assert knee.rate == max((rate for rate in tried if rate <= most), default=0.0)
