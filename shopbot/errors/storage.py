"""The database cannot do it now."""

from __future__ import annotations

from typing import ClassVar

from shopbot.errors.base import EXIT_STORAGE, ShopbotError


class StorageError(ShopbotError):
    """The database cannot do it now."""

    code = "storage.error"
    status = 503
    exit_code = EXIT_STORAGE
    problem: ClassVar[str] = "The database could not do this"
    hint: ClassVar[str] = "Look at the log for the reason and try again."

    def __init__(self, file: object, reason: str = "") -> None:
        told = f": {reason}" if reason else ""
        super().__init__(f"{self.problem} ({file}){told}. {self.hint}", file=str(file))


class StorageBusy(StorageError):
    """Another process holds the write lock for too long."""

    code = "storage.busy"
    problem = "The database is locked by another process"
    hint = "Wait until the other shopbot command has ended, then try again."


class StorageFull(StorageError):
    """The disk is full; nothing was written."""

    code = "storage.full"
    problem = "The disk is full; nothing was written"
    hint = "Free some space or move SHOPBOT_DATA to a larger disk, then try again."


class StorageReadOnly(StorageError):
    """The data folder or the database may not be written."""

    code = "storage.read-only"
    problem = "The data folder cannot be written"
    hint = "Give this user the right to write there, or set SHOPBOT_DATA to another folder."


class StorageDamaged(StorageError):
    """The database file is broken or is no database."""

    code = "storage.damaged"
    problem = "The database file is damaged"
    hint = "Stop shopbot, keep a copy of the file and put the last backup in its place."


class StorageTooNew(StorageError):
    """The database was written by a newer version of shopbot."""

    code = "storage.too-new"
    problem = "The database was written by a newer version of shopbot"
    hint = "Install that version again, or use another SHOPBOT_DATA."


class MigrationChanged(StorageError):
    """A migration that this database has run was edited afterwards."""

    code = "storage.migration-changed"
    problem = "A migration that this database has run was edited afterwards"
    hint = "Restore the released file; add a new migration for further changes."


class ConstraintViolated(StorageError):
    """A row would break a law of the schema (UNIQUE, CHECK, FOREIGN KEY, NOT NULL)."""

    code = "storage.constraint"
    status = 409
    problem = "This contradicts what is already stored"
    hint = "Load the present state and decide again."


class DataFolderInUse(StorageError):
    """Another server runs on this data folder."""

    code = "storage.in-use"
    problem = "Another shopbot server already uses this data folder"
    hint = "Stop it first, or give this one its own SHOPBOT_DATA."
