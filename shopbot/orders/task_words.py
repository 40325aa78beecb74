"""What the buyer is told when a task about their order has ended. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from shopbot.orders.logistics import judge_parcel
from shopbot.orders.model import OrderFacts, OrderTask
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.settled import is_settled
from shopbot.orders.troubles import Trouble
from shopbot.rules import Rules

Ending = Literal["done", "dropped"]

_MOVES: frozenset[Trouble] = frozenset(
    {
        "on-way", "late", "delivering", "delivering-slow", "at-station", "station-overdue",
        "signed", "signed-just-now",
    }
)  # fmt: skip
"""What a parcel shows that was looked for and has turned up."""


def ending_phrase(
    task: OrderTask, ending: Ending, facts: OrderFacts, rules: Rules, now: datetime
) -> Phrase | None:
    """Return what is said of a task that ended; None where the order itself has told it.

    What staff typed as the result is theirs and never repeated to a buyer. An order that is closed
    is spoken of only if that was wished for; a parcel that has moved on is news of its own.
    """
    if facts.order.status == "closed" and task.kind not in ("cancel", "intercept"):
        return None
    name = f"order.task.{task.kind}.{ending}"
    if task.kind == "urge-warehouse" and is_settled(task, facts, rules, now):
        return phrase("order.task.urge-warehouse.shipped")
    if task.kind == "ask-courier" and is_settled(task, facts, rules, now):
        return None
    if task.kind == "check-lost" and _has_turned_up(task, facts, rules, now):
        return phrase("order.task.check-lost.found")
    return phrase(name)


def _has_turned_up(task: OrderTask, facts: OrderFacts, rules: Rules, now: datetime) -> bool:
    named = [one for one in facts.parcels if one.shipment.parcel == task.parcel]
    troubles = {judge_parcel(one, facts.order, rules, now).trouble for one in named}
    return bool(troubles) and troubles <= _MOVES


def subject_of(task: OrderTask) -> str:
    """Return what a message about the task speaks of: a later one about the same replaces it."""
    return f"task:{task.kind}:{task.parcel or task.key}"
