"""The use case of a dialogue action: gather, plan, write, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shopbot import idempotency
from shopbot.orders import access, masking, store
from shopbot.orders.access import Asker
from shopbot.orders.actions import plan
from shopbot.orders.deeds import Writing, write
from shopbot.orders.dialogue import Apply, Known, Plan, Proof, Slots, Talk, Ware, Wares
from shopbot.orders.freshness import read_standing
from shopbot.orders.model import OrderEvent, OrderFacts
from shopbot.orders.price_protection import PriceNow
from shopbot.orders.steps import already
from shopbot.orders.stock_outs import is_lacking
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")

_ROUTE = "dialogue"
_URGED = ("order.asked-to-look", "order.intercept-asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a shopper (or staff for them) wants, in which run of the dialogue."""

    action: str
    slots: Slots
    dialogue: str  # conversation and the turn in which the action began
    asker: Asker
    who: str  # as written down: "shopper", an agent's name
    asked: Mapping[str, int] = field(default_factory=dict)
    trusted: bool = False  # staff: the order that is named needs no proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """The next step, and how long to wait before telling it (wrong proofs slow answers down)."""

    plan: Plan
    delay_s: int = 0


def act(
    db: Database, wanted: Ask, rules: Rules, now: datetime, wares: Wares | None = None
) -> Acted:
    """Return the next step of an action, written if it is one to write; safe to repeat."""
    return db.transaction(lambda tx: act_within(tx, wanted, rules, now, wares))


def act_within(
    tx: Transaction, wanted: Ask, rules: Rules, now: datetime, wares: Wares | None = None
) -> Acted:
    """As :func:`act`, inside the transaction of a turn."""
    number = access.plain_number(wanted.slots.order) if wanted.slots.order else ""
    wanted = replace(wanted, slots=replace(wanted.slots, order=number))
    known, delay = gather(tx, wanted, rules, now, wares)
    found = plan(wanted.action, wanted.slots, known, now)
    if not isinstance(found, Apply) or found.deed is None:
        return Acted(plan=found, delay_s=delay)
    applied: Apply = found

    def work(inner: Transaction) -> idempotency.Answer:
        write(Writing(tx=inner, rules=rules, now=now, who=wanted.who, applied=applied))
        return idempotency.Answer(status=200, body={"key": applied.key})

    answer = idempotency.answer_once(tx, _request(wanted, rules, applied.key), work, now)
    return Acted(plan=already() if answer.repeated else applied, delay_s=delay)


def _request(wanted: Ask, rules: Rules, key: str) -> idempotency.Request:
    return idempotency.Request(
        store_id=rules.store_id, who=wanted.dialogue, route=_ROUTE, key=key, body=b""
    )


def gather(
    tx: Transaction, wanted: Ask, rules: Rules, now: datetime, wares: Wares | None = None
) -> tuple[Known, int]:
    """Return everything a plan needs and the delay of a proof that was tried just now."""
    proof, wait, delay = _prove(tx, wanted, now)
    orders = _orders(tx, wanted, now)
    events = _events(tx, rules, orders)
    standing = read_standing(tx, rules, now)
    known = Known(
        rules=rules,
        talk=Talk(
            id=wanted.dialogue,
            asked=wanted.asked,
            done=_done(tx, wanted, rules),
            proof=proof,
            wait_minutes=wait,
        ),
        orders=orders,
        urged=_urged(events),
        stock_out=_stock_out(events),
        wares=_wares(wares, wanted.slots, orders, now),
        prices=_prices(wares, orders),
        known_until={
            one.order.number: until for one in orders if (until := standing.until(one.order))
        },
        file_of={
            one.order.number: at
            for one in orders
            if (at := standing.file_of(one.order, rules.logistics.file_fresh))
        },
        source_down=standing.down,
    )
    return known, delay


def _prove(tx: Transaction, wanted: Ask, now: datetime) -> tuple[Proof, int, int]:
    """Try order number and phone tail, unless the order is open to the shopper already."""
    slots = wanted.slots
    if wanted.trusted or not (slots.order and slots.phone_tail):
        return "none", 0, 0
    if any(facts.order.number == slots.order for facts in _orders(tx, wanted, now)):
        return "none", 0, 0
    proved = access.prove_by_phone(
        tx, wanted.asker, number=slots.order, tail=slots.phone_tail, now=now
    )
    decision = proved.decision
    if decision.granted:
        return "none", 0, decision.delay_s
    if decision.verdict == "too-many":
        return "too-many", -(-decision.wait_s // 60), decision.delay_s
    return "refused", 0, decision.delay_s


def _orders(tx: Transaction, wanted: Ask, now: datetime) -> tuple[OrderFacts, ...]:
    asker = wanted.asker
    if wanted.trusted and wanted.slots.order:
        number = wanted.slots.order
        if tx.maybe_one(Q.has_order, store_id=asker.store_id, number=number) is None:
            return ()
        return (masking.facts(store.get_facts(tx, asker.store_id, number)),)
    found = access.access_orders(tx, store_id=asker.store_id, visitor=asker.visitor, now=now)
    return tuple(found)


def _done(tx: Transaction, wanted: Ask, rules: Rules) -> frozenset[str]:
    """Return the keys of this dialogue that are written: the one agreed to, if it is."""
    key = wanted.slots.confirmed
    if not key:
        return frozenset()
    there = idempotency.was_answered(tx, _request(wanted, rules, key))
    return frozenset({key} if there else ())


def _events(
    reader: Reader, rules: Rules, orders: tuple[OrderFacts, ...]
) -> dict[str, list[OrderEvent]]:
    numbers = [facts.order.number for facts in orders]
    return {number: store.list_events(reader, rules.store_id, number) for number in numbers}


def _urged(events: Mapping[str, list[OrderEvent]]) -> dict[str, datetime]:
    """Return when each order was last looked into for its buyer."""
    times = {
        number: [event.at for event in told if event.name in _URGED]
        for number, told in events.items()
    }
    return {number: max(found) for number, found in times.items() if found}


def _stock_out(events: Mapping[str, list[OrderEvent]]) -> frozenset[str]:
    return frozenset(number for number, told in events.items() if is_lacking(told))


def _wares(
    wares: Wares | None, slots: Slots, orders: tuple[OrderFacts, ...], now: datetime
) -> dict[tuple[str, int], Ware]:
    if wares is None or not (slots.colour or slots.size):
        return {}
    return {
        (facts.order.number, line.line_no): wares.find(line, slots.colour, slots.size, now)
        for facts in orders
        for line in facts.lines
    }


def _prices(wares: Wares | None, orders: tuple[OrderFacts, ...]) -> dict[tuple[str, int], PriceNow]:
    found = {}
    for facts in orders:
        for line in facts.lines:
            price = wares.price(line) if wares else None
            if price is not None:
                found[facts.order.number, line.line_no] = price
    return found
