"""What every part of the workbook does: records of a file as cells, and cells back into the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shopbot.errors import KnowledgeError
from shopbot.kb.entry import Problem
from shopbot.kb.replies import Setting

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing staff may change: a row of the workbook, a place in a file.

    ``key`` tells it from the others of its file, ``version`` changes with its content, ``answers``
    are the rows of the answer sheet that belong to it.
    """

    key: str
    version: str
    cells: Cells
    line: int
    answers: tuple[Cells, ...] = ()
    value: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it stands in a workbook: 1-based number, cells by column name."""

    number: int
    cells: Cells
    answers: tuple[Cells, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of one file: ``key`` of what is there (None = added), ``new`` (None = removed)."""

    key: str | None
    new: Record | None


class NotWritable(KnowledgeError):
    """A file is written in a way that an edit cannot be put into it safely."""

    code = "knowledge.not-writable"


class Shelf(Protocol):
    """One kind of file behind one kind of sheet."""

    def read(self, text: str, file: str, setting: Setting) -> list[Record]:
        """Return the sound records of a file's text, in order."""

    def parse(self, row: Row, file: str, setting: Setting) -> tuple[Record | None, list[Problem]]:
        """Return the record that a row tells, or None with the errors that keep it from being one."""

    def write(self, text: str, file: str, edits: Sequence[Edit], setting: Setting) -> str:
        """Return ``text`` with the edits in it and all else as it was; raises NotWritable."""


def digest_of(cells: Mapping[str, Any]) -> str:
    """Return 12 hex digits over the cells that hold something; columns' order does not count."""
    told = {name: cell for name, cell in cells.items() if cell}
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]
