"""What a step of an order action becomes in the talk: what is said, what is waited for. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shopbot.chat.offers import instead_of, offered_by
from shopbot.chat.situation import (
    Escalate,
    Memory,
    OrderOutcome,
    Pending,
    RunOrder,
    SayPhrase,
)
from shopbot.orders.dialogue import (
    Apply,
    AskSlot,
    Cancel,
    Choose,
    Confirm,
    Deed,
    OpenCase,
    Plan,
    Protect,
    Refuse,
    Slots,
)
from shopbot.orders.phrases import Phrase
from shopbot.rules.chat import ChatRules

HANDED = "system.handoff"
CLOSED = "system.closed"

_EMPTY = Slots()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that was planned: which action, what came of it, with which memory.

    ``words`` renders a phrase (for the buttons); ``open_now``: people are there to hand over to.
    """

    plan: Plan
    run: RunOrder
    memory: Memory
    words: Callable[[Phrase], str]
    open_now: bool = True


def after_order(step: Step, rules: ChatRules) -> OrderOutcome:
    """Return what is said and done after a step; phrases in the order in which they are said."""
    plan = step.plan
    if isinstance(plan, AskSlot):
        return _asked(step, plan)
    if isinstance(plan, Choose):
        return _offered(step, plan)
    if isinstance(plan, Confirm):
        return _to_confirm(step, plan, rules)
    return _ended(step, plan, rules)


def _asked(step: Step, plan: AskSlot) -> OrderOutcome:
    slots = _cleared(step.run.pending.slots, plan)
    if not plan.identity:
        slots = replace(slots, phone_tail="")
    pending = _waiting(step, slots, plan.slot)
    return OrderOutcome(
        phrases=_said(plan),
        memory=_focused(step.memory, pending, "" if plan.identity else slots.order),
        reasons=(f"ask:{plan.slot}", *_codes(plan)),
    )


def _offered(step: Step, plan: Choose) -> OrderOutcome:
    options = tuple((one.value, step.words(one.phrase)) for one in plan.options)
    slots = step.run.pending.slots
    pending = replace(_waiting(step, slots, plan.slot), options=options)
    return OrderOutcome(
        phrases=_said(plan),
        chips=tuple(words for _, words in options),
        memory=_focused(step.memory, pending, "" if plan.slot == "order" else slots.order),
        reasons=(f"choose:{plan.slot}", *_codes(plan)),
    )


def _to_confirm(step: Step, plan: Confirm, rules: ChatRules) -> OrderOutcome:
    sum_fen = money_of(plan.deed)
    if sum_fen > rules.refund:
        memory = _focused(step.memory, None, plan.deed.order)
        return OrderOutcome(
            phrases=(SayPhrase(phrase="order.hand-over"),),
            escalate=_escalate("amount", rules, step.open_now),
            memory=replace(memory, called="amount", waiting=()),
            reasons=(f"amount:{sum_fen}", *_codes(plan)),
        )
    slots = replace(step.run.pending.slots, confirmed="", denied=False, phone_tail="")
    pending = replace(_waiting(step, slots, "confirm"), confirm_key=plan.key)
    return OrderOutcome(
        phrases=_said(plan),
        chips=(rules.words.yes_chip, rules.words.no_chip),
        memory=_focused(step.memory, pending, plan.deed.order),
        reasons=("confirm", *_codes(plan)),
    )


def _ended(step: Step, plan: Apply | Refuse, rules: ChatRules) -> OrderOutcome:
    order = plan.order if isinstance(plan, Apply) else step.run.pending.slots.order
    proved = isinstance(plan, Apply) or plan.why in ("rule", "done", "denied", "hand-over")
    memory = _focused(step.memory, None, order if proved else "")
    if plan.hand_over:
        return OrderOutcome(
            phrases=_said(plan),
            escalate=_escalate("order-module", rules, step.open_now),
            memory=replace(memory, called="order-module", waiting=()),
            reasons=("hand-over", *_codes(plan)),
        )
    instead = instead_of(plan, step.run.pending)
    if instead is not None:
        run = RunOrder(pending=instead)
        return OrderOutcome(phrases=(), then=run, memory=memory, reasons=("instead", *_codes(plan)))
    then, waiting = _next(memory)
    if then is None:
        memory = replace(memory, pending=offered_by(plan, step.run.pending))
    told = "told" if isinstance(plan, Apply) else f"refused:{plan.why}"
    return OrderOutcome(
        phrases=_said(plan),
        then=then,
        memory=replace(memory, waiting=waiting),
        reasons=(told, *_codes(plan)),
    )


def money_of(deed: Deed) -> int:
    """Return how much money a deed gives back, in fen."""
    if isinstance(deed, Cancel | OpenCase):
        return deed.refund_fen
    return deed.difference_fen if isinstance(deed, Protect) else 0


def _next(memory: Memory) -> tuple[RunOrder | None, tuple[Pending, ...]]:
    """Return the action that waited for this one to end, told which order is meant."""
    if not memory.waiting:
        return None, ()
    first, *rest = memory.waiting
    slots = replace(first.slots, order=first.slots.order or memory.order)
    return RunOrder(pending=replace(first, slots=slots)), tuple(rest)


def _escalate(reason: str, rules: ChatRules, open_now: bool) -> Escalate:
    """People are called; what the order module said announces them already."""
    priority = rules.priorities.amount if reason == "amount" else rules.priorities.order
    return Escalate(
        reason="amount" if reason == "amount" else "order-module",
        priority=priority,  # type: ignore[arg-type]
        phrase="" if open_now else CLOSED,
    )


def _cleared(slots: Slots, plan: AskSlot) -> Slots:
    return replace(slots, **{name: getattr(_EMPTY, name) for name in plan.clear if name != "item"})


def _waiting(step: Step, slots: Slots, slot: str) -> Pending:
    """The action, waiting for ``slot``; being reminded of it counts as no new asking."""
    pending = step.run.pending
    asked = dict(pending.asked)
    if not step.run.reminds and slot != "confirm":
        asked[slot] = asked.get(slot, 0) + 1
    return replace(pending, slots=slots, asked=asked, waiting_for=slot, options=(), confirm_key="")


def _focused(memory: Memory, pending: Pending | None, order: str) -> Memory:
    return replace(memory, pending=pending, order=order or memory.order)


def _said(plan: Plan) -> tuple[SayPhrase, ...]:
    return tuple(SayPhrase(phrase=one.id, values=one.values) for one in plan.phrases)


def _codes(plan: Plan) -> tuple[str, ...]:
    """Return the order rules' own reasons: a stable code, and the sentence for staff behind it."""
    return tuple(f"check:{one.id}:{'ok' if one.ok else 'no'} {one.reason}" for one in plan.reasons)
