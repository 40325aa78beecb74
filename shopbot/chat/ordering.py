"""One step of an order action inside the talk: done for real, or only looked at for a suggestion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shopbot.chat.buyers import note_buyer
from shopbot.chat.gear import Gear
from shopbot.chat.model import Conversation
from shopbot.chat.outcomes import Step
from shopbot.chat.situation import Memory, OrderOutcome, RunOrder
from shopbot.chat.speaking import Speech, Tongue
from shopbot.orders import acting
from shopbot.orders.access import Asker, access_orders, plain_number
from shopbot.orders.acting import Acted, Ask
from shopbot.orders.actions import plan
from shopbot.orders.dialogue import Apply, Plan
from shopbot.rules import Rules
from shopbot.storage import Transaction

WHO = "shopper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a step came to, in words and in facts."""

    outcome: OrderOutcome
    speech: Speech | None  # None: nobody wrote the words for it
    delay_s: int = 0
    deed: str = ""  # key of what was written, or would be


def run_order(
    gear: Gear,
    tx: Transaction,
    talk: Conversation,
    run: RunOrder,
    memory: Memory,
    tongue: Tongue,
    now: datetime,
) -> Ran:
    """Do the next step of an order action; its deed is written once, however often this is called."""
    acted = acting.act_within(tx, _ask(gear, talk, run), gear.rules(), now, gear.wares)
    _note_buyer(tx, talk, run, now)
    return _told(gear, acted, run, memory, tongue, now)


def _note_buyer(tx: Transaction, talk: Conversation, run: RunOrder, now: datetime) -> None:
    """News of an order that is shown to be the shopper's may be told here from now on."""
    if not run.pending.slots.order:
        return
    number = plain_number(run.pending.slots.order)
    key = {"store_id": talk.store_id, "visitor": talk.visitor}
    if any(one.order.number == number for one in access_orders(tx, **key, now=now)):
        note_buyer(tx, talk.store_id, number, talk.visitor, now)


def look_at_order(
    gear: Gear,
    tx: Transaction,
    talk: Conversation,
    run: RunOrder,
    memory: Memory,
    tongue: Tongue,
    now: datetime,
) -> Ran:
    """Return what the next step would be; nothing of it is written but a try to prove an order."""
    rules: Rules = gear.rules()
    wanted = _ask(gear, talk, run)
    number = plain_number(wanted.slots.order) if wanted.slots.order else ""
    wanted = replace(wanted, slots=replace(wanted.slots, order=number))
    known, delay = acting.gather(tx, wanted, rules, now, gear.wares)
    _note_buyer(tx, talk, run, now)
    found = plan(wanted.action, wanted.slots, known, now)
    return _told(gear, Acted(plan=found, delay_s=delay), run, memory, tongue, now)


def _ask(gear: Gear, talk: Conversation, run: RunOrder) -> Ask:
    pending = run.pending
    address = gear.addresses.of(talk.visitor)
    return Ask(
        action=pending.action,
        slots=pending.slots,
        dialogue=pending.dialogue,
        asker=Asker(store_id=talk.store_id, visitor=talk.visitor, address=address),
        who=WHO,
        asked=pending.asked,
    )


def _told(
    gear: Gear, acted: Acted, run: RunOrder, memory: Memory, tongue: Tongue, now: datetime
) -> Ran:
    rules = gear.rules()
    step = Step(
        plan=acted.plan,
        run=run,
        memory=memory,
        words=tongue.option,
        open_now=tongue.open_now,
    )
    outcome = gear.brain.after_order(step, rules.chat)
    speech = tongue.phrases(
        outcome.phrases,
        chips=outcome.chips,
        kind="order",
        action=run.pending.action,
        order=_order_of(acted.plan),
    )
    deed = acted.plan.key if isinstance(acted.plan, Apply) and acted.plan.deed else ""
    return Ran(outcome=outcome, speech=speech, delay_s=acted.delay_s, deed=deed)


def _order_of(found: Plan) -> str:
    """Return the order whose data a plan tells: only what was proved tells any."""
    return found.order if isinstance(found, Apply) else ""
