"""What a source tells about an order or a review, as JSON, to the records that an import makes. Pure.

Each value becomes the cell of a table, so that everything a cell is checked for holds here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from shopbot.orders import mapping
from shopbot.orders.cells import BadCell, Rounded, clean, moment
from shopbot.orders.mapping import Kind
from shopbot.orders.records import (
    EventRecord,
    LineRecord,
    OrderRecord,
    event_record,
    line_record,
    order_record,
)
from shopbot.orders.review_rows import ReviewRecord, review_records
from shopbot.orders.row_reader import BadRow, Problem, When

MOST_LINES, MOST_EVENTS = 200, 500
_LISTS = ("lines", "tracking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One order as a source tells it, whole."""

    number: str
    order: OrderRecord
    lines: tuple[LineRecord, ...]
    tracking: tuple[EventRecord, ...]


@cache
def names(kind: Kind) -> Mapping[str, str]:
    """Return the contract's name of each field: money without ``_fen``, since it is told in yuan."""
    return MappingProxyType({name.removesuffix("_fen"): name for name in mapping.fields(kind)})


def read_order(told: Mapping[str, Any], when: When) -> Told:
    """Read one order; BadRow names everything that is wrong with it."""
    order = order_record(1, *_cells("orders", told), when=when)
    number = order.number
    if isinstance(number, Rounded):
        raise BadRow([Problem("number", number.shown, "rounded", {})])
    lines, tracking = (_rows(told, name) for name in _LISTS)
    return Told(
        number=number,
        order=order,
        lines=tuple(
            line_record(place, *_cells("lines", {**row, "number": number}), when=when)
            for place, row in enumerate(lines, 1)
        ),
        tracking=tuple(
            event_record(place, *_cells("tracking", row), when=when)
            for place, row in enumerate(tracking, 1)
        ),
    )


def read_review(told: Mapping[str, Any], when: When) -> tuple[ReviewRecord, ...]:
    """Read one review and what was added to it; BadRow names everything that is wrong with it.

    Unlike a row of a table it needs an id: a review that changes must be known again.
    """
    row, found = _cells("reviews", told)
    if "source_id" not in found or not clean(row[found["source_id"]]):
        raise BadRow([Problem("source_id", "", "no-review-id", {})])
    return review_records(1, row, found, when=when)


def when_told(told: Mapping[str, Any], page: When) -> When:
    """Return for which moment an order speaks: its own ``as_of``, never later than its page's."""
    try:
        own = moment(told_text(told.get("as_of") or ""), page.zone)
    except BadCell:
        raise BadRow([Problem("as_of", told_text(told["as_of"])[:100], "bad-date", {})]) from None
    return page if own is None else replace(page, as_of=min(own, page.as_of))


def told_text(value: Any) -> str:
    """Return a value as text that can be stored: JSON may hold halves of characters."""
    return str(value).encode("utf-8", "replace").decode()


def _rows(told: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = told.get(name) or []
    most = MOST_LINES if name == "lines" else MOST_EVENTS
    if not isinstance(rows, list) or len(rows) > most:
        raise BadRow([Problem(name, "", "no-text", {})])
    if not all(isinstance(row, Mapping) for row in rows):
        raise BadRow([Problem(name, "", "no-text", {})])
    return rows


def _cells(kind: Kind, told: Mapping[str, Any]) -> tuple[list[str], dict[str, int]]:
    """Return the cells of a row and where each field stands; names that nobody knows are left out."""
    known = [(field, told[name]) for name, field in names(kind).items() if name in told]
    found = {field: place for place, (field, _) in enumerate(known)}
    return [_cell(field, value) for field, value in known], found


def _cell(field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return " ".join(told_text(one) for one in value)
    if field == "status" and isinstance(value, str):
        return _word(value)
    return told_text(value)


def _word(status: str) -> str:
    """Return a word of platforms for a state of ours; other words stay."""
    for table in ("order_status", "line_status"):
        words = mapping.builtin()[table].get(status)
        if words:
            return str(words[0])
    return status
