"""The watch that reminds buyers of unpaid orders, and stops as soon as they pay or write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from shopbot import ids, jobs
from shopbot.errors import NotFound
from shopbot.orders import facts_store, outgoing
from shopbot.orders.contact import NoReplies, Replies, RuleContact
from shopbot.orders.due_work import Watch
from shopbot.orders.freshness import read_standing
from shopbot.orders.model import Order
from shopbot.orders.reminder_plan import (
    SUBJECT,
    Nudge,
    ReminderKind,
    find_nudge,
    is_held_out,
    kind_of,
)
from shopbot.orders.timing import ONE_DAY
from shopbot.rules import Rules
from shopbot.storage import Database, Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders", "reminders.sql")

WATCHES = (Watch(kind="orders.remind-unpaid", every=timedelta(minutes=10)),)

_OLDEST = 90 * ONE_DAY  # a presale may wait long for its balance
_PAGE = 500

RepliesOf = Callable[[Reader, datetime], Replies]
NewSeed = Callable[[], str]
_RANDOM: NewSeed = partial(ids.new_id, "seed")


def _nobody(_reader: Reader, _now: datetime) -> Replies:
    return NoReplies()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the watch goes by besides the database."""

    rules: Rules
    replies_of: RepliesOf = _nobody
    new_seed: NewSeed = _RANDOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An order that could be reminded, or was held out."""

    order: str
    kind: ReminderKind
    held_out: bool
    entered_at: datetime
    ended_at: datetime | None = None


def register(
    made: jobs.Registry, db: Database, rules: Rules, replies_of: RepliesOf = _nobody
) -> jobs.Registry:
    """Add the function of reminders to ``made`` and return it."""
    means = Means(rules=rules, replies_of=replies_of)
    made.register("orders.remind-unpaid", partial(remind, db, means))
    return made


def plan_watches(tx: Transaction, store_id: str, now: datetime) -> int:
    """Plan what comes back, for the present spans; return how many were new."""
    return sum(watch.plan(tx, store_id, now) for watch in WATCHES)


def next_slot(now: datetime) -> datetime:
    """Return when the next watch is due after ``now``."""
    return min(watch.slot(now) + watch.every for watch in WATCHES)


def remind(db: Database, means: Means, job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle the watch: plan what may be said now, take back what is not true any more."""
    rules = means.rules
    if job.store_id != rules.store_id:
        raise NotFound("store")
    orders = list(_waiting(db, rules, now))
    settled = [_entry(row) for row in db.all(Q.settled_entries, store_id=rules.store_id)]

    def work(tx: Transaction) -> None:
        for entry in settled:
            _end(tx, rules.store_id, entry, now)
        for order in orders:
            _look_at(tx, order, means, now)

    return work


def _waiting(db: Database, rules: Rules, now: datetime) -> Iterator[Order]:
    after, since = "", ids.to_text(now - _OLDEST)
    while True:
        with db.snapshot() as reader:
            span = {"store_id": rules.store_id, "since": since, "after": after}
            rows = reader.all(Q.waiting_orders, **span, count=_PAGE)
            standing = read_standing(reader, rules, now)
            numbers = [str(row["number"]) for row in rows]
            found = list(facts_store.list_orders(reader, rules.store_id, numbers))
        yield from (one for one in found if standing.is_current(one))  # else: may be paid by now
        if len(rows) < _PAGE:
            return
        after = rows[-1]["number"]


def _look_at(tx: Transaction, order: Order, means: Means, now: datetime) -> None:
    kind, nudge = kind_of(order), find_nudge(order, means.rules, now)
    entry = None if kind is None else find_entry(tx, order, kind)
    if entry is None and nudge is not None:
        entry = _enter(tx, order, nudge, means, now)
    if entry is None or entry.held_out or entry.ended_at is not None:
        return
    last = means.replies_of(tx, now).last_reply(order.store_id, order.number)
    if last is not None and last >= entry.entered_at:
        _end(tx, order.store_id, entry, now)
    elif nudge is None:  # its window is over: what could not go in time does not go
        outgoing.overtake(tx, store_id=order.store_id, order=order.number, subject=_subject(entry))
    else:
        _say(tx, order, entry, nudge, means.rules, now)


def _say(
    tx: Transaction, order: Order, entry: Entry, nudge: Nudge, rules: Rules, now: datetime
) -> None:
    policy = RuleContact(rules)
    if policy.first_moment(False, now) >= nudge.until:
        return
    listed = outgoing.list_messages(tx, order.store_id, order.number)
    lately = [
        one
        for one in listed
        if one.subject == _subject(entry)
        and one.state != "dropped"
        and now - one.created_at < ONE_DAY
    ]
    if len(lately) >= rules.reminders.most:
        return
    outgoing.plan_message(
        tx,
        store_id=order.store_id,
        order=order.number,
        subject=_subject(entry),
        phrase=nudge.phrase,
        key=f"{order.number}:{nudge.phrase.id}",
        policy=policy,
        now=now,
    )


def _subject(entry: Entry) -> str:
    return f"{SUBJECT}{entry.kind}"


def _end(tx: Transaction, store_id: str, entry: Entry, now: datetime) -> None:
    key = {"store_id": store_id, "order_number": entry.order, "kind": entry.kind}
    tx.run(Q.end_entry, **key, ended_at=ids.to_text(now))
    outgoing.overtake(tx, store_id=store_id, order=entry.order, subject=_subject(entry))


# --- who is held out ----------------------------------------------------------------------------------


def find_entry(reader: Reader, order: Order, kind: ReminderKind) -> Entry | None:
    """Return the entry of an order, None when no window of it has come yet."""
    key = {"store_id": order.store_id, "order_number": order.number, "kind": kind}
    found = reader.maybe_one(Q.find_entry, **key)
    return None if found is None else _entry(found)


def _enter(tx: Transaction, order: Order, nudge: Nudge, means: Means, now: datetime) -> Entry:
    share = means.rules.reminders.held_out
    seed = _seed(tx, order.store_id, share, means.new_seed, now)
    entry = Entry(
        order=order.number,
        kind=nudge.kind,
        held_out=is_held_out(seed, order.buyer or order.number, share),
        entered_at=now,
    )
    tx.run(
        Q.add_entry,
        store_id=order.store_id,
        order_number=order.number,
        kind=entry.kind,
        held_out=int(entry.held_out),
        entered_at=ids.to_text(now),
    )
    return entry


def _seed(tx: Transaction, store_id: str, share: int, new_seed: NewSeed, now: datetime) -> str:
    found = tx.maybe_one(Q.find_seed, store_id=store_id, share=share)
    if found is None:
        made = {"seed": new_seed(), "recorded_at": ids.to_text(now)}
        tx.run(Q.add_seed, store_id=store_id, share=share, **made)
        found = tx.one(Q.find_seed, store_id=store_id, share=share)
    return str(found["seed"])


def list_entries(reader: Reader, store_id: str, *, only_open: bool, count: int) -> list[Entry]:
    """Return the orders that could be reminded, newest first."""
    rows = reader.all(Q.list_entries, store_id=store_id, only_open=int(only_open), count=count)
    return [_entry(row) for row in rows]


def _entry(row: Row) -> Entry:
    ended = row["ended_at"]
    return Entry(
        order=row["order_number"],
        kind=row["kind"],
        held_out=bool(row["held_out"]),
        entered_at=ids.from_text(row["entered_at"]),
        ended_at=None if ended is None else ids.from_text(ended),
    )
