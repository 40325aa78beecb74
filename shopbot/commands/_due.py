"""What ``shopbot orders due`` shows, and how staff write down that an order cannot be shipped."""

from __future__ import annotations

from shopbot import messages
from shopbot.commands._orders import Desk
from shopbot.commands._returns import show
from shopbot.orders import access, due_work, store
from shopbot.orders.agenda import Item, list_items, sentence, urgency
from shopbot.orders.due_work import STOCK_OUT, each_order, is_out_of_stock


def show_due(desk: Desk, *, as_json: bool) -> None:
    """Print what needs a person today, most urgent first."""
    items = find_due(desk)
    told = [item.as_dict(desk.rules) for item in items]
    show(told, as_json, lambda: _lines(items, desk))


def find_due(desk: Desk) -> list[Item]:
    """Return what needs a person today, most urgent first."""
    found = [
        item
        for facts in each_order(desk.db, due_work.Q.unsettled_orders, store_id=desk.store_id)
        for item in list_items(
            facts, desk.rules, desk.now, stock_out=is_out_of_stock(desk.db, facts)
        )
    ]
    return sorted(found, key=urgency)


def _lines(items: list[Item], desk: Desk) -> list[str]:
    if not items:
        return [messages.text("due.none")]
    overdue = sum(item.overdue for item in items)
    head = messages.text("due.count", count=len(items), overdue=overdue)
    return [head, *(sentence(item, desk.rules, desk.now) for item in items)]


def write_stock_out(desk: Desk, number: str, who: str) -> None:
    """Write down that the warehouse cannot ship an order; NotFound when there is none."""
    name = access.plain_number(number)
    store.get_order(desk.db, desk.store_id, name)
    desk.db.transaction(
        lambda tx: store.add_event(
            tx, desk.store_id, name, STOCK_OUT, at=desk.now, who=who, data={}
        )
    )
