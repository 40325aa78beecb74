"""The demo's after-sale cases: one for every step that the state tables name."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.demo.book import Book, Plot, stock_of_words
from shopbot.demo.parcels import signed_way
from shopbot.orders.cases import CaseRequest, open_case, step_case
from shopbot.orders.conditions import Claim
from shopbot.orders.freight import Kind
from shopbot.orders.limits import find_limit
from shopbot.orders.machine import TABLES, CaseEvent
from shopbot.orders.model import Case
from shopbot.orders.states import CaseKind, CaseState, Grade
from shopbot.orders.transitions import Actor, EventName

_STEP = timedelta(hours=7)
_LATELY = timedelta(hours=9)  # since the last step
_AFTER_LIMIT = timedelta(hours=1)
_SIGNED_BEFORE = 20  # hours before the request
_GRADES: tuple[Grade, ...] = ("good", "good", "opened", "worn", "faulty")
_CLAIMS: dict[CaseKind, tuple[Kind, ...]] = {
    "return": ("no-reason", "quality"),
    "refund": ("missing",),
    "exchange": ("exchange",),
    "repair": ("repair",),
    "resend": ("wrong", "missing", "damaged"),
}
_PICTURED = frozenset({"quality", "missing", "wrong", "damaged"})
_PLACE_OF_ACTOR: tuple[Actor, ...] = ("warehouse", "finance", "buyer", "agent", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """The shortest way to a step, that step included."""

    kind: CaseKind
    steps: tuple[tuple[CaseState, EventName], ...]


def list_journeys() -> list[Journey]:
    """Return a journey to every step of every table; reminders lead nowhere and are left out."""
    found: list[Journey] = []
    for kind, table in TABLES.items():
        found.append(Journey(kind=kind, steps=()))
        ways = _ways(kind)
        for state, event in table:
            if event != "remind" and state in ways:
                found.append(Journey(kind=kind, steps=(*ways[state], (state, event))))
    return found


def _ways(kind: CaseKind) -> dict[CaseState, tuple[tuple[CaseState, EventName], ...]]:
    ways: dict[CaseState, tuple[tuple[CaseState, EventName], ...]] = {"requested": ()}
    waiting: deque[CaseState] = deque(["requested"])
    while waiting:
        state = waiting.popleft()
        for (source, event), transition in TABLES[kind].items():
            if source == state and transition.to not in ways and event != "expire":
                ways[transition.to] = (*ways[state], (state, event))
                waiting.append(transition.to)
    return ways


def play(book: Book, journey: Journey, serial: int) -> Case | None:
    """Write an order and walk a case along ``journey``; None when the goods may not come back."""
    length = sum((_wait(book, journey.kind, *step) for step in journey.steps), _LATELY)
    asked = length.total_seconds() / 3600
    number = _signed_order(book, asked + _SIGNED_BEFORE, serial)
    claim = book.chance.pick(_CLAIMS[journey.kind], "claim", serial)
    pictures = (f"demo-{serial}.jpg",) if claim in _PICTURED else ()
    request = CaseRequest(
        order=number,
        line_no=1,
        claim=Claim(kind=claim, quantity=1, pictures=len(pictures), gift_returned=True),
        kind=journey.kind,
        detail=stock_of_words()["claims"][claim],
        pictures=pictures,
    )
    opened = open_case(book.tx, request, book.rules, book.ago(asked), _agent(book, serial))
    if opened.decision is None:
        return None
    case, at = opened.decision.case, book.ago(asked)
    for state, name in journey.steps:
        at += _wait(book, journey.kind, state, name)
        case = _take(book, case, name, at, serial)
    return case


def _signed_order(book: Book, signed: float, serial: int) -> str:
    done = book.chance.once_in(3, "done", serial)
    return book.write(
        Plot(
            status="finished" if done else "shipped",
            created=signed + 75,
            paid=signed + 74.9,
            finished=signed - 10 if done else None,
            ways=(signed_way(signed),),
            lines=1 + book.chance.below(2, "lines", serial),
            plain=True,
        )
    )


def _wait(book: Book, kind: CaseKind, state: CaseState, name: EventName) -> timedelta:
    """Return how long a case stands in ``state`` until the step; the whole limit if it expires."""
    if name != "expire":
        return _STEP
    case = Case(
        id="", store_id="", order="", line_no=1, kind=kind, reason="other", state=state,
        quantity=1, requested_at=book.now,
    )  # fmt: skip
    limit = find_limit(case, state, book.rules, book.now)
    return (limit - book.now if limit else timedelta(0)) + _AFTER_LIMIT


def _take(book: Book, case: Case, name: EventName, at: datetime, serial: int) -> Case:
    may = TABLES[case.kind][(case.state, name)].who
    actor = next(one for one in _PLACE_OF_ACTOR if one in may)
    event = CaseEvent(
        name=name,
        who=actor,
        parcel=_parcel(case, serial) if name in ("ship_back", "resend") else "",
        carrier=stock_of_words()["couriers"][2][0] if name == "ship_back" else "",
        pictures=(f"demo-{serial}-more.jpg",) if name == "add_pictures" else (),
        grade=book.chance.pick(_GRADES, "grade", serial) if name in ("pass", "settle") else None,
        quote_fen=5000 + 1000 * book.chance.below(6, "quote", serial) if name == "quote" else None,
    )
    who = _name(book, actor, serial)
    decision = step_case(book.tx, case.id, event, book.rules, at, who)
    if not decision.allowed:
        raise ValueError(f"{case.kind}: {name} in {case.state} was refused")
    return decision.case


def _parcel(case: Case, serial: int) -> str:
    """Return a parcel number, another one where the buyer mends a wrong one."""
    mended = case.state == "shipped_back"
    return f"SF{16 if mended else 15}{serial:011d}"


def _name(book: Book, actor: Actor, serial: int) -> str:
    words = stock_of_words()
    names = {"warehouse": words["warehouse"], "finance": words["finance"]}
    return names.get(actor) or (_agent(book, serial) if actor == "agent" else actor)


def _agent(book: Book, serial: int) -> str:
    agent: str = book.chance.pick(stock_of_words()["agents"], "agent", serial)
    return agent


def walk_all(book: Book) -> Iterator[Case]:
    """Write one case for every step, and yield it."""
    for serial, journey in enumerate(list_journeys()):
        case = play(book, journey, serial)
        if case is not None:
            yield case
