"""How a sheet of the workbook looks: head, rows, drop-downs, print set-up (openpyxl)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shopbot import messages
from shopbot.kb import fields
from shopbot.kb.workbook_cells import to_cell
from shopbot.kb.workbook_layout import BASE, CHOICES, FILE, READ_ONLY, Column

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

SPARE_ROWS = 500
"""Rows below the last one that already have drop-downs and text format."""

LINE_HEIGHT = 15.0
MOST_LINES = 8
"""A row shows at most so many lines; a longer cell is read in the formula bar."""


def write_head(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Write the first row: names, widths, a comment that explains the column."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    dark = PatternFill("solid", fgColor="1F4E78")
    grey = PatternFill("solid", fgColor="808080")
    for at, column in enumerate(columns, 1):
        cell = sheet.cell(row=1, column=at, value=column.name)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = grey if column.name in (*READ_ONLY, BASE, FILE) else dark
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        told = _column_help(column.name)
        if told:
            cell.comment = Comment(told, "shopbot", width=260, height=90)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = column.width
        if column.name == BASE:
            sheet.column_dimensions[letter].hidden = True
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "B2"


def _column_help(name: str) -> str:
    key = f"workbook.column.{name}"
    if messages.has(key):
        return messages.text(key)
    found = fields.find("entry", name)
    return found.doc if found and found.zh == name else ""


def write_row(
    sheet: Worksheet, number: int, columns: Sequence[Column], cells: Mapping[str, str]
) -> None:
    """Write one row as text; a cell is never a formula, whatever it begins with."""
    lines = 1
    for at, column in enumerate(columns, 1):
        told = cells.get(column.name, "")
        cell = sheet.cell(row=number, column=at)
        if told:
            cell.value = to_cell(told)
            cell.data_type = "s"  # never a formula, whatever it begins with
        _dress(cell, column)
        if column.name != BASE:
            lines = max(lines, lines_of(told, column.width))
    sheet.row_dimensions[number].height = LINE_HEIGHT * min(lines, MOST_LINES) + 3


def lines_of(text: str, width: int) -> int:
    """Return how many lines a text takes in a column ``width`` characters wide."""
    return sum(
        max(1, math.ceil(sum(2 if char > "\u2e7f" else 1 for char in line) / max(width - 1, 1)))
        for line in text.split("\n")
    )


def _dress(cell: Any, column: Column) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    cell.number_format = "@"
    cell.border = Border(bottom=Side(style="thin", color="D9D9D9"))
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if column.name in (*READ_ONLY, FILE):
        cell.font = Font(color="808080")


def write_formula(sheet: Worksheet, row: int, column: int, formula: str) -> None:
    """Write a formula of our own."""
    cell = sheet.cell(row=row, column=column, value=formula)
    cell.number_format = "General"


def finish(
    sheet: Worksheet, columns: Sequence[Column], last: int, choices: Mapping[str, list[str]]
) -> None:
    """Add filter, drop-downs (also for rows to come) and print set-up."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    end = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A1:{end}{max(last, 2)}"
    bottom = last + SPARE_ROWS
    for at, column in enumerate(columns, 1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].number_format = "@"
        if column.choices in choices:
            place = list(choices).index(column.choices) + 1
            name = get_column_letter(place)
            count = len(choices[column.choices])
            rule = DataValidation(
                type="list", formula1=f"{CHOICES}!${name}$1:${name}${count}", allow_blank=True,
                showErrorMessage=True, errorTitle=messages.text("workbook.choice.title"),
                error=messages.text("workbook.choice.error"),
            )  # fmt: skip
            rule.add(f"{letter}2:{letter}{bottom}")
            sheet.add_data_validation(rule)
    sheet.page_setup.orientation = "landscape"
    sheet.print_title_rows = "1:1"
    print_on_one_width(sheet)


def print_on_one_width(sheet: Worksheet) -> None:
    """Print all columns on one page, as many pages down as it takes."""
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
