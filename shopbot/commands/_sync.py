"""What ``shopbot orders sync`` does behind its options."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import typer

from shopbot import ids, messages
from shopbot.commands._desk import Desk
from shopbot.commands._returns import show
from shopbot.commands._reviews_classify import load_judge
from shopbot.errors import ConfigError
from shopbot.orders import source_setup
from shopbot.orders.courier_api import SOURCE
from shopbot.orders.courier_sync import sync_parcels
from shopbot.orders.feed import Progress, SyncReport
from shopbot.orders.review_sync import Reviewing, sync_reviews
from shopbot.orders.source import HttpSource
from shopbot.orders.source_words import reason_text
from shopbot.orders.sync import Around, sync
from shopbot.rules import Rules

PLATFORM = "platform"
WHAT = ("all", "orders", "reviews")

Listed = Literal["orders", "reviews", "parcels"]
Reports = dict[Listed, SyncReport]


def run_sync(desk: Desk, source: str, what: str, *, as_json: bool) -> bool:
    """Read the source to its end and tell what came; False when it could not be read."""
    _check(source, (PLATFORM, SOURCE), "--source")
    _check(what, WHAT, "--what")
    if source == SOURCE:
        reports = _ask_courier(desk, quiet=as_json)
    else:
        reports = _read_platform(desk, what, quiet=as_json)
    show(_as_dict(reports), as_json, lambda: list(_lines(desk, reports)))
    return not any(one.problem for one in reports.values())


def _check(told: str, allowed: tuple[str, ...], option: str) -> None:
    if told not in allowed:
        message = f"{told!r} is none of {', '.join(allowed)}."
        raise typer.BadParameter(message, param_hint=option)


def _read_platform(desk: Desk, what: str, *, quiet: bool) -> Reports:
    """Read orders, then reviews; a platform whose orders cannot be read is not asked for more."""
    platform = source_setup.open_platform(desk.settings, ids.now)
    if platform is None:
        raise _not_set("SHOPBOT_SOURCE_URL", "no source of orders is set")
    reports: Reports = {}
    try:
        if what != "reviews":
            around = Around(store_id=desk.store_id, zone=desk.rules.zone)
            progress = _progress("orders", quiet=quiet)
            reports["orders"] = sync(desk.db, platform, around, ids.now, progress)
        if what != "orders" and not any(one.problem for one in reports.values()):
            reports["reviews"] = _read_reviews(desk, platform, quiet=quiet)
    finally:
        platform.close()
    return reports


def _read_reviews(desk: Desk, platform: HttpSource, *, quiet: bool) -> SyncReport:
    judge = partial(load_judge, desk.settings)
    around = Reviewing(rules=desk.rules, judge=judge, zone=desk.rules.zone)
    return sync_reviews(desk.db, platform, around, ids.now, _progress("reviews", quiet=quiet))


def _ask_courier(desk: Desk, *, quiet: bool) -> Reports:
    courier = source_setup.open_courier(desk.settings, desk.rules.zone, ids.now)
    if courier is None:
        raise _not_set("SHOPBOT_COURIER_KEY", "no account with the courier service is set")
    around = Around(store_id=desk.store_id, zone=desk.rules.zone)
    try:
        progress = _progress("parcels", quiet=quiet)
        return {"parcels": sync_parcels(desk.db, courier, around, ids.now, progress)}
    finally:
        courier.close()


def _not_set(name: str, what: str) -> ConfigError:
    return ConfigError.of(name, what, "See docs/connectors.md.")


def _progress(what: Listed, *, quiet: bool) -> Progress:
    def tell(pages: int, rows: int) -> None:
        if not quiet:
            typer.echo(messages.text(f"sync.progress.{what}", pages=pages, rows=rows), err=True)

    return tell


def _as_dict(reports: Reports) -> dict[str, object]:
    """Return the first report, with that of the reviews inside where both were read."""
    (_, first), *rest = reports.items()
    return {**first.as_dict(), **{name: report.as_dict() for name, report in rest}}


def _lines(desk: Desk, reports: Reports) -> Iterator[str]:
    for what, report in reports.items():
        yield from _report_lines(desk, what, report)


def _told_clock(until: datetime | None, rules: Rules) -> str:
    """Return the minute in which a pause is over, rounded up: a try at that minute is made."""
    end = (until or ids.now()) + timedelta(minutes=1)
    return end.astimezone(rules.zone).strftime("%H:%M")


def _report_lines(desk: Desk, what: Listed, report: SyncReport) -> Iterator[str]:
    if report.paused:
        until = _told_clock(report.paused_until, desk.rules)
        yield messages.text("sync.paused", reason=reason_text(report.problem), until=until)
    elif what == "reviews" and not (report.pages or report.problem):
        yield messages.text("sync.no-reviews")
    else:
        told = {name: getattr(report, name) for name in ("new", "updated", "unchanged", "events")}
        yield messages.text(f"sync.done.{what}", **told)
        if report.problem:
            yield messages.text("sync.problem", reason=reason_text(report.problem))
    if report.refused:
        yield messages.text(f"sync.refused.{what}", refused=report.refused)
    if report.as_of is not None:
        yield messages.text(f"sync.as-of.{what}", at=desk.clock(report.as_of))
