"""An order in the words of a good agent: sentences that could be sent to its buyer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shopbot import messages
from shopbot.orders.arrival import arrival_words
from shopbot.orders.carriers import shown_carrier
from shopbot.orders.changes import is_being_cancelled
from shopbot.orders.logistics import Verdict, judge_parcel
from shopbot.orders.made_good import GONE, made_good_fen
from shopbot.orders.model import Case, OrderFacts, OrderLine, Parcel
from shopbot.orders.naming import attributes, short_words
from shopbot.orders.promises import PromiseVerdict, judge_promise
from shopbot.orders.timing import local_day, told_day, told_end, told_money, told_time
from shopbot.rules import Rules

_PLACE = 60  # characters of a courier's line that are told
_FEW = 2  # items that are named one by one
_ENDED = frozenset({"finished", "closed"})
_MOVING = frozenset({"unpaid", "deposit_paid", "paid", "part_shipped"})
_UNSENT = frozenset({"unpaid", "deposit_paid", "paid", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What may be said about an order, and what staff should do."""

    sentences: tuple[str, ...]
    next: str  # key below orders.next
    states: tuple[str, ...]  # the promise's state, then each parcel's trouble

    @property
    def text(self) -> str:
        """Return the sentences as one message."""
        return "".join(self.sentences)


def describe(
    facts: OrderFacts,
    rules: Rules,
    now: datetime,
    *,
    stock_out: bool = False,
    known_until: datetime | None = None,
    file_of: datetime | None = None,
) -> Description:
    """Say what was bought, how it stands, where the parcels are and what after-sale is open.

    ``stock_out``: the warehouse said that it cannot be shipped. ``known_until``: its source cannot be
    read, and this is the last that is known of it. ``file_of``: the moment of the old file it came with.
    """
    promise = judge_promise(facts, rules, now, stock_out=stock_out)
    sentences = [_bought(facts, rules, now)]
    nexts: list[str] = []
    states: list[str] = [promise.state]
    until = None if facts.order.status in _ENDED else known_until
    if until is not None:
        sentences.append(_known(facts, until, rules, now))
        nexts.append("check-source")
    if until is not None and facts.order.status in _UNSENT:
        pass  # what was promised may have been kept meanwhile
    elif facts.order.status == "paid" and is_being_cancelled(facts):  # its refunds are told below
        nexts.append("none")
    elif facts.order.status in _UNSENT or not facts.parcels:
        sentences.append(_standing(facts, promise, rules, now))
        nexts.append("none" if facts.order.status == "finished" else promise.next)
    else:
        if facts.order.status == "part_shipped":
            late = "part-late" if promise.breached else "part-shipped"
            sentences.append(messages.text(f"orders.show.{late}"))
            nexts.append(promise.next)
        for parcel in facts.parcels:
            sentence, state, after = _parcel(facts, parcel, rules, now)
            sentences.append(sentence)
            states.append(state)
            nexts.append(after)
    if file_of is not None and facts.order.status in _MOVING:
        at = told_time(file_of, now, rules)
        sentences.append(messages.text("orders.show.file", at=at))
    sentences += _after_sale(facts)
    return Description(
        sentences=tuple(sentences),
        next=next((one for one in nexts if one not in {"none", "wait"}), nexts[0]),
        states=tuple(states),
    )


def items(facts: OrderFacts) -> str:
    """Return what was bought: two items by name, more by the first and the count."""
    if not facts.lines:
        return facts.order.title or messages.text("orders.show.no-items")
    named = [_item(line) for line in facts.lines]
    if len(named) <= _FEW:
        return "、".join(named)
    count = sum(line.quantity for line in facts.lines)
    return messages.text("orders.show.items-more", first=named[0], count=count)


def _item(line: OrderLine) -> str:
    if line.gift:
        return messages.text("orders.show.gift", title=line.title, quantity=line.quantity)
    return messages.text(
        "orders.show.item", title=line.title, attributes=attributes(line), quantity=line.quantity
    )


def _bought(facts: OrderFacts, rules: Rules, now: datetime) -> str:
    order = facts.order
    created = order.created_at.astimezone(rules.zone).date()
    parts = [
        messages.text(
            "orders.show.bought", day=told_day(created, local_day(now, rules)), items=items(facts)
        )
    ]
    if order.paid_at is not None and order.paid_fen:
        parts.append(messages.text("orders.show.paid", paid=told_money(order.paid_fen)))
        if order.discount_fen:
            parts.append(messages.text("orders.show.saved", saved=told_money(order.discount_fen)))
    elif order.status == "deposit_paid" and order.deposit_fen:
        key = "orders.show.deposit-rest" if order.balance_fen else "orders.show.deposit"
        told = {"paid": told_money(order.deposit_fen), "rest": told_money(order.balance_fen)}
        parts.append(messages.text(key, **told))
    elif order.status == "unpaid" and order.total_fen:
        parts.append(messages.text("orders.show.to-pay", total=told_money(order.total_fen)))
    return "".join((*parts, messages.text("orders.show.stop")))


def _known(facts: OrderFacts, until: datetime, rules: Rules, now: datetime) -> str:
    status = messages.text(f"orders.status.{facts.order.status}")
    return messages.text("orders.show.known", at=told_time(until, now, rules), status=status)


def _standing(facts: OrderFacts, promise: PromiseVerdict, rules: Rules, now: datetime) -> str:
    order = facts.order
    if order.status == "finished":
        return messages.text("orders.show.finished")
    state: str = promise.state
    if order.status == "part_shipped" and state == "undated":
        state = "part_shipped"
    by = told_end(promise.ship_by.at, now, rules) if promise.ship_by else ""
    reason = order.close_reason
    why = messages.text("orders.show.closed-why", why=reason) if reason else ""
    return messages.text(f"orders.show.ship.{state}", by=by, why=why)


def _parcel(facts: OrderFacts, parcel: Parcel, rules: Rules, now: datetime) -> tuple[str, str, str]:
    """Return the sentence, the trouble and the next step of one parcel."""
    if parcel.shipment.doubtful:
        return messages.text("orders.show.track.doubtful"), "doubtful", "check-parcel"
    verdict = judge_parcel(parcel, facts.order, rules, now)
    if facts.order.status == "finished" and verdict.trouble != "signed":
        return messages.text("orders.show.finished"), verdict.trouble, "none"
    if verdict.trouble in GONE and made_good_fen(facts, parcel):
        said = messages.text("orders.show.track.compensated", who=_who(facts, parcel))
        return said, verdict.trouble, "none"
    sentence = messages.text(
        f"orders.show.track.{verdict.trouble}",
        who=_who(facts, parcel),
        place=_place(verdict),
        arrival=_arrival(verdict, rules, now),
        signed=_signed(verdict, rules, now),
    )
    if verdict.stale:
        at = told_time(verdict.as_of, now, rules)
        stop = messages.text("orders.show.stop")
        as_of = messages.text("orders.show.as-of", at=at)
        sentence = f"{sentence.removesuffix(stop)}{as_of}{stop}"
    after = "track" if verdict.trouble == "no-data" else verdict.next
    return sentence, verdict.trouble, after


def _who(facts: OrderFacts, parcel: Parcel) -> str:
    """Return carrier and number, with what is inside when that is not the whole order."""
    carrier = shown_carrier(parcel.shipment.carrier, parcel.shipment.parcel)
    told = messages.text("orders.show.track.parcel", carrier=carrier, parcel=parcel.shipment.parcel)
    inside = [line for line in facts.lines if line.line_no in parcel.shipment.line_nos]
    if not inside or len(inside) == len(facts.lines):
        return told
    names = "、".join(dict.fromkeys(short_words(line, facts) for line in inside))
    return messages.text("orders.show.track.parcel-of", parcel=told, items=names)


def _place(verdict: Verdict) -> str:
    text = " ".join(verdict.view.text.split())[:_PLACE].strip("。，,；; ")
    return messages.text("orders.show.place", text=text) if text else ""


def _arrival(verdict: Verdict, rules: Rules, now: datetime) -> str:
    days = arrival_words(verdict.arrival, local_day(now, rules))
    return messages.text("orders.show.arrival", days=days) if days else ""


def _signed(verdict: Verdict, rules: Rules, now: datetime) -> str:
    at = verdict.view.signed_at or verdict.view.moved_at
    return told_time(at, now, rules) if at else ""


def _after_sale(facts: OrderFacts) -> list[str]:
    told = [_case(facts, case) for case in facts.cases]
    paid = sum(refund.cash_fen for refund in facts.refunds if refund.state == "paid")
    waiting = sum(r.cash_fen for r in facts.refunds if r.state in {"planned", "approved"})
    if paid:
        told.append(messages.text("orders.show.refunded", money=told_money(paid)))
    if waiting:
        told.append(messages.text("orders.show.refunding", money=told_money(waiting)))
    return told + _elsewhere(facts)


def _elsewhere(facts: OrderFacts) -> list[str]:
    """Say which lines the platform refunds, where nothing is known of it here."""
    ours = {case.line_no for case in facts.cases} | {refund.line_no for refund in facts.refunds}
    return [
        messages.text(f"orders.show.platform.{line.status}", title=short_words(line, facts))
        for line in facts.lines
        if line.status in ("refunding", "refunded") and line.line_no not in ours
    ]


def _case(facts: OrderFacts, case: Case) -> str:
    line = facts.find_line(case.line_no)
    state, own = f"orders.case-state.{case.state}", f"orders.case-state.{case.state}.{case.kind}"
    values = {
        "kind": messages.text(f"orders.show.kind.{case.kind}"),
        "state": messages.text(own if messages.has(own) else state),
    }
    if len(facts.lines) <= 1 or line is None:
        return messages.text("orders.show.case", **values)
    return messages.text("orders.show.case-line", title=short_words(line, facts), **values)
