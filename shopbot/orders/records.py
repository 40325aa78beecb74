"""Rows of an export to what they say about orders, lines and parcels. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shopbot import ids
from shopbot.orders import cells
from shopbot.orders.cells import BadCell, Rounded
from shopbot.orders.mapping import ends_refund
from shopbot.orders.merge import Snapshot, Value
from shopbot.orders.row_reader import MAX_TEXT, Problem, Reader, When
from shopbot.orders.states import LINE_RANK, ORDER_RANK

_DAY = timedelta(days=1)
_COARSE = timedelta(minutes=1)  # some exports have minutes only

_TEXTS = (
    "channel", "buyer", "title", "receiver", "address", "province", "city", "district",
    "buyer_note", "seller_note", "close_reason", "invoice_title", "payment_method", "shop_name",
)  # fmt: skip
_MONEY = (
    "goods_fen", "shipping_fen", "total_fen", "paid_fen", "discount_store_fen",
    "discount_platform_fen", "discount_points_fen", "deposit_fen", "balance_fen",
)  # fmt: skip
_TIMES = ("created_at", "paid_at", "shipped_at", "finished_at", "closed_at")
_PAST = ("paid_at", "shipped_at", "finished_at", "closed_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """One row of an orders table."""

    row: int
    number: str | Rounded
    snapshot: Snapshot
    parcels: tuple[str, ...]
    carrier: str
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """One row of a lines table."""

    row: int
    number: str | Rounded
    identity: str  # what makes it the same item in another export
    snapshot: Snapshot
    parcels: tuple[str, ...] = ()
    carrier: str = ""  # of its parcels
    shipped_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One row of a tracking table."""

    row: int
    parcel: str
    at: str
    text: str
    place: str
    raw_status: str


def order_record(
    row: int, raw: Sequence[str], found: Mapping[str, int], *, when: When
) -> OrderRecord:
    """Read one row of an orders table; BadRow tells everything that is wrong with it."""
    reader = Reader(found, raw)
    number = reader.number()
    status = reader.state("status", ORDER_RANK, reader.cell("status"))
    values: dict[str, Value] = {"status": status}
    values |= {name: reader.text(name) for name in _TEXTS}
    values |= {name: reader.read(name, cells.money) for name in _MONEY}
    values |= {name: reader.read(name, cells.count) for name in ("points", "quantity")}
    for name in ("presale", "freight_insurance"):
        told = reader.read(name, cells.flag)
        values[name] = None if told is None else int(told)
    values["phone"] = _phone(reader)
    values |= _order_times(reader, when)
    values |= _deposit(reader, when, values)
    values["discount_fen"] = _discount(values)
    _add_region(values)
    if _paid_too_much(values):
        reader.refuse("paid_fen", "paid-exceeds")
    parcels = reader.read("parcels", cells.parcels) or ()
    reader.finish()
    rank = ORDER_RANK[status]  # type: ignore[index]
    return OrderRecord(
        row=row,
        number=number,
        snapshot=Snapshot(rank, ids.to_text(when.as_of), values),
        parcels=parcels,
        carrier=reader.text("carrier") or "",
        warnings=tuple(reader.warnings),
    )


def line_record(
    row: int, raw: Sequence[str], found: Mapping[str, int], *, when: When
) -> LineRecord:
    """Read one row of a lines table; BadRow tells everything that is wrong with it."""
    reader = Reader(found, raw)
    number = reader.number()
    if isinstance(number, Rounded):
        reader.refuse("number", "rounded")
    title, sku, attributes = (reader.text(name) for name in ("title", "sku", "attributes"))
    if title is None:
        reader.refuse("title", "no-text")
    unit = _needed(reader, "unit_fen", cells.money, "bad-money")
    quantity = _needed(reader, "quantity", cells.count, "bad-count")
    if quantity == 0:
        reader.refuse("quantity", "zero")
    status = reader.state("status", LINE_RANK, reader.text("status") or "normal")
    gift, exempt = (reader.read(name, cells.flag) for name in ("gift", "exempt"))
    parcels: tuple[str, ...] = reader.read("parcels", cells.parcels) or ()
    values: dict[str, Value] = {
        "title": title,
        "sku": sku,
        "attributes": attributes,
        "colour": cells.attribute(attributes or "", "颜色", "色") or None,
        "size": cells.attribute(attributes or "", "尺码", "尺寸", "鞋码", "规格") or None,
        "unit_fen": unit,
        "quantity": quantity,
        "paid_fen": reader.read("paid_fen", cells.money),
        "gift": None if gift is None else int(gift),
        "exempt": None if exempt is None else int(exempt),
        "parcels": " ".join(parcels) or None,
        "status": status,
    }
    shipped = reader.past("shipped_at", when)
    reader.finish()
    ended = status == "normal" and ends_refund(reader.text("status") or "")
    rank = LINE_RANK["refunding" if ended else status]  # type: ignore[index]
    identity = f"{sku or title}|{attributes or ''}|{unit}"
    snapshot = Snapshot(rank, ids.to_text(when.as_of), values)
    return LineRecord(
        row=row,
        number=number,
        identity=identity,
        snapshot=snapshot,
        parcels=parcels,
        carrier=reader.text("carrier") or "",
        shipped_at=ids.to_text(shipped) if shipped else None,
    )


def event_record(
    row: int, raw: Sequence[str], found: Mapping[str, int], *, when: When
) -> EventRecord:
    """Read one row of a tracking table; an event from the future is refused."""
    reader = Reader(found, raw)
    parcels: tuple[str, ...] = reader.read("parcel", cells.parcels) or ()
    if len(parcels) != 1 and not reader.problems:
        reader.refuse("parcel", "bad-parcel" if parcels else "no-parcel")
    at = _needed(reader, "at", lambda cell: cells.moment(cell, when.zone), "no-date")
    if at is not None:
        reader.past("at", when)
    text = reader.text("text")
    if text is None:
        reader.refuse("text", "no-text")
    reader.finish()
    return EventRecord(
        row=row,
        parcel=parcels[0],
        at=ids.to_text(at),
        text=text or "",
        place=reader.text("place") or "",
        raw_status=reader.text("raw_status") or "",
    )


def _needed(reader: Reader, field: str, how: Callable[[str], Any], key: str) -> Any:
    problems = len(reader.problems)
    value = reader.read(field, how)
    if value is None and len(reader.problems) == problems:
        reader.refuse(field, key)
    return value


def _phone(reader: Reader) -> str | None:
    try:
        return cells.phone(reader.cell("phone"))[:MAX_TEXT] or None
    except BadCell as bad:
        reader.warn("phone", bad.key)
        return None


def _order_times(reader: Reader, when: When) -> dict[str, Value]:
    told = {name: reader.past(name, when) for name in _TIMES}
    created = told["created_at"]
    if created is None and "created_at" not in {p.field for p in reader.problems}:
        reader.refuse("created_at", "no-date")
    for name in _PAST:
        at = told[name]
        if created is None or at is None or at >= created - _COARSE:
            continue
        if cells.is_day(reader.cell(name)) and created < at + _DAY:
            told[name] = created  # some time on that day, and not before the order
        else:
            reader.refuse(name, "before-created")
    told["presale_ship_by"] = reader.read("presale_ship_by", lambda c: cells.moment(c, when.zone))
    return {name: ids.to_text(at) if at else None for name, at in told.items()}


def _deposit(reader: Reader, when: When, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return what a presale order paid first and last; a deposit makes it a presale order.

    While the balance is owed, what was paid is the deposit; the goods are owed from the balance on.
    """
    first, last = (reader.past(f"{name}_paid_at", when) for name in ("deposit", "balance"))
    if first is not None and last is not None and last < first - _COARSE:
        reader.refuse("balance_paid_at", "before-deposit")
    deposit, balance, paid = (values[f"{name}_fen"] for name in ("deposit", "balance", "paid"))
    first_at: Value = ids.to_text(first) if first else None
    paid_at: Value = ids.to_text(last) if last else values["paid_at"]
    if values["status"] == "deposit_paid":
        deposit, first_at, paid_at = deposit or paid, first_at or paid_at, None
    if deposit and (paid is None or (paid == balance and paid_at is not None)):
        parts = (deposit, balance if paid_at is not None else 0)
        paid = None if None in parts else sum(int(part or 0) for part in parts)
    presale = values["presale"]
    return {
        "deposit_fen": deposit,
        "deposit_paid_at": first_at,
        "paid_at": paid_at,
        "paid_fen": paid,
        "presale": 1 if presale is None and deposit else presale,
    }


def _discount(values: Mapping[str, Value]) -> int | None:
    """Return the discount: the parts that are told, else what a paid order cost less."""
    parts = [values[f"discount_{kind}_fen"] for kind in ("store", "platform", "points")]
    if any(part is not None for part in parts):
        return sum(int(part or 0) for part in parts)
    total, paid = values["total_fen"], values["paid_fen"]
    if values["paid_at"] is None or total is None or paid is None:
        return None
    return max(int(total) - int(paid), 0)


def _paid_too_much(values: Mapping[str, Value]) -> bool:
    total, paid = values["total_fen"], values["paid_fen"]
    return total is not None and paid is not None and int(paid) > int(total)


def _add_region(values: dict[str, Value]) -> None:
    if values["province"] is None and values["address"]:
        found = cells.region(str(values["address"]))
        for name, part in zip(("province", "city", "district"), found, strict=True):
            values[name] = values[name] or part or None
