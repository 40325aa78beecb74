"""Rows of the database to the facts of :mod:`shopbot.orders.model`, and back. Pure."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from shopbot import ids
from shopbot.orders.model import (
    AddressChange,
    Case,
    Discount,
    Note,
    Order,
    OrderEvent,
    OrderLine,
    OrderTask,
    Payment,
    Refund,
    Shipment,
    TrackingEvent,
)
from shopbot.storage import Row, Value


def moment(text: Any) -> datetime | None:
    """Return the time of a cell, None for NULL."""
    return None if text is None else ids.from_text(text)


def order(row: Row) -> Order:
    """Return an order; what the source did not tell is blank or zero."""
    texts = (
        "channel", "buyer", "title", "receiver", "phone", "address", "province", "city", "district",
        "buyer_note", "seller_note", "close_reason", "invoice_title", "shop_name",
    )  # fmt: skip
    amounts = (
        "goods_fen", "shipping_fen", "total_fen", "paid_fen", "discount_fen", "points", "quantity",
        "deposit_fen", "balance_fen",
    )  # fmt: skip
    times = (
        "paid_at", "shipped_at", "finished_at", "closed_at", "deposit_paid_at", "presale_ship_by",
    )  # fmt: skip
    told: dict[str, Any] = {name: row[name] or "" for name in texts}
    told |= {name: row[name] or 0 for name in amounts}
    told |= {name: moment(row[name]) for name in times}
    return Order(
        store_id=row["store_id"],
        number=row["number"],
        status=row["status"],
        created_at=ids.from_text(row["created_at"]),
        presale=bool(row["presale"]),
        freight_insurance=bool(row["freight_insurance"]),
        source=row["source"],
        as_of=ids.from_text(row["as_of"]),
        version=row["version"],
        **told,
    )


def line(row: Row) -> OrderLine:
    """Return a line."""
    return OrderLine(
        store_id=row["store_id"],
        order=row["order_number"],
        line_no=row["line_no"],
        title=row["title"],
        sku=row["sku"] or "",
        known_sku=bool(row["known_sku"]),
        attributes=row["attributes"] or "",
        colour=row["colour"] or "",
        size=row["size"] or "",
        unit_fen=row["unit_fen"],
        quantity=row["quantity"],
        paid_fen=row["paid_fen"],
        gift=bool(row["gift"]),
        exempt=bool(row["exempt"]),
        parcels=tuple((row["parcels"] or "").split()),
        status=row["status"],
        as_of=ids.from_text(row["as_of"]),
        version=row["version"],
    )


def payment(row: Row) -> Payment:
    """Return a payment."""
    return Payment(
        store_id=row["store_id"],
        order=row["order_number"],
        number=row["number"],
        kind=row["kind"],
        method=row["method"],
        fen=row["fen"],
        at=ids.from_text(row["at"]),
    )


def discount(row: Row) -> Discount:
    """Return a discount."""
    return Discount(
        store_id=row["store_id"],
        order=row["order_number"],
        number=row["number"],
        kind=row["kind"],
        name=row["name"],
        fen=row["fen"],
    )


def shipment(row: Row) -> Shipment:
    """Return a parcel of an order."""
    return Shipment(
        store_id=row["store_id"],
        order=row["order_number"],
        parcel=row["parcel"],
        carrier=row["carrier"] or "",
        line_nos=tuple(json.loads(row["line_nos"])),
        shipped_at=moment(row["shipped_at"]),
        state=row["state"],
        doubtful=bool(row["doubtful"]),
        as_of=ids.from_text(row["as_of"]),
        version=row["version"],
    )


def tracking(row: Row) -> TrackingEvent:
    """Return a courier event."""
    return TrackingEvent(
        store_id=row["store_id"],
        parcel=row["parcel"],
        at=ids.from_text(row["at"]),
        text=row["text"],
        place=row["place"],
        raw_status=row["raw_status"],
        source=row["source"],
        as_of=ids.from_text(row["as_of"]),
    )


def event(row: Row) -> OrderEvent:
    """Return something that happened to an order."""
    return OrderEvent(
        store_id=row["store_id"],
        order=row["order_number"],
        seq=row["seq"],
        name=row["name"],
        at=ids.from_text(row["at"]),
        who=row["who"],
        data=json.loads(row["data"]),
    )


_CASE_TIMES = ("deadline", "requested_at", "received_at", "inspected_at", "ended_at")
_REFUND_TIMES = ("due_at", "created_at", "paid_at")
_CHANGE_TIMES = ("asked_at", "decided_at")
_TASK_TIMES = ("asked_at", "due_at", "ended_at")


def case(row: Row) -> Case:
    """Return an after-sale case."""
    told = {name: value for name, value in row.items() if name not in _CASE_TIMES}
    told["order"] = told.pop("order_number")
    told["pictures"] = tuple(json.loads(told["pictures"]))
    return Case(**told, **{name: moment(row[name]) for name in _CASE_TIMES})  # type: ignore[arg-type]


def case_values(told: Case) -> dict[str, Value]:
    """Return the columns of a case (with its version)."""
    return {
        "id": told.id,
        "store_id": told.store_id,
        "order_number": told.order,
        "line_no": told.line_no,
        "kind": told.kind,
        "reason": told.reason,
        "state": told.state,
        "quantity": told.quantity,
        "detail": told.detail,
        "pictures": json.dumps(told.pictures, ensure_ascii=False),
        "freight_payer": told.freight_payer,
        "replacement_sku": told.replacement_sku,
        "return_parcel": told.return_parcel,
        "return_carrier": told.return_carrier,
        "resend_parcel": told.resend_parcel,
        "quote_fen": told.quote_fen,
        "grade": told.grade,
        "restocked": told.restocked,
        "lost": told.lost,
        **{name: _text(getattr(told, name)) for name in _CASE_TIMES},
        "version": told.version,
    }


def refund(row: Row) -> Refund:
    """Return a refund."""
    told = {name: value for name, value in row.items() if name not in _REFUND_TIMES}
    told["order"] = told.pop("order_number")
    told["coupons"] = tuple(json.loads(told["coupons"]))
    return Refund(**told, **{name: moment(row[name]) for name in _REFUND_TIMES})  # type: ignore[arg-type]


def refund_values(told: Refund) -> dict[str, Value]:
    """Return the columns of a refund (with its version)."""
    return {
        "id": told.id,
        "store_id": told.store_id,
        "order_number": told.order,
        "line_no": told.line_no,
        "case_id": told.case_id,
        "state": told.state,
        "goods_fen": told.goods_fen,
        "shipping_fen": told.shipping_fen,
        "difference_fen": told.difference_fen,
        "freight_fen": told.freight_fen,
        "points": told.points,
        "coupons": json.dumps(told.coupons, ensure_ascii=False),
        "reason": told.reason,
        **{name: _text(getattr(told, name)) for name in _REFUND_TIMES},
        "version": told.version,
    }


def note(row: Row) -> Note:
    """Return a remark."""
    return Note(
        id=row["id"],
        store_id=row["store_id"],
        order=row["order_number"],
        author=row["author"],
        who=row["who"],
        text=row["text"],
        at=ids.from_text(row["at"]),
    )


def address_change(row: Row) -> AddressChange:
    """Return a wish to send elsewhere."""
    told = {name: value for name, value in row.items() if name not in _CHANGE_TIMES}
    told["order"] = told.pop("order_number")
    times = {name: moment(row[name]) for name in _CHANGE_TIMES}
    return AddressChange(**told, **times)  # type: ignore[arg-type]


def task(row: Row) -> OrderTask:
    """Return something a person has to do."""
    told = {name: value for name, value in row.items() if name not in _TASK_TIMES}
    told["order"] = told.pop("order_number")
    return OrderTask(**told, **{name: moment(row[name]) for name in _TASK_TIMES})  # type: ignore[arg-type]


def address_change_values(told: AddressChange) -> dict[str, Value]:
    """Return the columns of an address change (with its version)."""
    return {
        "id": told.id,
        "store_id": told.store_id,
        "order_number": told.order,
        "state": told.state,
        "receiver": told.receiver,
        "phone": told.phone,
        "address": told.address,
        **{name: _text(getattr(told, name)) for name in _CHANGE_TIMES},
        "version": told.version,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else ids.to_text(at)
