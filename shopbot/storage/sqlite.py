"""SQLite as the database: WAL, one writer thread, read-only connections for everybody else."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from shopbot.errors import StorageError, StorageReadOnly
from shopbot.storage.database import Row, Transaction, Value
from shopbot.storage.migrations import Migration, find_migrations, migrate
from shopbot.storage.queries import Statement, load_queries
from shopbot.storage.sqlite_errors import translated
from shopbot.storage.sqlite_writer import SqliteReader, Writer

T = TypeVar("T")

FILE_NAME = "shopbot.db"
WAIT_MS = 10_000  # for another process's write lock; its transactions are far shorter


def open_database(folder: Path, migrations: list[Migration] | None = None) -> SqliteDatabase:
    """Open (or make) the database in ``folder`` and bring its schema up to date.

    ``migrations`` defaults to those of all packages. Raises a StorageError that says what to do.
    """
    file = folder / FILE_NAME
    known = find_migrations() if migrations is None else migrations
    connection = _connect_writer(file)
    try:
        with translated(file):
            migrate(connection, known, file)
    except BaseException:
        connection.close()
        raise
    return SqliteDatabase(file, connection)


class SqliteDatabase:
    """The verbs of the port on one SQLite file; safe to use from any thread."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file = file
        self._writer = Writer(connection, file)
        self._writer.start()
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False

    def one(self, statement: Statement, /, **values: Value) -> Row:
        """Return the only row; NotFound when there is none."""
        with self._reader() as reader:
            return reader.one(statement, **values)

    def maybe_one(self, statement: Statement, /, **values: Value) -> Row | None:
        """Return the only row or None."""
        with self._reader() as reader:
            return reader.maybe_one(statement, **values)

    def all(self, statement: Statement, /, **values: Value) -> list[Row]:
        """Return all rows."""
        with self._reader() as reader:
            return reader.all(statement, **values)

    def run(self, statement: Statement, /, **values: Value) -> int:
        """Execute one statement in a transaction of its own; return the rows changed."""
        return self.transaction(lambda tx: tx.run(statement, **values))

    def transaction(self, work: Callable[[Transaction], T], /) -> T:
        """Run ``work`` in one transaction and wait until it is on disk."""
        return self.submit(work).result()

    def submit(self, work: Callable[[Transaction], T], /) -> Future[T]:
        """Queue ``work`` for the writer."""
        return self._writer.submit(work)

    @contextmanager
    def snapshot(self) -> Iterator[SqliteReader]:
        """Give a reader that sees one state of the database throughout."""
        with self._reader() as reader, translated(self.file):
            connection = reader.connection
            connection.execute("BEGIN")
            try:
                connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()  # pins it
                yield reader
            finally:
                connection.execute("ROLLBACK")

    def check(self) -> None:
        """Raise a StorageError if the database cannot be read and written now."""
        self.one(load_queries("shopbot.storage").ping)
        self.transaction(lambda tx: None)

    def watch(self, on_change: Callable[[], object]) -> None:
        """Call ``on_change`` on the writer's thread, soon after somebody else has committed."""
        self._writer.on_foreign = on_change

    @property
    def commits(self) -> int:
        """How often the writer has waited for the disk so far."""
        return self._writer.commits

    def close(self) -> None:
        """Finish what is queued, then close."""
        with self._guard:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
        self._writer.close()  # last: only a writing connection may tidy up the WAL file

    @contextmanager
    def _reader(self) -> Iterator[SqliteReader]:
        connection = self._take()
        try:
            yield SqliteReader(connection, self.file)
        finally:
            self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                raise StorageError(self.file, "the database is closed")
            if self._idle:
                return self._idle.pop()
        return connect_reader(self.file)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def connect_reader(file: Path) -> sqlite3.Connection:
    """Open a connection that cannot write."""
    with translated(file):
        address = f"{file.absolute().as_uri()}?mode=ro"
        connection = _connect(address)
        connection.execute("PRAGMA query_only = ON")
    return connection


def _connect_writer(file: Path) -> sqlite3.Connection:
    try:
        file.touch(mode=0o600)  # before SQLite does, which would ask the umask
    except OSError as error:
        raise StorageReadOnly(file, error.strerror or "") from error
    with translated(file):
        connection = _connect(f"{file.absolute().as_uri()}?mode=rw")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
    return connection


def _connect(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    connection.row_factory = _as_dict
    connection.execute(f"PRAGMA busy_timeout = {WAIT_MS:d}")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _as_dict(cursor: sqlite3.Cursor, row: tuple[Value, ...]) -> dict[str, Value]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
