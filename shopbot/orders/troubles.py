"""What may be the matter with a parcel, and what comes next: the words of logistics.py."""

from __future__ import annotations

from typing import Literal

from shopbot.orders.states import ParcelStatus

Trouble = Literal[
    "doubtful",  # the number stands on another buyer's order too: never told
    "no-data",  # nothing from the courier yet
    "not-collected",  # a number, not collected, in time
    "not-collected-late",
    "on-way",
    "standing",  # in a closure that staff typed, or over a holiday
    "late",
    "stuck",
    "lost-suspected",
    "lost",
    "delivering",
    "delivering-slow",
    "at-station",
    "station-overdue",
    "signed",
    "signed-just-now",  # said not to be received, signed moments ago
    "signed-not-received",
    "not-received-late",  # said after the window
    "refused",
    "returning",
    "returned",
    "damaged",
    "problem",
]

Next = Literal[
    "wait",
    "ask-warehouse",
    "ask-courier",
    "pick-up",
    "look-around",
    "send-pictures",
    "claim",
    "refund-after-return",
    "hand-over",
    "none",
]

NEXT: dict[Trouble, Next] = {
    "doubtful": "ask-warehouse",
    "no-data": "wait",
    "not-collected": "wait",
    "not-collected-late": "ask-warehouse",
    "on-way": "wait",
    "standing": "wait",
    "late": "ask-courier",
    "stuck": "ask-courier",
    "lost-suspected": "claim",
    "lost": "claim",
    "delivering": "wait",
    "delivering-slow": "ask-courier",
    "at-station": "pick-up",
    "station-overdue": "pick-up",
    "signed": "none",
    "signed-just-now": "look-around",
    "signed-not-received": "ask-courier",
    "not-received-late": "hand-over",
    "refused": "refund-after-return",
    "returning": "refund-after-return",
    "returned": "refund-after-return",
    "damaged": "send-pictures",
    "problem": "ask-courier",
}

PLAIN: dict[ParcelStatus, Trouble] = {
    "refused": "refused",
    "returning": "returning",
    "returned": "returned",
    "damaged": "damaged",
    "problem": "problem",
    "lost": "lost",
}
"""States of the courier that are troubles as they stand."""
