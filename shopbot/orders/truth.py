"""Whether what a message tells is still so: a parcel that moved is not stuck, a paid refund not late,
and who has paid is not asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from typing_extensions import override

from shopbot.orders import claim_store, reminder_plan, restock_steps, store
from shopbot.orders.claim_model import Claim, ClaimState
from shopbot.orders.claim_store import ClaimFilter
from shopbot.orders.contact import NoReplies, OutgoingMessage, Replies, Truth, Why
from shopbot.orders.due_work import HALF_DAY, is_out_of_stock
from shopbot.orders.freshness import read_standing
from shopbot.orders.model import Order, OrderFacts
from shopbot.orders.proactive import KINDS, key_of
from shopbot.orders.restock import Shelf
from shopbot.orders.restock_steps import Means
from shopbot.orders.watches import Finding, find_breach, find_late_refunds, find_troubles
from shopbot.rules import Rules
from shopbot.storage.database import Reader

_CLAIMED: frozenset[ClaimState] = frozenset({"established", "filed", "won", "partly", "refused"})

RepliesOf = Callable[[Reader, datetime], Replies]


def nobody(_reader: Reader, _now: datetime) -> Replies:
    """Nobody talks."""
    return NoReplies()


class StillTrue(Truth):
    """Looks at orders and shelf as they stand."""

    def __init__(
        self, rules: Rules, shelf: Shelf | None = None, replies_of: RepliesOf = nobody
    ) -> None:
        self._rules = rules
        self._shelf = shelf
        self._replies_of = replies_of

    @override
    def against(self, reader: Reader, message: OutgoingMessage, now: datetime) -> Why | None:
        if message.subject.startswith(reminder_plan.SUBJECT):
            return self._against_reminder(reader, message, now)
        if message.kind not in KINDS:
            return None  # it tells what was done, which stays done
        if message.kind == "restock":
            return restock_steps.against(reader, message.id, self.means(reader, now), now)
        if _claim_told(reader, message):
            return "overtaken"
        facts = store.get_facts(reader, message.store_id, message.order)
        if message.kind == "promise-broken" and not self._is_current(reader, facts.order, now):
            return "not-true"  # may have left the house: nobody has told lately
        out = is_out_of_stock(reader, facts)
        now_so = find_now(facts, self._rules, now, stock_out=out)
        true = any(key_of(message.order, one) == message.key for one in now_so)
        return None if true else "not-true"

    def _against_reminder(
        self, reader: Reader, message: OutgoingMessage, now: datetime
    ) -> Why | None:
        order = store.get_order(reader, message.store_id, message.order)
        if not self._is_current(reader, order, now, self._rules.logistics.orders_fresh):
            return "not-true"  # may be paid by now: nobody has told lately
        return reminder_plan.against(order, message.subject, message.phrase, self._rules, now)

    def _is_current(
        self, reader: Reader, order: Order, now: datetime, within: timedelta = HALF_DAY
    ) -> bool:
        return read_standing(reader, self._rules, now).is_current(order, within)

    def means(self, reader: Reader, now: datetime) -> Means:
        """Return what wishes go by."""
        return Means(rules=self._rules, shelf=self._shelf, replies=self._replies_of(reader, now))


def _claim_told(reader: Reader, message: OutgoingMessage) -> bool:
    """Tell whether a claim has told the buyer more of the parcel: nobody hears that it may be lost after that.

    Of damage a claim says nothing until the buyer is paid.
    """
    wanted = ClaimFilter(order=message.order)
    return any(
        message.subject == f"parcel:{one.parcel}"
        and one.kind != "damaged"
        and (one.state in _CLAIMED or _ended_since(one, message))
        for one in claim_store.list_claims(reader, message.store_id, wanted)
    )


def _ended_since(claim: Claim, message: OutgoingMessage) -> bool:
    if claim.state != "found" or claim.ended_at is None:
        return False
    return claim.ended_at >= message.created_at


def find_now(
    facts: OrderFacts, rules: Rules, now: datetime, *, stock_out: bool = False
) -> Iterator[Finding]:
    """Yield everything that the watches would find about an order. Pure."""
    breach = find_breach(facts, rules, now, stock_out=stock_out)
    if breach is not None:
        yield breach
    yield from find_late_refunds(facts, now)
    if facts.order.status not in ("finished", "closed"):
        yield from find_troubles(facts, rules, now)
