"""Every version of every entry that could be said, kept in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shopbot import ids
from shopbot.kb.entry import Entry, Source
from shopbot.storage import Row, load_queries
from shopbot.storage.database import Database, Reader, Transaction

Q = load_queries("shopbot.kb")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryVersion:
    """One text of an entry: its canonical JSON, where it stood, and when it served."""

    entry: str
    version: str
    content: str
    source: Source
    first_seen: datetime
    last_seen: datetime


def record_versions(db: Database, store_id: str, entries: Iterable[Entry], now: datetime) -> int:
    """Keep what may be said from now on; return how many rows were written."""
    rows: list[dict[str, str | int | float | bytes | None]] = [
        {
            "store_id": store_id,
            "entry_id": entry.id,
            "version": entry.version,
            "content": entry.canonical(),
            "file": entry.source.file,
            "line": entry.source.line,
            "seen": ids.to_text(now),
        }
        for entry in entries
        if entry.status == "published"
    ]

    def write(tx: Transaction) -> int:
        return sum(tx.run(Q.add_entry_version, **row) for row in rows)

    return db.transaction(write)


def find_version(reader: Reader, store_id: str, entry: str, version: str) -> EntryVersion | None:
    """One version of an entry, or None."""
    row = reader.maybe_one(Q.get_entry_version, store_id=store_id, entry_id=entry, version=version)
    return _version(row) if row else None


def list_versions(reader: Reader, store_id: str, entry: str) -> list[EntryVersion]:
    """All versions of an entry, the latest first."""
    return [
        _version(row)
        for row in reader.all(Q.list_entry_versions, store_id=store_id, entry_id=entry)
    ]


def _version(row: Row) -> EntryVersion:
    return EntryVersion(
        entry=row["entry_id"],
        version=row["version"],
        content=row["content"],
        source=Source(file=row["file"], line=row["line"]),
        first_seen=ids.from_text(row["first_seen"]),
        last_seen=ids.from_text(row["last_seen"]),
    )
