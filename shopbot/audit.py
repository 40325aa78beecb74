"""Who did what: one row per deed, written in the transaction that did it.

Names are dotted and stable (``order.return.approved``); readers and reports rely on them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shopbot import ids
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.storage")

_NAME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done."""

    store_id: str
    name: str  # dotted: area.thing.done
    who: str  # a principal's name, "system" for due work
    subject: str  # the id of what it was done to
    at: datetime
    data: Mapping[str, object]


def record(tx: Transaction, deed: Deed) -> str:
    """Write ``deed`` down and return its id; ValueError for a name that is not dotted."""
    if not _NAME.fullmatch(deed.name):
        raise ValueError(f"{deed.name!r} is no audit name; write area.thing.done")
    deed_id = ids.new_id("aud")
    tx.run(
        Q.add_audit,
        id=deed_id,
        store_id=deed.store_id,
        at=ids.to_text(deed.at),
        name=deed.name,
        who=deed.who,
        subject=deed.subject,
        data=json.dumps(deed.data, ensure_ascii=False, sort_keys=True),
    )
    return deed_id


def list_deeds(reader: Reader, *, store_id: str, subject: str) -> list[Deed]:
    """Return what happened to ``subject``, oldest first."""
    return [_deed(row) for row in reader.all(Q.list_audit, store_id=store_id, subject=subject)]


def list_deeds_since(
    reader: Reader, *, store_id: str, since: datetime, count: int = 1000
) -> list[Deed]:
    """Return at most ``count`` deeds of a store since a time, oldest first."""
    rows = reader.all(Q.list_audit_since, store_id=store_id, since=ids.to_text(since), count=count)
    return [_deed(row) for row in rows]


def _deed(row: Row) -> Deed:
    return Deed(
        store_id=row["store_id"],
        name=row["name"],
        who=row["who"],
        subject=row["subject"],
        at=ids.from_text(row["at"]),
        data=json.loads(row["data"]),
    )
