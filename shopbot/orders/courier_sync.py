"""Asks the courier service for the parcels that are on their way, the longest unheard first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from shopbot import ids
from shopbot.orders import breaker, due_work, source_store
from shopbot.orders.courier_api import SOURCE, Heard
from shopbot.orders.feed import Progress, SyncReport
from shopbot.orders.model import OrderFacts, Parcel
from shopbot.orders.parcels import view_parcel
from shopbot.orders.source_errors import SourceError
from shopbot.orders.source_store import SourceState
from shopbot.orders.sync import Around
from shopbot.orders.watches import WATCHED_FOR
from shopbot.orders.webhook import put_heard
from shopbot.storage import Database, Transaction

log = structlog.get_logger(__name__)

AGAIN = timedelta(hours=2)
"""The service bills each question and wants no parcel asked for more often than half-hourly."""

REFUSED_AGAIN = timedelta(hours=12)
"""A parcel that it would not speak of (the phone does not fit, no such courier) is billed as well."""

MOST = 500  # parcels in a run
MOST_REFUSED = 10
"""So many in a row, and not one answer: it is no matter of single parcels."""

_ENDS = frozenset({"signed", "returned"})


class CourierSource(Protocol):
    """Whoever knows where parcels are."""

    def ask(self, parcel: str, carrier: str, phone_tail: str = "") -> Heard:
        """Return what is known of a parcel; SourceDown, SourceWrong when it answers nothing at all."""
        ...


def list_wanted(db: Database, store_id: str, now: datetime) -> list[tuple[Parcel, OrderFacts]]:
    """Return the parcels to be asked for, the longest unheard first."""
    since = ids.to_text(now - WATCHED_FOR)
    refused = source_store.list_parcel_refusals(db, store_id, now - REFUSED_AGAIN)
    found = [
        (parcel, facts)
        for facts in due_work.each_order(
            db, due_work.Q.travelling_orders, store_id=store_id, since=since
        )
        for parcel in facts.parcels
        if _is_wanted(parcel, now) and parcel.shipment.parcel not in refused
    ]
    return sorted(found, key=lambda one: (_heard_at(one[0]) or "", one[0].shipment.parcel))[:MOST]


def _is_wanted(parcel: Parcel, now: datetime) -> bool:
    if parcel.shipment.state != "shipped" or view_parcel(parcel, now).status in _ENDS:
        return False
    return parcel.asked_at is None or now - parcel.asked_at >= AGAIN


def _heard_at(parcel: Parcel) -> str | None:
    return None if parcel.asked_at is None else ids.to_text(parcel.asked_at)


def sync_parcels(
    db: Database,
    source: CourierSource,
    around: Around,
    clock: Callable[[], datetime],
    progress: Progress = lambda _parcels, _events: None,
    until: datetime | None = None,
) -> SyncReport:
    """Ask for every parcel that is due; each answer is a transaction. A failure is told, not raised.

    When the service is down, or ``until`` has come, the run ends; a parcel that it will not speak of is
    counted as refused, holds up no other and is left alone for a while.
    """
    report = SyncReport(source=SOURCE)
    state = source_store.get_source(db, around.store_id, SOURCE)
    if not breaker.may_try(state.breaker, clock()):
        report.pause(state)
        return report
    for parcel, facts in list_wanted(db, around.store_id, clock()):
        report.more = until is not None and clock() >= until
        if report.more:
            break
        try:
            heard = source.ask(
                parcel.shipment.parcel, parcel.shipment.carrier, facts.order.phone[-4:]
            )
        except SourceError as error:
            report.problem = str(error.values["reason"])
            break
        _take(db, heard, around.store_id, clock(), report)
        if report.refused >= MOST_REFUSED and not report.pages:
            report.problem = heard.why
            break
        progress(report.pages, report.events)
    _write_down(db, around.store_id, state, report, clock())
    return report


def _take(db: Database, heard: Heard, store_id: str, now: datetime, report: SyncReport) -> None:
    if heard.why:
        log.warning("source.parcel-refused", source=SOURCE, why=heard.why)
        db.transaction(lambda tx: source_store.put_parcel_refusal(tx, store_id, heard.parcel, now))
        report.refused += 1
        return
    news = db.transaction(lambda tx: put_heard(tx, heard, ids.to_text(now), store_id, now))
    report.pages += 1
    report.events += news
    report.updated += bool(news)
    report.unchanged += not news


def _write_down(
    db: Database, store_id: str, state: SourceState, report: SyncReport, now: datetime
) -> None:
    if report.problem:
        failed = replace(
            state, breaker=breaker.after_failure(state.breaker, now), problem=report.problem
        )
    else:
        closed = breaker.after_success(state.breaker)
        failed = replace(state, breaker=closed, problem="", as_of=now, ok_at=now)
    report.as_of = failed.as_of

    def work(tx: Transaction) -> None:
        source_store.put_source(tx, store_id, failed, now)
        source_store.forget_parcel_refusals(tx, store_id, now - REFUSED_AGAIN)

    db.transaction(work)
