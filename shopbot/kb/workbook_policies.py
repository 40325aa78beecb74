"""Policy sections as workbook rows; only the changed lines of a section are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shopbot.kb import fields, policies
from shopbot.kb.entry import Entry, Problem, Source
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.workbook_cells import join_lines, split_lines
from shopbot.kb.workbook_entries import cells_of
from shopbot.kb.workbook_names import topic_of_label
from shopbot.kb.workbook_shelf import Edit, NotWritable, Record, Row

META = (
    "编号", "话题", "阶段", "问法", "需要", "追问", "动作", "适用款号", "适用类目", "适用渠道", "有效期",
    "附件", "下一步", "负责人", "状态", "优先级",
)  # fmt: skip
LISTS = ("问法", "附件", "下一步")
_HEADING = re.compile(r"^(?:##|＃＃)(?![#＃])")
_META_LINE = re.compile(r"^\s*[-*＊－][ \u3000]*([^:：\s]{1,12})[ \u3000]*[:：]")


@dataclass(frozen=True, slots=True)
class PolicyShelf:
    """Markdown files of policies."""

    def read(self, text: str, file: str, setting: Setting) -> list[Record]:
        """Return the sound sections of a policy file."""
        return [_record(entry, setting) for entry in policies.read(text, Notes(file), setting)]

    def parse(self, row: Row, file: str, setting: Setting) -> tuple[Record | None, list[Problem]]:
        """Return the section that a row tells, read the way the file would be."""
        notes = Notes(file)
        found = policies.read(section_text(row.cells, setting), notes, setting)
        told = [
            Problem(
                code=p.code, severity=p.severity, source=Source(file=file, line=row.number),
                message=p.message, hint=p.hint,
            )
            for p in notes.problems
        ]  # fmt: skip
        return (_record(found[0], setting) if len(found) == 1 else None), told

    def write(self, text: str, file: str, edits: Sequence[Edit], setting: Setting) -> str:
        """Put sections into a Markdown file, line by line."""
        there = {r.key: r for r in self.read(text, file, setting)}
        lines = text.split("\n")
        places = [(there[e.key].line, e) for e in edits if e.key]
        for line, edit in sorted(places, key=lambda place: place[0], reverse=True):
            start, end = line - 1, _section_end(lines, line)
            if edit.new is None:
                del lines[start:end]
            else:
                old = there[edit.key or ""]
                lines[start:end] = _changed(lines[start:end], old, edit.new, setting)
        told = "\n".join(lines)
        for edit in edits:
            if edit.key is None and edit.new is not None:
                head = told.rstrip()
                told = f"{head}\n\n" if head else ""
                told += section_text(edit.new.cells, setting)
        return told


def _record(entry: Entry, setting: Setting) -> Record:
    cells = cells_of(entry, setting)
    phrasings = tuple(phrasing.text for phrasing in entry.phrasings)
    cells["标题"] = phrasings[0] if phrasings else ""
    cells["问法"] = join_lines(phrasings[1:])
    cells["正文"] = entry.variants[0].text if entry.variants else ""
    return Record(
        key=entry.id, version=entry.version, cells=cells, line=entry.source.line, value=entry
    )


def _meta(name: str, cell: str, setting: Setting) -> str:
    """Return a cell as the value of a metadata line."""
    if name == "话题":
        return topic_of_label(cell, setting.topics)
    return "｜".join(" ".join(i.split()) for i in split_lines(cell)) if name in LISTS else cell


def _same_field(written: str) -> str:
    """Return the column that a metadata name stands for."""
    part = fields.POLICY_ALSO.get(fields.plain(written))
    if part:
        return {"categories": "适用类目", "products": "适用款号", "channels": "适用渠道"}[part]
    known = fields.find("entry", written)
    return known.zh if known else written


def section_text(cells: object, setting: Setting) -> str:
    """Return a whole section as Markdown."""
    told = dict(cells)  # type: ignore[call-overload]
    heading = " ".join(told.get("标题", "").split())
    metas = [(name, _meta(name, told.get(name, ""), setting)) for name in META]
    lines = [f"## {heading}", *(f"- {name}: {value}" for name, value in metas if value)]
    return "\n".join([*lines, "", told.get("正文", ""), ""])


def _section_end(lines: list[str], heading: int) -> int:
    """Return the index after the last line of the section whose heading is at 1-based ``heading``."""
    for index in range(heading, len(lines)):
        if _HEADING.match(lines[index]):
            return index
    return len(lines)


def _changed(lines: list[str], old: Record, new: Record, setting: Setting) -> list[str]:
    """Return the section's lines with what differs replaced."""
    head, metas, body = _parts(lines)
    differ = {n for n in new.cells if new.cells[n] != old.cells.get(n, "")}
    if "标题" in differ:
        head = f"## {new.cells['标题']}"
    for name in META:
        if name in differ:
            metas = _put(metas, name, _meta(name, new.cells[name], setting))
    if "正文" in differ:
        tail = len(body) - len("\n".join(body).rstrip().split("\n"))
        body = ["", *new.cells["正文"].split("\n"), *[""] * max(tail, 0)]
    if not metas:
        raise NotWritable("A policy section needs its metadata lines.")
    return [head, *metas, *body]


def _parts(lines: list[str]) -> tuple[str, list[str], list[str]]:
    """Return heading, metadata lines (with blank ones before them) and body."""
    at = 1
    while at < len(lines) and not lines[at].strip():
        at += 1
    while at < len(lines) and _META_LINE.match(lines[at]):
        at += 1
    return lines[0], lines[1:at], lines[at:]


def _put(metas: list[str], name: str, value: str) -> list[str]:
    """Return the metadata lines with ``name`` set, added or (blank value) removed."""
    found = [_META_LINE.match(line) for line in metas]
    at = next((i for i, m in enumerate(found) if m and _same_field(m[1]) == name), None)
    if at is None:
        return [*metas, f"- {name}: {value}"] if value else metas
    if not value:
        return [*metas[:at], *metas[at + 1 :]]
    start = found[at]
    kept = metas[at][: start.end()] if start else f"- {name}:"
    return [*metas[:at], f"{kept} {value}", *metas[at + 1 :]]
