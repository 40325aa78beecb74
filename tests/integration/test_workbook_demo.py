"""The whole demo store as a workbook: thousands of rows, so not among the tests that take seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from shopbot.kb.workbook import export_book, import_book
from shopbot.kb.workbook_read import sheets_of
from tests.kb_store import DEMO_STORE, NOW


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_export_and_import_change_nothing(tmp_path: Path) -> None:
    """The round trip leaves every byte of every file, and knows every row again."""
    folder = tmp_path / "store"
    shutil.copytree(DEMO_STORE, folder, ignore=shutil.ignore_patterns("eval"))
    before = _contents(folder)
    book = tmp_path / "book.xlsx"
    export_book(folder, book, now=NOW)
    done = import_book(folder, sheets_of(book))
    told = {name for name, count in done.counts.items() if count}

    assert {"unchanged"} == told
    assert ((), before) == (done.files, _contents(folder))
    assert done.counts["unchanged"] > 1_000
