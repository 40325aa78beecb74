"""The state tables of an exchange (换货) and of sending again (补发)."""

from __future__ import annotations

from shopbot.orders.transitions import (
    Table,
    application,
    go,
    inspection,
    sent_out,
    way_back,
)

EXCHANGE: Table = {
    **application(dropped=("release-replacement",), approved=("reserve-replacement",)),
    **way_back(dropped=("release-replacement",)),
    **inspection(dropped=("release-replacement",)),
    **sent_out(),
    ("inspected", "resend"): go("resent", "warehouse", "send-parcel"),
    # sold out meanwhile: the exchange becomes a refund
    ("inspected", "refund"): go(
        "refunded", "agent finance", "release-replacement", "plan-refund", "pay-refund"
    ),
}

RESEND: Table = {
    **application(dropped=("release-replacement",), approved=("reserve-replacement",)),
    **sent_out(),
    ("approved", "resend"): go("resent", "warehouse", "send-parcel"),
    ("approved", "refund"): go(
        "refunded", "agent finance", "release-replacement", "plan-refund", "pay-refund"
    ),
    ("approved", "remind"): go("approved", "system", "escalate"),
}
