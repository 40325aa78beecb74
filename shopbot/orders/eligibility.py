"""May this line come back, be exchanged or repaired? The answer, its reasons and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shopbot import messages
from shopbot.orders.checks import Check, all_ok
from shopbot.orders.conditions import REPORTED, SHOWN, Claim, Situation, look_at
from shopbot.orders.deadlines import find_deadline
from shopbot.orders.freight import Kind, find_freight_payer
from shopbot.orders.model import OrderFacts
from shopbot.orders.money import count_money
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.receipt import BACKWARDS, believe, find_receipt
from shopbot.orders.refunds import RefundPlan, plan_refund
from shopbot.orders.refusals import refusal
from shopbot.orders.states import FreightPayer
from shopbot.orders.timing import told_end, told_money
from shopbot.rules import Rules

Next = Literal[
    "apply",
    "send-pictures",
    "cancel",  # not shipped: cancel instead
    "wait-signing",  # on its way; what is not wanted may be refused at the door
    "exchange",  # too late to return, an exchange is still possible
    "repair",  # too late for both
    "verify",  # reported late: a person looks into it
    "follow-case",  # there is a case already
    "hand-over",
    "none",
]

_BACK: frozenset[Kind] = frozenset({"no-reason", "quality", "wrong", "missing", "damaged"})
"""Kinds that (may) end with money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """The answer with its reasons."""

    kind: Kind
    at: datetime
    eligible: bool
    checks: tuple[Check, ...]
    quantity: int
    refund: RefundPlan  # nothing when it may not come back
    freight_payer: FreightPayer
    deadline: datetime | None  # exclusive end; None: has not begun
    next: Next
    phrase: Phrase


def check_claim(
    facts: OrderFacts, line_no: int, claim: Claim, rules: Rules, now: datetime
) -> Eligibility:
    """Return whether the claim stands; KeyError when the order has no such line."""
    situation = _gather(facts, line_no, claim, rules, now)
    checks = tuple(look_at(situation))
    eligible = all_ok(checks)
    refund = RefundPlan()
    if eligible and claim.kind in _BACK:
        refund = _refund(situation)
    step = _next(situation, checks)
    payer = find_freight_payer(claim.kind, facts.order, rules, in_warranty=situation.in_time)
    return Eligibility(
        kind=claim.kind,
        at=now,
        eligible=eligible,
        checks=checks,
        quantity=situation.quantity,
        refund=refund,
        freight_payer=payer,
        deadline=situation.deadline,
        next=step,
        phrase=_phrase(situation, checks, step, refund, payer),
    )


def _gather(
    facts: OrderFacts, line_no: int, claim: Claim, rules: Rules, now: datetime
) -> Situation:
    line = facts.find_line(line_no)
    if line is None:
        raise KeyError(line_no)
    money = count_money(facts).get_line(line_no)
    left = money.quantity - money.gone
    shown = claim.kind in SHOWN
    receipt = believe(find_receipt(facts, line_no, now), facts, rules, now, shown=shown)
    return Situation(
        facts=facts,
        line=line,
        claim=claim,
        rules=rules,
        now=now,
        receipt=receipt,
        deadline=find_deadline(claim.kind, receipt.signed_at, facts.order, line, rules),
        left=left,
        quantity=left if claim.quantity is None else claim.quantity,
    )


def _refund(s: Situation) -> RefundPlan:
    cause: Literal["no-reason", "our-fault"]
    cause = "no-reason" if s.claim.kind == "no-reason" else "our-fault"
    return plan_refund(
        s.facts, s.line.line_no, s.quantity, cause, s.rules, gift_returned=s.claim.gift_returned
    )


def _next(s: Situation, checks: tuple[Check, ...]) -> Next:
    failed = {found.id for found in checks if not found.ok}
    if not failed:
        return _go_on(s)
    if "order-state" in failed:
        waits = s.facts.order.status in ("paid", "part_shipped")
        return "cancel" if waits else "none"
    if "open-case" in failed:
        return "follow-case"
    if "signed" in failed and s.receipt.earliest is None:
        return _wait(s)
    if failed & {"signed", "intact", "compensated"}:
        return "hand-over"
    return _instead(s) if "in-time" in failed else "none"


def _go_on(s: Situation) -> Next:
    if s.claim.kind in REPORTED and not _surely_in_time(s):
        return "verify"
    if s.claim.kind == "no-reason" and not s.receipt.received:
        return _wait(s)  # refusing the parcel is easier for the buyer
    lacking = s.rules.returns.pictures_needed and not s.claim.pictures
    return "send-pictures" if s.claim.kind in SHOWN and lacking else "apply"


def _wait(s: Situation) -> Next:
    lost = s.receipt.view is not None and s.receipt.view.status == "lost"
    return "hand-over" if lost else "wait-signing"


def _surely_in_time(s: Situation) -> bool:
    """Tell whether the time has not run out, whenever exactly the goods were received."""
    if s.receipt.earliest is None:
        return s.in_time
    end = find_deadline(s.claim.kind, s.receipt.earliest, s.facts.order, s.line, s.rules)
    return end is not None and s.now < end


def _instead(s: Situation) -> Next:
    """Return what is still possible when the time for a return has run out."""
    if s.claim.kind == "quality" and _still(s, "quality-exchange"):
        return "exchange"
    if s.claim.kind == "no-reason" and s.exchanges_left and _still(s, "exchange"):
        return "exchange"
    return "repair" if s.claim.kind in SHOWN else "none"


def _still(s: Situation, kind: Kind) -> bool:
    end = find_deadline(kind, s.receipt.signed_at, s.facts.order, s.line, s.rules)
    return end is not None and s.now < end


_PHRASES: dict[Next, str] = {
    "send-pictures": "return.check.pictures",
    "cancel": "return.check.cancel-instead",
    "wait-signing": "return.check.wait-signing",
    "exchange": "return.check.try-exchange",
    "repair": "return.check.try-repair",
    "verify": "return.check.hand-over",
    "follow-case": "return.check.open-case",
    "hand-over": "return.check.hand-over",
}


def _phrase(
    s: Situation,
    checks: tuple[Check, ...],
    step: Next,
    refund: RefundPlan,
    payer: FreightPayer,
) -> Phrase:
    if step == "none":
        return refusal(s, checks)
    if step == "wait-signing" and s.receipt.view and s.receipt.view.status in BACKWARDS:
        return phrase("order.reject.on-way-back")
    told = {
        "退款金额": told_money(refund.cash_fen),
        "运费承担": messages.text(f"orders.freight.{payer}"),
        "截止时间": _deadline_words(s, step),
    }
    phrase_id = _PHRASES[step] if step in _PHRASES else _yes(s)
    return phrase(phrase_id, told)


def _yes(s: Situation) -> str:
    if s.claim.kind == "repair":
        return "return.check.repair-free" if s.in_time else "return.check.repair-paid"
    if s.claim.kind in ("exchange", "quality-exchange"):
        return "return.check.exchange-yes"
    return "return.check.resend" if s.claim.kind in REPORTED else "return.check.yes"


def _deadline_words(s: Situation, step: Next) -> str:
    kind = s.claim.kind
    if step == "exchange":
        kind = "quality-exchange" if kind == "quality" else "exchange"
    end = find_deadline(kind, s.receipt.signed_at, s.facts.order, s.line, s.rules)
    return told_end(end, s.now, s.rules) if end else ""
