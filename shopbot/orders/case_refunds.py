"""The refund of an after-sale case: worked out, and kept in step with the case. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shopbot.orders.machine import CaseEvent, Decision
from shopbot.orders.model import Case, OrderFacts, Refund
from shopbot.orders.refunds import Cause, RefundPlan, plan_refund
from shopbot.orders.states import CaseReason
from shopbot.rules import Rules

_CAUSES: dict[CaseReason, Cause] = {
    "no-reason": "no-reason",
    "size": "no-reason",
    "other": "no-reason",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundMoves:
    """What is to be written: refunds that fall away, refunds that are new, refunds that move on."""

    drop: tuple[Refund, ...] = ()
    add: tuple[Refund, ...] = ()
    move: tuple[Refund, ...] = ()


def plan_case_refund(
    facts: OrderFacts, case: Case, rules: Rules, *, gift_returned: bool = True
) -> RefundPlan:
    """Return what goes back for a case, as if the case and its refund were not there yet.

    Nor a refund of this line that stands open on the platform: it is the same money on its way.
    """
    others = replace(
        facts,
        lines=tuple(
            replace(line, status="normal") if line.line_no == case.line_no else line
            for line in facts.lines
        ),
        cases=tuple(known for known in facts.cases if known.id != case.id),
        refunds=tuple(known for known in facts.refunds if known.case_id != case.id),
    )
    cause = _CAUSES.get(case.reason, "our-fault")
    return plan_refund(
        others, case.line_no, case.quantity, cause, rules, gift_returned=gift_returned
    )


def move_refunds(
    facts: OrderFacts,
    decision: Decision,
    event: CaseEvent,
    rules: Rules,
    now: datetime,
    refund_id: str,
) -> RefundMoves:
    """Return what a step does to the case's refund; ``refund_id`` names a new one."""
    moves = _moves(facts, decision, event, rules, now, refund_id)
    if not event.freight_fen:
        return moves
    if decision.case.kind == "return":  # paid with the goods
        paid = tuple(replace(one, freight_fen=event.freight_fen) for one in moves.add)
        return replace(moves, add=paid)
    owed = _freight(decision.case, event.freight_fen, rules, now, refund_id)
    return replace(moves, add=(*moves.add, owed))


def _freight(case: Case, fen: int, rules: Rules, now: datetime, refund_id: str) -> Refund:
    """Return what the buyer gets for the way back where nothing else is refunded: owed at once."""
    return Refund(
        id=refund_id,
        store_id=case.store_id,
        order=case.order,
        line_no=case.line_no,
        state="approved",
        freight_fen=fen,
        reason=case.reason,
        due_at=_due(case, rules, now),
        created_at=now,
    )


def _moves(
    facts: OrderFacts,
    decision: Decision,
    event: CaseEvent,
    rules: Rules,
    now: datetime,
    refund_id: str,
) -> RefundMoves:
    case = decision.case
    live = [r for r in facts.refunds if r.case_id == case.id and r.state != "dropped"]
    if "drop-refund" in decision.effects:
        return RefundMoves(drop=tuple(live))
    told = event.gift_missing or event.settle_fen is not None or bool(event.freight_fen)
    if "stock-back" in decision.effects and told:
        moves = _planned_anew(facts, case, event, rules, now, refund_id, live)
        return replace(moves, add=tuple(_moved(r, decision, rules, now) for r in moves.add))
    if "plan-refund" in decision.effects:
        made = _refund(facts, case, rules, now, refund_id)
        return RefundMoves(add=(_moved(made, decision, rules, now),))
    return RefundMoves(move=_all_moved(live, decision, rules, now))


def _planned_anew(
    facts: OrderFacts,
    case: Case,
    event: CaseEvent,
    rules: Rules,
    now: datetime,
    refund_id: str,
    live: list[Refund],
) -> RefundMoves:
    if not live:
        return RefundMoves()
    made = _refund(facts, case, rules, now, refund_id, gift_returned=not event.gift_missing)
    if event.settle_fen is not None:
        made = replace(made, goods_fen=min(event.settle_fen, made.goods_fen), shipping_fen=0)
    return RefundMoves(drop=tuple(live), add=(made,))


def _refund(
    facts: OrderFacts,
    case: Case,
    rules: Rules,
    now: datetime,
    refund_id: str,
    *,
    gift_returned: bool = True,
) -> Refund:
    plan = plan_case_refund(facts, case, rules, gift_returned=gift_returned)
    return Refund(
        id=refund_id,
        store_id=case.store_id,
        order=case.order,
        line_no=case.line_no,
        case_id=case.id,
        state="planned",
        goods_fen=plan.goods_fen,
        shipping_fen=plan.shipping_fen,
        points=plan.points,
        coupons=plan.coupons,
        reason=case.reason,
        due_at=_due(case, rules, now),
        created_at=now,
    )


def _all_moved(
    refunds: Sequence[Refund], decision: Decision, rules: Rules, now: datetime
) -> tuple[Refund, ...]:
    moved = (_moved(refund, decision, rules, now) for refund in refunds)
    return tuple(new for new, old in zip(moved, refunds, strict=True) if new is not old)


def _moved(refund: Refund, decision: Decision, rules: Rules, now: datetime) -> Refund:
    if "pay-refund" in decision.effects:
        return replace(refund, state="paid", paid_at=now)
    if "approve-refund" in decision.effects and refund.state == "planned":
        return replace(refund, state="approved", due_at=_due(decision.case, rules, now))
    return refund


def _due(case: Case, rules: Rules, now: datetime) -> datetime:
    """Return until when the money must be back: the law counts from the receipt of the goods."""
    return (case.received_at or now) + rules.returns.refund_limit
