"""What is said of an order that is known up to a moment only, since its source cannot be read. Pure.

How it stood then is told with that moment; what would change it is looked into by a person, who can see
the platform itself. What happened here (cases, refunds) is known as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shopbot import messages
from shopbot.orders.dialogue import Apply, AskSlot, Plan, Refuse
from shopbot.orders.model import OrderFacts
from shopbot.orders.steps import Run, refuse, said
from shopbot.orders.timing import told_time

_TELLING = frozenset({"order.status", "order.track"})
_OURS = frozenset({"return.progress", "return.ship_back"})
_MOVING = frozenset({"unpaid", "deposit_paid", "paid", "part_shipped"})
_ENDED = frozenset({"finished", "closed"})  # no source takes that back


def plan_stale(
    run: Run, facts: OrderFacts, until: datetime, planner: Callable[[Run, OrderFacts], Plan]
) -> Plan:
    """Return the next step for an order that is known up to ``until``."""
    order, at = facts.order, told_time(until, run.now, run.rules)
    if run.action in _OURS or (run.action in _TELLING and order.status in _ENDED):
        return planner(run, facts)
    if run.action not in _TELLING:
        told = said("order.stale.hand-over", 订单号=order.number, 截至=at)
        return refuse(told, why="hand-over", hand_over=True)
    if order.status == "shipped":
        return _dated(planner(run, facts), at)
    status = messages.text(f"orders.status.{order.status}")
    told = said("order.stale.status", 订单号=order.number, 订单状态=status, 截至=at)
    return Apply(phrases=told, order=order.number)


def _dated(found: Plan, at: str) -> Plan:
    """Return a plan that says first for which moment it speaks."""
    if isinstance(found, Apply | Refuse):
        return replace(found, phrases=(*said("order.stale.as-of", 截至=at), *found.phrases))
    return found


def dated(run: Run, facts: OrderFacts, found: Plan) -> Plan:
    """Return a plan that says first for when it speaks, where a file of long ago is all that is known.

    Parcels tell that of themselves, and of an order that has ended nothing changes.
    """
    at = run.known.file_of.get(facts.order.number)
    moving = facts.order.status in _MOVING and run.action in (*_TELLING, "order.urge")
    if at is None or not moving or not isinstance(found, Apply):
        return found
    told = said("order.as-of", 截至=told_time(at, run.now, run.rules))
    return replace(found, phrases=(*told, *found.phrases))


def plan_unknown(run: Run, found: Plan) -> Plan:
    """Return the next step when no order was shown to be the shopper's.

    While a source is down a new order may be there and not here: a person looks. An order that is not the
    shopper's and one that is not there are answered alike.
    """
    refused = isinstance(found, AskSlot | Refuse) and run.known.talk.proof == "refused"
    if not (run.known.source_down and refused):
        return found
    return refuse(said("order.stale.not-found"), why="source-down", hand_over=True)
