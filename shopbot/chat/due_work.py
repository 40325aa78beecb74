"""Due work of talks, for the worker and for ``shopbot jobs``: promises, dropped lines, news of orders.

The clocks of waiting shoppers and quiet talks are not here: they need seconds and a running server, see
:mod:`shopbot.chat.housekeeper`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from shopbot import ids, jobs
from shopbot.chat import delivery, offline, promises
from shopbot.chat.lines import Sayer, Voice
from shopbot.orders.contact import RuleContact
from shopbot.orders.restock import Shelf
from shopbot.orders.truth import StillTrue
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction

DELIVER = "chat.deliver"
"""Kind of due work: news of orders; a running server tells them sooner."""

_EVERY = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def register(
    registry: jobs.Registry,
    db: Database,
    rules: Rules,
    sayer: Callable[[], Sayer],
    software: str,
    shelf: Shelf | None = None,
) -> jobs.Registry:
    """Add the kinds of the talk; ``sayer`` is asked for only when something is to be said.

    ``shelf`` knows whether goods that somebody waits for are still there.
    """
    registry.register(promises.WARN, promises.warn_due)
    registry.register(promises.BREAK, promises.break_due)
    registry.register(offline.DROPPED, partial(offline.dropped_due, rules.desk))
    registry.register(DELIVER, partial(_deliver, db, rules, sayer, software, shelf))
    return registry


def plan_watches(tx: Transaction, store_id: str, now: datetime) -> int:
    """Plan what comes back, for the present span; return how many were new."""
    slot = _slot(now)
    plan = jobs.Plan(store_id=store_id, kind=DELIVER, key=ids.to_text(slot), due=slot, payload={})
    return int(jobs.plan(tx, plan, now))


def next_slot(now: datetime) -> datetime:
    """Return when the next round is due after ``now``."""
    return _slot(now) + _EVERY


def _slot(now: datetime) -> datetime:
    return _EPOCH + (now - _EPOCH) // _EVERY * _EVERY


def _deliver(
    db: Database,
    rules: Rules,
    sayer: Callable[[], Sayer],
    software: str,
    shelf: Shelf | None,
    job: jobs.Job,
    now: datetime,
) -> jobs.Apply | None:
    truth = StillTrue(rules, shelf, delivery.TalkReplies)
    overtaken = delivery.find_overtaken(db, job.store_id, truth, now)
    if not delivery.is_due(db, job.store_id, now):
        return partial(delivery.end_overtaken, overtaken=overtaken, now=now) if overtaken else None
    voice = Voice(sayer(), software)
    policy = RuleContact(rules)

    def apply(tx: Transaction) -> None:
        delivery.end_overtaken(tx, overtaken, now)
        delivery.deliver(tx, job.store_id, policy=policy, voice=voice, now=now, truth=truth)

    return apply
