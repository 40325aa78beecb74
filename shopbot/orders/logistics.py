"""What is the matter with a parcel, why, what may be said and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.orders.arrival import Arrival, arrival_words, expected_arrival, find_region
from shopbot.orders.carriers import shown_carrier
from shopbot.orders.checks import Check, check
from shopbot.orders.model import Order, Parcel
from shopbot.orders.parcels import ParcelView, view_parcel
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.states import ParcelStatus
from shopbot.orders.timing import (
    HOLIDAY,
    ONE_DAY,
    Span,
    end_of_day,
    local_day,
    road_pauses,
    standing,
    told_day,
    told_time,
)
from shopbot.orders.troubles import NEXT, PLAIN, Next, Trouble
from shopbot.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is the matter with a parcel, as of a moment."""

    trouble: Trouble
    status: ParcelStatus | None
    view: ParcelView
    reasons: tuple[Check, ...]
    phrase: Phrase
    next: Next
    arrival: Arrival | None
    as_of: datetime
    stale: bool  # older than the rules call fresh: say "as of"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The facts one judgement is made of."""

    view: ParcelView
    order: Order
    rules: Rules
    now: datetime
    not_received: bool

    def arrival(self) -> Arrival | None:
        """Return the usual days of arrival, None when they are unknown."""
        view = self.view
        carrier = shown_carrier(view.carrier, view.parcel)
        return expected_arrival(
            view.collected_at or view.shipped_at, self.order, carrier, self.rules
        )

    def moving(self, since: datetime) -> timedelta:
        """Return the time since, closures and holidays left out."""
        return self.now - since - standing(self.pauses(since), since, self.now)

    def pauses(self, since: datetime) -> list[Span]:
        """Return the closures and holidays from ``since`` to now."""
        return road_pauses(
            self.rules,
            province=self.order.province,
            carrier=shown_carrier(self.view.carrier, self.view.parcel),
            since=since,
            until=self.now,
        )


def judge_parcel(
    parcel: Parcel, order: Order, rules: Rules, now: datetime, *, not_received: bool = False
) -> Verdict:
    """Return what is the matter with ``parcel``; ``not_received``: the shopper says it never came."""
    look = _Look(
        view=view_parcel(parcel, now), order=order, rules=rules, now=now, not_received=not_received
    )
    view, arrival = look.view, look.arrival()
    trouble, reasons = _found(parcel, look)
    stale = now - view.as_of > rules.logistics.fresh
    return Verdict(
        trouble=trouble,
        status=view.status,
        view=view,
        reasons=reasons,
        phrase=_phrase(trouble, look, arrival),
        next=NEXT[trouble],
        arrival=arrival,
        as_of=view.as_of,
        stale=stale,
    )


def find_trouble(parcel: Parcel, order: Order, rules: Rules, now: datetime) -> Trouble:
    """Return the trouble of :func:`judge_parcel` alone; quicker where many parcels are looked at."""
    view = view_parcel(parcel, now)
    look = _Look(view=view, order=order, rules=rules, now=now, not_received=False)
    return _found(parcel, look)[0]


Found = tuple[Trouble, tuple[Check, ...]]


def _found(parcel: Parcel, look: _Look) -> Found:
    return _doubtful() if parcel.shipment.doubtful else _trouble(look)


def _doubtful() -> Found:
    return "doubtful", (check("parcel-own", False),)


def _trouble(look: _Look) -> Found:
    status = look.view.status
    if status is None:
        return _silent(look)
    if status == "signed":
        return _signed(look)
    if status in PLAIN:
        told = check(
            "parcel-told", status not in ("lost", "damaged", "problem"), text=look.view.text
        )
        return PLAIN[status], (told,)
    if status == "created":
        return _not_collected(look)
    if status == "at_station":
        return _station(look)
    return _on_road(look)


def _hours(length: timedelta) -> int:
    return int(length.total_seconds() // 3600)


def _silent(look: _Look) -> Found:
    since = look.view.shipped_at
    waited = look.moving(since) if since else timedelta(0)
    limit = look.rules.logistics.not_collected_after
    late = since is not None and waited > limit
    found = check("parcel-heard", not late, hours=_hours(waited), limit=_hours(limit))
    return ("not-collected-late" if late else "no-data"), (found,)


def _not_collected(look: _Look) -> Found:
    since = look.view.shipped_at or look.view.moved_at or look.now
    waited, limit = look.moving(since), look.rules.logistics.not_collected_after
    late = waited > limit
    found = check("parcel-collected", not late, hours=_hours(waited), limit=_hours(limit))
    return ("not-collected-late" if late else "not-collected"), (found,)


def _station(look: _Look) -> Found:
    since = look.view.station_at or look.view.moved_at or look.now
    kept, limit = look.now - since, look.rules.logistics.station_keep
    over = kept > limit
    found = check("station-kept", not over, hours=_hours(kept), limit=_hours(limit))
    return ("station-overdue" if over else "at-station"), (found,)


def _signed(look: _Look) -> Found:
    signed = look.view.signed_at or look.now
    rules = look.rules.logistics
    since = look.now - signed
    if not look.not_received:
        return "signed", (check("parcel-signed", True, at=_told(look, signed)),)
    if since < rules.just_signed:
        limit = _hours(rules.just_signed)
        return "signed-just-now", (check("signed-lately", False, "just", hours=limit),)
    late = since > rules.not_received_window
    days = rules.not_received_window.days
    found = check("signed-lately", not late, days=days, at=_told(look, signed))
    return ("not-received-late" if late else "signed-not-received"), (found,)


def _on_road(look: _Look) -> Found:
    moved = look.view.moved_at or look.now
    still = look.moving(moved)
    rules = look.rules.logistics
    region = find_region(look.order.province, look.rules)
    stuck_after = (region.stuck_after if region else None) or rules.stuck_after
    hours = {"hours": _hours(still), "limit": _hours(stuck_after)}
    if still > rules.lost_after:
        days = {"days": still.days, "limit": rules.lost_after.days}
        return "lost-suspected", (check("parcel-moves", False, "lost", **days),)
    if still > stuck_after:
        return "stuck", (check("parcel-moves", False, **hours),)
    moves = check("parcel-moves", True, **hours)
    if look.view.status == "delivering":
        return _delivering(look, still, moves)
    reason = _closure(look)
    if reason:
        return "standing", (moves, check("road-open", False, reason=reason))
    return _late_or_not(look, moves)


def _delivering(look: _Look, still: timedelta, moves: Check) -> Found:
    limit = look.rules.logistics.delivering_after
    slow = still > limit
    found = check("delivered", not slow, hours=_hours(still), limit=_hours(limit))
    return ("delivering-slow" if slow else "delivering"), (moves, found)


def _closure(look: _Look) -> str:
    """Return the name of the closure that holds now, blank for none."""
    pauses = look.pauses(look.now - ONE_DAY)
    here = [span.name for span in pauses if span.since <= look.now < span.until]
    return here[0] if here and here[0] != HOLIDAY else ""


def _late_or_not(look: _Look, moves: Check) -> Found:
    arrival = look.arrival()
    if arrival is None:
        return "on-way", (moves, check("arrival", True, "unknown"))
    limit = end_of_day(arrival.last, look.rules) + look.rules.logistics.late_grace
    late = look.now >= limit
    day = told_day(arrival.last, local_day(look.now, look.rules))
    return ("late" if late else "on-way"), (moves, check("arrival", not late, day=day))


def _told(look: _Look, moment: datetime) -> str:
    return told_time(moment, look.now, look.rules)


def _phrase(trouble: Trouble, look: _Look, arrival: Arrival | None) -> Phrase:
    phrase_id = f"order.track.{trouble}"
    if trouble == "on-way" and arrival is None:
        phrase_id = "order.track.on-way-unknown"
    return phrase(phrase_id, _values(look, arrival))


def _values(look: _Look, arrival: Arrival | None) -> Mapping[str, str]:
    view, now = look.view, look.now
    since = view.station_at if view.status == "at_station" else view.moved_at
    still = now - since if since else timedelta(0)
    return {
        "单号": view.parcel,
        "快递": shown_carrier(view.carrier, view.parcel),
        "最新位置": view.place,
        "最新动态": view.text,
        "截至": _told(look, view.as_of),
        "预计到达": arrival_words(arrival, local_day(now, look.rules)),
        "停运原因": _closure(look),
        "停留小时": str(_hours(still)),
        "停留天数": str(still.days),
        "签收时间": _told(look, view.signed_at) if view.signed_at else "",
    }
