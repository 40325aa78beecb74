"""When a shopper is written to unasked: quiet hours, caps, silence once they reply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.contact import (
    Contact,
    OutgoingMessage,
    RuleContact,
    Sent,
    after_awake,
    promise_by,
    quiet_end,
)
from shopbot.orders.phrases import PHRASES
from tests.order_facts import NUMBER, RULES, STORE, at, rules

NOON = at("2026-11-18 12:00")
POLICY = RuleContact(RULES)


def message(**changes: Any) -> OutgoingMessage:
    """Return a message that was planned this morning."""
    values: dict[str, Any] = {
        "id": "msg_1",
        "store_id": STORE,
        "order": NUMBER,
        "subject": "shipping",
        "phrase": "order.ship.late",
        "values": {},
        "key": "k",
        "not_before": at("2026-11-18 09:00"),
        "expires_at": at("2026-11-20 09:00"),
        "created_at": at("2026-11-18 09:00"),
    }
    return OutgoingMessage(**{**values, **changes})


def sent(*times: str) -> list[Sent]:
    """Return messages of another kind that the person got at these times."""
    return [Sent(order="1", phrase="x", at=at(time)) for time in times]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        pytest.param("2026-11-18 21:29", None, id="before"),
        pytest.param("2026-11-18 21:30", "2026-11-19 09:00", id="begins"),
        pytest.param("2026-11-18 23:59", "2026-11-19 09:00", id="evening"),
        pytest.param("2026-11-19 00:00", "2026-11-19 09:00", id="midnight"),
        pytest.param("2026-11-19 08:59", "2026-11-19 09:00", id="last-minute"),
        pytest.param("2026-11-19 09:00", None, id="over"),
    ],
)
def test_quiet_hours_end_in_the_morning(now: str, end: str | None) -> None:
    """From 21:30 to 9:00, in the store's zone."""
    contact = RULES.contact
    found = quiet_end(at(now), contact.quiet_from, contact.quiet_until, RULES)

    assert (at(end) if end else None) == found


@pytest.mark.parametrize(
    ("now", "by"),
    [
        pytest.param("2026-11-18 10:00", "2026-11-18 12:00", id="by-day"),
        pytest.param("2026-11-18 20:00", "2026-11-19 09:00", id="ends-in-the-night"),
        pytest.param("2026-11-18 23:30", "2026-11-19 11:00", id="asked-at-night"),
    ],
)
def test_a_result_is_promised_for_decent_hours(now: str, by: str) -> None:
    """Nobody is told 明天01:30前 when nobody works then."""
    assert at(by) == promise_by(at(now), timedelta(hours=2), RULES)


def test_equal_ends_mean_no_quiet_hours() -> None:
    """Not a whole silent day."""
    noon = RULES.contact.quiet_until

    assert quiet_end(NOON, noon, noon, RULES) is None


@pytest.mark.parametrize(
    ("changes", "earlier", "told", "reply", "now", "expected"),
    [
        pytest.param({}, (), 0, None, "2026-11-18 12:00", "now", id="free"),
        pytest.param({}, ("2026-11-18 10:00",), 0, None, "2026-11-18 12:00", "now", id="gap-over"),
        pytest.param({}, ("2026-11-18 10:01",), 0, None, "2026-11-18 12:00", "2026-11-18 12:01", id="gap"),
        pytest.param({}, ("2026-11-18 20:00",), 0, None, "2026-11-18 20:30", "2026-11-19 09:00", id="gap-into-quiet"),
        pytest.param({}, ("2026-11-18 09:01", "2026-11-18 09:02", "2026-11-18 09:03"), 0, None, "2026-11-18 20:00", "2026-11-19 09:00", id="day-cap"),
        pytest.param({}, ("2026-11-17 20:00", "2026-11-17 20:01", "2026-11-17 20:02"), 0, None, "2026-11-18 12:00", "now", id="new-day"),
        pytest.param({}, (), 2, None, "2026-11-18 12:00", "told-enough", id="order-cap"),
        pytest.param({}, (), 1, None, "2026-11-18 12:00", "now", id="second-time"),
        pytest.param({}, (), 0, "2026-11-18 09:00", "2026-11-18 12:00", "replied", id="replied"),
        pytest.param({}, (), 0, "2026-11-18 08:59", "2026-11-18 12:00", "now", id="replied-before"),
        pytest.param({}, (), 0, None, "2026-11-20 09:00", "too-old", id="too-old"),
        pytest.param({}, (), 0, None, "2026-11-19 23:00", "too-old", id="would-be-too-old"),
        pytest.param({"not_before": at("2026-11-18 13:00")}, (), 0, None, "2026-11-18 12:00", "2026-11-18 13:00", id="not-yet"),
        pytest.param({}, (), 0, None, "2026-11-18 22:00", "2026-11-19 09:00", id="quiet"),
        pytest.param({"urgent": True}, (), 0, None, "2026-11-18 22:00", "2026-11-19 09:00", id="urgent-is-quiet-too"),
    ],
)  # fmt: skip
def test_now_later_or_never(
    changes: dict[str, Any], earlier: tuple[str, ...], told: int, reply: str | None, now: str,
    expected: str,
) -> None:  # fmt: skip
    """The table of all reasons."""
    last = at(reply) if reply else None
    found = POLICY.decide(message(**changes), sent(*earlier), told, last, at(now))
    if expected == "now":
        wanted = Contact(now=True)
    elif expected.startswith("2026"):
        wanted = Contact(later=at(expected))
    else:
        wanted = Contact(never=expected)  # type: ignore[arg-type]

    assert wanted == found


def test_phrases_that_no_person_tells_are_there() -> None:
    """A misspelt one would spare nobody."""
    spared = RULES.contact.not_by_person
    known = {one for one in PHRASES if not POLICY.is_for_person(one)}

    assert all(any(name.startswith(one) for name in known) for one in spared)
    assert POLICY.is_for_person("return.step.approved")
    assert POLICY.is_for_person("review.invite.again")


def test_urgent_may_break_the_quiet_if_the_shop_says_so() -> None:
    """A value of contact.yaml."""
    policy = RuleContact(rules(contact={"urgent_ignores_quiet": True}))
    night = at("2026-11-18 23:00")

    assert (Contact(now=True), at("2026-11-19 09:00")) == (
        policy.decide(message(urgent=True), (), 0, None, night),
        policy.first_moment(False, night),
    )


@given(
    st.integers(0, 4 * 24 * 60),
    st.lists(st.integers(0, 2880), max_size=8),
    st.integers(0, 3),
)
def test_a_decision_is_one_of_three_and_holds(when: int, earlier: list[int], told: int) -> None:
    """Never sent in quiet hours, within the gap or above the cap; who waits may go at that time."""
    now = at("2026-11-18 00:00") + timedelta(minutes=when)
    before = [Sent(order="1", phrase="x", at=now - timedelta(minutes=m)) for m in sorted(earlier)]
    found = POLICY.decide(message(), before, told, None, now)
    local = now.astimezone(RULES.zone)
    today = [s for s in before if s.at.astimezone(RULES.zone).date() == local.date()]

    assert 1 == sum((found.now, found.later is not None, found.never is not None))
    if found.now:
        assert POLICY.first_moment(False, now) == now
        assert len(today) < RULES.contact.per_day
        assert all(now - s.at >= RULES.contact.gap for s in before)
    if found.later is not None:
        assert found.later > now
        assert POLICY.decide(message(), before, told, None, found.later).now


@given(st.integers(0, 3 * 24 * 60), st.integers(0, 3000), st.integers(1, 600))
def test_time_that_runs_by_day_ends_by_day(start: int, length: int, more: int) -> None:
    """Never earlier than the plain time, never in the night, and a longer one never ends before."""
    now, span = at("2026-11-18 00:00") + timedelta(minutes=start), timedelta(minutes=length)
    end = after_awake(now, span, RULES)
    clock = end.astimezone(RULES.zone).strftime("%H:%M")

    assert now + span <= end <= after_awake(now, span + timedelta(minutes=more), RULES)
    assert "09:00" <= clock <= "21:30"


def test_without_quiet_hours_time_runs_on() -> None:
    """Equal times: there are none."""
    awake = rules(contact={"quiet_from": RULES.contact.quiet_until})

    assert at("2026-11-19 03:00") == after_awake(at("2026-11-18 23:00"), timedelta(hours=4), awake)
