"""Brings the reviews of a source in, by the way that imported ones take (:mod:`review_intake`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from shopbot.orders import cells, source_store
from shopbot.orders.feed import Feed, Progress, SyncReport, Take, run_feed
from shopbot.orders.review_intake import Judged, judge_all, put_review
from shopbot.orders.review_rows import ReviewRecord
from shopbot.orders.row_reader import BadRow, When
from shopbot.orders.sentiment import Judge
from shopbot.orders.source import Page, ReviewSource
from shopbot.orders.source_rows import read_review, told_text, when_told
from shopbot.orders.source_store import Refusal
from shopbot.orders.sync import reasons
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction

_LONGEST = 100  # characters of an id that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """By which rules reviews are taken, who judges them, and by which clock they are read."""

    rules: Rules
    judge: Callable[[], Judge]  # asked for when there is something to judge: it may have to load
    zone: tzinfo = cells.CHINA


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One review of a page: what it says for which moment, or why it cannot be taken."""

    name: str
    when: When | None = None
    records: tuple[ReviewRecord, ...] = ()
    why: str = ""


def sync_reviews(
    db: Database,
    source: ReviewSource,
    around: Reviewing,
    clock: Callable[[], datetime],
    progress: Progress = lambda _pages, _reviews: None,
    until: datetime | None = None,
) -> SyncReport:
    """Read the reviews of a source from its cursor to its end; see :func:`run_feed`."""
    name = source_store.reviews_of(source.name)
    prepare = partial(prepare_page, source.name, around)
    feed = Feed(name=name, fetch=source.reviews, prepare=prepare)
    return run_feed(db, feed, around.rules.store_id, clock, progress, until)


def prepare_page(source: str, around: Reviewing, page: Page, now: datetime) -> Take:
    """Read and judge the reviews of a page outside any transaction; return what brings them in."""
    when = When(as_of=min(page.as_of, now), now=now, zone=around.zone)
    read = [_read(told, when) for told in page.rows]
    judged = _judged(read, around.judge)

    def take(tx: Transaction, report: SyncReport) -> None:
        for one, mine in zip(read, judged, strict=True):
            report.count(_take(tx, one, mine, source, around.rules, now))

    return take


def _read(told: Mapping[str, Any], when: When) -> _Read:
    name = cells.clean(told_text(told.get("source_id") or ""))[:_LONGEST] or source_store.UNNAMED
    try:
        own = when_told(told, when)
        return _Read(name=name, when=own, records=read_review(told, own))
    except BadRow as bad:
        why = reasons((one.field, one.key) for one in bad.problems)
        return _Read(name=name, why=why)


def _judged(read: Sequence[_Read], judge: Callable[[], Judge]) -> list[tuple[Judged, ...]]:
    """Return each review judged; the texts of a page are judged together."""
    records = [record for one in read for record in one.records]
    told = iter(judge_all(records, judge()) if records else ())
    return [tuple(next(told) for _ in one.records) for one in read]


def _take(
    tx: Transaction, read: _Read, judged: Sequence[Judged], source: str, rules: Rules, now: datetime
) -> str:
    feed = source_store.reviews_of(source)
    if read.when is None:
        refusal = Refusal(source=feed, order=read.name, why=read.why, at=now)
        source_store.put_refused(tx, rules.store_id, refusal)
        return "refused"
    puts = [put_review(tx, one, rules, source, read.when) for one in judged]
    source_store.drop_refused(tx, rules.store_id, feed, read.name)
    first = puts[0].outcome
    changed = any(put.outcome != "unchanged" for put in puts)
    return "updated" if first == "unchanged" and changed else first
