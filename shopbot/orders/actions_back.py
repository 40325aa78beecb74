"""The parcel that a buyer sends back: its number is kept with the case that waits for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shopbot import messages
from shopbot.orders import actions_parcels
from shopbot.orders.actions_after import told_cases
from shopbot.orders.dialogue import WHOLE, Apply, Option, Plan, ShipBack
from shopbot.orders.model import Case, OrderFacts
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import phrase
from shopbot.orders.steps import Run, ask, choose, refuse, said, settle

_SENT_BACK = frozenset({"return", "exchange", "repair"})


def ship_back(run: Run, facts: OrderFacts) -> Plan:
    """Keep the number of a return parcel; where no case waits for one a person looks."""
    number = run.slots.parcel.strip()
    if not number:
        return ask(run, "parcel", said("return.ask.parcel"))
    known = tuple(one for one in facts.cases if number in (one.return_parcel, one.resend_parcel))
    if known:
        told = told_cases(run, replace(facts, cases=known), only_open=False)
        return Apply(phrases=tuple(told), order=facts.order.number)
    waiting = _waiting(facts)
    if not waiting:
        return refuse(
            said("return.parcel.unexpected", 单号=number), why="hand-over", hand_over=True
        )
    chosen = _chosen(run, waiting)
    if not chosen:
        asked = said("return.ask.parcel-line", 单号=number)
        return choose(run, "line", asked, _options(facts, waiting))
    deed = ShipBack(order=facts.order.number, cases=tuple(one.id for one in chosen), parcel=number)
    words = messages.text("orders.dialogue.and").join(_words(facts, one) for one in chosen)
    confirm = said("return.confirm.parcel", 商品=words, 单号=number)
    return settle(run, deed, confirm, said("return.parcel.noted", 单号=number))


def track(run: Run, facts: OrderFacts) -> Plan:
    """Tell where the parcels are; a number that is none of them is that of goods that come back, or said so."""
    number = run.slots.parcel.strip()
    if not number or number in {one.shipment.parcel for one in facts.parcels}:
        return actions_parcels.track(run, facts)
    if _waiting(facts) or any(number == one.return_parcel for one in facts.cases):
        return ship_back(run, facts)
    found = actions_parcels.track(run, facts)
    if not isinstance(found, Apply):
        return found
    return replace(
        found, phrases=(*said("order.track.another-number", 单号=number), *found.phrases)
    )


def _waiting(facts: OrderFacts) -> list[Case]:
    """Return the cases that wait for goods; where none does, those whose parcel was told already."""
    sent = [one for one in facts.cases if one.kind in _SENT_BACK]
    found = [one for one in sent if one.state == "approved"]
    return found or [one for one in sent if one.state == "shipped_back"]


def _chosen(run: Run, waiting: Sequence[Case]) -> Sequence[Case]:
    """Return the cases whose goods are in the parcel; none when that is to be asked."""
    if len(waiting) == 1 or run.slots.line == WHOLE:
        return waiting
    return [one for one in waiting if one.line_no == run.slots.line]


def _options(facts: OrderFacts, waiting: Sequence[Case]) -> list[Option]:
    both = Option(value=str(WHOLE), phrase=phrase("return.option.all-in-one"))
    lines = [
        Option(
            value=str(one.line_no),
            phrase=phrase("order.option.line", {"商品": _words(facts, one)}),
        )
        for one in waiting
    ]
    return [both, *lines]


def _words(facts: OrderFacts, case: Case) -> str:
    line = facts.find_line(case.line_no)
    return line_words(line) if line else case.order
