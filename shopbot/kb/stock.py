"""What is on hand of a colour and size, and whether the figure is fresh enough to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from shopbot.kb.entry import StockRow
from shopbot.kb.tables import ONE_SIZE

State = Literal["in", "low", "out", "partial", "stale", "unknown"]

LOW_STOCK = 5
"""So few pieces or less are told as "few left": they may be sold while the shopper thinks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The state and the rows it was decided by (for ``partial`` those that are on hand)."""

    state: State
    rows: tuple[StockRow, ...] = ()


def stock_state(
    rows: Sequence[StockRow], colour: str, size: str, now: datetime, freshness: int
) -> Stock:
    """Return what is on hand; ``freshness`` in seconds, blank colour or size = not said.

    Without a colour or size that decides it, ``partial`` lists what is there; a colour or size the
    product does not come in is answered with what comes nearest (the colour in other sizes).
    """
    if not rows:
        return Stock(state="unknown")
    exact = [r for r in rows if colour in ("", r.colour) and size in ("", r.size)]
    asked = (
        exact
        or [r for r in rows if colour == r.colour]
        or [r for r in rows if size == r.size]
        or list(rows)
    )
    fresh = [r for r in asked if now - r.as_of <= timedelta(seconds=freshness)]
    if not fresh:
        return Stock(state="stale", rows=tuple(asked))
    if len(exact) == 1:
        return Stock(state=_one(fresh[0].quantity), rows=(fresh[0],))
    there = tuple(r for r in fresh if r.quantity > 0)
    if there:
        return Stock(state="partial", rows=there)
    if len(fresh) < len(asked):  # some are known to be gone, of others nobody knows
        return Stock(state="stale", rows=tuple(asked))
    return Stock(state="out", rows=tuple(fresh))


def _one(quantity: int) -> State:
    if quantity <= 0:
        return "out"
    return "low" if quantity <= LOW_STOCK else "in"


def available(rows: Sequence[StockRow]) -> str:
    """Return colours with their sizes as one line: 曜石黑（S、M）、松石绿（L）."""
    colours: dict[str, list[str]] = {}
    for row in rows:
        colours.setdefault(row.colour, []).append(row.size)
    return "、".join(_colour_line(colour, sizes) for colour, sizes in colours.items())


def _colour_line(colour: str, sizes: list[str]) -> str:
    if sizes == [ONE_SIZE]:
        return colour or ONE_SIZE
    told = "、".join(sizes)
    return f"{colour}（{told}）" if colour else told


def restock_date(rows: Sequence[StockRow], today: date) -> date | None:
    """Return the earliest day of new pieces that is not past, or None."""
    return min((r.restock for r in rows if r.restock and r.restock >= today), default=None)


def day_text(moment: datetime | date, zone: tzinfo) -> str:
    """Return 11月22日, with the time when it is a moment: 11月22日9:00."""
    if isinstance(moment, datetime):
        local = moment.astimezone(zone)
        return f"{local.month}月{local.day}日{local.hour}:{local.minute:02d}"
    return f"{moment.month}月{moment.day}日"
