"""Bytes of a staff-written file to text: UTF-8 (BOM), UTF-16 with BOM, GB18030; nothing else."""

from __future__ import annotations

import codecs
import re

from shopbot.kb.notes import Notes

MAX_BYTES = 5 * 1024 * 1024
"""Larger files are refused: reading must stay bounded, and no person edits them by hand."""

MOSTLY_UTF8 = 0.2
"""Share of undecodable characters below which a text is damaged UTF-8, not GB18030.

GB18030 text read as UTF-8 is almost wholly undecodable; a cut or pasted UTF-8 file has one spot.
"""

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)


def decode(raw: bytes, notes: Notes) -> str | None:
    """Return the text of ``raw`` with ``\\n`` line ends, or None after noting why there is none."""
    if len(raw) > MAX_BYTES:
        notes.error("file-too-large", 1, size=f"{len(raw) / 1024 / 1024:.1f}", limit=5)
        return None
    text = _characters(raw, notes)
    if text is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _without_control(text, notes)


def _characters(raw: bytes, notes: Notes) -> str | None:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _utf16(raw, notes)
    if b"\x00" in raw:
        notes.error("bad-encoding", raw.count(b"\n", 0, raw.index(b"\x00")) + 1)
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = raw.count(b"\n", 0, failure.start) + 1
    if _damaged_utf8(raw):
        notes.error("bad-encoding", line)
        return None
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        notes.error("bad-encoding", line)
        return None
    notes.warning("gb18030", 1)
    return text


def _utf16(raw: bytes, notes: Notes) -> str | None:
    try:
        text = raw.decode("utf-16")
    except UnicodeDecodeError:
        notes.error("bad-encoding", 1)
        return None
    notes.warning("utf16", 1)
    return text


def _damaged_utf8(raw: bytes) -> bool:
    shown = raw.decode("utf-8", errors="replace")
    foreign = sum(1 for char in shown if char > "\x7f")
    return shown.count("\ufffd") < MOSTLY_UTF8 * foreign


def _without_control(text: str, notes: Notes) -> str:
    first = _CONTROL.search(text)
    if first is None:
        return text
    line = text.count("\n", 0, first.start()) + 1
    column = first.start() - text.rfind("\n", 0, first.start())
    notes.warning("control-character", line, column, char=f"U+{ord(first.group()):04X}")
    return _CONTROL.sub(" ", text)
