"""Named statements: each package keeps its SQL in ``queries.sql``, none stands in Python.

The file format is aiosql's: ``-- name: get_order(store_id, id)``, a comment, the statement. aiosql only
parses; the database adapters execute.

A parameter ``numbers[40]`` stands for forty: ``IN (:numbers[40])`` takes what :func:`listed` gives, in any
database and without a statement of its own for each length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import aiosql

_LIST = re.compile(r"(:?)\b(\w+)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Statement:
    """One named SQL statement with ``:named`` parameters."""

    name: str
    sql: str


class Queries:
    """The statements of one package, as attributes: ``Q.get_order``."""

    def __init__(self, statements: dict[str, Statement], source: str) -> None:
        self._statements = statements
        self._source = source

    def __getattr__(self, name: str) -> Statement:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"{self._source} has no query named {name}") from None

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._statements.values())


@cache
def load_queries(package: str, file: str = "queries.sql") -> Queries:
    """Return the statements of ``file`` in ``package`` (for example ``shopbot.orders``)."""
    text = (resources.files(package) / file).read_text(encoding="utf-8")
    return parse_queries(text, f"{package}/{file}")


def parse_queries(text: str, source: str) -> Queries:
    """Read statements in aiosql's format; its own errors name the line."""
    parsed = aiosql.from_str(_LIST.sub(_spelled, text), "sqlite3")
    names = [name for name in parsed.available_queries if not name.endswith("_cursor")]
    statements = {name: Statement(name, getattr(parsed, name).sql.strip()) for name in names}
    return Queries(statements, source)


def listed(name: str, size: int, values: Sequence[str]) -> dict[str, str]:
    """Return the values of a parameter ``name[size]``; blanks stand for those that are not there.

    :raises ValueError: when there are more than ``size``.
    """
    if len(values) > size:
        raise ValueError(f"{len(values)} values for {name}[{size}]. Ask for them in parts.")
    return {_place(name, at): values[at] if at < len(values) else "" for at in range(size)}


def _spelled(match: re.Match[str]) -> str:
    colon, name, size = match.groups()
    return ", ".join(f"{colon}{_place(name, at)}" for at in range(int(size)))


def _place(name: str, at: int) -> str:
    return f"{name}_{at:02d}"
