"""Whether what is known of orders can be told as the present, by how their source is doing.

An order that was imported from a file, or comes from a source that is read as it should be, can. When the
source is down or has told nothing for too long, an order is known up to a moment and no further.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.orders.model import Order
from shopbot.orders.source_store import SourceState, list_order_sources
from shopbot.rules import Rules
from shopbot.storage.database import Reader

GIVEN_UP = timedelta(days=1)
"""A source that nobody has tried to read for so long is none any more: orders do not come from there."""

Sources = Mapping[str, SourceState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the sources of orders stand at a moment."""

    sources: Sources
    fresh: timedelta
    now: datetime

    @property
    def down(self) -> bool:
        """Tell whether orders may be at a source and not here."""
        return is_down(self.sources.values(), self.fresh, self.now)

    def until(self, order: Order) -> datetime | None:
        """Return up to when an order is known; None when that is as good as now."""
        return known_until(order, self.sources, self.fresh, self.now)

    def file_of(self, order: Order, within: timedelta) -> datetime | None:
        """Return for which moment an order's file spoke when that is longer ago than ``within``."""
        old = order.source not in self.sources and self.now - order.as_of > within
        return order.as_of if old else None

    def is_current(self, order: Order, within: timedelta | None = None) -> bool:
        """Tell whether an order was heard of ``within`` a time (None: ``fresh``), from a file too.

        What a file said this morning is good for an answer, not for telling somebody unasked that they have
        not paid.
        """
        source = self.sources.get(order.source)
        read = source.as_of if source is not None else None
        known = order.as_of if read is None else max(order.as_of, read)
        return self.until(order) is None and self.now - known <= (within or self.fresh)


def read_standing(reader: Reader, rules: Rules, now: datetime) -> Standing:
    """Read how the sources of a store's orders stand."""
    sources = {one.source: one for one in list_order_sources(reader, rules.store_id)}
    return Standing(sources=sources, fresh=rules.logistics.orders_fresh, now=now)


def known_until(order: Order, sources: Sources, fresh: timedelta, now: datetime) -> datetime | None:
    """Return up to when an order is known; None when that is as good as now.

    It is not while the source is left alone after failures, unless the order was pushed since the source
    was last read, and not when both are longer ago than ``fresh``.
    """
    source = sources.get(order.source)
    if source is None:
        return None
    read = source.as_of
    known = order.as_of if read is None else max(order.as_of, read)
    down = source.breaker.open_until is not None and (read is None or order.as_of <= read)
    return known if down or now - known > fresh else None


def is_down(sources: Iterable[SourceState], fresh: timedelta, now: datetime) -> bool:
    """Tell whether orders may be at a source and not here: it is tried, and cannot be read."""
    return any(
        _is_tried(one, now) and (one.breaker.open_until is not None or _is_old(one, fresh, now))
        for one in sources
    )


def _is_tried(source: SourceState, now: datetime) -> bool:
    return source.tried_at is not None and now - source.tried_at <= GIVEN_UP


def _is_old(source: SourceState, fresh: timedelta, now: datetime) -> bool:
    return source.as_of is None or now - source.as_of > fresh
