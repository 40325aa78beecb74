"""How an order stood when something was said of it: kept with the message. No name, address or phone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shopbot import ids
from shopbot.errors import NotFound
from shopbot.orders import store
from shopbot.orders.model import OrderFacts, Parcel
from shopbot.storage.database import Reader


def order_snapshot(reader: Reader, store_id: str, number: str, now: datetime) -> dict[str, Any]:
    """Return an order as it is known at ``now``, for a receipt; of an unknown one the number alone."""
    told: dict[str, Any] = {"number": number, "told_at": ids.to_text(now)}
    try:
        return {**told, **_standing(store.get_facts(reader, store_id, number))}
    except NotFound:
        return told


def _standing(facts: OrderFacts) -> dict[str, Any]:
    return {
        "as_of": ids.to_text(facts.order.as_of),
        "version": facts.order.version,
        "status": facts.order.status,
        "paid_fen": facts.order.paid_fen,
        "lines": [
            {"line": one.line_no, "sku": one.sku, "quantity": one.quantity, "status": one.status}
            for one in facts.lines
        ],
        "parcels": [_parcel(one) for one in facts.parcels],
        "cases": [
            {"case": one.id, "kind": one.kind, "state": one.state, "version": one.version}
            for one in facts.cases
        ],
        "refunds": [
            {"refund": one.id, "state": one.state, "version": one.version} for one in facts.refunds
        ],
    }


def _parcel(parcel: Parcel) -> dict[str, Any]:
    last = max((one.at for one in parcel.events), default=None)
    return {
        "parcel": parcel.shipment.parcel,
        "state": parcel.shipment.state,
        "events": len(parcel.events),
        "last_at": ids.to_text(last) if last else None,
    }
