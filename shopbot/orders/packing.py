"""Which lines travel in which parcel: as the lines tell, else as far as the order leaves no doubt. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shopbot.orders.model import Order, OrderLine, Parcel

_INCOMPLETE = frozenset({"paid", "part_shipped"})


def pack(order: Order, lines: Sequence[OrderLine], parcels: Sequence[Parcel]) -> tuple[Parcel, ...]:
    """Return the parcels with the lines they carry; none where nobody knows.

    A line may travel in several parcels. What no line names is carried by the only parcel that is
    left, once the order has left as a whole; while more is to come that is sure of a single line only.
    """
    told = {one.shipment.parcel: _named(lines, one) for one in parcels}
    live = [one.shipment.parcel for one in parcels if one.shipment.state == "shipped"]
    silent = [parcel for parcel in live if not told[parcel]]
    known = {line_no for found in told.values() for line_no in found}
    rest = [one.line_no for one in lines if one.line_no not in known]
    whole = order.status not in _INCOMPLETE or len(lines) == 1
    if len(silent) == 1 and whole:
        told[silent[0]] = tuple(rest)
    return tuple(_carrying(one, told[one.shipment.parcel]) for one in parcels)


def _carrying(parcel: Parcel, line_nos: tuple[int, ...]) -> Parcel:
    if parcel.shipment.line_nos == line_nos:
        return parcel
    return replace(parcel, shipment=replace(parcel.shipment, line_nos=line_nos))


def _named(lines: Sequence[OrderLine], parcel: Parcel) -> tuple[int, ...]:
    told = set(parcel.shipment.line_nos)
    told |= {one.line_no for one in lines if parcel.shipment.parcel in one.parcels}
    return tuple(sorted(told))
