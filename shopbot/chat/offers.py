"""What is offered when an order action cannot be done: 要帮您取消吗 is a question that a yes answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shopbot.chat.situation import Pending
from shopbot.orders.dialogue import Apply, Refuse

OFFER = "offer"
"""What is waited for after an offer: yes begins the other action, anything else lets it go."""

_OFFERED: Mapping[str, str] = {
    "return.check.cancel-instead": "order.cancel",
    "return.check.try-exchange": "return.exchange",
    "return.check.try-repair": "return.repair",
    "order.cancel.return-instead": "return.request",
}
"""The phrases that offer another action, and which."""
_FAULTY = frozenset({"return.quality", "return.wrong_item", "claim.damaged"})
"""Where an exchange is the way out of the same action: the shop pays for it."""
_INSTEAD = {("return.exchange", "return.check.cancel-instead"): "order.change_item"}
"""What is done without asking: goods that were not sent are not exchanged, the order is changed."""
_RECEIVED = "order.change.after-receipt"
"""The other way round: what has been received is exchanged."""


def instead_of(plan: Apply | Refuse, pending: Pending) -> Pending | None:
    """Return the action that takes the place of one that comes to the same for this order."""
    actions = [_INSTEAD.get((pending.action, one.id), "") for one in plan.phrases]
    received = any(one.id == "change-window" and not one.ok for one in plan.reasons)
    if received and pending.action == "order.change_item":
        actions += ["return.exchange" for one in plan.phrases if one.id == _RECEIVED]
    return _other(pending, next(filter(None, actions), ""))


def offered_by(plan: Apply | Refuse, pending: Pending) -> Pending | None:
    """Return the action that a plan's words offer, waiting for a yes."""
    actions = [_OFFERED.get(one.id, "") for one in plan.phrases]
    action = next(filter(None, actions), "")
    if action == "return.exchange" and pending.action in _FAULTY:
        slots = replace(pending.slots, remedy="exchange", confirmed="", denied=False)
        return replace(pending, slots=slots, waiting_for=OFFER)
    other = _other(pending, action)
    return replace(other, waiting_for=OFFER) if other else None


def _other(pending: Pending, action: str) -> Pending | None:
    if not action or action == pending.action:
        return None
    slots = replace(pending.slots, remedy=None, confirmed="", denied=False)
    return Pending(action=action, dialogue=pending.dialogue, slots=slots)
