"""The port to the database: what every package may ask of it, whichever database it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from shopbot.storage.queries import Statement

Value = str | int | float | bytes | None
Row = Mapping[str, Any]  # column name -> Value; Any spares a cast per cell
T = TypeVar("T")


class Reader(Protocol):
    """Something that answers questions."""

    def one(self, statement: Statement, /, **values: Value) -> Row:
        """Return the only row; NotFound when there is none."""
        ...

    def maybe_one(self, statement: Statement, /, **values: Value) -> Row | None:
        """Return the only row or None."""
        ...

    def all(self, statement: Statement, /, **values: Value) -> list[Row]:
        """Return all rows."""
        ...


class Transaction(Reader, Protocol):
    """A write transaction: everything in it happens, or nothing."""

    def run(self, statement: Statement, /, **values: Value) -> int:
        """Execute and return the number of rows changed."""
        ...

    def run_many(self, statement: Statement, rows: list[dict[str, Value]], /) -> int:
        """Execute once per row; return the number of rows changed."""
        ...

    def after_commit(self, action: Callable[[], object], /) -> None:
        """Do ``action`` once the transaction holds; never when it is rolled back."""
        ...


class Database(Reader, Protocol):
    """The database of an installation; safe to use from any thread."""

    def run(self, statement: Statement, /, **values: Value) -> int:
        """Execute one statement in a transaction of its own; return the rows changed."""
        ...

    def transaction(self, work: Callable[[Transaction], T], /) -> T:
        """Run ``work`` in one transaction, wait until it is on disk and return its result.

        ``work`` runs on the writer's thread: it must be quick, and must not wait for another
        transaction. What it raises rolls back its own writes only.
        """
        ...

    def submit(self, work: Callable[[Transaction], T], /) -> Future[T]:
        """As :meth:`transaction`, without waiting (``asyncio.wrap_future`` makes it awaitable)."""
        ...

    def snapshot(self) -> AbstractContextManager[Reader]:
        """Give a reader that sees one state of the database throughout."""
        ...

    def check(self) -> None:
        """Raise a StorageError if the database cannot be read and written now."""
        ...

    def close(self) -> None:
        """Finish what is queued, then close."""
        ...
