"""What needs a person today, read from the database; agenda.py decides about orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shopbot.orders import claim_store, due_work, followup_store, lost_buyers, review_store
from shopbot.orders.agenda import Item, list_items, urgency
from shopbot.orders.claim_work import claims_due, is_in_hand
from shopbot.orders.followup_store import FollowupFilter
from shopbot.orders.model import OrderFacts
from shopbot.orders.review_model import Call, Review
from shopbot.orders.review_views import call_words
from shopbot.orders.timing import end_of_day, local_day
from shopbot.rules import Rules
from shopbot.storage import Database
from shopbot.storage.database import Reader

_MOST = 1000  # of one kind; more is no list for a day


def find_due(db: Database, rules: Rules, now: datetime) -> list[Item]:
    """Return what needs a person today, most urgent first."""
    found = [item for item, _ in orders_due(db, rules, now)]
    with db.snapshot() as reader:
        for finder in (claims_due, calls_due, followups_due, lost_due):
            found.extend(finder(reader, rules, now))
    return sorted(found, key=urgency)


def orders_due(db: Database, rules: Rules, now: datetime) -> Iterator[tuple[Item, OrderFacts]]:
    """Yield what orders want, each with its order; what a claim, case or task sees to is left to that."""
    in_hand = claim_store.list_in_hand(db, rules.store_id)
    every = due_work.each_with_stock(db, due_work.Q.unsettled_orders, store_id=rules.store_id)
    for facts, out in every:
        items = list_items(facts, rules, now, stock_out=out)
        yield from ((one, facts) for one in items if not is_in_hand(one, items, facts, in_hand))


def calls_to_make(reader: Reader, rules: Rules, now: datetime) -> Iterator[tuple[Call, Review]]:
    """Yield the buyers to be called about their reviews: who was not called yet, and whose next try is today.

    A review of the night has its time until the next night, and would be late before another morning's list.
    """
    today = end_of_day(local_day(now, rules), rules)
    for call in review_store.list_open_calls(reader, rules.store_id, count=_MOST):
        if call.attempts == 0 or call.due_at <= today:
            yield call, review_store.get_review(reader, rules.store_id, call.review)


def calls_due(reader: Reader, rules: Rules, now: datetime) -> Iterator[Item]:
    """Yield the buyers to be called about their reviews."""
    for call, review in calls_to_make(reader, rules, now):
        yield Item(
            what="review",
            order=call.order,
            subject=call.review,
            state="call",
            next="review.call",
            due=call.due_at,
            overdue=call.due_at <= now,
            detail=call_words(review, call),
        )


def followups_due(reader: Reader, rules: Rules, now: datetime) -> Iterator[Item]:
    """Yield whom to ask how they were served, or to answer, by the end of today."""
    wanted = FollowupFilter(due=end_of_day(local_day(now, rules), rules), count=_MOST)
    for one in followup_store.list_followups(reader, rules.store_id, wanted):
        yield Item(
            what="followup",
            order=one.order,
            subject=one.id,
            state=one.state,
            next=f"followup.{one.state}",
            due=one.due_at,
            overdue=one.due_at <= now,
        )


def lost_due(reader: Reader, rules: Rules, now: datetime) -> Iterator[Item]:
    """Yield the buyers that were found lost and that nobody has asked yet."""
    for one in lost_buyers.list_open(reader, rules.store_id, _MOST):
        due = one.found_at + rules.followups.give_up_after
        yield Item(
            what="lost-buyer",
            order=one.last_order,
            subject=one.id,
            state="open",
            next="lost-buyer.open",
            due=due,
            overdue=due <= now,
        )
