"""News that agents look at first, and goods that shoppers wait for, as chores of the morning's list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shopbot import messages
from shopbot.orders import outgoing, restock_store
from shopbot.orders.chores import Chore
from shopbot.orders.contact import OutgoingMessage
from shopbot.orders.proactive_views import kind_text
from shopbot.orders.restock_store import Waiting
from shopbot.orders.timing import end_of_day, local_day
from shopbot.orders.truth import StillTrue
from shopbot.rules import Rules
from shopbot.storage import Database


def of_news(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield what is held and still so; of goods the watch alone asks the shelf."""
    truth = StillTrue(rules)
    with db.snapshot() as reader:
        held = outgoing.list_held(reader, rules.store_id)
        still = [
            one for one in held if one.kind == "restock" or truth.against(reader, one, now) is None
        ]
    yield from (_news(one, now) for one in still)


def _news(message: OutgoingMessage, now: datetime) -> Chore:
    kind = kind_text(message.kind)
    return Chore(
        section="news",
        subject=message.order or kind,
        ref=message.id,
        says=messages.text("round.news", kind=kind),
        next=messages.text(f"round.next.news-{message.then}"),
        due=message.held_until,
        overdue=message.held_until is not None and message.held_until <= now,
    )


def of_restock(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield the goods that shoppers wait for, the most wanted first."""
    today = end_of_day(local_day(now, rules), rules)
    with db.snapshot() as reader:
        waiting = restock_store.list_waiting(reader, rules.store_id)
    yield from (_goods(one, today) for one in waiting)


def _goods(one: Waiting, today: datetime) -> Chore:
    ends = one.expires_at <= today
    return Chore(
        section="restock",
        subject=one.title,
        ref=one.product,
        says=messages.text(
            "round.restock-due" if one.due else "round.restock", waiting=one.waiting, due=one.due
        ),
        next=messages.text("round.next.restock-ends" if ends else "round.next.restock"),
        due=one.expires_at if ends else None,
    )
