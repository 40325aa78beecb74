"""The morning's list of a shop, read from everything that can be due (shopbot orders round)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shopbot import messages
from shopbot.orders import followup_store
from shopbot.orders.agenda import Item
from shopbot.orders.chores import SECTIONS, Chore, Finder, Section, urgency
from shopbot.orders.claim_work import claims_due
from shopbot.orders.due_list import calls_to_make, lost_due, orders_due
from shopbot.orders.followup_store import FollowupFilter
from shopbot.orders.model import OrderFacts
from shopbot.orders.proactive_chores import of_news, of_restock
from shopbot.orders.review_views import call_words
from shopbot.orders.source_chores import of_sources
from shopbot.orders.timing import end_of_day, local_day
from shopbot.rules import Rules
from shopbot.storage import Database

MISSED_AFTER = timedelta(hours=24)
"""An order without a parcel so long after its promise is looked for: the warehouse may not have it."""

_MOST = 1000  # of one kind; more is no list for a morning
_OF: dict[str, Section] = {
    "shipping": "shipping",
    "parcel": "parcels",
    "case": "returns",
    "address": "tasks",
    "refund": "tasks",
    "task": "tasks",
    "claim": "claims",
    "review": "reviews",
    "followup": "followups",
    "lost-buyer": "followups",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Everything that waits at a moment, section by section."""

    at: datetime
    chores: tuple[Chore, ...]

    @property
    def overdue(self) -> int:
        """Return how many chores are late."""
        return sum(chore.overdue for chore in self.chores)

    def of(self, section: Section) -> tuple[Chore, ...]:
        """Return the chores of a section, the most urgent first."""
        return tuple(chore for chore in self.chores if chore.section == section)

    def as_dict(self, rules: Rules) -> dict[str, Any]:
        """Return the round for programs; every section is there, empty ones too."""
        return {
            "at": self.at.astimezone(rules.zone).isoformat(),
            "count": len(self.chores),
            "overdue": self.overdue,
            "sections": [
                {
                    "section": section,
                    "title": messages.text(f"round.section.{section}"),
                    "count": len(self.of(section)),
                    "overdue": sum(chore.overdue for chore in self.of(section)),
                    "chores": [chore.as_dict(rules) for chore in self.of(section)],
                }
                for section in SECTIONS
            ],
        }


def find_round(db: Database, rules: Rules, now: datetime, more: Sequence[Finder] = ()) -> Round:
    """Return what waits at ``now``; ``more`` finds what other packages keep (chat's promises)."""
    found = [chore for finder in (*FINDERS, *more) for chore in finder(db, rules, now)]
    return Round(at=now, chores=tuple(sorted(found, key=urgency)))


def of_orders(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield what orders, parcels, cases and tasks want."""
    for item, facts in orders_due(db, rules, now):
        yield of_item(item, missed=is_missed(item, facts, now))


def of_item(item: Item, *, missed: bool = False) -> Chore:
    """Return an item of the day's list as a chore. Pure."""
    key = "missed" if missed else item.next
    step = messages.text(f"round.next.{key}" if missed else f"due.next.{key}")
    if item.detail:
        step = messages.text("due.detail", next=step, detail=item.detail)
    says = "round.missed" if missed else f"due.state.{item.what}.{item.state}"
    return Chore(
        section="missed" if missed else _OF[item.what],
        subject=item.order,
        says=messages.text(says),
        next=step,
        due=item.due,
        overdue=item.overdue,
        ref=item.subject,
    )


def is_missed(item: Item, facts: OrderFacts, now: datetime) -> bool:
    """Tell whether an order may have been overlooked: long past its promise, and no parcel. Pure."""
    late = item.what == "shipping" and item.state in ("late", "presale-late")
    waited = item.due is not None and now - item.due >= MISSED_AFTER
    return late and waited and not facts.parcels


def of_reviews(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield the buyers to be called about their reviews."""
    for call, review in calls_to_make(db, rules, now):
        yield Chore(
            section="reviews",
            subject=call.order,
            ref=call.review,
            says=call_words(review, call),
            next=messages.text("round.next.review"),
            due=call.due_at,
            overdue=call.due_at <= now,
        )


def of_followups(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield whom to ask, or to answer, by the end of today."""
    wanted = FollowupFilter(due=end_of_day(local_day(now, rules), rules), count=_MOST)
    for one in followup_store.list_followups(db, rules.store_id, wanted):
        yield Chore(
            section="followups",
            subject=one.order,
            ref=one.id,
            says=messages.text(f"followups.state.{one.state}"),
            next=messages.text(f"round.next.followup.{one.state}"),
            due=one.due_at,
            overdue=one.due_at <= now,
        )


def of_claims(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield what couriers are to be asked for, and what a supervisor must agree to."""
    with db.snapshot() as reader:
        items = list(claims_due(reader, rules, now))
    yield from map(of_item, items)


def of_lost(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield the buyers who stay away and whom nobody has asked yet."""
    with db.snapshot() as reader:
        items = list(lost_due(reader, rules, now))
    yield from map(of_item, items)


FINDERS: tuple[Finder, ...] = (
    of_orders,
    of_sources,
    of_claims,
    of_reviews,
    of_followups,
    of_lost,
    of_news,
    of_restock,
)
"""All areas of this package; a new one is added here."""
