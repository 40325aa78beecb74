"""The one writer thread: a queue of transactions, several to a commit.

Every commit waits for the disk (``synchronous=FULL``). Transactions that wait together share one
commit: each runs in a savepoint of its own, so that one that fails takes nothing of the others away,
and nobody is told "done" before the commit is on disk.

The writer also notices what others (an import, a backup) have committed: on its own connection SQLite's
``data_version`` stands still for its own commits, so that nobody looks for what this process knows anyway.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import override

from shopbot import ids
from shopbot.errors import NotFound, StorageError
from shopbot.storage.database import Row, Transaction, Value
from shopbot.storage.queries import Statement
from shopbot.storage.sqlite_errors import storage_error, translated

T = TypeVar("T")

GROUP = 64  # transactions to a commit; more would let the first of them wait too long
LOOK_EVERY_MS = 200.0  # so that others' changes are seen within 250 ms


class SqliteReader:
    """The reading verbs on one connection."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self.connection = connection
        self._file = file

    def one(self, statement: Statement, /, **values: Value) -> Row:
        """Return the only row; NotFound when there is none."""
        row = self.maybe_one(statement, **values)
        if row is None:
            raise NotFound(statement.name)
        return row

    def maybe_one(self, statement: Statement, /, **values: Value) -> Row | None:
        """Return the only row or None; ValueError when there are two."""
        rows = self.all(statement, **values)
        if len(rows) > 1:
            raise ValueError(f"{statement.name} gave {len(rows)} rows where one was expected")
        return rows[0] if rows else None

    def all(self, statement: Statement, /, **values: Value) -> list[Row]:
        """Return all rows."""
        with translated(self._file):
            cursor = self.connection.execute(statement.sql, values)
            cursor.row_factory = None  # names once for all rows, not for each
            found = cursor.fetchall()
        if not found:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in found]


class SqliteTransaction(SqliteReader):
    """The verbs inside one write transaction."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        super().__init__(connection, file)
        self.afterwards: list[Callable[[], object]] = []

    def run(self, statement: Statement, /, **values: Value) -> int:
        """Execute and return the number of rows changed."""
        with translated(self._file):
            return self.connection.execute(statement.sql, values).rowcount

    def run_many(self, statement: Statement, rows: list[dict[str, Value]], /) -> int:
        """Execute once per row; return the number of rows changed."""
        with translated(self._file):
            return self.connection.executemany(statement.sql, rows).rowcount

    def after_commit(self, action: Callable[[], object], /) -> None:
        """Do ``action`` once the transaction holds."""
        self.afterwards.append(action)


class _Task:
    """A queued transaction and the promise of its result."""

    def __init__(self, work: Callable[[Transaction], Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.afterwards: list[Callable[[], object]] = []

    def keep(self) -> None:
        """Tell the caller that it is on disk, after the hints that depend on it."""
        try:
            for action in self.afterwards:
                action()
        except Exception as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.result)


class Writer(threading.Thread):
    """Owns the only connection of this process that writes."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        super().__init__(name="shopbot-writer", daemon=True)
        self._connection = connection
        self._file = file
        self._queue: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._closed = False
        self.commits = 0
        self.on_foreign: Callable[[], object] = _nothing
        self._version = self._data_version()
        self._looked = ids.stopwatch()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue a transaction; RuntimeError from inside one, which would wait for itself."""
        if threading.current_thread() is self:
            raise RuntimeError("a transaction cannot wait for another: use the one that is given")
        task = _Task(work)
        with self._guard:
            if self._closed:
                raise StorageError(self._file, "the database is closed")
            self._queue.put(task)
        return task.future

    def close(self) -> None:
        """Finish what is queued, stop the thread and close the connection."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self.join()
        self._connection.close()

    @override
    def run(self) -> None:
        while True:
            group, last = self._next_group()
            running = [task for task in group if task.future.set_running_or_notify_cancel()]
            while running:
                running = self._write(running)
            if last:
                return
            self._look()

    def _look(self) -> None:
        """Tell when others have committed since the last look; a hint to read, nothing more."""
        if self._looked() < LOOK_EVERY_MS:
            return
        self._looked = ids.stopwatch()
        try:
            version = self._data_version()
        except sqlite3.Error:
            return  # whoever writes next is told
        if version != self._version:
            self._version = version
            with contextlib.suppress(Exception):  # the listener's own affair; writing goes on
                self.on_foreign()

    def _data_version(self) -> int:
        row = self._connection.execute("PRAGMA data_version").fetchone()
        return int(row["data_version"])

    def _next_group(self) -> tuple[list[_Task], bool]:
        group: list[_Task] = []
        try:
            task = self._queue.get(timeout=LOOK_EVERY_MS / 1000)
        except queue.Empty:
            return group, False
        while task is not None:
            group.append(task)
            if len(group) == GROUP or self._queue.empty():
                return group, False
            task = self._queue.get()
        return group, True

    def _write(self, group: list[_Task]) -> list[_Task]:
        """Run a group in one commit; return those to run again because SQLite gave up midway."""
        written: list[_Task] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for place, task in enumerate(group):
                if self._run_one(task):
                    written.append(task)
                elif not self._connection.in_transaction:  # a full disk ends the whole transaction
                    self._fail(written, task.future.exception())
                    return group[place + 1 :]
            self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            told = (
                storage_error(error, self._file) if isinstance(error, sqlite3.Error) else None
            ) or error
            self._fail([task for task in group if not task.future.done()], told)
            return []
        self.commits += 1
        for task in written:
            task.keep()
        return []

    def _run_one(self, task: _Task) -> bool:
        transaction = SqliteTransaction(self._connection, self._file)
        self._connection.execute("SAVEPOINT one")
        try:
            task.result = task.work(transaction)
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO one")
                self._connection.execute("RELEASE one")
            task.future.set_exception(error)
            return False
        self._connection.execute("RELEASE one")
        task.afterwards = transaction.afterwards
        return True

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    @staticmethod
    def _fail(tasks: list[_Task], error: BaseException | None) -> None:
        for task in tasks:
            task.future.set_exception(error or RuntimeError("the transaction was given up"))


def _nothing() -> None: ...
