"""The morning's list as an Excel workbook: an overview, then a sheet with every chore."""

from __future__ import annotations

from pathlib import Path

from shopbot import messages
from shopbot.orders.chores import SECTIONS, Chore
from shopbot.orders.round import Round
from shopbot.orders.workbook_out import Cell, Sheet, write_book
from shopbot.rules import Rules

COLUMNS = ("section", "subject", "ref", "says", "next", "due", "overdue", "done", "who")
"""The last two are left blank: staff fill them in."""

_WIDTHS = {"subject": 22, "ref": 24, "says": 24, "next": 44, "due": 18}
_USUAL_WIDTH = 12


def write(path: Path, told: Round, rules: Rules) -> None:
    """Write the workbook whole or not at all; only its owner may read it. OSError when it cannot."""
    write_book(path, (_overview(told), _list(told, rules)))


def _overview(told: Round) -> Sheet:
    rows: list[list[Cell]] = []
    for section in SECTIONS:
        chores = told.of(section)
        title = messages.text(f"round.section.{section}")
        rows.append([title, len(chores), sum(chore.overdue for chore in chores)])
    return Sheet(
        title=messages.text("round.sheet.overview"),
        header=[messages.text(f"round.column.{name}") for name in ("section", "count", "overdue")],
        widths=[24, _USUAL_WIDTH, _USUAL_WIDTH],
        rows=rows,
    )


def _list(told: Round, rules: Rules) -> Sheet:
    return Sheet(
        title=messages.text("round.sheet.list"),
        header=[messages.text(f"round.column.{name}") for name in COLUMNS],
        widths=[_WIDTHS.get(name, _USUAL_WIDTH) for name in COLUMNS],
        rows=[_row(chore, rules) for chore in told.chores],
    )


def _row(chore: Chore, rules: Rules) -> list[Cell]:
    due = chore.due.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M") if chore.due else ""
    late = messages.text("round.yes") if chore.overdue else ""
    title = messages.text(f"round.section.{chore.section}")
    return [title, chore.subject, chore.ref, chore.says, chore.next, due, late, "", ""]
