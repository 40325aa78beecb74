"""What is kept about sources: how far they were read, how they do, what could not be taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from shopbot import ids
from shopbot.orders.breaker import Breaker
from shopbot.orders.rows import moment
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders", "sources.sql")

COURIER = "kuaidi100"
"""The courier service; every other source brings orders."""

UNNAMED = "?"
NAMELESS = timedelta(days=1)
_REVIEWS = ":reviews"

Health = Literal["ok", "old", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """One source: how far it was read, for which moment it spoke, and how it is doing."""

    source: str
    cursor: str = ""  # of the last page that is on disk
    as_of: datetime | None = None  # everything up to here is known
    tried_at: datetime | None = None
    ok_at: datetime | None = None
    breaker: Breaker = field(default_factory=Breaker)
    problem: str = ""  # of the last try, blank when it went well

    def health(self, now: datetime, fresh: timedelta) -> Health:
        """Return how it is doing: ``old`` when nothing was told for longer than ``fresh``."""
        if self.breaker.failures:
            return "down"
        return "ok" if self.as_of is not None and now - self.as_of <= fresh else "old"

    def as_dict(self, now: datetime, fresh: timedelta) -> dict[str, Any]:
        """Return the state for programs; ``age_s``: for how long nothing was told."""
        return {
            "source": self.source,
            "state": self.health(now, fresh),
            "as_of": _iso(self.as_of),
            "age_s": None
            if self.as_of is None
            else max(0, int((now - self.as_of).total_seconds())),
            "tried_at": _iso(self.tried_at),
            "ok_at": _iso(self.ok_at),
            "failures": self.breaker.failures,
            "paused_until": _iso(self.breaker.open_until),
            "problem": self.problem,
        }


def reviews_of(source: str) -> str:
    """Return the name under which it is kept how far the reviews of a source were read."""
    return f"{source}{_REVIEWS}"


def is_reviews(source: str) -> bool:
    """Tell whether a name is that of the reviews of a source."""
    return source.endswith(_REVIEWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An order, or a review, that is at a source and could not be taken."""

    source: str
    order: str  # or the id of a review
    why: str  # field and key of each problem
    at: datetime

    @property
    def is_review(self) -> bool:
        """Tell whether it is a review."""
        return is_reviews(self.source)


def get_source(reader: Reader, store_id: str, source: str) -> SourceState:
    """Return a source; one that was never tried is blank."""
    row = reader.maybe_one(Q.get_source, store_id=store_id, source=source)
    return SourceState(source=source) if row is None else _state(row)


def list_sources(reader: Reader, store_id: str) -> list[SourceState]:
    """Return all sources that were ever tried, by name."""
    return [_state(row) for row in reader.all(Q.list_sources, store_id=store_id)]


def list_order_sources(reader: Reader, store_id: str) -> list[SourceState]:
    """Return the sources that bring orders: neither their reviews nor the courier service."""
    found = list_sources(reader, store_id)
    return [one for one in found if not (is_reviews(one.source) or one.source == COURIER)]


def put_source(tx: Transaction, store_id: str, state: SourceState, now: datetime) -> None:
    """Write a source as it now stands."""
    tx.run(
        Q.put_source,
        store_id=store_id,
        source=state.source,
        cursor=state.cursor,
        as_of=_text(state.as_of),
        tried_at=ids.to_text(now),
        ok_at=_text(state.ok_at),
        failures=state.breaker.failures,
        open_until=_text(state.breaker.open_until),
        problem=state.problem,
    )


def drop_source(tx: Transaction, store_id: str, source: str) -> None:
    """Forget a source that is none any more: how far it was read and how it did."""
    tx.run(Q.drop_source, store_id=store_id, source=source)


def put_refused(tx: Transaction, store_id: str, refusal: Refusal) -> None:
    """Keep that an order could not be taken."""
    tx.run(
        Q.put_refused,
        store_id=store_id,
        source=refusal.source,
        order_number=refusal.order,
        why=refusal.why,
        at=ids.to_text(refusal.at),
    )


def drop_refused(tx: Transaction, store_id: str, source: str, order: str) -> None:
    """Forget that an order could not be taken: now it was."""
    tx.run(Q.drop_refused, store_id=store_id, source=source, order_number=order)


def list_refused(
    reader: Reader, store_id: str, count: int = 1000, *, now: datetime | None = None
) -> list[Refusal]:
    """Return the orders that are at a source and not here, the longest waiting first.

    What has no number cannot come mended: it is told for :data:`NAMELESS` after it was last seen (with
    ``now``; else always).
    """
    since = "" if now is None else ids.to_text(now - NAMELESS)
    return [
        Refusal(
            source=row["source"],
            order=row["order_number"],
            why=row["why"],
            at=ids.from_text(row["at"]),
        )
        for row in reader.all(Q.list_refused, store_id=store_id, nameless_since=since, count=count)
    ]


def first_seen(tx: Transaction, store_id: str, hook: str, digest: str, now: datetime) -> bool:
    """Keep a push by its nonce or digest; False when it came before."""
    added = tx.run(Q.add_seen, store_id=store_id, hook=hook, digest=digest, at=ids.to_text(now))
    return added == 1


def forget_seen(tx: Transaction, store_id: str, before: datetime) -> None:
    """Forget pushes that are too old to be sent again."""
    tx.run(Q.forget_seen, store_id=store_id, before=ids.to_text(before))


def put_parcel_refusal(tx: Transaction, store_id: str, parcel: str, now: datetime) -> None:
    """Keep that the courier service would not speak of a parcel."""
    tx.run(Q.put_parcel_refusal, store_id=store_id, parcel=parcel, at=ids.to_text(now))


def list_parcel_refusals(reader: Reader, store_id: str, since: datetime) -> frozenset[str]:
    """Return the parcels that the courier service would not speak of since."""
    rows = reader.all(Q.list_parcel_refusals, store_id=store_id, since=ids.to_text(since))
    return frozenset(str(row["parcel"]) for row in rows)


def forget_parcel_refusals(tx: Transaction, store_id: str, before: datetime) -> None:
    """Forget parcels that may be asked for again."""
    tx.run(Q.forget_parcel_refusals, store_id=store_id, before=ids.to_text(before))


def _state(row: Row) -> SourceState:
    return SourceState(
        source=row["source"],
        cursor=row["cursor"],
        as_of=moment(row["as_of"]),
        tried_at=moment(row["tried_at"]),
        ok_at=moment(row["ok_at"]),
        breaker=Breaker(failures=row["failures"], open_until=moment(row["open_until"])),
        problem=row["problem"],
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else ids.to_text(at)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
