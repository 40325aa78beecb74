"""Cursors of lists that are read page by page: the time and the id of the last row seen. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from shopbot.errors import NotFound

_CURSOR = re.compile(r"(\S+)~(\S+)")


def write_cursor(at: datetime, name: str) -> str:
    """Return the ``next`` of a page whose last row this is."""
    return f"{at.isoformat()}~{name}"


def read_cursor(cursor: str) -> tuple[datetime, str] | None:
    """Read the ``next`` of a page, None for the first one; NotFound for what we never gave."""
    if not cursor:
        return None
    match = _CURSOR.fullmatch(cursor)
    try:
        at = datetime.fromisoformat(match[1]) if match else None
    except ValueError:
        at = None
    if match is None or at is None or at.tzinfo is None:
        raise NotFound("page")
    return at, match[2]
