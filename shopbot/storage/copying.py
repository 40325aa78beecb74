"""A copy of the database while others write, and whether a copy is good."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from shopbot.errors import StorageDamaged
from shopbot.storage.migrations import check_applied, find_migrations, list_applied
from shopbot.storage.sqlite import FILE_NAME, connect_reader
from shopbot.storage.sqlite_errors import translated


def copy_database(folder: Path, target: Path) -> None:
    """Copy the database in ``folder`` to the new file ``target``: one state, whoever writes meanwhile.

    SQLite's backup in a single step: a read transaction, so writers go on. The copy is one file
    without a write-ahead log. Raises StorageError.
    """
    target.touch(mode=0o600)
    file = folder / FILE_NAME
    with (
        translated(file),
        closing(connect_reader(file)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def check_database(file: Path) -> None:
    """Read all of a copy; StorageDamaged, or StorageTooNew when a newer version wrote it."""
    with translated(file), closing(connect_reader(file)) as connection:
        told = connection.execute("PRAGMA integrity_check").fetchone()["integrity_check"]
        if told != "ok":
            raise StorageDamaged(file, str(told)[:200])
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise StorageDamaged(file, "rows refer to what is not there")
        check_applied(connection, find_migrations(), file)


def schema_of(file: Path) -> list[str]:
    """Return the migrations that a database has run, as ``package/NNNN``."""
    with translated(file), closing(connect_reader(file)) as connection:
        return list_applied(connection)
