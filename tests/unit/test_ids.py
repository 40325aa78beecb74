"""Ids and times: sortable, fixed width, never naive."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot import ids

AWARE = st.datetimes(timezones=st.just(UTC))


def test_ids_sort_in_the_order_in_which_they_were_made() -> None:
    """Ten thousand ids of one process come out sorted and different."""
    made = [ids.new_id() for _ in range(10_000)]

    assert sorted(set(made)) == made


def test_an_id_carries_its_prefix_and_26_characters() -> None:
    """The prefix tells what the id is of."""
    prefix, _, rest = ids.new_id("job").partition("_")

    assert ("job", 26) == (prefix, len(rest))


def test_ids_of_an_earlier_time_sort_before_those_of_a_later_one() -> None:
    """An import can stamp ids with the time of what it imports."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    earlier = ids.new_id(at=now - timedelta(days=1))
    later = ids.new_id(at=now)

    assert earlier < later


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_forked_child_makes_other_ids() -> None:
    """The counter of a parent is not repeated by its child."""
    ids.new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ids.new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)

    assert theirs[10:] != ids.new_id()[10:]


@given(AWARE)
def test_a_written_time_is_read_back(moment: datetime) -> None:
    """Nothing is lost between a time and its text."""
    assert moment == ids.from_text(ids.to_text(moment))


@given(AWARE, AWARE)
def test_written_times_sort_as_times(one: datetime, other: datetime) -> None:
    """Comparing texts is comparing times, whatever the years."""
    assert (one < other) == (ids.to_text(one) < ids.to_text(other))


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    """Shanghai's noon is four in the morning."""
    noon = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=8)))

    assert "2026-11-22T04:00:00.000000Z" == ids.to_text(noon)


def test_a_naive_time_is_refused() -> None:
    """A time without a zone says nothing."""
    with pytest.raises(ValueError, match="time zone"):
        ids.to_text(datetime(2026, 11, 22))  # noqa: DTZ001


def test_a_fixed_clock_moves_only_when_told() -> None:
    """Tests and simulations move the hands themselves."""
    clock = ids.FixedClock(datetime(2026, 11, 22, tzinfo=UTC))
    clock.move(timedelta(hours=2))

    assert datetime(2026, 11, 22, 2, tzinfo=UTC) == clock.now() == clock.now()
