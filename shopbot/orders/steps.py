"""The steps that dialogue actions share: whose order, which line, agreed or not. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shopbot import messages
from shopbot.orders.checks import Check
from shopbot.orders.describe import items
from shopbot.orders.dialogue import (
    MOST_ASKED,
    MOST_OPTIONS,
    Apply,
    AskSlot,
    Choose,
    Confirm,
    Deed,
    Known,
    Option,
    Plan,
    Refuse,
    Report,
    Slot,
    Slots,
    Why,
)
from shopbot.orders.model import OrderFacts, OrderLine
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.timing import local_day, told_day
from shopbot.rules import Rules

_KEY = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One planning: the action, what was said, what is known, the time."""

    action: str
    slots: Slots
    known: Known
    now: datetime

    @property
    def rules(self) -> Rules:
        """Return the store's rules."""
        return self.known.rules


def said(phrase_id: str, **values: str) -> tuple[Phrase, ...]:
    """Return one phrase as all that is said."""
    return (phrase(phrase_id, values),)


def ask(
    run: Run,
    slot: Slot,
    phrases: tuple[Phrase, ...],
    *,
    identity: bool = False,
    clear: tuple[Slot, ...] = (),
) -> AskSlot | Refuse:
    """Ask for a slot; a person takes over when it was asked for too often."""
    if _too_often(run, slot):
        return _give_up()
    return AskSlot(slot=slot, phrases=phrases, identity=identity, clear=clear)


def choose(
    run: Run, slot: Slot, phrases: tuple[Phrase, ...], options: Iterable[Option]
) -> Choose | Refuse:
    """Let the shopper choose; a person takes over when that was asked too often."""
    if _too_often(run, slot):
        return _give_up()
    return Choose(slot=slot, phrases=phrases, options=tuple(options)[:MOST_OPTIONS])


def _too_often(run: Run, slot: Slot) -> bool:
    return run.known.talk.asked.get(slot, 0) >= MOST_ASKED


def _give_up() -> Refuse:
    return Refuse(phrases=said("order.ask.give-up"), why="given-up", hand_over=True)


def refuse(
    phrases: tuple[Phrase, ...],
    reasons: tuple[Check, ...] = (),
    *,
    why: Why = "rule",
    hand_over: bool = False,
) -> Refuse:
    """Say that it is not done."""
    return Refuse(phrases=phrases, why=why, reasons=reasons, hand_over=hand_over)


def pick_order(run: Run) -> OrderFacts | Plan:
    """Return the order that is meant, or how to find out; unknown and not proved look alike."""
    slots, talk = run.slots, run.known.talk
    mine = sorted(run.known.orders, key=_newest, reverse=True)
    found = next((one for one in mine if one.order.number == slots.order), None)
    if found is not None:
        return found
    if talk.proof == "too-many":
        told = said("order.proof.too-many", 等待分钟=str(max(1, talk.wait_minutes)))
        return refuse(told, why="too-many-tries")
    if slots.order and (slots.phone_tail or talk.proof == "refused"):
        told = said("order.proof.refused")
        return ask(run, "order", told, identity=True, clear=("order", "phone_tail"))
    if slots.order:
        told = said("order.proof.phone-tail", 订单号=slots.order)
        return ask(run, "phone_tail", told, identity=True)
    if not mine:
        return ask(run, "order", said("order.ask.order"), identity=True)
    if len(mine) == 1:
        return mine[0]
    return choose(run, "order", said("order.ask.which"), (_order_option(run, one) for one in mine))


def _newest(facts: OrderFacts) -> tuple[datetime, str]:
    return facts.order.created_at, facts.order.number


def _order_option(run: Run, facts: OrderFacts) -> Option:
    order = facts.order
    values = {
        "订单号": order.number,
        "商品": items(facts),
        "下单日期": told_day(local_day(order.created_at, run.rules), local_day(run.now, run.rules)),
        "订单状态": messages.text(f"orders.status.{order.status}"),
    }
    return Option(value=order.number, phrase=phrase("order.option.order", values))


def pick_line(run: Run, facts: OrderFacts, *, gifts: bool = True) -> OrderLine | Plan:
    """Return the line that is meant, or how to find out; an order without lines needs a person.

    Without ``gifts`` only what was paid for can be meant, as long as there is any.
    """
    lines = [one for one in facts.lines if one.status != "closed"] or list(facts.lines)
    lines = [one for one in lines if gifts or not one.gift] or lines
    if not lines:
        return refuse(said("order.hand-over"), why="hand-over", hand_over=True)
    if run.slots.line is not None:
        found = facts.find_line(run.slots.line)
        if found is not None:
            return found
    elif len(lines) == 1:
        return lines[0]
    options = (
        Option(
            value=str(one.line_no), phrase=phrase("order.option.line", {"商品": line_words(one)})
        )
        for one in lines
    )
    return choose(run, "line", said("order.ask.line", 订单号=facts.order.number), options)


def key_of(run: Run, deed: Deed) -> str:
    """Return what makes a deed the same: the run of the action and every value of the deed."""
    text = "\n".join((run.rules.store_id, run.known.talk.id, run.action, repr(deed)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY]


def settle(
    run: Run,
    deed: Deed,
    confirm: tuple[Phrase, ...],
    after: tuple[Phrase, ...],
    reasons: tuple[Check, ...] = (),
    *,
    answer_by: datetime | None = None,
    hand_over: bool = False,
) -> Plan:
    """Return what to do about a deed that may be done: confirm it, write it, or nothing more.

    A report changes nothing of the order and is not confirmed.
    """
    key = key_of(run, deed)
    if key in run.known.talk.done:
        return already()
    if not isinstance(deed, Report):
        if run.slots.denied:
            return refuse(said("order.done.denied"), why="denied")
        if run.slots.confirmed != key:
            return Confirm(key=key, phrases=confirm, deed=deed, reasons=reasons)
    return Apply(
        phrases=after,
        order=deed.order,
        key=key,
        deed=deed,
        reasons=reasons,
        answer_by=answer_by,
        hand_over=hand_over,
    )


def already() -> Refuse:
    """Say that it is done already."""
    return refuse(said("order.done.already"), why="done")
