"""Dialogue actions: the next step of what a shopper asks about an order. Pure.

Questions come one at a time; several orders or lines are offered to choose from; nothing of an order
changes before the shopper has agreed to exactly that change; what is done is not done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import get_args

from shopbot.orders import (
    actions_after,
    actions_back,
    actions_cancel,
    actions_changes,
    actions_parcels,
    actions_withdraw,
)
from shopbot.orders.actions_stale import dated, plan_stale, plan_unknown
from shopbot.orders.dialogue import Action, Known, Plan, Slots
from shopbot.orders.model import OrderFacts
from shopbot.orders.steps import Run, already, pick_order, refuse, said

ACTIONS: tuple[Action, ...] = get_args(Action)

_PLANNERS: Mapping[Action, Callable[[Run, OrderFacts], Plan]] = {
    "order.status": actions_parcels.status,
    "order.track": actions_back.track,
    "order.urge": actions_parcels.urge,
    "order.reject": actions_parcels.reject,
    "claim.lost": actions_parcels.lost,
    "claim.not_received": actions_parcels.not_received,
    "order.change_address": actions_changes.change_address,
    "order.change_item": actions_changes.change_item,
    "order.note": actions_changes.note,
    "order.cancel": actions_cancel.cancel,
    "order.price_protect": actions_changes.price_protect,
    "order.withdraw": actions_withdraw.withdraw,
    "return.request": actions_after.give_back,
    "return.exchange": actions_after.exchange,
    "return.quality": actions_after.quality,
    "return.wrong_item": actions_after.wrong_item,
    "return.missing_item": actions_after.missing_item,
    "return.repair": actions_after.repair,
    "return.progress": actions_after.progress,
    "return.ship_back": actions_back.ship_back,
    "claim.damaged": actions_after.damaged,
}


def plan(action: str, slots: Slots, facts: Known, now: datetime) -> Plan:
    """Return the next step of ``action``; one that is not ours goes to a person."""
    run = Run(action=action, slots=slots, known=facts, now=now)
    planner = next((found for name, found in _PLANNERS.items() if name == action), None)
    if planner is None:
        return refuse(said("order.hand-over"), why="hand-over", hand_over=True)
    found = pick_order(run)
    if not isinstance(found, OrderFacts):
        return plan_unknown(run, found)
    if slots.confirmed and slots.confirmed in facts.talk.done:
        return already()
    until = facts.known_until.get(found.order.number)
    if until is not None:
        return plan_stale(run, found, until, planner)
    return dated(run, found, planner(run, found))
