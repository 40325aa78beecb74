"""When a line was received, and whether it has left the shop at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shopbot.orders.model import OrderFacts, Parcel
from shopbot.orders.parcels import ParcelView, view_parcel


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


def _signed_at(view: ParcelView) -> datetime:
    return view.signed_at or view.as_of


def _parcels(facts: OrderFacts, line_no: int) -> list[Parcel]:
    """Return the parcels with this line; one whose number is another buyer's too proves nothing."""
    shipped = [parcel for parcel in facts.parcels if parcel.shipment.state == "shipped"]
    live = [parcel for parcel in shipped if not parcel.shipment.doubtful]
    naming = [parcel for parcel in live if line_no in parcel.shipment.line_nos]
    return naming or [parcel for parcel in live if not parcel.shipment.line_nos]
