"""What agents look at first: let go, dropped, or ended by its time; and the watch that sees to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from shopbot import audit, ids, jobs
from shopbot.errors import Conflict, Malformed, NotFound
from shopbot.orders import outgoing, restock_steps
from shopbot.orders.contact import OutgoingMessage, RuleContact, Why
from shopbot.orders.due_work import Watch
from shopbot.orders.outgoing import Q
from shopbot.orders.restock import Shelf
from shopbot.orders.truth import RepliesOf, StillTrue, nobody
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction
from shopbot.storage.database import Reader

KIND = "orders.watch-news"
WATCHES = (Watch(kind=KIND, every=timedelta(minutes=10)),)

SYSTEM = "system"
MOST = 500  # wishes a watch; more wait ten minutes
MOST_NOTE = 200  # characters


def register(
    made: jobs.Registry,
    db: Database,
    rules: Rules,
    shelf: Shelf | None = None,
    replies_of: RepliesOf = nobody,
) -> jobs.Registry:
    """Add the function of the watch to ``made`` and return it."""
    made.register(KIND, partial(_watch, db, StillTrue(rules, shelf, replies_of), rules))
    return made


def plan_watches(tx: Transaction, store_id: str, now: datetime) -> int:
    """Plan what comes back, for the present span; return how many were new."""
    return sum(watch.plan(tx, store_id, now) for watch in WATCHES)


def next_slot(now: datetime) -> datetime:
    """Return when the next watch is due after ``now``."""
    return min(watch.slot(now) + watch.every for watch in WATCHES)


def _watch(
    db: Database, truth: StillTrue, rules: Rules, job: jobs.Job, now: datetime
) -> jobs.Apply | None:
    if job.store_id != rules.store_id:
        raise NotFound("store")
    with db.snapshot() as reader:
        ripe = find_ripe(reader, truth, rules, now)
    return (lambda tx: tend(tx, ripe, truth, rules, now)) if ripe != Ripe() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripe:
    """What has become due: held messages, and wishes for goods."""

    messages: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()


def find_ripe(reader: Reader, truth: StillTrue, rules: Rules, now: datetime) -> Ripe:
    """Return what is held and not true any more or long enough, and wishes that something befell."""
    held = outgoing.list_held(reader, rules.store_id)
    over = (one.id for one in held if _is_over(one, now) or truth.against(reader, one, now))
    wishes = restock_steps.find_ripe(reader, truth.means(reader, now), now, MOST)
    return Ripe(messages=tuple(over), wishes=tuple(wishes))


def tend(tx: Transaction, ripe: Ripe, truth: StillTrue, rules: Rules, now: datetime) -> None:
    """Drop what is not true any more, end what was held long enough, plan what waits to be told.

    Looked at anew: an agent or another worker may have been faster.
    """
    for name in ripe.messages:
        message = outgoing.get_message(tx, rules.store_id, name)
        if message.state == "held":
            _end(tx, message, truth, rules, now)
    for wish in ripe.wishes:
        restock_steps.tend_wish(tx, wish, truth.means(tx, now), now)


def _end(
    tx: Transaction, message: OutgoingMessage, truth: StillTrue, rules: Rules, now: datetime
) -> None:
    false = truth.against(tx, message, now)
    if false is not None:
        outgoing.drop(tx, message, false)
    elif _is_over(message, now):
        lapsed: Why | None = "lapsed" if message.then == "lapse" else None
        _decide(tx, message, rules, now, who=SYSTEM, why=lapsed)


def _is_over(message: OutgoingMessage, now: datetime) -> bool:
    return message.held_until is not None and message.held_until <= now


def release(
    tx: Transaction, message: str, truth: StillTrue, rules: Rules, now: datetime, who: str
) -> OutgoingMessage:
    """Let a held message go; one that is not true any more is dropped instead. Safe to repeat.

    NotFound when there is none, Conflict when it was dropped before.
    """
    found = outgoing.get_message(tx, rules.store_id, message)
    if found.state == "dropped":
        raise Conflict(f"The message {message} was dropped: {found.why}.", id=message)
    if found.state != "held":
        return found
    false = truth.against(tx, found, now)
    if false is not None:
        outgoing.drop(tx, found, false)
    else:
        _decide(tx, found, rules, now, who=who, why=None)
    return outgoing.get_message(tx, rules.store_id, message)


def drop(
    tx: Transaction, message: str, note: str, rules: Rules, now: datetime, who: str
) -> OutgoingMessage:
    """Do not tell a held message; ``note`` says why. Safe to repeat.

    NotFound when there is none, Conflict when it is on its way or was told, Malformed without why.
    """
    if not note:
        raise Malformed("Say in a few words why it is not told.")
    found = outgoing.get_message(tx, rules.store_id, message)
    if found.state == "dropped":
        return found
    if found.state != "held":
        raise Conflict(f"The message {message} is {found.state}, no longer held.", id=message)
    _decide(tx, found, rules, now, who=who, why="staff", note=note)
    return outgoing.get_message(tx, rules.store_id, message)


def list_held(
    reader: Reader, truth: StillTrue, store_id: str, now: datetime
) -> list[OutgoingMessage]:
    """Return what agents look at first and is still true, whose time ends first."""
    held = outgoing.list_held(reader, store_id)
    return [one for one in held if truth.against(reader, one, now) is None]


def _decide(
    tx: Transaction,
    message: OutgoingMessage,
    rules: Rules,
    now: datetime,
    *,
    who: str,
    why: Why | None,
    note: str = "",
) -> None:
    policy = RuleContact(rules)
    not_before = policy.first_moment(message.urgent, now)
    changed = tx.run(
        Q.decide_message,
        store_id=message.store_id,
        id=message.id,
        version=message.version,
        state="dropped" if why else "waiting",
        why=why or "",
        note=note[:MOST_NOTE],
        decided_by=who,
        decided_at=ids.to_text(now),
        not_before=ids.to_text(not_before),
        expires_at=ids.to_text(policy.expiry(not_before)),
    )
    if changed == 0:
        raise Conflict(f"The message {message.id} was changed meanwhile.", id=message.id)
    deed = audit.Deed(
        store_id=message.store_id,
        name="order.news.dropped" if why else "order.news.released",
        who=who,
        subject=message.order or message.id,
        at=now,
        data={"message": message.id, "kind": message.kind, **({"why": why} if why else {})},
    )
    audit.record(tx, deed)
