"""One step of an after-sale case: the table says whether, the rules say until when.

Pure: a case, an event and the time go in, a decision with reasons comes out. What the table does not
name is refused, so no illegal path exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shopbot import messages
from shopbot.orders.case_words import ship_back_phrase, state_phrase
from shopbot.orders.checks import Check, all_ok, check
from shopbot.orders.exchanges import EXCHANGE, RESEND
from shopbot.orders.limits import Due, find_limit, list_due
from shopbot.orders.model import Case
from shopbot.orders.phrases import Phrase
from shopbot.orders.repairs import REPAIR
from shopbot.orders.returns import REFUND, RETURN
from shopbot.orders.states import CASE_ENDS, CaseKind, CaseState, Grade
from shopbot.orders.stock_back import count_stock_back
from shopbot.orders.timing import told_end
from shopbot.orders.transitions import EVENTS, Actor, Effect, EventName, Table, Transition
from shopbot.rules import Rules

TABLES: Mapping[CaseKind, Table] = {
    "return": RETURN,
    "refund": REFUND,
    "exchange": EXCHANGE,
    "repair": REPAIR,
    "resend": RESEND,
}

CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """Something that happens to a case, by whom, with what it brings."""

    name: EventName
    who: Actor
    parcel: str = ""  # ship_back, resend
    carrier: str = ""
    pictures: tuple[str, ...] = ()  # add_pictures
    grade: Grade | None = None  # pass, settle
    quote_fen: int | None = None  # quote
    gift_missing: bool = False  # pass, settle: the gift was not in the parcel
    settle_fen: int | None = None  # settle: less than planned was agreed on
    freight_fen: int | None = None  # pass, settle: what the buyer laid out for the way back


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether the step is taken, the case afterwards, and what must be done with it."""

    allowed: bool
    case: Case  # unchanged when refused
    checks: tuple[Check, ...]
    effects: tuple[Effect, ...] = ()
    due: tuple[Due, ...] = ()  # jobs to plan; those of the state before are void
    phrase: Phrase | None = None  # what the shopper may be told


def list_events(kind: CaseKind, state: CaseState) -> tuple[EventName, ...]:
    """Return what may happen to a case of ``kind`` in ``state``."""
    return tuple(event for event in EVENTS if (state, event) in TABLES[kind])


def begin(case: Case, rules: Rules) -> Decision:
    """Return a new case with its first time limit; ValueError when it is not a new one."""
    if case.state != "requested":
        raise ValueError(f"a case begins as requested, not {case.state}")
    limit = find_limit(case, "requested", rules, case.requested_at)
    begun = replace(case, deadline=limit)
    return Decision(allowed=True, case=begun, checks=(), due=_due(begun, rules))


def step(case: Case, event: CaseEvent, rules: Rules, now: datetime) -> Decision:
    """Return what becomes of ``case`` when ``event`` happens ``now``."""
    transition = TABLES[case.kind].get((case.state, event.name))
    if transition is None:
        return _refused(case, (_not_here(case, event),))
    checks = tuple(_conditions(case, event, transition, rules, now))
    if not all_ok(checks):
        return _refused(case, checks)
    moved = _moved(case, event, transition, rules, now)
    return Decision(
        allowed=True,
        case=moved,
        checks=checks,
        effects=transition.effects,
        due=_due(moved, rules) if moved != case else (),
        phrase=_phrase(case, moved, event, rules, now),
    )


def _refused(case: Case, checks: tuple[Check, ...]) -> Decision:
    return Decision(allowed=False, case=case, checks=checks)


def _not_here(case: Case, event: CaseEvent) -> Check:
    over = case.state in CASE_ENDS
    return check("step-known", False, "over" if over else "", **_words(case, event))


def _words(case: Case, event: CaseEvent) -> dict[str, str]:
    return {
        "state": messages.text(f"orders.staff-state.{case.state}"),
        "event": messages.text(f"orders.case-event.{event.name}"),
        "who": messages.text(f"orders.case-actor.{event.who}"),
    }


def _conditions(
    case: Case, event: CaseEvent, transition: Transition, rules: Rules, now: datetime
) -> list[Check]:
    found = [
        check("step-known", True),
        check("step-who", event.who in transition.who, **_words(case, event)),
        check("step-when", now >= case.requested_at - CLOCKS_DIFFER),
    ]
    if event.name in ("remind", "expire"):
        found.append(_ripe(case, event, rules, now))
    if event.name == "ship_back" or "send-parcel" in transition.effects:
        found.append(check("step-parcel", bool(event.parcel.strip())))
    if event.name == "ship_back" and case.state == "shipped_back":
        found.append(check("step-new-parcel", event.parcel.strip() != case.return_parcel))
    if event.name == "add_pictures":
        found.append(check("step-pictures", bool(event.pictures)))
    if "stock-back" in transition.effects:
        found.append(check("step-grade", event.grade is not None))
    if event.freight_fen is not None:
        found.append(_freight(case, event))
    if event.name == "quote":
        found.append(check("step-quote", event.quote_fen is not None and event.quote_fen >= 0))
    return found


def _freight(case: Case, event: CaseEvent) -> Check:
    """Look whether the shop owes the buyer the way back, once the goods have been seen."""
    told = event.freight_fen is not None and event.freight_fen >= 0
    return check(
        "step-freight",
        told and case.freight_payer == "seller" and event.name in ("pass", "settle"),
    )


def _ripe(case: Case, event: CaseEvent, rules: Rules, now: datetime) -> Check:
    times = [due.at for due in _due(case, rules) if due.event == event.name]
    at = told_end(times[0], now, rules) if times else ""
    return check("step-due", bool(times) and now >= times[0], at=at)


def _due(case: Case, rules: Rules) -> tuple[Due, ...]:
    return list_due(case, frozenset(list_events(case.kind, case.state)), rules)


def _moved(
    case: Case, event: CaseEvent, transition: Transition, rules: Rules, now: datetime
) -> Case:
    if event.name == "remind":  # nothing moves
        return case
    state = transition.to
    told = replace(
        case,
        state=state,
        received_at=now if state == "received" else case.received_at,
        inspected_at=now if state == "inspected" else case.inspected_at,
        ended_at=now if state in CASE_ENDS else None,
        pictures=(*case.pictures, *(p for p in event.pictures if p not in case.pictures)),
        return_parcel=event.parcel.strip() if event.name == "ship_back" else case.return_parcel,
        return_carrier=event.carrier if event.name == "ship_back" else case.return_carrier,
        resend_parcel=event.parcel.strip()
        if "send-parcel" in transition.effects
        else case.resend_parcel,
        quote_fen=event.quote_fen if event.name == "quote" else case.quote_fen,
    )
    told = _counted(told, event, transition, rules)
    return replace(told, deadline=find_limit(told, state, rules, now))


def _counted(case: Case, event: CaseEvent, transition: Transition, rules: Rules) -> Case:
    if "stock-back" not in transition.effects or event.grade is None:
        return case
    back = count_stock_back(case.quantity, event.grade, 0, rules)
    return replace(case, grade=event.grade, restocked=back.restocked, lost=back.lost)


def _phrase(
    before: Case, case: Case, event: CaseEvent, rules: Rules, now: datetime
) -> Phrase | None:
    """Return what the shopper is told; staff reminders and what they did themselves are silent."""
    if case.state == before.state:
        buyer = case.state == "approved" and event.name == "remind"
        ships = case.kind in ("return", "exchange", "repair")
        return ship_back_phrase(case, rules, now) if buyer and ships else None
    return state_phrase(case, rules, now)
