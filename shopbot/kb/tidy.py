"""Slips of the input method in YAML: full-width colons, spaces and brackets, put right and told.

Only what cannot be meant otherwise is touched: a line that begins with a known field name and a
full-width colon, indentation made of full-width spaces, a sentence that begins with ``{变量}``.
Text blocks under ``|`` or ``>`` stay as they are.
"""

from __future__ import annotations

import re

from shopbot.kb import fields
from shopbot.kb.notes import Notes

_WIDE_INDENT = re.compile(r"^[ \u3000\u00a0]*[\u3000\u00a0][ \u3000\u00a0]*")
_WIDE_DASH = re.compile(r"^( *)[-－—–][\u3000\u00a0]+|^( *)[－—–] +")
_KEY = re.compile(r"^( *(?:- +)*)([^\s:：#\"'\[\]{},，]{1,20})[ \u3000]*(：[ \u3000]*|:(?=[^\s]))")
_BLOCK = re.compile(r"^( *)((?:- +)*)(?:[^:#\"']{0,40}:\s+)?[|>][+-]?\d?[+-]?\s*(?:#.*)?$")
_BRACE = re.compile(
    r"^( *(?:- +)*(?:[^\s:：#\"'\[\]{}]{1,20}: +)?)(\{[^{}:\"']*\}(?!\s*(?:#.*)?$).*)$"
)


def tidy(text: str, notes: Notes, *, first_line: int = 1, any_key: bool = False) -> str:
    """Return ``text`` with such slips mended, each noted as a warning.

    ``any_key`` takes every word before a full-width colon for a key (store.yaml: facts have names
    of the store's own). Line numbers stay; columns after a mended colon move by one.
    """
    if not _may_need(text):
        return text
    lines = text.split("\n")
    block = -1  # indentation of the key or dash whose text block we are in
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if block >= 0 and (not line.strip() or indent > block):
            continue
        mended = _mend(line, number + first_line, notes, any_key)
        lines[number] = mended
        opened = _BLOCK.match(mended)
        block = len(opened[1]) if opened else -1
    return "\n".join(lines)


def _may_need(text: str) -> bool:
    return any(mark in text for mark in "：\u3000\u00a0－—–") or bool(
        re.search(r"^ *(?:- +)*(?:[^\s:]+:(?=\S)|(?:[^\s:]+: +)?\{)", text, re.M)
    )


def _mend(line: str, number: int, notes: Notes, any_key: bool) -> str:
    indent = _WIDE_INDENT.match(line)
    if indent and line.strip():
        spaces = indent.group().replace("\u3000", "  ").replace("\u00a0", " ")
        notes.warning("full-width-space", number)
        line = spaces + line[indent.end() :]
    dash = _WIDE_DASH.match(line)
    if dash:
        notes.warning("full-width-dash", number, dash.end())
        line = f"{dash[1] or dash[2] or ''}- {line[dash.end() :]}"
    return _brace(_colon(line, number, notes, any_key), number, notes)


def _colon(line: str, number: int, notes: Notes, any_key: bool) -> str:
    key = _KEY.match(line)
    if key is None:
        return line
    wide = key[3].startswith("：")
    known = fields.plain(key[2]) in fields.known_keys()
    if not known and not (any_key and wide):
        return line
    code = "full-width-colon" if wide else "colon-without-space"
    notes.warning(code, number, key.end(2) + 1, field=key[2])
    return f"{key[1]}{key[2]}: {line[key.end() :]}"


def _brace(line: str, number: int, notes: Notes) -> str:
    sentence = _BRACE.match(line)
    if sentence is None:
        return line
    notes.warning("brace-start", number, sentence.start(2) + 1)
    quoted = sentence[2].rstrip().replace("'", "''")
    return f"{sentence[1]}'{quoted}'"
