"""Inviting a review once the goods have arrived: when it may be done, and the watch that does it.

Never for cash (the words of the knowledge are checked for that), never where something went wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shopbot import ids, jobs, messages
from shopbot.errors import NotFound
from shopbot.orders import claim_store, facts_store, outgoing, review_store, store
from shopbot.orders.checks import Check, all_ok, check
from shopbot.orders.claim_store import ClaimFilter
from shopbot.orders.contact import RuleContact
from shopbot.orders.model import OrderFacts, OrderLine
from shopbot.orders.phrases import phrase
from shopbot.orders.receipt import find_receipt
from shopbot.orders.timing import ONE_DAY
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")
REVIEWS = load_queries("shopbot.orders", "reviews.sql")

INVITE = "review.invite"
SUBJECT = "review"

_LONGEST_WAY = 60 * ONE_DAY  # between order and arrival, presales aside
_PAGE = 500
_DISPUTED = ".disputed"
_LOST = frozenset({"rejected", "closed"})
_GIVEN_BACK = frozenset({"return", "refund"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened around an order that its facts do not hold."""

    reviewed: bool = False
    disputed: bool = False  # a case was once in dispute
    invited: bool = False
    claimed: bool = False  # a parcel of it was lost, broken, or is still being looked for


def signed_at(facts: OrderFacts, now: datetime) -> datetime | None:
    """Return when the last line was received, None while one is not."""
    receipts = [find_receipt(facts, line.line_no, now) for line in facts.lines]
    times = [one.signed_at for one in receipts if one.signed_at is not None]
    return max(times) if times and len(times) == len(receipts) else None


def check_invite(facts: OrderFacts, past: Past, rules: Rules, now: datetime) -> tuple[Check, ...]:
    """Return whether the buyer may be asked for a review, with every condition. Pure."""
    received = signed_at(facts, now)
    wait, late = rules.reviews.invite_after, rules.reviews.invite_until
    ripe = received is not None and wait <= now - received < late
    trouble = any(case.is_open or case.state in _LOST for case in facts.cases)
    trouble |= any(line.status == "refunding" for line in facts.lines)  # at the platform
    tasks = any(task.is_open for task in facts.tasks)
    return (
        check("invite-wanted", rules.reviews.invite),
        check("invite-signed", received is not None),
        check("invite-time", ripe),
        check("invite-no-dispute", not past.disputed),
        check("invite-no-case", not trouble),
        check("invite-no-task", not tasks),
        check("invite-no-claim", not past.claimed),
        check("invite-kept", bool(kept_lines(facts))),
        check("invite-paid", facts.order.status != "closed"),
        check("invite-not-reviewed", not past.reviewed),
        check("invite-once", not past.invited),
    )


def kept_lines(facts: OrderFacts) -> tuple[OrderLine, ...]:
    """Return what the buyer has paid for and kept: nobody is asked how they like what they gave back. Pure."""
    back = {
        case.line_no
        for case in facts.cases
        if case.state == "refunded" and case.kind in _GIVEN_BACK
    }
    return tuple(
        line
        for line in facts.lines
        if not line.gift and line.status == "normal" and line.line_no not in back
    )


def gather_past(reader: Reader, facts: OrderFacts) -> Past:
    """Read what :func:`check_invite` needs besides the order's facts."""
    order = facts.order
    events = store.list_events(reader, order.store_id, order.number)
    known = {"store_id": order.store_id, "dedupe_key": _key(order.number)}
    return Past(
        reviewed=bool(review_store.list_of_order(reader, order.store_id, order.number)),
        disputed=any(event.name.endswith(_DISPUTED) for event in events)
        or any(case.state == "disputed" for case in facts.cases),
        invited=reader.maybe_one(Q.find_message, **known) is not None,
        claimed=_is_claimed(reader, facts),
    )


def _is_claimed(reader: Reader, facts: OrderFacts) -> bool:
    wanted = ClaimFilter(order=facts.order.number)
    claims = claim_store.list_claims(reader, facts.order.store_id, wanted)
    return any(claim.state not in ("found", "dropped") for claim in claims)


def plan_invites(db: Database, rules: Rules, job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle the watch: plan an invitation to each buyer who may be asked."""
    if job.store_id != rules.store_id:
        raise NotFound("store")
    wanted = list(_ripe(db, rules, now)) if rules.reviews.invite else []

    def work(tx: Transaction) -> None:
        for facts in wanted:
            _plan(tx, facts, rules, now)

    return work


def _ripe(db: Database, rules: Rules, now: datetime) -> Iterator[OrderFacts]:
    since = ids.to_text(now - rules.reviews.invite_until - _LONGEST_WAY)
    sent = ids.to_text(now - rules.reviews.invite_after)
    after = ""
    while True:
        with db.snapshot() as reader:
            rows = reader.all(
                REVIEWS.received_orders,
                store_id=rules.store_id,
                since=since,
                sent=sent,
                after=after,
                count=_PAGE,
            )
            numbers = [str(row["number"]) for row in rows]
            for facts in facts_store.list_facts(reader, rules.store_id, numbers):
                if _may_be_asked(reader, facts, rules, now):
                    yield facts
        if len(rows) < _PAGE:
            return
        since, after = rows[-1]["created_at"], rows[-1]["number"]


def _may_be_asked(reader: Reader, facts: OrderFacts, rules: Rules, now: datetime) -> bool:
    """Tell whether the buyer may be asked; the past is only read where the present allows it."""
    if not all_ok(check_invite(facts, Past(), rules, now)):
        return False
    return all_ok(check_invite(facts, gather_past(reader, facts), rules, now))


def _plan(tx: Transaction, facts: OrderFacts, rules: Rules, now: datetime) -> None:
    outgoing.plan_message(
        tx,
        store_id=rules.store_id,
        order=facts.order.number,
        subject=SUBJECT,
        phrase=phrase(INVITE, {"商品": _goods(facts)}),
        key=_key(facts.order.number),
        policy=RuleContact(rules),
        now=now,
    )


def withdraw(tx: Transaction, store_id: str, order: str) -> int:
    """Drop an invitation that waits: a case was opened, or the review is there."""
    return outgoing.overtake(tx, store_id=store_id, order=order, subject=SUBJECT)


def _goods(facts: OrderFacts) -> str:
    titles = [line.title for line in kept_lines(facts)]
    if len(titles) == 1:
        return titles[0]
    return messages.text("reviews.goods", first=titles[0], count=len(titles))


def _key(number: str) -> str:
    return f"{number}:review-invite"
