"""The state table of a repair (维修): diagnosed, quoted when it is not covered, repaired, sent back."""

from __future__ import annotations

from shopbot.orders.transitions import Table, application, go, sent_out, way_back

REPAIR: Table = {
    **application(dropped=()),
    **way_back(dropped=()),
    **sent_out(),
    ("received", "pass"): go("inspected", "warehouse"),  # diagnosed, covered by the warranty
    ("received", "quote"): go("quoted", "agent warehouse"),
    ("quoted", "accept"): go("repairing", "buyer"),
    ("quoted", "decline"): go("inspected", "buyer"),  # goes back unrepaired
    ("quoted", "expire"): go("inspected", "system", "escalate"),
    ("inspected", "repair"): go("repairing", "agent warehouse"),
    ("inspected", "resend"): go("resent", "warehouse", "send-parcel"),
    ("repairing", "resend"): go("resent", "warehouse", "send-parcel"),
    ("repairing", "remind"): go("repairing", "system", "escalate"),
}
