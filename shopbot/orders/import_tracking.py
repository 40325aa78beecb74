"""Imports a table of courier events. Events may come before their parcel: they wait for it."""

from __future__ import annotations

from shopbot import ids
from shopbot.orders.import_tables import CHUNK, Context, Table, Tally, count_rows, row_problem
from shopbot.orders.intake import Outcome, put_tracking
from shopbot.orders.records import EventRecord, event_record
from shopbot.orders.row_reader import BadRow, When
from shopbot.orders.sheets import RawRow
from shopbot.orders.store import orders_of_parcel
from shopbot.storage import Transaction


def import_tracking(context: Context, table: Table, when: When) -> Tally:
    """Import every row."""
    tally = Tally()
    intake = context.intake(table, ids.to_text(when.now))
    as_of = ids.to_text(when.as_of)
    total = count_rows(table)
    chunk: list[EventRecord] = []

    def work(tx: Transaction) -> list[tuple[Outcome, bool]]:
        carried = {one.parcel: _is_carried(tx, context, one.parcel) for one in chunk}
        return [(put_tracking(tx, intake, one, as_of), carried[one.parcel]) for one in chunk]

    def write() -> None:
        for outcome, is_carried in context.write(work):
            tally.count(outcome)
            tally.waiting += not is_carried
        chunk.clear()
        context.told(table, tally.rows, total)

    for raw in table.rows():
        tally.rows += 1
        record = _read(context, table, tally, raw, when)
        if record is not None:
            chunk.append(record)
        if len(chunk) >= CHUNK:
            write()
    write()
    return tally


def _read(
    context: Context, table: Table, tally: Tally, raw: RawRow, when: When
) -> EventRecord | None:
    problems = row_problem(raw) if raw.problem else []
    if not problems:
        try:
            return event_record(raw.number, raw.cells, table.found, when=when)
        except BadRow as bad:
            problems = bad.problems
    context.refuse(table, tally, raw.number, problems)
    return None


def _is_carried(tx: Transaction, context: Context, parcel: str) -> bool:
    return bool(orders_of_parcel(tx, context.store_id, parcel))
