"""``shopbot kb export`` and ``kb import``: Excel out, Excel in, and the sheets a shop already has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopbot import ids, messages
from shopbot.commands._progress import bars
from shopbot.config import load_settings

if TYPE_CHECKING:
    from shopbot.config import Settings
    from shopbot.kb.firstday import FirstDay
    from shopbot.kb.generation import Progress
    from shopbot.kb.topic_similar import Nearness
    from shopbot.kb.workbook import Merged

MOST_ROWS = 60
"""Rows told on a terminal; all of them are in --json."""

Folder = Annotated[
    Path | None,
    typer.Option("--knowledge", help="The store's folder (default: SHOPBOT_KNOWLEDGE)."),
]
Store = Annotated[str | None, typer.Option(help="Store id below SHOPBOT_STORES.")]


def add_to(app: typer.Typer) -> None:
    """Add the two commands to the ``kb`` group."""
    app.command("export")(export)
    app.command("import")(import_)


def export(
    file: Annotated[Path, typer.Argument(metavar="BOOK.xlsx", help="Workbook to write.")],
    knowledge: Folder = None,
    store: Store = None,
) -> None:
    """Write the whole knowledge to an Excel workbook for staff."""
    from shopbot.kb.workbook import export_book

    if file.suffix.lower() != ".xlsx":
        raise typer.BadParameter(messages.text("workbook.not-xlsx-name"), param_hint="BOOK.xlsx")
    folder = _folder(load_settings(), knowledge, store)
    done = export_book(folder, file, now=ids.now())
    merged: Counter[str] = Counter()
    for title, count in done.rows.items():
        merged[title.split(" ", 1)[0]] += count
    rows = "、".join(
        messages.text("workbook.exported.row", title=title, count=count)
        for title, count in merged.items()
    )
    typer.echo(messages.text("workbook.exported", file=file, rows=rows))
    for name, key in done.left_out:
        typer.echo(messages.text("workbook.left-out", file=name, entry=key), err=True)
    if done.errors:
        typer.echo(messages.text("workbook.broken", errors=done.errors), err=True)


def _folder(settings: Settings, knowledge: Path | None, store: str | None) -> Path:
    """The folder that is named outright, else the store's, else the one of the settings."""
    from shopbot.kb.stores import store_folder

    if knowledge is None:
        return store_folder(settings, store)
    if store is not None:
        hint = "--knowledge, --store"
        raise typer.BadParameter(messages.text("workbook.one-place"), param_hint=hint)
    return settings.model_copy(update={"knowledge": knowledge}).knowledge_dir()


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Workbook, or an xlsx/csv/txt sheet.")
    ],
    topic: Annotated[str, typer.Option(help="Topic of all rows of a plain sheet.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would change, write nothing.")
    ] = False,
    backup: Annotated[
        bool, typer.Option("--backup", help="Keep a .bak copy of every changed file.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    knowledge: Folder = None,
    store: Store = None,
) -> None:
    """Merge a workbook into the knowledge, or make drafts of a question/answer sheet."""
    from shopbot.kb.firstday import import_sheet
    from shopbot.kb.firstday_read import pairs, read_table, texts_of
    from shopbot.kb.workbook import import_book
    from shopbot.kb.workbook_read import BookRefused, is_book, sheets_of

    folder = _folder(load_settings(), knowledge, store)
    sheets = sheets_of(file) if file.suffix.lower() == ".xlsx" and file.is_file() else None
    if sheets is not None and is_book(sheets):
        merged = import_book(folder, sheets, dry_run=dry_run, backup=backup)
        _show(merged, _book_lines(merged), as_json)
        raise typer.Exit(merged.exit_code)
    told = pairs(texts_of(sheets) if sheets is not None else read_table(file))
    if not told:
        raise BookRefused(file, "empty")
    with bars() as progress:
        done = import_sheet(
            folder, told, name=file.stem, now=ids.now(), topic=topic, dry_run=dry_run,
            similar=_nearness(progress),
        )  # fmt: skip
    _show(done, _sheet_lines(done), as_json)
    raise typer.Exit(done.exit_code)


def _nearness(progress: Progress) -> Nearness:
    """Compares by meaning with the model of the settings, which is loaded when there is a guess to make."""
    from shopbot.kb.embedder import load_embedder
    from shopbot.kb.topic_similar import Nearness

    settings = load_settings()
    return Nearness(
        lambda: load_embedder(settings.model, settings.cache_dir(), progress=progress), progress
    )


def _show(done: Merged | FirstDay, lines: Sequence[str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(done.as_dict(), ensure_ascii=False, indent=2))
        return
    _table(done.as_dict())
    for line in lines:
        typer.echo(line)


def _table(told: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = told["rows"]
    if not rows:
        return
    book = told["kind"] == "workbook"
    heads = ("status", "place", "key", "file", "message") if book else (
        "status", "place", "topic", "confidence", "questions", "message")  # fmt: skip
    table = Table(show_lines=False, box=None, pad_edge=False)
    for head in heads:
        key = f"workbook.table.{head}"
        title = messages.text(key if messages.has(key) else f"firstday.table.{head}")
        table.add_column(title, overflow="fold")
    for row in rows[:MOST_ROWS]:
        table.add_row(*(_book_row(row) if book else _sheet_row(row)))
    Console(markup=False, highlight=False).print(table)
    if len(rows) > MOST_ROWS:
        typer.echo(messages.text("workbook.more", count=len(rows) - MOST_ROWS))


def _book_row(row: dict[str, Any]) -> tuple[str, ...]:
    place = (
        messages.text("workbook.place", sheet=row["sheet"], row=row["row"]) if row["row"] else ""
    )
    status = messages.text(f"workbook.status.{row['status']}")
    return status, place, row["key"], row["file"], row["message"]


def _sheet_row(row: dict[str, Any]) -> tuple[str, ...]:
    status = messages.text(f"firstday.status.{row['status']}")
    place = messages.text("firstday.row", row=row["row"])
    if row["sheet"]:
        place = messages.text("workbook.place", sheet=row["sheet"], row=row["row"])
    drafted = row["status"] == "drafted"
    topic = row["topic"] or (messages.text("firstday.unknown") if drafted else "")
    percent = f"{round(row['confidence'] * 100)}%" if drafted else ""
    return status, place, topic, percent, str(row["questions"]), "；".join(row["notes"])


def _book_lines(done: Merged) -> list[str]:
    lines = [messages.text("workbook.counts", **done.counts)]
    if done.files:
        lines.append(messages.text("workbook.files", files="、".join(done.files)))
    lines.append(messages.text("workbook.dry-run" if done.dry_run else "workbook.next"))
    return lines


def _sheet_lines(done: FirstDay) -> list[str]:
    lines = [messages.text("firstday.counts", total=len(done.rows), **done.counts)]
    if not done.file:
        return [*lines, messages.text("firstday.nothing")]
    if done.dry_run:
        return [*lines, messages.text("workbook.dry-run")]
    told = messages.text("firstday.file", file=done.file)
    return [*lines, told, messages.text("firstday.next")]
