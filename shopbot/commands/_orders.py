"""What ``shopbot orders`` does behind its options: open the store, show tables and sentences."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import typer

from shopbot import ids, messages
from shopbot.config import Settings, load_settings
from shopbot.errors import Malformed, NotFound
from shopbot.orders import access, masking, saved_mappings, store, views
from shopbot.orders.cells import BadCell, moment
from shopbot.orders.describe import describe, items
from shopbot.orders.due_work import is_out_of_stock
from shopbot.orders.import_tables import Progress, Tally
from shopbot.orders.importer import ImportRequest, Report, Surroundings
from shopbot.orders.mapping import find_state, parse_pairs
from shopbot.orders.model import Parcel
from shopbot.orders.states import OrderStatus
from shopbot.orders.store import OrderFilter
from shopbot.orders.timing import told_money
from shopbot.orders.unreadable import unreadable
from shopbot.rules import Rules, load_rules
from shopbot.storage import SqliteDatabase, open_database

_WIDE = 160  # columns where there is no terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An open store: its database, its rules and the moment to speak of."""

    settings: Settings
    db: SqliteDatabase
    rules: Rules
    now: datetime
    opened: datetime = field(default_factory=ids.now)

    @property
    def store_id(self) -> str:
        """Return the store's id."""
        return self.rules.store_id

    def clock(self, at: datetime | None) -> str:
        """Write a time on the store's wall clock."""
        return "" if at is None else at.astimezone(self.rules.zone).strftime("%Y-%m-%d %H:%M")


@contextmanager
def open_desk(at: str | None = None) -> Iterator[Desk]:
    """Open the store's database and rules."""
    settings = load_settings()
    rules = load_rules(settings.knowledge_dir()).rules
    now = read_time(at, rules) or ids.now()
    db = open_database(settings.data_dir())
    try:
        yield Desk(settings=settings, db=db, rules=rules, now=now)
    finally:
        db.close()


def read_time(text: str | None, rules: Rules) -> datetime | None:
    """Return a time given on the command line; Malformed when it is none."""
    try:
        return moment(text or "", rules.zone)
    except BadCell:
        raise Malformed(messages.text("orders.bad-time", value=text)) from None


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
    columns: dict[str, str] = {}
    if mapping is not None:
        saved = saved_mappings.find_mapping(desk.db, desk.store_id, mapping)
        if saved is None:
            raise unreadable(first, "unknown-mapping", name=mapping)
        columns |= saved
    columns |= _pairs(pairs, first)
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
        _print_json(report.as_dict())
        return
    counted = ("new", "updated", "unchanged", "rejected", "warned")
    rows = [
        [messages.text(f"orders.import.{kind}"), *(str(getattr(tally, n)) for n in counted)]
        for kind in ("orders", "lines", "tracking")
        if (tally := getattr(report, kind)) is not None
    ]
    _print_table(["", *(messages.text(f"orders.import.{name}") for name in counted)], rows)
    for line in _remarks(report):
        typer.echo(line)


def _remarks(report: Report) -> Iterator[str]:
    lines: Tally | None = report.lines
    if report.orders is not None and report.orders.resolved:
        yield messages.text("orders.import.resolved", count=report.orders.resolved)
    if lines is not None and lines.waiting:
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
        _print_json(saved)
    elif not saved:
        typer.echo(messages.text("orders.mapping.none"))
    else:
        rows = [[n, "  ".join(f"{c}={f}" for c, f in m.items())] for n, m in saved.items()]
        _print_table([_field("mapping"), _field("columns")], rows)


def _pairs(pairs: Sequence[str], path: Path) -> dict[str, str]:
    columns, bad = parse_pairs(pairs)
    if bad:
        raise unreadable(path, "bad-pairs", pairs="、".join(bad))
    return columns


# --- one order ----------------------------------------------------------------------------------------


def show_order(desk: Desk, number: str, *, full: bool, as_json: bool) -> None:
    """Print how an order stands; NotFound when there is none."""
    with desk.db.snapshot() as reader:
        facts = store.get_facts(reader, desk.store_id, access.plain_number(number))
        out = is_out_of_stock(reader, facts)
    description = describe(facts, desk.rules, desk.now, stock_out=out)
    order = facts.order if full else masking.order(facts.order)
    if as_json:
        shown = views.facts_view(facts, description)
        _print_json({**shown, "order": views.order_view(order)})
        return
    typer.echo(description.text)
    typer.echo("")
    told = {
        "number": order.number,
        "status": messages.text(f"orders.status.{order.status}"),
        "created": desk.clock(order.created_at),
        "buyer": order.buyer,
        "receiver": order.receiver,
        "phone": order.phone,
        "address": order.address,
        "buyer-note": order.buyer_note,
        "seller-note": order.seller_note,
        "invoice": order.invoice_title,
        "as-of": desk.clock(order.as_of),
        "next": messages.text(f"orders.next.{description.next}"),
    }
    _print_table(None, [[_field(name), text] for name, text in told.items() if text])


def show_tracking(desk: Desk, number: str, *, as_json: bool) -> None:
    """Print the parcels of an order, or one parcel; NotFound when there is none."""
    parcels = _find_parcels(desk, number)
    if as_json:
        _print_json([views.parcel_view(parcel) for parcel in parcels])
        return
    if not parcels:
        typer.echo(messages.text("orders.track.none"))
    for parcel in parcels:
        shipment = parcel.shipment
        typer.echo(" ".join(part for part in (shipment.carrier, shipment.parcel) if part))
        if shipment.doubtful:
            typer.echo(messages.text("orders.next.check-parcel"))
        elif not parcel.events:
            typer.echo(messages.text("orders.track.no-events"))
        else:
            newest = reversed(parcel.events)
            rows = [[desk.clock(event.at), event.text] for event in newest]
            _print_table([_field("time"), _field("text")], rows)


def _find_parcels(desk: Desk, number: str) -> tuple[Parcel, ...]:
    with desk.db.snapshot() as reader:
        try:
            return store.get_facts(reader, desk.store_id, access.plain_number(number)).parcels
        except NotFound:
            parcel = number.strip().upper()
            orders = store.orders_of_parcel(reader, desk.store_id, parcel)
            if not orders:
                raise
            facts = store.get_facts(reader, desk.store_id, orders[0])
            return tuple(p for p in facts.parcels if p.shipment.parcel == parcel)


# --- lists --------------------------------------------------------------------------------------------


def order_filter(
    desk: Desk,
    *,
    status: str | None,
    buyer: str | None,
    since: str | None,
    until: str | None,
    count: int,
) -> OrderFilter:
    """Return the filter that options ask for; Malformed names the states that there are."""
    known = get_args(OrderStatus)
    state = find_state("order_status", status) if status else None
    if status and state is None:
        told = "、".join(messages.text(f"orders.status.{one}") for one in known)
        raise Malformed(messages.text("orders.list.unknown-status", status=status, known=told))
    return OrderFilter(
        status=state,  # type: ignore[arg-type]
        buyer=buyer or "",
        since=read_time(since, desk.rules),
        until=read_time(until, desk.rules),
        count=count,
    )


def show_list(desk: Desk, wanted: OrderFilter, *, as_json: bool) -> None:
    """Print a list of orders, masked."""
    with desk.db.snapshot() as reader:
        orders = store.list_orders(reader, desk.store_id, wanted)
        if as_json:
            _print_json([views.order_view(masking.order(order)) for order in orders])
            return
        if not orders:
            typer.echo(messages.text("orders.list.none"))
            return
        rows = []
        for order in orders:
            shown = masking.order(order)
            facts = store.get_facts(reader, desk.store_id, order.number)
            paid = told_money(order.paid_fen) if order.paid_fen else ""
            status = messages.text(f"orders.status.{order.status}")
            rows.append(
                [
                    order.number,
                    status,
                    desk.clock(order.created_at),
                    shown.buyer,
                    items(facts),
                    paid,
                ]
            )
    names = ("number", "status", "created", "buyer", "items", "paid")
    _print_table([_field(name) for name in names], rows)


def _field(name: str) -> str:
    return messages.text(f"orders.field.{name}")


def _print_json(told: object) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))


def _print_table(header: list[str] | None, rows: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(header or []), box=box.SIMPLE, show_header=header is not None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    watched = sys.stdout.isatty()
    Console(width=None if watched else _WIDE).print(table)
