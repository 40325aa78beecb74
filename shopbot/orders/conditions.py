"""The conditions of a return, exchange or repair, each looked at by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shopbot.orders.checks import Check, check
from shopbot.orders.deadlines import find_deadline
from shopbot.orders.freight import Kind
from shopbot.orders.made_good import is_made_good
from shopbot.orders.model import OrderFacts, OrderLine
from shopbot.orders.receipt import Receipt
from shopbot.orders.timing import told_end, told_time
from shopbot.rules import Rules
from shopbot.rules.model import Exempt

SHOWN: frozenset[Kind] = frozenset({"quality", "quality-exchange", "wrong", "missing", "damaged"})
"""Kinds that pictures must show."""

REPORTED: frozenset[Kind] = frozenset({"wrong", "missing", "damaged"})
"""Kinds that are best told at once; later ones are looked into by a person, not refused."""

_UNWORN: frozenset[Kind] = frozenset({"no-reason", "exchange"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a shopper asks for and declares; None is what was not said."""

    kind: Kind
    quantity: int | None = None  # None: all that are left
    intact: bool | None = None  # 吊牌齐全、未穿未洗
    opened: bool | None = None
    pictures: int = 0
    gift_returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that one answer is made of."""

    facts: OrderFacts
    line: OrderLine
    claim: Claim
    rules: Rules
    now: datetime
    receipt: Receipt
    deadline: datetime | None
    left: int  # pieces not returned yet
    quantity: int  # pieces asked for

    @property
    def has_open_case(self) -> bool:
        """Tell whether the line is in a case already."""
        return any(c.is_open and c.line_no == self.line.line_no for c in self.facts.cases)

    @property
    def is_compensated(self) -> bool:
        """Tell whether the buyer is paid for a lost parcel, all that the line cost: more is for a person to give."""
        return is_made_good(self.facts, self.line.line_no)

    @property
    def in_time(self) -> bool:
        """Tell whether the time has not run out (it has not before it began)."""
        return self.deadline is None or self.now < self.deadline

    @property
    def exchanges_left(self) -> int:
        """Return how many exchanges of size or colour the order still has."""
        done = sum(
            case.kind == "exchange"
            and case.reason == "size"
            and case.state not in ("rejected", "cancelled", "closed")
            for case in self.facts.cases
        )
        return max(0, self.rules.returns.exchanges_per_order - done)


def look_at(situation: Situation) -> Iterator[Check]:
    """Yield every condition of the claim, met or not, in the order staff think of them."""
    kind = situation.claim.kind
    yield order_state(situation)
    yield line_state(situation)
    yield signed(situation)
    yield in_time(situation)
    if kind == "no-reason":
        yield exempt(situation)
        yield gift_line(situation)
    if kind in _UNWORN:
        yield intact(situation)
    if kind == "exchange":
        yield exchanges(situation)
    yield quantity(situation)
    yield open_case(situation)
    if situation.is_compensated:
        yield check("compensated", False)
    if kind in SHOWN:
        yield pictures(situation)


def order_state(s: Situation) -> Check:
    """Paid for, not closed, and sent."""
    order = s.facts.order
    if order.created_at > s.now:
        return check("order-state", False, "future")
    if order.status in ("unpaid", "deposit_paid"):
        return check("order-state", False, "unpaid")
    if order.status == "closed":
        return check("order-state", False, "closed")
    return check("order-state", s.receipt.shipped, "" if s.receipt.shipped else "unshipped")


def line_state(s: Situation) -> Check:
    """Not refunded and not being refunded on the platform."""
    status = s.line.status
    return check("line-state", status == "normal", "" if status == "normal" else status)


def signed(s: Situation) -> Check:
    """Received; without it only what needs no look at the goods may be asked for."""
    at = s.receipt.signed_at
    if at is not None:
        variant = "confirmed" if s.receipt.by_confirmation else ""
        return check("signed", True, variant, at=told_time(at, s.now, s.rules))
    if s.receipt.earliest is not None:
        return _received_sometime(s, s.receipt.earliest)
    if s.claim.kind == "no-reason" and s.receipt.shipped:
        return check("signed", True, "not-yet")
    return check("signed", False)


def _received_sometime(s: Situation, earliest: datetime) -> Check:
    """Received at an unknown time: fine when even the earliest one possible would be in time."""
    if s.claim.kind in REPORTED or s.claim.kind == "repair":
        return check("signed", True, "sometime")
    end = find_deadline(s.claim.kind, earliest, s.facts.order, s.line, s.rules)
    surely = end is not None and s.now < end
    return check("signed", surely, "sometime" if surely else "when")


def in_time(s: Situation) -> Check:
    """Before the deadline."""
    if s.deadline is None:
        return check("in-time", True, "not-begun" if s.receipt.earliest is None else "unknown")
    by = told_end(s.deadline, s.now, s.rules)
    if s.claim.kind == "repair":
        return check("in-time", True, "covered" if s.in_time else "paid", by=by)
    if s.claim.kind in REPORTED:
        return check("in-time", True, "reported" if s.in_time else "verify", by=by)
    return check("in-time", s.in_time, by=by)


def exempt(s: Situation) -> Check:
    """Not of a kind that may not come back without a reason."""
    found = find_exempt(s.line, s.rules)
    name = found.name if found else ""
    if found is None:
        return check("exempt", not s.line.exempt, "marked" if s.line.exempt else "")
    if not found.only_opened:
        return check("exempt", False, name=name)
    if s.claim.opened is None:
        return check("exempt", True, "if-unopened", name=name)
    return check(
        "exempt", not s.claim.opened, "opened" if s.claim.opened else "unopened", name=name
    )


def find_exempt(line: OrderLine, rules: Rules) -> Exempt | None:
    """Return the rule that names this line's goods, None for ordinary goods."""
    told = f"{line.title} {line.attributes}"
    for rule in rules.returns.exempt:
        by_sku = any(prefix and line.sku.startswith(prefix) for prefix in rule.skus)
        if by_sku or any(word and word in told for word in rule.words):
            return rule
    return None


def gift_line(s: Situation) -> Check:
    """Not a gift: it has no price to give back."""
    return check("gift-line", not s.line.gift)


def intact(s: Situation) -> Check:
    """Declared intact; what was not said is seen at the inspection."""
    if s.claim.intact is None:
        return check("intact", True, "to-inspect")
    return check("intact", s.claim.intact)


def exchanges(s: Situation) -> Check:
    """One free exchange an order."""
    left = s.exchanges_left
    return check("exchange-left", left > 0, count=s.rules.returns.exchanges_per_order)


def quantity(s: Situation) -> Check:
    """At least one piece and no more than are left."""
    fits = 0 < s.quantity <= s.left
    return check("quantity", fits, asked=s.quantity, left=s.left)


def open_case(s: Situation) -> Check:
    """No other case on this line."""
    return check("open-case", not s.has_open_case)


def pictures(s: Situation) -> Check:
    """Pictures: missing ones are asked for, they refuse nothing."""
    needed = s.rules.returns.pictures_needed and not s.claim.pictures
    return check("pictures", True, "needed" if needed else "", count=s.claim.pictures)
