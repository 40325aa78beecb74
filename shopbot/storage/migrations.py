"""Schema changes: numbered files per package, each run once, in the transaction that records it.

A package's migrations are ``shopbot/PACKAGE/migrations/NNNN_name.sql``. They are never edited after a
release: the checksum of each is recorded and compared at every start.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable

from typing_extensions import override

from shopbot import ids
from shopbot.errors import MigrationChanged, StorageTooNew

_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_FIRST = "storage"  # its tables (jobs, audit, …) are there before any other package's

_CREATE_RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  package TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at TEXT NOT NULL,
  PRIMARY KEY (package, number)
)
"""
_APPLIED = "SELECT package, number, name, checksum FROM schema_migrations"
_RECORD = (
    "INSERT INTO schema_migrations (package, number, name, checksum, applied_at) "
    "VALUES (?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file of one package."""

    package: str
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Digest of the text, the same with either kind of line end."""
        return hashlib.sha256(self.sql.replace("\r\n", "\n").encode()).hexdigest()

    @override
    def __str__(self) -> str:
        return f"{self.package}/migrations/{self.number:04d}_{self.name}.sql"


def find_migrations(root: Traversable | None = None) -> list[Migration]:
    """Return the migrations of all packages below ``root`` (default: the product), in order."""
    top = root if root is not None else resources.files("shopbot")
    found = [m for package in top.iterdir() if package.is_dir() for m in _of_package(package)]
    found.sort(key=lambda m: (m.package != _FIRST, m.package, m.number))
    _check_numbers(found)
    return found


def migrate(connection: sqlite3.Connection, migrations: list[Migration], file: object) -> list[str]:
    """Bring the schema up to date; return what was run.

    Waits for another process that migrates the same file, then sees its work as done. Raises
    StorageTooNew or MigrationChanged, leaving the database as it was.
    """
    _in_transaction(connection, lambda: connection.execute(_CREATE_RECORD))
    check_applied(connection, migrations, file)
    now = ids.now()
    return [
        str(migration)
        for migration in migrations
        if _in_transaction(connection, partial(_apply, connection, migration, now))
    ]


def _of_package(package: Traversable) -> Iterator[Migration]:
    folder = package / "migrations"
    if not folder.is_dir():
        return
    for file in folder.iterdir():
        match = _FILE.fullmatch(file.name)
        if match:
            sql = file.read_text(encoding="utf-8")
            yield Migration(package=package.name, number=int(match[1]), name=match[2], sql=sql)


def _check_numbers(migrations: list[Migration]) -> None:
    seen: set[tuple[str, int]] = set()
    for migration in migrations:
        key = (migration.package, migration.number)
        if key in seen:
            raise ValueError(f"{migration}: its number is taken; use the next free one")
        seen.add(key)


def check_applied(
    connection: sqlite3.Connection, migrations: list[Migration], file: object
) -> None:
    """Raise StorageTooNew or MigrationChanged if the database has run others than ``migrations``."""
    known = {(m.package, m.number): m for m in migrations}
    for row in connection.execute(_APPLIED).fetchall():
        migration = known.get((row["package"], row["number"]))
        if migration is None:
            raise StorageTooNew(file, "it has {package}/{number:04d}_{name}".format_map(row))
        if migration.checksum != row["checksum"]:
            raise MigrationChanged(file, str(migration))


def list_applied(connection: sqlite3.Connection) -> list[str]:
    """Return the migrations that a database has run, as ``package/NNNN``, sorted."""
    rows = connection.execute(_APPLIED).fetchall()
    return sorted(f"{row['package']}/{row['number']:04d}" for row in rows)


def _apply(connection: sqlite3.Connection, migration: Migration, now: datetime) -> bool:
    applied = {(row["package"], row["number"]) for row in connection.execute(_APPLIED)}
    if (migration.package, migration.number) in applied:
        return False
    for statement in split_statements(migration.sql):
        connection.execute(statement)
    record = (migration.package, migration.number, migration.name, migration.checksum)
    connection.execute(_RECORD, (*record, ids.to_text(now)))
    return True


def _in_transaction(connection: sqlite3.Connection, work: Callable[[], object]) -> bool:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return bool(result)


def split_statements(script: str) -> Iterator[str]:
    """Cut a script into statements (``executescript`` would commit behind our back)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
        raise ValueError(f"unfinished statement: {statement.strip()[:80]}")
