"""The cells of one row of an export, read field by field, with everything that is wrong in it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from shopbot.orders import cells
from shopbot.orders.cells import BadCell, Rounded
from shopbot.orders.mapping import find_state
from shopbot.orders.states import ORDER_RANK

MAX_TEXT = 2_000  # characters of one cell that are kept
_AHEAD = timedelta(minutes=10)  # clocks differ


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The moment a file speaks for, the present, and the zone of its wall clock."""

    as_of: datetime
    now: datetime
    zone: tzinfo = cells.CHINA

    @property
    def shown(self) -> str:
        """Return the present for a message."""
        return self.now.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell was refused (or, as a warning, what to look at)."""

    field: str  # blank: the row as a whole
    value: str
    key: str  # message orders.cell.KEY
    values: Mapping[str, object]


class BadRow(ValueError):
    """A row that is refused, with everything that is wrong in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class Reader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, found: Mapping[str, int], raw: Sequence[str]) -> None:
        self._found = found
        self._raw = raw
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def cell(self, field: str) -> str:
        """Return the raw cell of a field, blank when the table has no such column."""
        place = self._found.get(field)
        return self._raw[place] if place is not None and place < len(self._raw) else ""

    def text(self, field: str) -> str | None:
        """Return the cleaned text of a field."""
        cell = self.cell(field)
        return (cells.clean(cell)[:MAX_TEXT] or None) if cell else None

    def read(self, field: str, how: Callable[[str], Any]) -> Any:
        """Return what ``how`` makes of the cell; None and a problem when it cannot."""
        cell = self.cell(field)
        if not cell:
            return None
        try:
            return how(cell)
        except BadCell as bad:
            self.refuse(field, bad.key, **bad.values)
            return None

    def refuse(self, field: str, key: str, **values: object) -> None:
        """Note that the row cannot be used."""
        self.problems.append(Problem(field, self.cell(field), key, values))

    def warn(self, field: str, key: str, **values: object) -> None:
        """Note something to look at; the row is used."""
        self.warnings.append(Problem(field, self.cell(field), key, values))

    def number(self) -> str | Rounded:
        """Return the order number."""
        try:
            return cells.order_number(self.cell("number"))
        except BadCell as bad:
            self.refuse("number", bad.key, **bad.values)
            return ""

    def state(self, field: str, ranks: Mapping[Any, int], word: str) -> str:
        """Return our state for a platform's word."""
        found = find_state("order_status" if ranks is ORDER_RANK else "line_status", word)
        if found is None:
            self.refuse(field, "unknown-status")
        return found or next(iter(ranks))

    def past(self, field: str, when: When) -> datetime | None:
        """Return a time; one in the future is refused."""
        at: datetime | None = self.read(field, lambda cell: cells.moment(cell, when.zone))
        if at is not None and at > when.now + _AHEAD:
            self.refuse(field, "future", now=when.shown)
        return at

    def finish(self) -> None:
        """Raise BadRow if anything was refused."""
        if self.problems:
            raise BadRow(self.problems)
