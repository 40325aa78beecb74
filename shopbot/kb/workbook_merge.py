"""Which rows of a workbook change the knowledge: the row, the file now, and the file at export.

Pure: nothing is read or written here. What changed on both sides is told, never overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shopbot import messages
from shopbot.kb.entry import Problem
from shopbot.kb.workbook_folder import Shop
from shopbot.kb.workbook_home import home_of
from shopbot.kb.workbook_names import topic_of_label
from shopbot.kb.workbook_plan import Outcome, Plan, Planned, Status
from shopbot.kb.workbook_read import Book, BookRow, BookSheet
from shopbot.kb.workbook_shelf import Cells, Edit, Record, Row

ENTRY_KINDS = ("replies", "policies", "templates")


def merge(shop: Shop, book: Book, exported: frozenset[tuple[str, str, str]]) -> Plan:
    """Decide every row; ``exported`` are the (kind, file, key) that the workbook was made with."""
    plan = Plan()
    for title, number, message in book.notes:
        plan.outcomes.append(
            Outcome(sheet=title, row=number, key="", file="", status="error", message=message)
        )
    there = {kind: shop.records(kind) for kind in {sheet.kind.kind for sheet in book.sheets}}
    ids = {
        record.key: (file, record)
        for kind in ENTRY_KINDS
        for file, records in (there.get(kind) or shop.records(kind)).items()
        for record in records
    }
    taken: set[tuple[str, str]] = set()
    for sheet in book.sheets:
        _Sheet(shop, book, sheet, there[sheet.kind.kind], ids, plan, taken).decide()
    _missing(there, exported, taken, plan)
    return plan


def _missing(
    there: Mapping[str, Mapping[str, Sequence[Record]]],
    exported: frozenset[tuple[str, str, str]],
    taken: set[tuple[str, str]],
    plan: Plan,
) -> None:
    for kind, files in there.items():
        for file, records in files.items():
            for record in records:
                if (kind, file, record.key) in exported and (file, record.key) not in taken:
                    told = messages.text("workbook.row-missing")
                    plan.outcomes.append(
                        Outcome(
                            sheet="",
                            row=0,
                            key=record.key,
                            file=file,
                            status="missing",
                            message=told,
                        )
                    )


@dataclass(slots=True)
class _Sheet:
    """One sheet while its rows are decided."""

    shop: Shop
    book: Book
    sheet: BookSheet
    there: Mapping[str, list[Record]]
    ids: dict[str, tuple[str, Record]]
    plan: Plan
    taken: set[tuple[str, str]]
    new: dict[tuple[str, str], int] = field(default_factory=dict)
    known: dict[tuple[str, str], Record] = field(default_factory=dict)

    def decide(self) -> None:
        """Decide every row of the sheet."""
        self.known = {(file, r.key): r for file, rs in self.there.items() for r in rs}
        originals = self._originals()
        for row in self.sheet.rows:
            base = (row.base_file, row.base_key)
            if row.base_key and originals.get(base) == row.number:
                self.taken.add(base)
                self._old(row)
            else:
                self._new(replace(row, file=row.file or row.base_file))

    def _originals(self) -> dict[tuple[str, str], int]:
        """Return which row is the exported one when a row was copied: the one that kept its key."""
        found: dict[tuple[str, str], int] = {}
        for row in self.sheet.rows:
            base = (row.base_file, row.base_key)
            kept = row.cells.get("编号", row.base_key) == row.base_key
            if row.base_key and (base not in found or (kept and not self._kept(found[base], base))):
                found[base] = row.number
        return found

    def _kept(self, number: int, base: tuple[str, str]) -> bool:
        row = next(row for row in self.sheet.rows if row.number == number)
        return row.cells.get("编号", base[1]) == base[1]

    def _old(self, row: BookRow) -> None:
        now = self.known.get((row.base_file, row.base_key))
        if row.remove:
            self._remove(row, now)
            return
        asked = self._row(row, now)
        if now is not None and _same(asked, now):
            self._tell(row, row.base_key, row.base_file, "unchanged")
            return
        record, problems = self._parsed(asked, row.base_file)
        if now is not None and now.answers and not asked.answers:
            record, problems = None, []
            self._tell(
                row, row.base_key, row.base_file, "error", messages.text("workbook.answers-gone")
            )
        elif record is None:
            self._tell(row, row.base_key, row.base_file, "error", _told(problems))
        else:
            self._compare(row, record, now)

    def _compare(self, row: BookRow, record: Record, now: Record | None) -> None:
        file, key = row.base_file, row.base_key
        if record.version == row.base_version or (now and record.version == now.version):
            told = "" if now else messages.text("workbook.gone-since")
            self._tell(row, key, file, "unchanged", told)
        elif now is None:
            self._tell(row, key, file, "conflict", messages.text("workbook.gone-but-changed"))
        elif now.version != row.base_version:
            self._tell(row, key, file, "conflict", messages.text("workbook.both-changed"))
        elif record.key != key and self._exists(record, file):
            self._tell(row, key, file, "error", messages.text("workbook.key-taken", id=record.key))
        else:
            self._edit(row, file, Edit(key=key, new=record), "changed")

    def _remove(self, row: BookRow, now: Record | None) -> None:
        file, key = row.base_file, row.base_key
        if now is None:
            self._tell(row, key, file, "unchanged", messages.text("workbook.gone-since"))
        elif now.version != row.base_version:
            self._tell(row, key, file, "conflict", messages.text("workbook.both-changed"))
        else:
            self._edit(row, file, Edit(key=key, new=None), "removed")

    def _new(self, row: BookRow) -> None:
        if row.remove:
            return
        if self.sheet.kind.kind in ENTRY_KINDS and not row.cells.get("编号"):
            row = replace(row, cells={**row.cells, "编号": self._free_id(row)})
        asked = self._row(row, None)
        file = home_of(row, asked.cells, self.sheet, self.there, self.shop.setting)
        if file is None:
            told = messages.text("workbook.bad-file", file=row.file)
            self._tell(row, row.cells.get("编号", ""), "", "error", told)
            return
        record, problems = self._parsed(asked, file)
        if record is None:
            self._tell(row, row.cells.get("编号", ""), file, "error", _told(problems))
        elif (file, record.key) in self.new:
            first = self.new[file, record.key]
            told = messages.text("workbook.twice", id=record.key, row=first)
            self._tell(row, record.key, file, "error", told)
        else:
            self._add(row, file, record)

    def _add(self, row: BookRow, file: str, record: Record) -> None:
        there = self._exists(record, file)
        if there is not None:
            same = there.version == record.version
            status: Status = "unchanged" if same else "conflict"
            told = "" if same else messages.text("workbook.already-there", id=record.key)
            self.taken.add((file, record.key))
            self._tell(row, record.key, file, status, told)
            return
        self.new[file, record.key] = row.number
        if self.sheet.kind.kind in ENTRY_KINDS:
            self.ids[record.key] = (file, record)
        self._edit(row, file, Edit(key=None, new=record), "added")

    def _exists(self, record: Record, file: str) -> Record | None:
        if self.sheet.kind.kind in ENTRY_KINDS:
            return self.ids[record.key][1] if record.key in self.ids else None
        return self.known.get((file, record.key))

    def _free_id(self, row: BookRow) -> str:
        topic = topic_of_label(row.cells.get("话题", ""), self.shop.setting.topics) or "new"
        number = 1
        while f"{topic}.n{number}" in self.ids:
            number += 1
        return f"{topic}.n{number}"

    def _row(self, row: BookRow, now: Record | None) -> Row:
        """Return the row with what its sheet has no column for taken from the file."""
        kept = {n: c for n, c in now.cells.items() if n not in self.sheet.columns} if now else {}
        cells = {**row.cells, **kept}
        answers = self.book.answers.get(row.cells.get("编号", ""))
        if answers is None and row.base_key:
            answers = self.book.answers.get(row.base_key)
        if not self.book.has_answers and now is not None:
            answers = list(now.answers)
        return Row(number=row.number, cells=cells, answers=tuple(answers or ()))

    def _parsed(self, row: Row, file: str) -> tuple[Record | None, list[Problem]]:
        return self.sheet.kind.shelf.parse(row, file, self.shop.setting)

    def _edit(self, row: BookRow, file: str, edit: Edit, status: Status) -> None:
        key = edit.new.key if edit.new else edit.key or ""
        outcome = Outcome(sheet=row.sheet, row=row.number, key=key, file=file, status=status)
        self.plan.edits.append(
            Planned(kind=self.sheet.kind.kind, file=file, edit=edit, outcome=outcome)
        )

    def _tell(self, row: BookRow, key: str, file: str, status: Status, message: str = "") -> None:
        told = key or row.base_key
        self.plan.outcomes.append(
            Outcome(
                sheet=row.sheet, row=row.number, key=told, file=file, status=status, message=message
            )
        )


def _same(row: Row, record: Record) -> bool:
    return _said(row.cells) == _said(record.cells) and [_answer(a) for a in row.answers] == [
        _answer(a) for a in record.answers
    ]


def _said(cells: Cells) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if cell}


def _answer(cells: Cells) -> dict[str, str]:
    names = ("内容", "语气", "渠道", "类目", "款号", "情形")
    return {name: cells[name] for name in names if cells.get(name)}


def _told(problems: Sequence[Problem]) -> str:
    found = [p for p in problems if p.severity == "error"] or list(problems)
    told = "".join(f"{p.message}{p.hint}" for p in found[:3])
    return told or messages.text("workbook.not-read")
