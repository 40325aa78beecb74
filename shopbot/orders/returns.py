"""The state tables of a return (退货退款) and of a refund without goods (仅退款)."""

from __future__ import annotations

from shopbot.orders.transitions import Table, application, go, inspection, way_back

RETURN: Table = {
    **application(dropped=("drop-refund",), approved=("plan-refund",)),
    **way_back(dropped=("drop-refund",)),
    **inspection(dropped=("drop-refund",), passed=("approve-refund",)),
    ("inspected", "refund"): go("refunded", "agent finance system", "pay-refund"),
}

REFUND: Table = {
    **application(dropped=("drop-refund",), approved=("plan-refund", "approve-refund")),
    ("approved", "refund"): go("refunded", "agent finance system", "pay-refund"),
    ("approved", "remind"): go("approved", "system", "escalate"),
}
