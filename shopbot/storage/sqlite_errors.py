"""SQLite's error codes in the product's terms."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from shopbot.errors import (
    ConstraintViolated,
    StorageBusy,
    StorageDamaged,
    StorageError,
    StorageFull,
    StorageReadOnly,
)

# Primary result codes (https://www.sqlite.org/rescode.html): the low byte of the extended code.
_KINDS: dict[int, type[StorageError]] = {
    sqlite3.SQLITE_BUSY: StorageBusy,
    sqlite3.SQLITE_LOCKED: StorageBusy,
    sqlite3.SQLITE_FULL: StorageFull,
    sqlite3.SQLITE_READONLY: StorageReadOnly,
    sqlite3.SQLITE_CANTOPEN: StorageReadOnly,
    sqlite3.SQLITE_PERM: StorageReadOnly,
    sqlite3.SQLITE_CORRUPT: StorageDamaged,
    sqlite3.SQLITE_NOTADB: StorageDamaged,
    sqlite3.SQLITE_IOERR: StorageError,
    sqlite3.SQLITE_CONSTRAINT: ConstraintViolated,
}


def storage_error(error: sqlite3.Error, file: object) -> StorageError | None:
    """Return the error to raise instead, or None where ``error`` is a bug in the SQL."""
    code = getattr(error, "sqlite_errorcode", None)
    kind = _KINDS.get(code & 0xFF) if isinstance(code, int) else None
    return kind(file, str(error)) if kind is not None else None


@contextmanager
def translated(file: object) -> Iterator[None]:
    """Raise the product's error for what the disk or another process did."""
    try:
        yield
    except sqlite3.Error as error:
        told = storage_error(error, file)
        if told is None:
            raise
        raise told from error
