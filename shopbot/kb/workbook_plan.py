"""What an import of a workbook will do: an outcome for every row, and the edits behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shopbot.kb.workbook_shelf import Edit

Status = Literal["added", "changed", "removed", "unchanged", "missing", "conflict", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one row, and why when it is not taken."""

    sheet: str
    row: int
    key: str
    file: str
    status: Status
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An edit of ``file`` and the outcome it leads to once it is in."""

    kind: str
    file: str
    edit: Edit
    outcome: Outcome


@dataclass(slots=True, kw_only=True)
class Plan:
    """All outcomes that need no writing, and the edits that do."""

    outcomes: list[Outcome] = field(default_factory=list)
    edits: list[Planned] = field(default_factory=list)
