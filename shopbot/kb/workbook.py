"""Excel out, Excel in: the whole knowledge as one workbook, merged back without losing a word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from shopbot import messages
from shopbot.errors import EXIT_PROBLEMS
from shopbot.kb.workbook_cells import from_cell
from shopbot.kb.workbook_entries import EntryShelf
from shopbot.kb.workbook_folder import SHELVES, Shop, open_shop, write_texts
from shopbot.kb.workbook_layout import SYSTEM
from shopbot.kb.workbook_merge import merge
from shopbot.kb.workbook_plan import Outcome, Plan, Planned
from shopbot.kb.workbook_read import read_book
from shopbot.kb.workbook_shelf import Edit, NotWritable, Shelf
from shopbot.kb.workbook_write import Exported, write_book

STATUSES = ("added", "changed", "removed", "unchanged", "missing", "conflict", "error")
Sheets = Mapping[str, Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What an import did, or would do."""

    outcomes: tuple[Outcome, ...]
    files: tuple[str, ...]
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many rows had each outcome."""
        told = Counter(outcome.status for outcome in self.outcomes)
        return {status: told[status] for status in STATUSES}  # type: ignore[index]

    @property
    def exit_code(self) -> int:
        """1 when a row was not taken, else 0."""
        return EXIT_PROBLEMS if self.counts["conflict"] or self.counts["error"] else 0

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values; rows without a change are only counted."""
        rows = [
            {
                "sheet": o.sheet, "row": o.row, "key": o.key, "file": o.file,
                "status": o.status, "message": o.message,
            }
            for o in self.outcomes
            if o.status != "unchanged" or o.message
        ]  # fmt: skip
        return {
            "kind": "workbook",
            "ok": not self.exit_code,
            "dry_run": self.dry_run,
            "counts": self.counts,
            "files": list(self.files),
            "rows": rows,
        }


def export_book(folder: Path, path: Path, *, now: datetime) -> Exported:
    """Write the knowledge of ``folder`` to the workbook ``path``; ``now`` is aware."""
    return write_book(open_shop(folder), path, now=now)


def import_book(
    folder: Path, sheets: Sheets, *, dry_run: bool = False, backup: bool = False
) -> Merged:
    """Merge the sheets of a workbook into ``folder``; files are written at the end, each whole."""
    shop = open_shop(folder)
    plan = merge(shop, read_book(sheets), _exported(sheets))
    changed, outcomes = applied(shop, plan)
    if changed and not dry_run:
        write_texts(shop, changed, backup=backup)
    return Merged(outcomes=outcomes, files=tuple(sorted(changed)), dry_run=dry_run)


def _exported(sheets: Sheets) -> frozenset[tuple[str, str, str]]:
    rows = sheets.get(SYSTEM, [])
    return frozenset(
        (str(r[1]), str(r[2]), from_cell(r[3])) for r in rows[1:] if len(r) > 3 and any(r[3:])
    )


def applied(shop: Shop, plan: Plan) -> tuple[dict[str, str], tuple[Outcome, ...]]:
    """Return the new text of each file that changes, and the outcome of every row."""
    by_file: dict[str, list[Planned]] = defaultdict(list)
    for planned in plan.edits:
        by_file[planned.file].append(planned)
    texts: dict[str, str] = {}
    outcomes = list(plan.outcomes)
    for file, edits in by_file.items():
        if file in shop.unreadable:
            outcomes += [_failed(planned) for planned in edits]
            continue
        before = shop.texts[file].text if file in shop.texts else ""
        after, told = _written(shop, file, before, edits)
        outcomes += told
        if after != before:
            texts[file] = after
    order = {status: at for at, status in enumerate(STATUSES)}
    return texts, tuple(sorted(outcomes, key=lambda o: (o.sheet, o.row, order[o.status])))


def _failed(planned: Planned) -> Outcome:
    told = messages.text("workbook.not-writable", file=planned.file)
    return replace(planned.outcome, status="error", message=told)


def _written(
    shop: Shop, file: str, text: str, planned: Sequence[Planned]
) -> tuple[str, list[Outcome]]:
    """Put all edits in at once, or one by one when that does not read back as it should."""
    shelf = SHELVES[planned[0].kind]
    after = _tried(shelf, text, file, [p.edit for p in planned], shop)
    if after is not None:
        return after, [p.outcome for p in planned]
    outcomes = []
    for one in planned:
        after = _tried(shelf, text, file, [one.edit], shop)
        if after is None:
            after = _rewritten(shelf, text, file, one.edit, shop)
        outcomes.append(one.outcome if after is not None else _failed(one))
        text = text if after is None else after
    return text, outcomes


def _tried(shelf: Shelf, text: str, file: str, edits: Sequence[Edit], shop: Shop) -> str | None:
    """Return the edited text if reading it gives just what was asked for, else None."""
    try:
        after = shelf.write(text, file, edits, shop.setting)
    except (NotWritable, yaml.YAMLError, ValueError, LookupError):
        return None
    return after if _reads(shelf, text, after, file, edits, shop) else None


def _reads(
    shelf: Shelf, before: str, after: str, file: str, edits: Sequence[Edit], shop: Shop
) -> bool:
    wanted = {record.key: record.version for record in shelf.read(before, file, shop.setting)}
    for edit in edits:
        if edit.key is not None:
            wanted.pop(edit.key, None)
        if edit.new is not None:
            wanted[edit.new.key] = edit.new.version
    return wanted == {r.key: r.version for r in shelf.read(after, file, shop.setting)}


def _rewritten(shelf: Shelf, text: str, file: str, edit: Edit, shop: Shop) -> str | None:
    """Write a whole entry anew: comments inside it are lost, nothing else is."""
    if not isinstance(shelf, EntryShelf):
        return None
    try:
        after = shelf.rewrite(text, file, edit, shop.setting)
    except (NotWritable, yaml.YAMLError, ValueError, LookupError):
        return None
    return after if _reads(shelf, text, after, file, [edit], shop) else None
