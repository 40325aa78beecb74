"""Due work of accounts: once a day what holds no more is cleared away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shopbot import ids, jobs
from shopbot.accounts.sessions import forget_expired
from shopbot.storage import Transaction

KIND = "accounts.tidy"
_EVERY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def register(made: jobs.Registry) -> None:
    """Name the function for the kind."""
    made.register(KIND, lambda job, now: lambda tx: forget_expired(tx, now))


def plan_tidy(tx: Transaction, store_id: str, now: datetime) -> bool:
    """Plan today's tidying; safe to repeat."""
    slot = _EPOCH + (now - _EPOCH) // _EVERY * _EVERY
    planned = jobs.Plan(store_id=store_id, kind=KIND, key=ids.to_text(slot), due=slot, payload={})
    return jobs.plan(tx, planned, now)
