"""Writes what a source tells about orders, lines, parcels and events: merged, never backwards.

Used by the importer and by whatever else brings orders (the demo, later platform connectors). Each
function runs inside the caller's transaction and tells what became of the row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shopbot.orders.merge import Merged, Snapshot, Value, merge, sort_key
from shopbot.orders.records import EventRecord, LineRecord
from shopbot.storage import Row, Transaction, load_queries

Q = load_queries("shopbot.orders")

Outcome = Literal["new", "updated", "unchanged"]

_DISCOUNTS = ("store", "platform", "points")
_OTHER_DISCOUNT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Who brings the rows, for which store, and when (texts of ids.to_text)."""

    store_id: str
    source: str
    who: str
    now: str


def put_order(tx: Transaction, intake: Intake, number: str, snapshot: Snapshot) -> Outcome:
    """Bring one order in; the number must be exact."""
    key = {"store_id": intake.store_id, "number": number}
    known = tx.maybe_one(Q.get_order, **key)
    if known is None:
        tx.run(Q.add_order, **key, **_row(snapshot), source=intake.source)
        _put_money(tx, intake.store_id, number, snapshot.values, fresh=True)
        data = {"status": snapshot.values["status"], "source": intake.source}
        _event(tx, intake, number, "order.imported", data)
        return "new"
    merged = merge(known, snapshot)
    lead = _lead(known, snapshot, merged)
    source = _source(intake, known, snapshot, merged)
    version = known["version"]
    if not merged.values:
        if lead["older"] != known["older"] or merged.leads or source != known["source"]:
            tx.run(Q.touch_order, **key, **lead, source=source, version=version)
        return "unchanged"
    row = {**known, **merged.values, **lead, "source": source}
    tx.run(Q.update_order, **{name: row[name] for name in known})
    _put_money(tx, intake.store_id, number, row, fresh=False)
    _tell_change(tx, intake, number, known, merged.values)
    return "updated"


def put_lines(
    tx: Transaction,
    intake: Intake,
    number: str,
    lines: Sequence[tuple[LineRecord, bool]],
    taken: set[int],
) -> list[Outcome]:
    """Bring lines of one order in, each with whether its SKU is known.

    ``taken`` holds the line numbers already matched in this run and is added to. A line is the
    stored one of the same identity; else the next stored one that nobody claims (its item was
    changed); else a new one at the end. Numbers once given stay.
    """
    stored = {row["line_no"]: row for row in _lines(tx, intake.store_id, number)}
    free = [no for no in stored if no not in taken]
    matched: list[int | None] = []
    for record, _ in lines:
        no = next((n for n in free if stored[n]["identity"] == record.identity), None)
        matched.append(no)
        if no is not None:
            free.remove(no)
    outcomes: list[Outcome] = []
    for (record, known_sku), no in zip(lines, matched, strict=True):
        if no is None:
            no = free.pop(0) if free else max((*stored, *taken, 0)) + 1
        taken.add(no)
        outcomes.append(_put_line(tx, intake, number, no, record, known_sku, stored.get(no)))
    for record, _ in lines:
        _put_parcels(tx, intake, number, record)
    if any(outcome != "unchanged" for outcome in outcomes):
        changed = [o for o in outcomes if o != "unchanged"]
        _event(tx, intake, number, "order.lines-imported", {"lines": len(changed)})
    return outcomes


def put_shipment(
    tx: Transaction, intake: Intake, number: str, parcel: str, snapshot: Snapshot
) -> Outcome:
    """Bring one parcel of an order in; which lines it carries the lines tell."""
    key = {"store_id": intake.store_id, "order_number": number, "parcel": parcel}
    known = tx.maybe_one(Q.get_shipment, **key)
    told = snapshot.values
    if known is None:
        tx.run(
            Q.add_shipment,
            **key,
            carrier=told["carrier"],
            shipped_at=told["shipped_at"],
            line_nos="[]",
            rank=snapshot.rank,
            as_of=snapshot.as_of,
            digest=snapshot.digest,
        )
        data = {"parcel": parcel, "carrier": told["carrier"]}
        _event(tx, intake, number, "order.parcel-added", data)
        return "new"
    merged = merge(known, snapshot)
    row = {**known, **merged.values, **_lead(known, snapshot, merged)}
    if row == known:
        return "unchanged"
    names = ("carrier", "shipped_at", "as_of", "digest", "older")
    tx.run(
        Q.update_shipment,
        **key,
        **{name: row[name] for name in names},
        version=known["version"],
        step=int(bool(merged.values)),
    )
    return "updated" if merged.values else "unchanged"


def find_sharing(
    tx: Transaction, store_id: str, number: str, parcel: str, buyer: Value
) -> str | None:
    """Return another buyer's order that has the same parcel number, None when there is none."""
    row = tx.maybe_one(
        Q.find_sharing, store_id=store_id, parcel=parcel, order_number=number, buyer=buyer or ""
    )
    return str(row["order_number"]) if row else None


def put_tracking(tx: Transaction, intake: Intake, record: EventRecord, as_of: str) -> Outcome:
    """Bring one courier event in; the same event told twice is one."""
    text = "\x00".join((record.text, record.place, record.raw_status))
    added = tx.run(
        Q.add_tracking,
        store_id=intake.store_id,
        parcel=record.parcel,
        at=record.at,
        digest=hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
        text=record.text,
        place=record.place,
        raw_status=record.raw_status,
        source=intake.source,
        as_of=as_of,
    )
    tx.run(Q.put_parcel_check, store_id=intake.store_id, parcel=record.parcel, as_of=as_of)
    return "new" if added else "unchanged"


def _put_parcels(tx: Transaction, intake: Intake, number: str, record: LineRecord) -> None:
    """Bring in the parcels that a line names."""
    values: dict[str, Value] = {"carrier": record.carrier or None, "shipped_at": record.shipped_at}
    snapshot = Snapshot(0, record.snapshot.as_of, values)
    for parcel in record.parcels:
        put_shipment(tx, intake, number, parcel, snapshot)


def _put_line(
    tx: Transaction,
    intake: Intake,
    number: str,
    line_no: int,
    record: LineRecord,
    known_sku: bool,
    known: Row | None,
) -> Outcome:
    key: dict[str, Value] = {"store_id": intake.store_id, "order_number": number}
    key["line_no"] = line_no
    snapshot = record.snapshot
    if known is None:
        values = {**_row(snapshot), "identity": record.identity, "known_sku": int(known_sku)}
        tx.run(Q.add_line, **key, **values)
        return "new"
    merged = merge(known, snapshot)
    lead = _lead(known, snapshot, merged)
    if not merged.values and known["known_sku"] == int(known_sku):
        if lead["older"] != known["older"] or merged.leads:
            tx.run(Q.touch_line, **key, **lead, version=known["version"])
        return "unchanged"
    row = {**known, **merged.values, **lead}
    if merged.leads:
        row |= {"identity": record.identity, "known_sku": int(known_sku)}
    tx.run(Q.update_line, **row)
    return "updated"


def _lines(tx: Transaction, store_id: str, number: str) -> list[Row]:
    return tx.all(Q.list_lines, store_id=store_id, order_number=number)


def _row(snapshot: Snapshot) -> dict[str, Value]:
    row = dict(snapshot.values)
    row |= {"rank": snapshot.rank, "as_of": snapshot.as_of, "digest": snapshot.digest}
    return {**row, "older": "{}"}


def _lead(known: Row, snapshot: Snapshot, merged: Merged) -> dict[str, Value]:
    """Return the key columns after a merge."""
    older = json.dumps(merged.older, sort_keys=True) if merged.older else "{}"
    if not merged.leads:
        return {"older": older, **{name: known[name] for name in ("rank", "as_of", "digest")}}
    lead: dict[str, Value] = {
        "rank": snapshot.rank,
        "as_of": snapshot.as_of,
        "digest": snapshot.digest,
    }
    return {**lead, "older": older}


def _source(intake: Intake, known: Row, snapshot: Snapshot, merged: Merged) -> str:
    """Return which file the row now speaks for; of two that say the same, the first by name."""
    if merged.leads:
        return intake.source
    known_key = sort_key(known["rank"], known["as_of"], known["digest"])
    same = known_key == snapshot.key
    return min(intake.source, known["source"]) if same else str(known["source"])


def _put_money(
    tx: Transaction, store_id: str, number: str, row: Mapping[str, Value], *, fresh: bool
) -> None:
    """Keep the payment and the discounts that the order's amounts tell."""
    key = {"store_id": store_id, "order_number": number}
    if not fresh:
        tx.run(Q.drop_payments, **key)
    method = row["payment_method"] or ""
    for place, (kind, fen, at) in enumerate(_payments(row), start=1):
        tx.run(Q.put_payment, **key, number=place, kind=kind, method=method, fen=fen, at=at)
    if not fresh:
        tx.run(Q.drop_discounts, **key)
    parts = {kind: int(row[f"discount_{kind}_fen"] or 0) for kind in _DISCOUNTS}
    for place, (kind, fen) in enumerate(parts.items(), start=1):
        if fen:
            tx.run(Q.put_discount, **key, number=place, kind=kind, name="", fen=fen)
    rest = int(row["discount_fen"] or 0) - sum(parts.values())
    if rest > 0:
        tx.run(Q.put_discount, **key, number=_OTHER_DISCOUNT, kind="other", name="", fen=rest)


def _payments(row: Mapping[str, Value]) -> list[tuple[str, int, str]]:
    """Return kind, fen and time of what came in, as far as all three are told."""
    deposit, first = int(row["deposit_fen"] or 0), row["deposit_paid_at"]
    paid, last = int(row["paid_fen"] or 0), row["paid_at"]
    if not deposit or first is None:
        return [("full", paid, str(last))] if last is not None and paid else []
    found = [("deposit", deposit, str(first))]
    if last is not None and paid > deposit:
        found.append(("balance", paid - deposit, str(last)))
    return found


def _tell_change(
    tx: Transaction, intake: Intake, number: str, known: Row, changed: Mapping[str, Value]
) -> None:
    if "status" in changed:
        data = {"from": known["status"], "to": changed["status"], "source": intake.source}
        _event(tx, intake, number, "order.status-changed", data)
    fields = sorted(set(changed) - {"status"})  # names only: no personal data in events
    if fields:
        _event(tx, intake, number, "order.updated", {"fields": fields, "source": intake.source})


def _event(
    tx: Transaction, intake: Intake, number: str, name: str, data: Mapping[str, object]
) -> None:
    tx.run(
        Q.add_event,
        store_id=intake.store_id,
        order_number=number,
        name=name,
        at=intake.now,
        who=intake.who,
        data=json.dumps(data, ensure_ascii=False, sort_keys=True),
    )
