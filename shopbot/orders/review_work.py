"""Due work of reviews: invitations each hour, calls that nobody has made in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shopbot import jobs
from shopbot.orders.due_work import Watch
from shopbot.orders.review_calls import CALL_DUE, call_is_due
from shopbot.orders.review_invites import plan_invites
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction

WATCHES = (Watch(kind="reviews.invite", every=timedelta(hours=1)),)


def register(made: jobs.Registry, db: Database, rules: Rules) -> jobs.Registry:
    """Add the functions of reviews to ``made`` and return it."""
    made.register("reviews.invite", partial(plan_invites, db, rules))
    made.register(CALL_DUE, call_is_due)
    return made


def plan_watches(tx: Transaction, store_id: str, now: datetime) -> int:
    """Plan what comes back, for the present spans; return how many were new."""
    return sum(watch.plan(tx, store_id, now) for watch in WATCHES)


def next_slot(now: datetime) -> datetime:
    """Return when the next watch is due after ``now``."""
    return min(watch.slot(now) + watch.every for watch in WATCHES)
