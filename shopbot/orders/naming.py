"""How an order line is named: by title, colour and size, since two lines often share a title. Pure."""

from __future__ import annotations

from shopbot import messages
from shopbot.orders.model import OrderFacts, OrderLine


def attributes(line: OrderLine) -> str:
    """Return colour and size in brackets, blank when neither is known."""
    told = "，".join(part for part in (line.colour, line.size) if part)
    return messages.text("orders.show.attributes", text=told) if told else ""


def line_words(line: OrderLine) -> str:
    """Return a line's title with colour and size; of a gift also that it is one."""
    told = f"{line.title or line.sku or line.order}{attributes(line)}"
    gift = line.gift and messages.text("orders.dialogue.gift-word") not in told
    return messages.text("orders.dialogue.gift", words=told) if gift else told


def short_words(line: OrderLine, facts: OrderFacts) -> str:
    """Return a line's title, with colour and size only where another line has the same title."""
    same = [one for one in facts.lines if one.title == line.title]
    return line.title if line.title and len(same) == 1 else line_words(line)
