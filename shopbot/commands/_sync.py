"""What ``shopbot orders sync`` does behind its options."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import typer

from shopbot import ids, messages
from shopbot.commands._desk import Desk
from shopbot.commands._returns import show
from shopbot.config import Settings
from shopbot.errors import ConfigError
from shopbot.orders.courier_api import SOURCE, Account, Kuaidi100
from shopbot.orders.courier_sync import sync_parcels
from shopbot.orders.feed import Progress, SyncReport
from shopbot.orders.source import HttpSource
from shopbot.orders.sync import Around, sync

PLATFORM = "platform"
"""The name under which the source of the settings is kept."""


def run_sync(desk: Desk, source: str, *, as_json: bool) -> bool:
    """Read the source to its end and tell what came; False when it could not be read."""
    if source not in (PLATFORM, SOURCE):
        wanted = f"{PLATFORM}, {SOURCE}"
        raise typer.BadParameter(f"{source!r} is none of {wanted}.", param_hint="--source")
    around = Around(store_id=desk.store_id, zone=desk.rules.zone)
    progress = _progress(quiet=as_json)
    if source == PLATFORM:
        platform = open_platform(desk.settings)
        report = sync(desk.db, platform, around, ids.now, progress)
        platform.close()
    else:
        courier = open_courier(desk)
        report = sync_parcels(desk.db, courier, around, ids.now, progress)
        courier.close()
    show(report.as_dict(), as_json, lambda: list(_lines(desk, report)))
    return not report.problem


def open_platform(settings: Settings) -> HttpSource:
    """Return the platform that the settings name; ConfigError when there is none."""
    if settings.source_url is None or settings.source_key is None:
        raise _not_set("SHOPBOT_SOURCE_URL", "no source of orders is set")
    key = settings.source_key.get_secret_value().encode()
    return HttpSource(PLATFORM, settings.source_url, key, now=ids.now, sleep=_sleep)


def open_courier(desk: Desk) -> Kuaidi100:
    """Return the courier service of the settings; ConfigError when there is no account."""
    settings = desk.settings
    if settings.courier_key is None or not settings.courier_customer:
        raise _not_set("SHOPBOT_COURIER_KEY", "no account with the courier service is set")
    account = Account(
        url=settings.courier_url.rstrip("/"),
        customer=settings.courier_customer,
        key=settings.courier_key.get_secret_value(),
    )
    return Kuaidi100(account, now=ids.now, zone=desk.rules.zone, sleep=_sleep)


def _not_set(name: str, what: str) -> ConfigError:
    return ConfigError.of(name, what, "See docs/connectors.md.")


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


def _progress(*, quiet: bool) -> Progress:
    told: Callable[[int, int], object] = lambda pages, orders: typer.echo(  # noqa: E731
        messages.text("sync.progress", pages=pages, orders=orders), err=True
    )
    return (lambda _pages, _orders: None) if quiet else told


def _lines(desk: Desk, report: SyncReport) -> Iterator[str]:
    if report.paused:
        yield messages.text("sync.paused", reason=report.problem)
    else:
        yield messages.text(
            "sync.done",
            new=report.new,
            updated=report.updated,
            unchanged=report.unchanged,
            events=report.events,
        )
        if report.problem:
            yield messages.text("sync.problem", reason=report.problem)
    if report.refused:
        yield messages.text("sync.refused", refused=report.refused)
    if report.as_of is not None:
        yield messages.text("sync.as-of", at=desk.clock(report.as_of))
