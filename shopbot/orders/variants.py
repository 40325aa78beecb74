"""Another colour or size of an article: in the shop's own words, or asked for when it is not sure. Pure."""

from __future__ import annotations

from shopbot import messages
from shopbot.orders.dialogue import AskSlot, Refuse, Ware
from shopbot.orders.model import OrderLine
from shopbot.orders.naming import line_words
from shopbot.orders.steps import Run, ask, said


def find_ware(run: Run, line: OrderLine) -> Ware:
    """Return what the catalogue has for what is wanted; empty when it knows nothing of it."""
    return run.known.wares.get((line.order, line.line_no), Ware())


def wanted_words(run: Run, line: OrderLine) -> list[str]:
    """Return the colour and size that are wanted: 绿 is 松石绿 where only that is green."""
    slots, ware = run.slots, find_ware(run, line)
    colour, size = slots.colour.strip(), slots.size.strip()
    return [
        one for one in (colour and (ware.colour or colour), size and (ware.size or size)) if one
    ]


def ask_variant(run: Run, line: OrderLine) -> AskSlot | Refuse | None:
    """Return the question which one is meant where nothing, or more than one, fits what was said."""
    ware = find_ware(run, line)
    there = (*ware.colours, *ware.sizes)
    if not there:
        return None
    told = messages.text("orders.dialogue.or").join(there)
    return ask(run, "item", said("order.ask.variant", 商品=line_words(line), 可选=told))
