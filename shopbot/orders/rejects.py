"""The table of rows that need a person: row number, column, value and reason in Chinese."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from shopbot import messages
from shopbot.orders.row_reader import Problem

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHOWN = 200  # characters of a value


def neutral(cell: str) -> str:
    """Return ``cell`` so that a spreadsheet shows it and runs nothing."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


class Rejects:
    """A CSV file for Excel, made when the first row needs it; only its owner may read it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._writer: Any = None
        self.count = 0

    @property
    def path(self) -> Path | None:
        """Return where the rows are, None when there are none."""
        return self._path if self._file is not None else None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, file: str, row: int, problem: Problem, column: str, *, refused: bool) -> None:
        """Write one row."""
        self.count += 1
        if self._path is None:
            return
        if self._file is None:
            self._begin(self._path)
        reason = messages.text(f"orders.cell.{problem.key}", **problem.values)
        kind = messages.text("orders.rejects.rejected" if refused else "orders.rejects.warned")
        value = " ".join(problem.value.split())[:_SHOWN]
        self._writer.writerow([neutral(c) for c in (file, str(row), kind, column, value, reason)])

    def flush(self) -> None:
        """Put what was written on disk."""
        if self._file is not None:
            self._file.flush()

    def _begin(self, path: Path) -> None:
        mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        handle = os.open(path, mode, 0o600)
        self._file = open(handle, "w", encoding="utf-8-sig", newline="")  # noqa: PTH123, SIM115
        self._writer = csv.writer(self._file)
        names = ("file", "row", "kind", "column", "value", "reason")
        self._writer.writerow([messages.text(f"orders.rejects.{name}") for name in names])
