"""Why a table was not read, in the words of the message file."""

from __future__ import annotations

from pathlib import Path

from shopbot import messages
from shopbot.errors import OrdersFileUnreadable


def unreadable(path: Path, key: str, **values: object) -> OrdersFileUnreadable:
    """Return the error to raise; ``key`` names the message ``orders.file.KEY``."""
    return OrdersFileUnreadable(path, messages.text(f"orders.file.{key}", **values))
