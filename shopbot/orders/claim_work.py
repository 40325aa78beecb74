"""Claims among the day's work: their clocks, and what needs a person today."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from shopbot import jobs
from shopbot.orders import claim_store, store
from shopbot.orders.agenda import Item
from shopbot.orders.claim_model import Claim
from shopbot.orders.claim_payments import LAPSED
from shopbot.orders.claim_steps import CLAIM_DUE, claim_due
from shopbot.orders.model import OrderFacts
from shopbot.orders.settled import is_settled
from shopbot.orders.timing import end_of_day, local_day
from shopbot.rules import Rules
from shopbot.storage.database import Reader

_MOST = 10_000
FOUND_SHOWN = timedelta(days=2)
"""So long it stands on the list that a buyer has both the parcel and the money for it."""

_LOOKS = frozenset({"ask-courier", "check-lost", "check-not-received"})
_ASKS_COURIER = frozenset(
    {f"parcel.{step}" for step in ("claim", "ask-courier", "ask-news", "send-pictures")}
)


def register(made: jobs.Registry) -> jobs.Registry:
    """Add the function of claims to ``made`` and return it."""
    made.register(CLAIM_DUE, claim_due)
    return made


def claims_due(reader: Reader, rules: Rules, now: datetime) -> Iterator[Item]:
    """Yield the claims that need a person by the end of today, and what a supervisor must agree to.

    Last come the parcels that were found after their buyer was paid.

    One that an open task of its order speaks of already is left to that.
    """
    wanted = claim_store.ClaimFilter(only_open=True, count=_MOST)
    today = end_of_day(local_day(now, rules), rules)
    for claim in claim_store.list_claims(reader, rules.store_id, wanted):
        ours = claim.state == "established"
        ripe = claim.deadline is not None and claim.deadline < today
        if (ours or ripe) and not _is_told(reader, claim, rules, now):
            yield _item(claim, claim.state, claim.deadline, now)
    for one in claim_store.list_asked(reader, rules.store_id):
        claim = claim_store.get_claim(reader, rules.store_id, one.claim)
        yield _item(claim, "compensation", None, now)
    for claim in claim_store.list_found_after_paid(reader, rules.store_id, now - FOUND_SHOWN):
        yield _item(claim, "found-paid", None, now)


def is_in_hand(
    item: Item, beside: Collection[Item], facts: OrderFacts, in_hand: Collection[tuple[str, str]]
) -> bool:
    """Tell whether what a parcel wants is being done: by a claim, a case that replaces what was in it, a task.

    ``beside``: all items of its order; ``in_hand``: of :func:`claim_store.list_in_hand`. Pure.
    """
    if item.what != "parcel" or item.next not in _ASKS_COURIER:
        return False
    listed = {one.subject for one in beside if one.what == "task"}
    tasks = (task for task in facts.tasks if task.id in listed and task.kind in _LOOKS)
    if (item.order, item.subject) in in_hand or any(t.parcel == item.subject for t in tasks):
        return True
    sent = next((p.shipment for p in facts.parcels if p.shipment.parcel == item.subject), None)
    lines = sent.line_nos if sent is not None else ()  # none: nobody knows, so it may be any
    return any(
        case.kind in ("resend", "refund")
        and case.state not in LAPSED
        and (case.line_no in lines or not lines)
        for case in facts.cases
    )


def _is_told(reader: Reader, claim: Claim, rules: Rules, now: datetime) -> bool:
    if claim.state not in ("chasing", "proving"):
        return False
    facts = store.get_facts(reader, rules.store_id, claim.order)
    return any(
        task.is_open and task.parcel == claim.parcel and not is_settled(task, facts, rules, now)
        for task in facts.tasks
    )


def _item(claim: Claim, state: str, due: datetime | None, now: datetime) -> Item:
    return Item(
        what="claim",
        order=claim.order,
        subject=claim.id,
        state=state,
        next=f"claim.{state}",
        due=due,
        overdue=due is not None and now >= due,
        detail=claim.parcel,
    )
