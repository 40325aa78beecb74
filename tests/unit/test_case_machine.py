"""The state tables of after-sale cases, walked: reachable, complete, in time, nothing illegal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.machine import TABLES, CaseEvent, Decision, begin, list_events, step
from shopbot.orders.model import Case
from shopbot.orders.states import CASE_ENDS, CaseKind, CaseState, Grade
from shopbot.orders.stock_back import GRADES, count_stock_back
from shopbot.orders.transitions import ACTORS, EVENTS, Actor, EventName
from shopbot.rules.model import Pause
from tests.order_facts import RULES, at, case, rules

KINDS: tuple[CaseKind, ...] = get_args(CaseKind)
STATES: tuple[CaseState, ...] = get_args(CaseState)
NOW = at("2026-11-18 10:00")

REACHED: dict[CaseKind, str] = {
    "return": "requested need_pictures approved shipped_back received inspected disputed refunded "
    "rejected cancelled closed",
    "refund": "requested need_pictures approved refunded rejected cancelled closed",
    "exchange": "requested need_pictures approved shipped_back received inspected disputed resent "
    "refunded finished rejected cancelled closed",
    "repair": "requested need_pictures approved shipped_back received inspected quoted repairing "
    "resent finished rejected cancelled closed",
    "resend": "requested need_pictures approved resent refunded finished rejected cancelled closed",
}


def reached(kind: CaseKind) -> set[CaseState]:
    """Return the states that can be reached from a request."""
    seen: set[CaseState] = set()
    waiting: list[CaseState] = ["requested"]
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting.extend(TABLES[kind][state, event].to for event in list_events(kind, state))
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_exactly_the_meant_states_are_reached(kind: CaseKind) -> None:
    """Each state of a kind can be reached, and no other."""
    assert set(REACHED[kind].split()) == reached(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_open_state_leads_to_an_end(kind: CaseKind) -> None:
    """No case can hang for ever, and ends are final."""
    for state in reached(kind):
        events = list_events(kind, state)
        onwards = {TABLES[kind][state, event].to for event in events} - {state}

        assert bool(onwards) == (state not in CASE_ENDS), state
        assert bool(set(events) & {"remind", "expire"}) == (state not in CASE_ENDS), state


def full(name: EventName, who: Actor) -> CaseEvent:
    """Return an event that brings all it may need."""
    return CaseEvent(
        name=name,
        who=who,
        parcel="SF1400234567890",
        pictures=("a.jpg",),
        grade="good",
        quote_fen=5000,
    )


def matrix() -> Iterator[tuple[CaseKind, CaseState, EventName]]:
    """Yield every pair of every table."""
    for kind in KINDS:
        for state in STATES:
            for event in EVENTS:
                yield kind, state, event


def standing(kind: CaseKind, state: CaseState) -> Case:
    """Return a case that stands in ``state`` with its time limit run out."""
    ended = NOW if state in CASE_ENDS else None
    limit = None if ended else NOW - timedelta(days=1)
    return case(kind=kind, state=state, deadline=limit, received_at=NOW, ended_at=ended)


def test_each_pair_is_legal_or_refused() -> None:
    """All 1,425 pairs: the table's are taken by its actors, every other one changes nothing."""
    taken = 0
    for kind, state, event in matrix():
        before = standing(kind, state)
        transition = TABLES[kind].get((state, event))
        for who in ACTORS:
            decision = step(before, full(event, who), RULES, NOW)
            legal = transition is not None and who in transition.who
            taken += legal

            assert legal == decision.allowed, (kind, state, event, who)
            assert decision.case.state == (transition.to if legal and transition else state)
            assert decision.allowed or (decision.case == before and decision.effects == ())
            assert all(row.reason for row in decision.checks)
            assert legal or any(not row.ok for row in decision.checks)

    assert taken > 100


@pytest.mark.parametrize("kind", ["return", "exchange", "repair"])
def test_a_wrong_parcel_number_is_put_right(kind: CaseKind) -> None:
    """Another number replaces it and its limit begins anew; the same one again changes nothing."""
    before = replace(standing(kind, "shipped_back"), return_parcel="SF1400234567890")
    told = CaseEvent(name="ship_back", who="buyer", parcel=" YT8800123456789 ", carrier="圆通速递")
    changed = step(before, told, RULES, NOW)
    again = step(changed.case, told, RULES, NOW)

    assert ("YT8800123456789", "圆通速递") == (
        changed.case.return_parcel,
        changed.case.return_carrier,
    )
    assert ["remind"] == [due.event for due in changed.due]
    assert (False, {"step-new-parcel"}) == (
        again.allowed,
        {row.id for row in again.checks if not row.ok},
    )


@pytest.mark.parametrize("kind", ["return", "exchange", "repair"])
def test_what_was_never_sent_is_ended_by_an_agent(kind: CaseKind) -> None:
    """A case whose parcel does not come hangs no longer; a buyer on the way cannot withdraw alone."""
    ended = {
        who: step(standing(kind, "shipped_back"), full("cancel", who), RULES, NOW)
        for who in ("agent", "buyer")
    }

    assert ("cancelled", "shipped_back") == (ended["agent"].case.state, ended["buyer"].case.state)
    assert kind != "return" or "drop-refund" in ended["agent"].effects


def test_only_agents_do_what_buyers_may() -> None:
    """An agent may act for the buyer; the buyer approves nothing."""
    for table in TABLES.values():
        for (_, event), transition in table.items():
            assert "buyer" not in transition.who or "agent" in transition.who
            assert "buyer" not in transition.who or event not in (
                "approve",
                "refund",
                "pass",
                "settle",
            )
            assert ("system" in transition.who) or event not in ("remind", "expire")


MAY: dict[str, str] = {
    "buyer": "cancel add_pictures ship_back accept decline confirm",
    "warehouse": "receive pass dispute quote repair resend",
    "finance": "refund",
    "system": "approve ask_pictures refund remind expire",
}


@pytest.mark.parametrize("who", MAY)
def test_each_part_does_its_own_only(who: str) -> None:
    """What a buyer, the warehouse, finance and time may cause, over all tables."""
    found = {event for table in TABLES.values() for (_, event), t in table.items() if who in t.who}

    assert set(MAY[who].split()) == found


def walk(kind: CaseKind, *events: CaseEvent, start: datetime = NOW) -> list[Decision]:
    """Return the decisions of a case that takes these steps an hour apart; each must be taken."""
    decisions = [begin(case(kind=kind, requested_at=start), RULES)]
    for number, event in enumerate(events, start=1):
        decisions.append(step(decisions[-1].case, event, RULES, start + timedelta(hours=number)))
        assert decisions[-1].allowed, (event, [row.reason for row in decisions[-1].checks])
    return decisions


PATHS: list[tuple[CaseKind, str, str]] = [
    ("return", "approve ship_back receive pass refund", "refunded"),
    ("return", "ask_pictures add_pictures approve receive dispute settle refund", "refunded"),
    ("return", "approve receive dispute reject", "rejected"),
    ("refund", "approve refund", "refunded"),
    ("exchange", "approve ship_back receive pass resend confirm", "finished"),
    ("exchange", "approve ship_back receive pass refund", "refunded"),
    ("repair", "approve ship_back receive pass repair resend confirm", "finished"),
    ("repair", "approve ship_back receive quote accept resend confirm", "finished"),
    ("repair", "approve ship_back receive quote decline resend confirm", "finished"),
    ("resend", "approve resend confirm", "finished"),
    ("resend", "approve refund", "refunded"),
]


def actor(kind: CaseKind, state: CaseState, event: EventName) -> Actor:
    """Return someone who may."""
    return next(who for who in ACTORS if who in TABLES[kind][state, event].who)


@pytest.mark.parametrize(("kind", "path", "end"), PATHS, ids=[f"{p[0]}: {p[1]}" for p in PATHS])
def test_the_usual_ways(kind: CaseKind, path: str, end: str) -> None:
    """The ways a case really takes, each told to the shopper at each step."""
    state: CaseState = "requested"
    events = []
    for name in path.split():
        event: EventName = name  # type: ignore[assignment]
        events.append(full(event, actor(kind, state, event)))
        state = TABLES[kind][state, event].to
    decisions = walk(kind, *events)

    assert end == decisions[-1].case.state
    assert decisions[-1].case.ended_at is not None
    assert all(decision.phrase is not None for decision in decisions[1:])


def test_seven_days_then_a_reminder_then_closed() -> None:
    """Not sent back: reminded after seven days, closed three days later, not a second earlier."""
    approved = walk("return", full("approve", "agent"))[-1]
    due = {ripe.event: ripe.at for ripe in approved.due}
    agreed = NOW + timedelta(hours=1)
    early = [
        step(approved.case, full(name, "system"), RULES, due[name] - timedelta(seconds=1)).allowed
        for name in ("remind", "expire")
    ]
    reminded = step(approved.case, full("remind", "system"), RULES, due["remind"])
    closed = step(reminded.case, full("expire", "system"), RULES, due["expire"])

    assert (agreed + timedelta(days=7), agreed + timedelta(days=10)) == (
        due["remind"],
        due["expire"],
    )
    assert [False, False] == early
    assert (("remind-buyer",), "approved") == (reminded.effects, reminded.case.state)
    assert ("closed", ("drop-refund",)) == (closed.case.state, closed.effects)


def test_received_is_inspected_and_refunded_in_time() -> None:
    """48 hours to inspect, and the legal seven days run from receipt, not from inspection."""
    steps = walk(
        "return", full("approve", "agent"), full("receive", "warehouse"), full("pass", "warehouse")
    )
    received = NOW + timedelta(hours=2)

    assert received + timedelta(hours=48) == steps[2].case.deadline
    assert received + timedelta(days=7) == steps[3].case.deadline


def test_the_warehouse_rests_but_the_law_does_not() -> None:
    """Spring Festival stops the inspection's clock; the refund's limit stays seven days."""
    rest = Pause(name="春节", since=at("2027-02-02 12:00"), until=at("2027-02-11 00:00"))
    shop = rules(shipping={"pauses": (rest,)})
    now = at("2027-02-03 10:00")
    shipped = case(state="shipped_back", requested_at=at("2027-01-25 10:00"))
    got = step(shipped, full("receive", "warehouse"), shop, now).case
    passed = step(got, full("pass", "warehouse"), shop, now + timedelta(hours=1)).case

    assert at("2027-02-13 00:00") == got.deadline
    assert now + timedelta(days=7) == passed.deadline


@pytest.mark.parametrize(
    ("state", "event", "lacking"),
    [
        ("approved", CaseEvent(name="ship_back", who="buyer"), "step-parcel"),
        ("need_pictures", CaseEvent(name="add_pictures", who="buyer"), "step-pictures"),
        ("received", CaseEvent(name="pass", who="warehouse"), "step-grade"),
    ],
    ids=["parcel", "pictures", "grade"],
)
def test_a_step_needs_what_it_brings(state: CaseState, event: CaseEvent, lacking: str) -> None:
    """Without a number, a picture or a grade nothing moves."""
    decision = step(case(state=state, deadline=NOW), event, RULES, NOW)

    assert (False, [lacking]) == (
        decision.allowed,
        [row.id for row in decision.checks if not row.ok],
    )


def test_a_repair_needs_a_price() -> None:
    """A quote without an amount is none."""
    repair = case(kind="repair", state="received", deadline=NOW)

    assert not step(repair, CaseEvent(name="quote", who="agent"), RULES, NOW).allowed


@pytest.mark.parametrize(
    ("grade", "restocked", "lost", "loss"),
    [("good", 2, 0, 0), ("opened", 2, 0, 2000), ("worn", 0, 2, 5000), ("faulty", 0, 2, 10000)],
)
def test_stock_and_loss(grade: Grade, restocked: int, lost: int, loss: int) -> None:
    """What is sold again goes to stock; the loss follows the state of the goods."""
    back = count_stock_back(2, grade, 10000, RULES)
    decision = step(
        case(state="received", quantity=2, deadline=NOW),
        CaseEvent(name="pass", who="warehouse", grade=grade),
        RULES,
        NOW,
    )

    assert (restocked, lost, loss) == (back.restocked, back.lost, back.loss_fen)
    assert (restocked, lost) == (decision.case.restocked, decision.case.lost)


def test_only_a_new_case_begins() -> None:
    """A case that stands elsewhere has begun before."""
    with pytest.raises(ValueError, match="requested"):
        begin(case(state="approved"), RULES)


STEPS = st.tuples(
    st.sampled_from(EVENTS), st.sampled_from(ACTORS), st.integers(0, 400), st.sampled_from(GRADES)
)


@given(st.sampled_from(KINDS), st.lists(STEPS, max_size=25))
def test_no_illegal_path(kind: CaseKind, told: list[tuple[EventName, Actor, int, Grade]]) -> None:
    """Any sequence of events leaves a lawful case: in a known state, limited while open, ended once."""
    decision = begin(case(kind=kind, quantity=3), RULES)
    now, ends = NOW, 0
    for name, who, hours, grade in told:
        now += timedelta(hours=hours)
        before = decision.case
        decision = step(before, replace(full(name, who), grade=grade), RULES, now)
        found = decision.case
        ends += decision.allowed and found.state in CASE_ENDS

        assert found.state in reached(kind)
        assert (
            (found.deadline is None) == (found.state in CASE_ENDS) == (found.ended_at is not None)
        )
        assert found.restocked + found.lost <= found.quantity
        assert before.state not in CASE_ENDS or found == before
        latest = found.deadline or now
        assert all(ripe.at <= latest for ripe in decision.due)

    assert ends <= 1
