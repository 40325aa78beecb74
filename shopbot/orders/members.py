"""The shop's members, by a list that the shop keeps: a table of names, which takes the place of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shopbot import audit
from shopbot.orders import cells
from shopbot.orders.followup_model import is_named
from shopbot.orders.followup_store import Q
from shopbot.orders.import_tables import Table, open_table
from shopbot.orders.mapping import Columns
from shopbot.orders.sheets import RawRow
from shopbot.orders.unreadable import unreadable
from shopbot.storage import Transaction
from shopbot.storage.database import Reader

MOST_TEXT = 100  # characters of a name or level


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberList:
    """What a table of members tells."""

    file: str
    levels: dict[str, str]  # by name
    masked: int  # rows whose name the platform has hidden: nobody can be told by it
    unread: int  # rows that cannot be read: formulas, broken quotes

    def as_dict(self) -> dict[str, object]:
        """Return the counts for programs."""
        counts = {"members": len(self.levels), "masked": self.masked, "unread": self.unread}
        return {"file": self.file, **counts}


def read_members(path: Path, columns: Columns | None = None) -> MemberList:
    """Read a table of members, ``columns``: the shop's own names of them; OrdersFileUnreadable when it is none, or names nobody.

    An export that was cut off must not make everybody a stranger: a list without a name is refused.
    """
    table = open_table("members", path, columns or {})
    levels: dict[str, str] = {}
    masked = unread = 0
    for raw in table.rows():
        unread += bool(raw.problem)
        name = _cell(table, raw, "buyer")
        if is_named(name):
            levels.setdefault(name, _cell(table, raw, "level"))
        else:
            masked += bool(name)
    if not levels:
        raise unreadable(path, "no-members")
    return MemberList(file=path.name, levels=levels, masked=masked, unread=unread)


def replace_members(
    tx: Transaction, store_id: str, told: MemberList, now: datetime, who: str
) -> None:
    """Let a list take the place of the one before."""
    tx.run(Q.forget_members, store_id=store_id)
    for buyer, level in told.levels.items():
        tx.run(Q.add_member, store_id=store_id, buyer=buyer, level=level)
    deed = audit.Deed(
        store_id=store_id, name="followup.members-listed", who=who, subject=told.file, at=now,
        data=told.as_dict(),
    )  # fmt: skip
    audit.record(tx, deed)


def count_members(reader: Reader, store_id: str) -> int:
    """Return how many members are listed."""
    return int(reader.one(Q.count_members, store_id=store_id)["members"])


def _cell(table: Table, raw: RawRow, field: str) -> str:
    place = table.found.get(field)
    if raw.problem or place is None or place >= len(raw.cells):
        return ""
    return cells.clean(raw.cells[place])[:MOST_TEXT]
