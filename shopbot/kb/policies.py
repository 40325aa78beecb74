"""Policies in Markdown: each ``## `` section is one entry, its first list the metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shopbot.kb import fields
from shopbot.kb.entry import Entry
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting, entry_of
from shopbot.kb.yaml_nodes import Listing, Node, Scalar, Table

LONGEST_BODY = 300
"""Characters of a section that can be sent as one message."""

_META = re.compile(r"^\s*[-*＊－][ \u3000]*([^:：\s]{1,12})[ \u3000]*[:：][ \u3000]*(.*?)\s*$")
_MARKS = re.compile(r"\*\*|__|`|^#{3,}\s*|!?\[([^\]]*)\]\([^)]*\)", re.M)


@dataclass(slots=True, kw_only=True)
class _Section:
    heading: str
    line: int
    meta: list[tuple[int, str]]
    body: list[tuple[int, str]]


def read(text: str, notes: Notes, setting: Setting) -> list[Entry]:
    """Return the usable sections of a policy file; ``notes`` tells of the others."""
    found = []
    for section in _sections(text):
        entry = _entry(section, notes, setting)
        if entry is not None:
            found.append(entry)
    return found


def _sections(text: str) -> Iterator[_Section]:
    section: _Section | None = None
    in_meta = False
    for number, line in enumerate(text.split("\n"), 1):
        heading = re.match(r"^(?:##|＃＃)(?![#＃])[ \u3000]*(.*)$", line)
        if heading:
            if section:
                yield section
            section = _Section(heading=heading[1].strip(" #"), line=number, meta=[], body=[])
            in_meta = True
        elif section is not None:
            in_meta = _take(section, number, line, in_meta)
    if section:
        yield section


def _take(section: _Section, number: int, line: str, in_meta: bool) -> bool:
    """Put ``line`` into the section; return whether metadata may still follow."""
    if in_meta and not line.strip():
        return not section.meta
    if in_meta and _META.match(line):
        section.meta.append((number, line))
        return True
    section.body.append((number, line))
    return False


def _entry(section: _Section, notes: Notes, setting: Setting) -> Entry | None:
    before = notes.errors
    if not section.heading:
        notes.error("no-heading", section.line)
    pairs = [pair for number, line in section.meta for pair in _pair(number, line, notes)]
    phrasings = [item for key, node in pairs if key.text == "questions" for item in _listed(node)]
    heading = Scalar(text=section.heading, line=section.line, column=4)
    kept = [pair for pair in pairs if pair[0].text != "questions"]
    kept.append((_key("questions", section.line), _list([heading, *phrasings])))
    body = _body(section, notes)
    if body.text:
        kept.append((_key("answers", section.line), _list([body])))
    node = Table(line=section.line, column=1, pairs=_with_scope(kept))
    entry = entry_of(node, notes, setting)
    if entry is not None and notes.errors > before:
        notes.broken.append(entry)
        return None
    return entry


def _pair(number: int, line: str, notes: Notes) -> list[tuple[Scalar, Node]]:
    meta = _META.match(line)
    if meta is None:
        return []
    column = meta.start(2) + 1
    value = Scalar(text=meta[2], line=number, column=column)
    name = fields.POLICY_ALSO.get(fields.plain(meta[1]))
    known = fields.find("entry", meta[1])
    if name is None and known is None:
        allowed = "、".join(f.zh for f in fields.ENTRY if f.name not in ("answers", "attribute"))
        notes.error("unknown-meta", number, meta.start(1) + 1, field=meta[1], allowed=allowed)
        return []
    return [(_key(name or (known.name if known else ""), number, meta.start(1) + 1), value)]


def _with_scope(pairs: list[tuple[Scalar, Node]]) -> list[tuple[Scalar, Node]]:
    parts = [pair for pair in pairs if pair[0].text in fields.POLICY_ALSO.values()]
    if not parts:
        return pairs
    first = parts[0][0]
    scope = Table(line=first.line, column=first.column, pairs=parts)
    return [*(p for p in pairs if p not in parts), (_key("scope", first.line), scope)]


def _body(section: _Section, notes: Notes) -> Scalar:
    lines = [line.strip() for _, line in section.body]
    text = re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()
    line = next((number for number, told in section.body if told.strip()), section.line)
    if len(text) > LONGEST_BODY:
        notes.warning("long-policy", line, size=len(text), limit=LONGEST_BODY)
    if _MARKS.search(text):
        notes.warning("markdown", line)
        text = _MARKS.sub(lambda mark: mark[1] or "", text)
    return Scalar(text=re.sub(r"^[*＊] ", "- ", text, flags=re.M), line=line, column=1)


def _listed(node: Node) -> list[Scalar]:
    if not isinstance(node, Scalar):
        return []
    parts = re.split(r"\s*[|｜]\s*", node.text)
    return [Scalar(text=p, line=node.line, column=node.column) for p in parts if p]


def _key(name: str, line: int, column: int = 1) -> Scalar:
    return Scalar(text=name, line=line, column=column)


def _list(items: list[Scalar]) -> Listing:
    return Listing(line=items[0].line, column=items[0].column, items=[*items])
