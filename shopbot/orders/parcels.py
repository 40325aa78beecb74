"""What a courier's record says about one parcel, read once; nothing is added to what it tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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


def view_parcel(parcel: Parcel, now: datetime) -> ParcelView:
    """Return what is known of ``parcel`` at ``now``; later lines and those of the future are left out."""
    shipment = parcel.shipment
    told = [event for event in parcel.events if event.at <= now + CLOCKS_DIFFER]
    view = ParcelView(
        parcel=shipment.parcel,
        carrier=shipment.carrier,
        shipped_at=shipment.shipped_at,
        as_of=_heard(parcel, told),
        ignored=len(parcel.events) - len(told),
    )
    readings = [(event, read_status(event.text, event.raw_status, event.source)) for event in told]
    order = sorted(readings, key=lambda r: (r[0].at, _STEP[r[1].status] if r[1] else -1))
    for event, reading in order:
        status = _next(view.status, reading.status) if reading else view.status
        view = _told(view, event, status, reading.by if reading else view.by)
    return view


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


def _told(
    view: ParcelView, event: TrackingEvent, status: ParcelStatus | None, by: str
) -> ParcelView:
    return replace(
        view,
        status=status,
        by=by,
        place=event.place or find_place(event.text) or view.place,
        text=event.text or view.text,
        moved_at=event.at,
        collected_at=view.collected_at or (event.at if status not in (None, "created") else None),
        station_at=event.at if status == "at_station" != view.status else view.station_at,
        signed_at=_signed(view, event, status),
    )


def _signed(view: ParcelView, event: TrackingEvent, status: ParcelStatus | None) -> datetime | None:
    if status in ("refused", "returning", "returned"):
        return None
    return (view.signed_at or event.at) if status == "signed" else view.signed_at
