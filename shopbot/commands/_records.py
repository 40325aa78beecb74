"""What ``shopbot records`` does behind its options."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from shopbot import messages
from shopbot.accounts.store import find_user
from shopbot.chat import record_views, records
from shopbot.chat.records import Record
from shopbot.commands._desk import Desk, open_desk, read_time
from shopbot.commands._returns import show
from shopbot.errors import StorageReadOnly
from shopbot.orders.rejects import neutral

__all__ = ["MOST", "export", "find", "lines", "open_desk", "show", "told"]

MOST = 1_000_000


def find(desk: Desk, since: str | None, until: str | None, count: int) -> list[Record]:
    """Return the records of talks that ended in a time."""
    end = read_time(until, desk.rules) or desk.now
    begin = read_time(since, desk.rules) or end - timedelta(days=1)
    return records.list_records(desk.db, desk.store_id, since=begin, until=end, count=count)


def told(one: Record, desk: Desk) -> dict[str, Any]:
    """Return a record as commands print it."""
    tongue = record_views.Tongue(clock=desk.clock, name_of=lambda agent: _name(desk, agent))
    return record_views.told(one, tongue)


def lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line for each record."""
    if not rows:
        return [messages.text("records.none")]
    return [
        messages.text(
            "records.line",
            closed=row["closed"],
            topics="、".join(row["topics"]) or "-",
            outcome=row["outcome"],
            asked=" / ".join(row["questions"])[:60],
            conversation=row["conversation"],
        )
        for row in rows
    ]


def export(desk: Desk, found: Sequence[Record], file: Path) -> str:
    """Write the records whole or not at all, readable by their owner only; say how many."""
    part = file.with_name(f".{file.name}.part")
    try:
        _write(part, [told(one, desk) for one in found])
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise StorageReadOnly(file, error.strerror or "") from error
    return messages.text("records.exported", count=len(found), file=file)


def _write(part: Path, rows: Sequence[dict[str, Any]]) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow([messages.text(f"records.column.{name}") for name in record_views.COLUMNS])
        for row in rows:
            table.writerow([neutral(cell) for cell in record_views.cells(row)])


def _name(desk: Desk, agent: str) -> str:
    user = find_user(desk.db, desk.store_id, agent)
    return user.display if user is not None else agent
