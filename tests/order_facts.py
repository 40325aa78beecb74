"""Builders of order facts for tests: one ordinary order, changed by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shopbot.orders.model import (
    Case,
    Order,
    OrderFacts,
    OrderLine,
    Parcel,
    Shipment,
    TrackingEvent,
)
from shopbot.rules import Rules

STORE = "test"
NUMBER = "2611150001"
SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = Rules(store_id=STORE, zone=SHANGHAI)


def at(text: str) -> datetime:
    """Return the UTC time of ``2026-11-15 09:13`` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


PAID = at("2026-11-15 09:13")
SHIPPED = at("2026-11-15 18:00")
SIGNED = at("2026-11-17 15:30")


def rules(**parts: dict[str, Any]) -> Rules:
    """Return the default rules with changed values: ``rules(returns={"exchange_days": 3})``."""
    changed = {name: replace(getattr(RULES, name), **values) for name, values in parts.items()}
    return replace(RULES, **changed)


def order(**changes: Any) -> Order:
    """Return a shipped order of 598 yuan, 548 paid."""
    values: dict[str, Any] = {
        "store_id": STORE,
        "number": NUMBER,
        "status": "shipped",
        "goods_fen": 59800,
        "total_fen": 59800,
        "paid_fen": 54800,
        "created_at": PAID - timedelta(minutes=1),
        "paid_at": PAID,
        "province": "浙江省",
        "as_of": PAID,
    }
    return Order(**{**values, **changes})


def line(line_no: int = 1, **changes: Any) -> OrderLine:
    """Return a line of one jacket."""
    values: dict[str, Any] = {
        "store_id": STORE,
        "order": NUMBER,
        "line_no": line_no,
        "title": "岭上三合一冲锋衣",
        "sku": "LS-JK-01-BK-L",
        "unit_fen": 59800,
        "quantity": 1,
        "as_of": PAID,
    }
    return OrderLine(**{**values, **changes})


def event(when: str, text: str = "", **changes: Any) -> TrackingEvent:
    """Return a courier's line, learned when it happened."""
    values: dict[str, Any] = {
        "store_id": STORE,
        "parcel": "YT8800123456789",
        "at": at(when),
        "text": text,
        "as_of": at(when),
    }
    return TrackingEvent(**{**values, **changes})


def parcel(*events: TrackingEvent, asked: str = "", **changes: Any) -> Parcel:
    """Return a parcel of the order, shipped on the day of payment."""
    values: dict[str, Any] = {
        "store_id": STORE,
        "order": NUMBER,
        "parcel": "YT8800123456789",
        "carrier": "圆通速递",
        "shipped_at": SHIPPED,
        "as_of": SHIPPED,
    }
    shipment = Shipment(**{**values, **changes})
    return Parcel(shipment=shipment, events=events, asked_at=at(asked) if asked else None)


def signed_parcel(when: datetime = SIGNED) -> Parcel:
    """Return a parcel that was collected and signed."""
    local = when.astimezone(SHANGHAI).replace(tzinfo=None).isoformat()
    return parcel(
        event("2026-11-15 20:00", "【杭州市】已揽收"), event(local, "已签收，签收人：本人")
    )


def facts(**changes: Any) -> OrderFacts:
    """Return the facts of one order with one signed line."""
    values: dict[str, Any] = {"order": order(), "lines": (line(),), "parcels": (signed_parcel(),)}
    return OrderFacts(**{**values, **changes})


def case(**changes: Any) -> Case:
    """Return a return that was just asked for."""
    values: dict[str, Any] = {
        "id": "case_1",
        "store_id": STORE,
        "order": NUMBER,
        "line_no": 1,
        "kind": "return",
        "reason": "no-reason",
        "state": "requested",
        "quantity": 1,
        "requested_at": at("2026-11-18 10:00"),
    }
    return Case(**{**values, **changes})
