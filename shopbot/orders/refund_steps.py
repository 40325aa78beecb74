"""Money on its way: paid out, or refused by the payment service. A refund of a case is paid by its case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from shopbot import audit
from shopbot.errors import Conflict
from shopbot.orders import outgoing, store
from shopbot.orders.model import Refund
from shopbot.orders.states import RefundState
from shopbot.storage import Transaction

PaidState = Literal["paid", "failed"]

_FROM: dict[PaidState, frozenset[RefundState]] = {
    "paid": frozenset({"approved", "failed"}),
    "failed": frozenset({"planned", "approved"}),
}


def settle_refund(
    tx: Transaction,
    store_id: str,
    refund_id: str,
    state: PaidState,
    now: datetime,
    who: str,
) -> Refund:
    """Write down that a refund was paid, or that it failed; safe to repeat.

    NotFound for an unknown refund; Conflict when it is not its turn, or its case has to be stepped on.
    """
    refund = store.get_refund(tx, store_id, refund_id)
    if refund.state == state:
        return refund
    if state == "paid" and refund.case_id is not None:
        raise Conflict(
            f"The refund {refund.id} belongs to the case {refund.case_id}. "
            "Take the case's step refund, which pays it.",
            id=refund.id,
            case=refund.case_id,
        )
    if refund.state not in _FROM[state]:
        raise Conflict(
            f"The refund {refund.id} is {refund.state}; it cannot become {state} now. "
            "Look at the order before you go on.",
            id=refund.id,
        )
    paid_at = now if state == "paid" else None
    store.update_refund(tx, replace(refund, state=state, paid_at=paid_at))
    if state == "paid":  # nobody is told any more that it is late
        subject = f"refund:{refund.id}"
        outgoing.overtake(tx, store_id=store_id, order=refund.order, subject=subject)
    _write_down(tx, refund, state, who, now)
    return store.get_refund(tx, store_id, refund_id)


def _write_down(tx: Transaction, refund: Refund, state: PaidState, who: str, now: datetime) -> None:
    name, data = f"order.refund-{state}", {"refund": refund.id, "cash_fen": refund.cash_fen}
    store.add_event(tx, refund.store_id, refund.order, name, at=now, who=who, data=data)
    deed = audit.Deed(
        store_id=refund.store_id, name=name, who=who, subject=refund.order, at=now, data=data
    )
    audit.record(tx, deed)
