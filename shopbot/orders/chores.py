"""One line of the morning's list: what stands how, what comes next, until when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from shopbot.rules import Rules
from shopbot.storage.database import Database

Section = Literal[
    "missed",  # 漏单: paid long ago and nothing sent, or at the source and not here
    "shipping",  # near or past the promise
    "parcels",
    "returns",
    "tasks",  # wishes, address changes, refunds
    "claims",
    "reviews",
    "followups",
    "promises",  # given in talks
    "news",  # to be told to shoppers, looked at first
    "restock",  # goods that shoppers wait for
]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""In the order in which a shop goes through them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """One thing to do this morning; ``says`` and ``next`` are sentences for staff."""

    section: Section
    subject: str  # an order, where there is one
    says: str
    next: str
    due: datetime | None = None  # None: as soon as somebody can
    overdue: bool = False
    ref: str = ""  # a parcel, or the id of a case, task, call, …: what commands take

    def as_dict(self, rules: Rules) -> dict[str, Any]:
        """Return the chore for programs, its time on the store's clock."""
        return {
            "section": self.section,
            "subject": self.subject,
            "ref": self.ref,
            "says": self.says,
            "next": self.next,
            "due": self.due.astimezone(rules.zone).isoformat() if self.due else None,
            "overdue": self.overdue,
        }


Finder = Callable[[Database, Rules, datetime], Iterable[Chore]]
"""Reads the chores of one area; sections may be shared."""


def urgency(chore: Chore) -> tuple[int, bool, bool, str, str]:
    """Return a sort key: section, overdue first, then what has a time, the earliest first."""
    at = chore.due.isoformat() if chore.due else ""
    return (
        SECTIONS.index(chore.section),
        not chore.overdue,
        chore.due is None,
        at,
        chore.subject,
    )
