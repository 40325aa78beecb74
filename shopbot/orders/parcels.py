"""What a courier's record says about one parcel, read once; nothing is added to what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from shopbot.orders.courier_words import find_place, read_status
from shopbot.orders.model import Parcel, TrackingEvent
from shopbot.orders.states import ParcelStatus

CLOCKS_DIFFER = timedelta(minutes=10)  # an event later than now by more is a slip of the source

_ROAD: frozenset[ParcelStatus] = frozenset(
    {"created", "collected", "in_transit", "delivering", "at_station"}
)
_STEP: dict[ParcelStatus, int] = {
    "created": 0, "collected": 1, "in_transit": 2, "problem": 3, "delivering": 4, "damaged": 5,
    "at_station": 6, "refused": 7, "returning": 8, "signed": 9, "returned": 10, "lost": 11,
}  # fmt: skip
"""Which of two lines of the same minute came later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """Where a parcel is, as of a moment. ``status`` is None while no courier has said anything."""

    parcel: str
    carrier: str
    status: ParcelStatus | None = None
    by: str = ""  # how the status was read: code:…, word:…, text:…
    place: str = ""
    text: str = ""  # the courier's last line
    moved_at: datetime | None = None  # its time
    shipped_at: datetime | None = None
    collected_at: datetime | None = None
    station_at: datetime | None = None
    signed_at: datetime | None = None
    as_of: datetime  # when we last learned anything
    ignored: int = 0  # lines from the future


class _Told(TypedDict, total=False):
    """The fields of a view that lines tell."""

    status: ParcelStatus | None
    by: str
    place: str
    text: str
    moved_at: datetime
    collected_at: datetime
    station_at: datetime
    signed_at: datetime


def view_parcel(parcel: Parcel, now: datetime) -> ParcelView:
    """Return what is known of ``parcel`` at ``now``; later lines and those of the future are left out."""
    shipment = parcel.shipment
    told = [event for event in parcel.events if event.at <= now + CLOCKS_DIFFER]
    view: _Told = {}
    readings = [(event, read_status(event.text, event.raw_status, event.source)) for event in told]
    order = sorted(readings, key=lambda r: (r[0].at, _STEP[r[1].status] if r[1] else -1))
    for event, reading in order:
        status = _next(view.get("status"), reading.status) if reading else view.get("status")
        _tell(view, event, status, reading.by if reading else view.get("by", ""))
    return ParcelView(
        parcel=shipment.parcel,
        carrier=shipment.carrier,
        shipped_at=shipment.shipped_at,
        as_of=_heard(parcel, told),
        ignored=len(parcel.events) - len(told),
        **view,
    )


def _heard(parcel: Parcel, told: list[TrackingEvent]) -> datetime:
    """Return for which moment the courier's record speaks; the order's source when it is silent."""
    times = [event.as_of for event in told]
    if parcel.asked_at is not None:
        times.append(parcel.asked_at)
    return max(times, default=parcel.shipment.as_of)


def _next(before: ParcelStatus | None, told: ParcelStatus) -> ParcelStatus:
    """Return what a line means after what was known: a parcel on its way back stays on it."""
    if before in ("refused", "returning", "returned"):
        if told in _ROAD or told == "refused":
            return "returned" if before == "returned" else "returning"
        return "returned" if told == "signed" else told
    if before == "signed" and told in _ROAD:
        return "signed"  # scanned late
    return told


def _tell(view: _Told, event: TrackingEvent, status: ParcelStatus | None, by: str) -> None:
    """Add what a line tells; in place, since the watches read many thousands of lines."""
    if event.place or (place := find_place(event.text)):
        view["place"] = event.place or place
    if event.text:
        view["text"] = event.text
    if status not in (None, "created"):
        view.setdefault("collected_at", event.at)
    if status == "at_station" != view.get("status"):
        view["station_at"] = event.at
    if status in ("refused", "returning", "returned"):
        view.pop("signed_at", None)
    elif status == "signed":
        view.setdefault("signed_at", event.at)
    view |= {"status": status, "by": by, "moved_at": event.at}
