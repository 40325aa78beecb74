"""The desk's pure rules: hours, presence, who waits first, who gets whom, the clocks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.desk.assignment import assign, choose, in_order
from shopbot.desk.clocks import Wait, due_tick, next_tick
from shopbot.desk.hours import is_open, last_closing, next_opening
from shopbot.desk.model import Agent, Hours, Span, Talk
from shopbot.desk.presence import must_let_go, next_change, room, standing, worth_writing
from shopbot.rules import DeskRules
from tests.order_facts import SHANGHAI, STORE, at

RULES = DeskRules()
NOW = at("2026-11-18 10:00")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def agent(name: str, **changes: Any) -> Agent:
    """Return an agent who is online and idle."""
    values: dict[str, Any] = {
        "store_id": STORE, "id": name, "name": name, "state": "online", "since": NOW, "seen_at": NOW,
    }  # fmt: skip
    return Agent(**{**values, **changes})


def talk(name: str = "cnv_1", **changes: Any) -> Talk:
    """Return a talk that begins to wait now."""
    values: dict[str, Any] = {
        "store_id": STORE, "conversation": name, "state": "waiting", "since": NOW,
    }  # fmt: skip
    return Talk(**{**values, **changes})


# --- hours ---------------------------------------------------------------------------------------

WEEK = Hours(
    zone=SHANGHAI,
    spans=(
        Span(days=(1, 2, 3, 4, 5), opens=time(8, 30), closes=time(23, 0)),
        Span(days=(6, 7), opens=time(9, 0), closes=time(22, 0)),
    ),
)
LATE = Hours(zone=SHANGHAI, spans=(Span(days=(5,), opens=time(18, 0), closes=time(2, 0)),))
ROUND = Hours(zone=SHANGHAI, spans=(Span(days=(1,), opens=time(0, 0), closes=time(0, 0)),))


@pytest.mark.parametrize(
    ("hours", "now", "opening"),
    [
        pytest.param(WEEK, "2026-11-18 08:29", "2026-11-18 08:30", id="wednesday-early"),
        pytest.param(WEEK, "2026-11-18 08:30", None, id="opens"),
        pytest.param(WEEK, "2026-11-18 22:59", None, id="last-minute"),
        pytest.param(WEEK, "2026-11-18 23:00", "2026-11-19 08:30", id="closed"),
        pytest.param(WEEK, "2026-11-20 23:30", "2026-11-21 09:00", id="friday-night"),
        pytest.param(WEEK, "2026-11-22 22:00", "2026-11-23 08:30", id="sunday-night"),
        pytest.param(LATE, "2026-11-21 01:59", None, id="overnight"),
        pytest.param(LATE, "2026-11-21 02:00", "2026-11-27 18:00", id="once-a-week"),
        pytest.param(ROUND, "2026-11-23 00:00", None, id="whole-day"),
        pytest.param(ROUND, "2026-11-24 00:00", "2026-11-30 00:00", id="whole-day-over"),
        pytest.param(Hours(zone=SHANGHAI), "2026-11-18 03:00", None, id="no-hours-always-open"),
    ],
)
def test_hours_of_people(hours: Hours, now: str, opening: str | None) -> None:
    """Half-open spans in the store's zone; the next opening is always found."""
    moment = at(now)
    expected = at(opening) if opening else moment

    assert (opening is None, expected) == (is_open(hours, moment), next_opening(hours, moment))


def test_when_it_closed_is_known_the_next_morning() -> None:
    """What was written since then was written at night."""
    assert at("2026-11-18 23:00") == last_closing(WEEK, at("2026-11-19 08:30"))


# --- presence ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "silent_s", "expected", "free"),
    [
        pytest.param("online", 0, "online", 8, id="there"),
        pytest.param("online", 44, "online", 8, id="almost-lost"),
        pytest.param("online", 45, "lost", 0, id="lost-keeps-talks"),
        pytest.param("online", 164, "lost", 0, id="reload"),
        pytest.param("online", 165, "gone", 0, id="gone"),
        pytest.param("away", 0, "away", 0, id="break"),
        pytest.param("away", 200, "gone", 0, id="break-and-gone"),
        pytest.param("off", 0, "off", 0, id="off"),
    ],
)
def test_a_lost_page_is_no_wish_to_leave(
    state: Any, silent_s: int, expected: str, free: int
) -> None:
    """Nothing new at once, the talks go to others only after a while."""
    one = agent("a", state=state, seen_at=NOW - silent_s * SECOND)

    assert (expected, free) == (standing(one, RULES, NOW), room(one, RULES, NOW))


def test_only_who_holds_talks_must_let_go() -> None:
    """Going off lets go at once, a lost page after a while, a break never."""
    long_ago = NOW - timedelta(minutes=10)
    agents = [
        agent("here", load=2),
        agent("lost", load=2, seen_at=NOW - 50 * SECOND),
        agent("gone", load=1, seen_at=long_ago),
        agent("gone-idle", seen_at=long_ago),
        agent("off", load=1, state="off"),
        agent("break", load=1, state="away"),
    ]

    assert ["gone", "off"] == [one.id for one in must_let_go(agents, RULES, NOW)]


def test_the_next_change_is_known() -> None:
    """So that a timer can sleep until then."""
    agents = [agent("a", seen_at=NOW - 10 * SECOND), agent("b", seen_at=NOW - 60 * SECOND)]

    assert NOW + 35 * SECOND == next_change(agents, RULES, NOW)
    assert next_change([agent("c", state="off")], RULES, NOW) is None


@pytest.mark.parametrize(("silent_s", "written"), [(0, False), (14, False), (15, True), (-5, True)])
def test_few_signs_are_written(silent_s: int, written: bool) -> None:
    """Three in the time after which somebody counts as lost; a clock that went back is mended."""
    assert written == worth_writing(agent("a", seen_at=NOW - silent_s * SECOND), RULES, NOW)


# --- queue ---------------------------------------------------------------------------------------


def test_the_queue_goes_by_priority_and_waiting() -> None:
    """Urgent counts as an hour, important as ten minutes, a valued shopper as five."""
    talks = [
        talk("new"),
        talk("urgent", priority="urgent"),
        talk("old", since=NOW - 61 * MINUTE),
        talk("high", priority="high"),
        talk("vip", vip=True),
        talk("waiting", since=NOW - 11 * MINUTE),
    ]
    order = [one.conversation for one in in_order(talks, RULES)]

    assert ["old", "urgent", "waiting", "high", "vip", "new"] == order


PRIORITIES = st.sampled_from(["normal", "high", "urgent"])
TALKS = st.builds(
    lambda n, minutes, priority, vip: talk(
        f"cnv_{n:06}", since=NOW + minutes * MINUTE, priority=priority, vip=vip
    ),
    st.integers(0, 10**6),
    st.integers(0, 10_000),
    PRIORITIES,
    st.booleans(),
)


@given(TALKS, TALKS)
def test_nobody_starves(first: Talk, later: Talk) -> None:
    """Who comes more than 65 minutes after somebody never goes before them, whatever they are."""
    most = RULES.urgent_ahead + RULES.vip_ahead
    order = in_order([later, first], RULES)

    if later.since > first.since + most:
        assert first is order[0]


@given(st.lists(TALKS, max_size=6, unique_by=lambda one: one.conversation), st.integers(0, 600))
def test_the_queue_does_not_turn_with_time(talks: list[Talk], minutes: int) -> None:
    """A place is fixed when the waiting begins: adding others never swaps two."""
    before = [one.conversation for one in in_order(talks, RULES)]
    more = in_order([*talks, talk("cnv_extra", since=NOW + minutes * MINUTE)], RULES)

    assert before == [one.conversation for one in more if one.conversation != "cnv_extra"]


# --- assignment ----------------------------------------------------------------------------------

BOSS = agent("boss", role="supervisor")
FULL = agent("full", load=8)
BUSY = agent("busy", load=4)
IDLE = agent("idle", load=1)
SMALL = agent("small", load=1, capacity=2)
AWAY = agent("away", state="away")
LOST = agent("lost", seen_at=NOW - MINUTE)


@pytest.mark.parametrize(
    ("wanted", "audience", "agents", "expected"),
    [
        pytest.param("", "agent", [BUSY, IDLE, SMALL], ("idle", "least-busy"), id="share-of-seats"),
        pytest.param("busy", "agent", [BUSY, IDLE], ("busy", "first-asked"), id="first-asked"),
        pytest.param("full", "agent", [FULL, IDLE], ("idle", "least-busy"), id="known-but-full"),
        pytest.param("away", "agent", [AWAY, IDLE], ("idle", "least-busy"), id="known-but-away"),
        pytest.param("", "agent", [LOST, AWAY, FULL], None, id="nobody-has-room"),
        pytest.param("", "agent", [], None, id="nobody"),
        pytest.param("", "agent", [BOSS, BUSY], ("busy", "least-busy"), id="agents-before-boss"),
        pytest.param("", "agent", [BOSS, FULL], ("boss", "supervisor"), id="boss-when-all-full"),
        pytest.param("", "supervisor", [BOSS, IDLE], ("boss", "supervisor"), id="boss-wanted"),
        pytest.param("", "supervisor", [IDLE], ("idle", "no-supervisor"), id="boss-not-there"),
        pytest.param("busy", "supervisor", [BUSY, IDLE], ("busy", "first-asked"), id="boss-known"),
    ],
)
def test_who_gets_a_talk(
    wanted: str, audience: Any, agents: list[Agent], expected: tuple[str, str] | None
) -> None:
    """Whom the shopper knows, then the least busy; supervisors last, unless asked for."""
    found = choose(talk(wanted=wanted, audience=audience), agents, RULES, NOW)

    assert expected == (None if found is None else (found[0].id, found[1]))


def test_equals_take_turns() -> None:
    """Who got none or got one longest ago is next."""
    agents = [
        agent("a", load=1, given_at=NOW - MINUTE),
        agent("b", load=1, given_at=NOW - 2 * MINUTE),
    ]
    given_to = [one.agent for one in assign([talk("1"), talk("2")], agents, RULES, NOW)]

    assert ["b", "a"] == given_to


@given(
    st.lists(TALKS, max_size=30, unique_by=lambda one: one.conversation),
    st.lists(st.integers(0, 5), min_size=0, max_size=5),
)
def test_nobody_gets_more_than_their_seats(talks: list[Talk], loads: list[int]) -> None:
    """All room is used as long as somebody waits, and no more than that."""
    agents = [agent(f"a{n}", load=load, capacity=4) for n, load in enumerate(loads)]
    given_out = assign(talks, agents, RULES, NOW)
    free = sum(max(0, 4 - load) for load in loads)

    assert min(free, len(talks)) == len(given_out)
    assert len({one.conversation for one in given_out}) == len(given_out)
    for one in agents:
        mine = sum(each.agent == one.id for each in given_out)
        assert not mine or mine + one.load <= 4


# --- clocks --------------------------------------------------------------------------------------

ASKED = Wait(since=NOW)
QUEUED = Wait(since=NOW, human_since=NOW, spoken=True)


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        pytest.param(Wait(since=None), None, id="nothing-asked"),
        pytest.param(ASKED, ("greet", 5), id="greet-within-5-s"),
        pytest.param(replace(ASKED, spoken=True), None, id="bot-has-spoken"),
        pytest.param(replace(ASKED, human_since=NOW), ("greet", 5), id="greet-before-comfort"),
        pytest.param(replace(ASKED, silent=True), None, id="assist-never-greets"),
        pytest.param(QUEUED, ("comfort", 60), id="comfort-after-60-s"),
        pytest.param(
            replace(QUEUED, comforts=1, comforted_at=NOW + MINUTE), ("comfort", 240), id="again"
        ),
        pytest.param(
            replace(QUEUED, comforts=3, comforted_at=NOW + 7 * MINUTE), ("alert", 600), id="alert"
        ),
        pytest.param(replace(QUEUED, comforts=3, comforted_at=NOW, alerted=True), None, id="once"),
        pytest.param(replace(QUEUED, silent=True), ("alert", 240), id="assist-only-alerts"),
        pytest.param(Wait(since=None, spoken=True), None, id="answered"),
        pytest.param(
            Wait(since=NOW, spoken=True, shut_at=NOW + MINUTE), ("closed", 60), id="gone-home"
        ),
    ],
)
def test_the_clocks_of_a_waiting_shopper(wait: Wait, expected: tuple[str, int] | None) -> None:
    """Greeting at 5 s, comfort at 60 s and every 3 minutes, at most 3 times, then a supervisor."""
    tick = next_tick(wait, RULES)

    assert expected == (None if tick is None else (tick.step, (tick.at - NOW).total_seconds()))


def test_a_clock_rings_when_it_is_time() -> None:
    """Not a moment early."""
    assert due_tick(QUEUED, RULES, NOW + 59 * SECOND) is None
    assert due_tick(QUEUED, RULES, NOW + 60 * SECOND) is not None


@given(st.lists(st.integers(1, 4000), max_size=12))
def test_comfort_is_never_said_twice_in_a_row(seconds: list[int]) -> None:
    """However late the timer looks: one line at a time, never more than allowed, one alert."""
    wait, now = QUEUED, NOW
    said: list[datetime] = []
    for step in seconds:
        now += step * SECOND
        tick = due_tick(wait, RULES, now)
        if tick is not None and tick.step == "comfort":
            said.append(now)
            wait = replace(wait, comforts=wait.comforts + 1, comforted_at=now)
        elif tick is not None:
            wait = replace(wait, alerted=True)
    gaps = [b - a for a, b in itertools.pairwise(said)]

    assert len(said) <= RULES.comfort_most
    assert all(gap >= RULES.comfort_every for gap in gaps)
    assert not said or said[0] - NOW >= RULES.answer_within
