"""Texts as Excel cells and back: nothing lost, nothing that Excel would run or turn into a date."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

LONGEST_CELL = 32_767
"""Characters one Excel cell can hold."""

_ACTIVE = "=+-@\t\r'＝＋－＠"
"""First characters that make a spreadsheet run or reinterpret a cell; ``'`` keeps this reversible."""

_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_DECODED = re.compile(r"\\(\\|n)")


def to_cell(text: str) -> str:
    """Return ``text`` as it stands in a cell: never a formula, control characters spelled out.

    Excel spells characters that XML cannot hold ``_x0007_``; a text that looks like that is escaped
    the same way. A text that begins with ``= + - @`` gets an apostrophe, which reading removes.
    """
    told = _ESCAPED.sub("_x005F_", text)
    told = _CONTROL.sub(lambda found: f"_x{ord(found.group()):04X}_", told)
    return f"'{told}" if told[:1] and text[0] in _ACTIVE else told


def from_cell(value: Any) -> str:
    """Return the text of a cell as a reader gives it: numbers without ``.0``, dates as 2026-11-01."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M" if value.time() != time() else "%Y-%m-%d")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return _unguarded(str(value).replace("\r\n", "\n"))


def _unguarded(text: str) -> str:
    told = text.strip()
    return told[1:].strip() if told[:1] == "'" and told[1:2] in tuple(_ACTIVE) else told


def join_lines(items: tuple[str, ...]) -> str:
    """Return several texts as one cell, a line each; line breaks inside a text become ``\\n``."""
    return "\n".join(_one_line(item) for item in items)


def split_lines(cell: str) -> tuple[str, ...]:
    """Return the texts that stand on the lines of a cell; the reverse of :func:`join_lines`."""
    lines = (line.strip() for line in cell.split("\n"))
    return tuple(
        _DECODED.sub(lambda found: "\n" if found[1] == "n" else "\\", line)
        for line in lines
        if line
    )


def _one_line(text: str) -> str:
    told = re.sub(r"\\(?=[\\n\n])", r"\\\\", text)
    return told.replace("\n", "\\n")
