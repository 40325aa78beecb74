"""Promises of talks as chores of the morning's list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shopbot import messages
from shopbot.chat import promises
from shopbot.orders import masking
from shopbot.orders.chores import Chore
from shopbot.orders.timing import end_of_day, local_day
from shopbot.rules import Rules
from shopbot.storage import Database


def of_promises(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield what was promised until the end of today or earlier and is not made good."""
    today = end_of_day(local_day(now, rules), rules)
    for one in promises.list_promises(db, rules.store_id, state="due"):
        if one.until > today:
            continue
        broken = one.until <= now
        yield Chore(
            section="promises",
            subject=one.conversation,
            ref=one.id,
            says=masking.free_text(one.what),
            next=messages.text("round.next.promise-broken" if broken else "round.next.promise"),
            due=one.until,
            overdue=broken,
        )
