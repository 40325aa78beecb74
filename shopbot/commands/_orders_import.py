"""What ``shopbot orders import`` and ``mapping`` do behind their options."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from shopbot import messages
from shopbot.commands._desk import Desk, field_name, print_json, print_table, read_time
from shopbot.orders import saved_mappings
from shopbot.orders.import_tables import Progress, Tally
from shopbot.orders.importer import ImportRequest, Report, Surroundings
from shopbot.orders.mapping import parse_pairs
from shopbot.orders.unreadable import unreadable

# --- import -------------------------------------------------------------------------------------------


def import_request(
    desk: Desk,
    *,
    orders: Path | None,
    lines: Path | None,
    tracking: Path | None,
    mapping: str | None,
    pairs: Sequence[str],
    as_of: str | None,
    rejects: Path | None,
    dry_run: bool,
) -> ImportRequest:
    """Put a request together; the mapping must be there, the pairs readable."""
    first = next(path for path in (orders, lines, tracking) if path is not None)
    columns = columns_of(desk, mapping, pairs, first)
    name = messages.text("orders.rejects.default-name", stem=first.stem)
    return ImportRequest(
        orders=orders,
        lines=lines,
        tracking=tracking,
        columns=columns,
        as_of=read_time(as_of, desk.rules),
        rejects=rejects or Path(name),
        dry_run=dry_run,
    )


def columns_of(desk: Desk, mapping: str | None, pairs: Sequence[str], file: Path) -> dict[str, str]:
    """Return the store's own names of columns: a saved mapping, then the pairs of this call."""
    columns: dict[str, str] = {}
    if mapping is not None:
        saved = saved_mappings.find_mapping(desk.db, desk.store_id, mapping)
        if saved is None:
            raise unreadable(file, "unknown-mapping", name=mapping)
        columns |= saved
    return columns | _pairs(pairs, file)


def surroundings(desk: Desk) -> Surroundings:
    """Return where the import runs, with the SKUs of the product tables."""
    return Surroundings(
        store_id=desk.store_id,
        who="command",
        now=desk.now,
        zone=desk.rules.zone,
        known_sku=_known_sku(desk.settings.knowledge_dir()),
    )


def _known_sku(folder: Path) -> Callable[[str], bool] | None:
    from shopbot.kb.loader import load
    from shopbot.kb.product import Catalogue

    catalogue = Catalogue(load(folder))
    if not catalogue.products:
        return None
    return lambda sku: catalogue.find_sku(sku) is not None


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a function that moves a bar on stderr; silent where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    tasks: dict[str, Any] = {}
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:

        def move(kind: str, done: int, rows: int) -> None:
            if kind not in tasks:
                what = messages.text(f"orders.import.{kind}")
                tasks[kind] = bar.add_task(messages.text("orders.import.progress", what=what))
            bar.update(tasks[kind], completed=done, total=rows)

        yield move


def show_report(report: Report, *, as_json: bool) -> None:
    """Print what an import came to."""
    if as_json:
        print_json(report.as_dict())
        return
    counted = ("new", "updated", "unchanged", "rejected", "warned")
    rows = [
        [messages.text(f"orders.import.{kind}"), *(str(getattr(tally, n)) for n in counted)]
        for kind in ("orders", "lines", "tracking")
        if (tally := getattr(report, kind)) is not None
    ]
    print_table(["", *(messages.text(f"orders.import.{name}") for name in counted)], rows)
    for line in _remarks(report):
        typer.echo(line)


def _remarks(report: Report) -> Iterator[str]:
    lines: Tally | None = report.lines
    if report.orders is not None and report.orders.resolved:
        yield messages.text("orders.import.resolved", count=report.orders.resolved)
    if lines is not None and lines.waiting and not report.dry_run:  # its orders are not there yet
        yield messages.text("orders.import.waiting", count=lines.waiting)
    if report.rejects is not None:
        yield messages.text("orders.import.rejects", count=report.noted, file=report.rejects)
    if report.dry_run:
        yield messages.text("orders.import.dry-run")


# --- mappings -----------------------------------------------------------------------------------------


def save_mapping(desk: Desk, name: str, pairs: Sequence[str]) -> None:
    """Save a mapping of column names."""
    columns = _pairs(pairs, Path(name))
    desk.db.transaction(
        lambda tx: saved_mappings.put_mapping(tx, desk.store_id, name, columns, desk.now)
    )


def show_mappings(desk: Desk, *, as_json: bool) -> None:
    """Print the saved mappings."""
    saved = saved_mappings.list_mappings(desk.db, desk.store_id)
    if as_json:
        print_json(saved)
    elif not saved:
        typer.echo(messages.text("orders.mapping.none"))
    else:
        rows = [[n, "  ".join(f"{c}={f}" for c, f in m.items())] for n, m in saved.items()]
        print_table([field_name("mapping"), field_name("columns")], rows)


def _pairs(pairs: Sequence[str], path: Path) -> dict[str, str]:
    columns, bad = parse_pairs(pairs)
    if bad:
        raise unreadable(path, "bad-pairs", pairs="、".join(bad))
    return columns
