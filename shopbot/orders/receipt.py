"""When a line was received, and whether it has left the shop at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shopbot.orders.arrival import expected_arrival
from shopbot.orders.model import OrderFacts, Parcel
from shopbot.orders.parcels import ParcelView, view_parcel
from shopbot.orders.states import ParcelStatus
from shopbot.orders.timing import local_day
from shopbot.rules import Rules

_AT_THE_DOOR: frozenset[ParcelStatus | None] = frozenset({"delivering", "at_station"})
BACKWARDS: frozenset[ParcelStatus | None] = frozenset({"refused", "returning", "returned"})
"""States of a parcel that comes back to the shop."""

_ON_ITS_WAY: frozenset[ParcelStatus | None] = frozenset(
    {None, "created", "collected", "in_transit", "problem", "damaged", *_AT_THE_DOOR}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is known about the arrival of a line at the buyer."""

    shipped: bool
    signed_at: datetime | None = None
    by_confirmation: bool = (
        False  # no courier's word, only the buyer's or the platform's confirmation
    )
    view: ParcelView | None = None  # the parcel that came last
    earliest: datetime | None = None  # received, nobody knows when, but not before this

    @property
    def received(self) -> bool:
        """Tell whether the goods are with the buyer, as far as anybody knows."""
        return self.signed_at is not None or self.earliest is not None


def find_receipt(facts: OrderFacts, line_no: int, now: datetime) -> Receipt:
    """Return when the last parcel with this line was signed; a period begins with the last one.

    Without a courier's word the order's confirmation counts, which is never earlier than the receipt.
    """
    views = [view_parcel(parcel, now) for parcel in _parcels(facts, line_no)]
    order = facts.order
    shipped = bool(views) or order.status in ("shipped", "finished")
    signed = [view for view in views if view.signed_at is not None]
    last = max(signed, key=_signed_at, default=None)
    if last is not None and len(signed) == len(views):
        return Receipt(shipped=True, signed_at=last.signed_at, view=last)
    if order.finished_at is not None and order.finished_at <= now:
        return Receipt(shipped=True, signed_at=order.finished_at, by_confirmation=True, view=last)
    if order.status == "finished":
        return Receipt(shipped=True, earliest=order.shipped_at or order.paid_at or order.created_at)
    on_way = next((view for view in views if view.signed_at is None), None)
    return Receipt(shipped=shipped, view=on_way)


def believe(
    receipt: Receipt, facts: OrderFacts, rules: Rules, now: datetime, *, shown: bool
) -> Receipt:
    """Return the receipt as a buyer who speaks of the goods lets it appear.

    Where no courier has told anything, or nothing lately, silence is no proof that a parcel is still on
    its way: from the day on which it may usually be there the buyer is believed. ``shown``: they tell
    what is the matter with it, so a parcel at the door has been opened.
    """
    if receipt.received or not receipt.shipped:
        return receipt
    view, order = receipt.view, facts.order
    if view is None:
        started = order.shipped_at or order.paid_at or order.created_at
        may_be = started if _may_be_there(started, "", facts, rules, now) else None
        return replace(receipt, earliest=may_be)
    if view.status not in _ON_ITS_WAY:
        return receipt
    if shown and view.status in _AT_THE_DOOR:
        return replace(receipt, earliest=view.moved_at)
    silent = view.status is None or now - view.as_of > rules.logistics.fresh
    started = view.shipped_at or order.shipped_at or view.collected_at or order.created_at
    if not silent or not _may_be_there(started, view.carrier, facts, rules, now):
        return receipt
    return replace(receipt, earliest=view.moved_at or started)


def _may_be_there(
    started: datetime, carrier: str, facts: OrderFacts, rules: Rules, now: datetime
) -> bool:
    arrival = expected_arrival(started, facts.order, carrier, rules)
    today = local_day(now, rules)
    if arrival is not None:
        return today >= arrival.first
    return (today - local_day(started, rules)).days >= rules.logistics.min_days


def _signed_at(view: ParcelView) -> datetime:
    return view.signed_at or view.as_of


def _parcels(facts: OrderFacts, line_no: int) -> list[Parcel]:
    """Return the parcels with this line; one whose number is another buyer's too proves nothing."""
    shipped = [parcel for parcel in facts.parcels if parcel.shipment.state == "shipped"]
    live = [parcel for parcel in shipped if not parcel.shipment.doubtful]
    naming = [parcel for parcel in live if line_no in parcel.shipment.line_nos]
    return naming or [parcel for parcel in live if not parcel.shipment.line_nos]
