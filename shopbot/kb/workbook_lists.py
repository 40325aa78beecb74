"""Word lists as workbook rows: one line a word or a group, comments and blank lines stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shopbot.kb.entry import Problem
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.wordlists import lexicon, synonyms
from shopbot.kb.workbook_cells import split_lines
from shopbot.kb.workbook_shelf import Cells, Edit, Record, Row, digest_of

_COMMAS = re.compile(r"\s*[,，、\t|｜\n]\s*")


@dataclass(frozen=True, slots=True)
class ListShelf:
    """A list with one thing a line; ``cells`` and ``line`` translate it."""

    cells: Callable[[str], dict[str, str] | None]
    line: Callable[[Cells], str]
    key: str

    def read(self, text: str, file: str, setting: Setting) -> list[Record]:
        """Return what stands on the lines."""
        found: dict[str, Record] = {}
        for number, told, _ in _lines(text):
            cells = self.cells(told)
            if cells is not None and cells[self.key] not in found:
                key = cells[self.key]
                found[key] = Record(key=key, version=digest_of(cells), cells=cells, line=number)
        return list(found.values())

    def parse(self, row: Row, file: str, setting: Setting) -> tuple[Record | None, list[Problem]]:
        """Return what a row tells, or the reader's own complaint."""
        written = self.line(row.cells)
        notes = Notes(file)
        text = "\n" * (row.number - 1) + written
        (lexicon if self.key == "词" else synonyms)(text, notes)
        cells = self.cells(written) if "#" not in written else None
        if notes.problems or cells is None:
            return None, notes.problems
        key = cells[self.key]
        return Record(key=key, version=digest_of(cells), cells=cells, line=row.number), []

    def write(self, text: str, file: str, edits: Sequence[Edit], setting: Setting) -> str:
        """Put words into the list."""
        there = {record.key: record.line for record in self.read(text, file, setting)}
        lines = text.split("\n")
        comments = {number: comment for number, _, comment in _lines(text)}
        changes = [(there[e.key], e.new) for e in edits if e.key]
        for number, new in sorted(changes, key=lambda change: change[0], reverse=True):
            told = [self.line(new.cells) + comments[number]] if new else []
            lines[number - 1 : number] = told
        added = [self.line(e.new.cells) for e in edits if e.key is None and e.new]
        while added and lines and not lines[-1].strip():
            lines.pop()
        return "\n".join([*lines, *added, *([""] if added else [])])


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (1-based line, what it says, its comment with the space before it)."""
    for number, line in enumerate(text.split("\n"), 1):
        told = line.split("#", 1)[0]
        said = told.strip().strip("\u3000")
        if said:
            yield number, said, line[len(told.rstrip()) :] if "#" in line else ""


def _word_cells(line: str) -> dict[str, str] | None:
    word, _, frequency = line.partition(" ")
    return {"词": word, "词频": frequency.strip()}


def _word_line(cells: Cells) -> str:
    word = re.sub(r"\s+", "", cells.get("词", ""))
    return f"{word} {cells.get('词频', '').strip()}".strip()


def _group_cells(line: str) -> dict[str, str] | None:
    words = [word for word in dict.fromkeys(_COMMAS.split(line)) if word]
    return {"标准词": words[0], "其他说法": "\n".join(words[1:])} if len(words) > 1 else None


def _group_line(cells: Cells) -> str:
    told = [cells.get("标准词", ""), *split_lines(cells.get("其他说法", ""))]
    words = [word for part in told for word in _COMMAS.split(part) if word]
    return ", ".join(dict.fromkeys(words))


LEXICON = ListShelf(_word_cells, _word_line, "词")
SYNONYMS = ListShelf(_group_cells, _group_line, "标准词")
