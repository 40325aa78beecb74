"""What ``shopbot orders due`` shows, and what staff write down about orders."""

from __future__ import annotations

from typing import Any

from shopbot import messages
from shopbot.commands._desk import Desk
from shopbot.commands._returns import show
from shopbot.orders import access, store, views
from shopbot.orders.agenda import Item, sentence
from shopbot.orders.due_list import find_due
from shopbot.orders.model import OrderTask
from shopbot.orders.refund_steps import PaidState, settle_refund
from shopbot.orders.stock_outs import STOCK_IN, STOCK_OUT
from shopbot.orders.tasks import Outcome, end_task
from shopbot.orders.timing import told_money


def show_due(desk: Desk, *, as_json: bool) -> None:
    """Print what needs a person today, most urgent first."""
    items = find_due(desk.db, desk.rules, desk.now)
    told = [item.as_dict(desk.rules) for item in items]
    show(told, as_json, lambda: _lines(items, desk))


def _lines(items: list[Item], desk: Desk) -> list[str]:
    if not items:
        return [messages.text("due.none")]
    overdue = sum(item.overdue for item in items)
    head = messages.text("due.count", count=len(items), overdue=overdue)
    return [head, *(sentence(item, desk.rules, desk.now) for item in items)]


def finish_task(
    desk: Desk, task_id: str, outcome: Outcome, *, result: str, who: str, as_json: bool
) -> None:
    """Write down what came of a task and print it; NotFound when there is none."""
    task = desk.db.transaction(
        lambda tx: end_task(tx, task_id, outcome, desk.rules, desk.now, who, result=result)
    )
    told: dict[str, Any] = views.task_view(task)
    show(told, as_json, lambda: [_ended(task)])


def _ended(task: OrderTask) -> str:
    kind = messages.text(f"due.state.task.{task.kind}")
    return messages.text(f"orders.task.{task.state}", order=task.order, kind=kind)


def finish_refund(desk: Desk, refund_id: str, state: PaidState, *, who: str, as_json: bool) -> None:
    """Write down what came of a refund and print it; NotFound when there is none."""
    refund = desk.db.transaction(
        lambda tx: settle_refund(tx, desk.store_id, refund_id, state, desk.now, who)
    )
    told = views.refund_view(refund)
    money = told_money(refund.cash_fen)
    key = f"orders.refund.{refund.state}"
    show(told, as_json, lambda: [messages.text(key, order=refund.order, money=money)])


def write_stock_out(desk: Desk, number: str, who: str, *, over: bool) -> None:
    """Write down that the warehouse cannot ship an order, or can after all; NotFound for none."""
    name = access.plain_number(number)
    event = STOCK_IN if over else STOCK_OUT
    store.get_order(desk.db, desk.store_id, name)
    desk.db.transaction(
        lambda tx: store.add_event(tx, desk.store_id, name, event, at=desk.now, who=who, data={})
    )
