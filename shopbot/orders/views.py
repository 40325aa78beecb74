"""Orders as JSON for programs: the same shape on the command line and over HTTP. Pure."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from shopbot.orders.describe import Description
from shopbot.orders.model import Order, OrderEvent, OrderFacts, OrderTask, Parcel, Refund

_INNER = frozenset({"store_id", "order", "version"})


def order_view(order: Order) -> dict[str, Any]:
    """Return an order; times are ISO 8601 in UTC, money is fen."""
    told = _view(order)
    return {"number": told.pop("number"), "version": order.version, **told}


def facts_view(facts: OrderFacts, description: Description | None = None) -> dict[str, Any]:
    """Return all of an order, with what may be said about it."""
    told: dict[str, Any] = {
        "order": order_view(facts.order),
        "lines": [{"line": line.line_no, **_view(line)} for line in facts.lines],
        "payments": [_view(one) for one in facts.payments],
        "discounts": [_view(one) for one in facts.discounts],
        "parcels": [parcel_view(one) for one in facts.parcels],
        "cases": [_view(one) for one in facts.cases],
        "refunds": [refund_view(one) for one in facts.refunds],
        "notes": [_view(one) for one in facts.notes],
        "address_changes": [_view(one) for one in facts.address_changes],
        "tasks": [task_view(one) for one in facts.tasks],
    }
    if description is not None:
        told |= {
            "text": description.text,
            "next": description.next,
            "states": list(description.states),
        }
    return told


def parcel_view(parcel: Parcel) -> dict[str, Any]:
    """Return a parcel with what the courier told; a doubtful one without it."""
    events = () if parcel.shipment.doubtful else parcel.events
    return {
        **_view(parcel.shipment),
        "asked_at": _cell(parcel.asked_at),
        "events": [
            {"at": _cell(e.at), "text": e.text, "place": e.place, "raw_status": e.raw_status}
            for e in events
        ],
    }


def task_view(task: OrderTask) -> dict[str, Any]:
    """Return something that a person has to do, or has done."""
    return {"order": task.order, **_view(task)}


def refund_view(refund: Refund) -> dict[str, Any]:
    """Return money that goes back, with the sum of its parts."""
    return {"order": refund.order, **_view(refund), "cash_fen": refund.cash_fen}


def event_view(event: OrderEvent) -> dict[str, Any]:
    """Return something that happened to an order."""
    return _view(event)


def _view(told: Any) -> dict[str, Any]:
    return {
        one.name: _cell(getattr(told, one.name)) for one in fields(told) if one.name not in _INNER
    }


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
