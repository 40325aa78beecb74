"""Whether the warehouse can ship an order, as staff have written down; the later word holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from shopbot.orders.model import OrderEvent

STOCK_OUT = "order.stock-out"
"""Staff write down that the warehouse cannot ship an order."""
STOCK_IN = "order.stock-in"
"""It can after all: the goods came, or it was a mistake."""


def is_lacking(events: Iterable[OrderEvent]) -> bool:
    """Tell whether an order cannot be shipped, by its history in order."""
    told = [event.name for event in events if event.name in (STOCK_OUT, STOCK_IN)]
    return bool(told) and told[-1] == STOCK_OUT
