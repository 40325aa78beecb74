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
from shopbot.orders.source import HttpSource
from shopbot.orders.sync import Around, Progress, SyncReport, sync

PLATFORM = "platform"
"""The name under which the source of the settings is kept."""


def run_sync(desk: Desk, source: str, *, as_json: bool) -> bool:
    """Read the source to its end and tell what came; False when it could not be read."""
    opened = open_source(desk.settings, source)
    try:
        around = Around(store_id=desk.store_id, zone=desk.rules.zone)
        report = sync(desk.db, opened, around, ids.now, _progress(quiet=as_json))
    finally:
        opened.close()
    show(report.as_dict(), as_json, lambda: list(_lines(desk, report)))
    return not report.problem


def open_source(settings: Settings, source: str) -> HttpSource:
    """Return the source that the settings name; ConfigError when there is none."""
    if source != PLATFORM:
        raise typer.BadParameter(f"{source!r} is none of {PLATFORM}.", param_hint="--source")
    if settings.source_url is None or settings.source_key is None:
        raise ConfigError.of(
            "SHOPBOT_SOURCE_URL", "no source of orders is set", "See docs/connectors.md."
        )
    key = settings.source_key.get_secret_value().encode()
    return HttpSource(source, settings.source_url, key, now=ids.now, sleep=_sleep)


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
