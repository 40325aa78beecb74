"""A decision becomes messages (the bot may speak) or suggestions (a person will). One transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shopbot.chat import (
    custody,
    draft_store,
    guard,
    memory_json,
    modes,
    noticing,
    promises,
    receipts,
    store,
    turn_store,
)
from shopbot.chat.gather import TRADITIONAL, Decided
from shopbot.chat.gear import Gear
from shopbot.chat.guard import Seen, Stop
from shopbot.chat.guarding import stops_of
from shopbot.chat.model import Conversation, Event, Receipt, Turn
from shopbot.chat.ordering import run_order
from shopbot.chat.situation import (
    Action,
    Escalate,
    Hold,
    Memory,
    Offer,
    RunOrder,
    SayEntry,
    StopNotice,
    TakeNotice,
)
from shopbot.chat.speaking import Speech
from shopbot.chat.store import NewEvent
from shopbot.chat.suggesting import spoken, suggest, tongue_of
from shopbot.chat.turn_store import DueTurn
from shopbot.orders.snapshots import order_snapshot
from shopbot.storage import Transaction

HANDOFF = "system.handoff"
MOST_STEPS = 6  # order actions run one after another in a turn


def apply(gear: Gear, tx: Transaction, decided: Decided) -> None:
    """Write what was decided; nothing when the shopper, or a person, has written meanwhile.

    Where the talk has changed hands or mode since, the turn is decided anew at once.
    """
    facts, decision = decided.facts, decided.decision
    talk = store.get_conversation(tx, gear.store_id, facts.talk.id)
    turn = turn_store.find_turn(tx, talk, facts.turn.number)
    if turn is None or turn.state != "collecting":
        return
    if talk.state == "closed":
        turn_store.end_turn(tx, turn, "dropped", facts.now)
        return
    if _changed(tx, talk, turn, decided):
        gear.look_at(tx, DueTurn(conversation=talk.id, number=turn.number, due_at=turn.due_at))
        return
    talk = replace(talk, mode=facts.talk.mode)
    if decision.again_in_s > 0:
        _later(gear, tx, talk, turn, decided)
    elif decision.send and talk.holder != "agent" and talk.mode != "assist":
        _Speaking(gear, tx, talk, turn, decided).run()
    else:
        _leave_to_people(gear, tx, talk, turn, decided)
    gear.hint(tx, talk.id)


def _changed(tx: Transaction, talk: Conversation, turn: Turn, decided: Decided) -> bool:
    """Tell whether a decision rests on something that is so no more."""
    before = decided.facts.before
    hands = (talk.holder, talk.agent, talk.mode) != (before.holder, before.agent, before.mode)
    hands = hands or talk.memory != before.memory  # greeted, or something accepted, meanwhile
    present = tuple(event.seq for event in turn_store.turn_messages(tx, talk, turn))
    return hands or present != decided.seqs


def _later(gear: Gear, tx: Transaction, talk: Conversation, turn: Turn, decided: Decided) -> None:
    """Let a person go first: suggestions now, the bot's own answer later if nobody has written."""
    now = decided.facts.now
    due = now + timedelta(seconds=decided.decision.again_in_s)
    turn_store.put_off_turn(tx, turn, due)
    gear.look_at(tx, DueTurn(conversation=talk.id, number=turn.number, due_at=due))
    if not draft_store.list_drafts(tx, talk, turn.number):
        talk = suggest(gear, tx, talk, turn, decided)
    before = memory_json.from_json(talk.memory)  # the turn is understood anew: only who was called
    memory = replace(before, called=decided.decision.memory.called)
    talk = replace(talk, memory=kept(talk, memory, decided))
    talk = _call(gear, tx, talk, decided)
    store.save_conversation(tx, talk)


def _call(gear: Gear, tx: Transaction, talk: Conversation, decided: Decided) -> Conversation:
    """Call a person as the decision says."""
    for action in decided.decision.actions:
        if isinstance(action, Escalate):
            talk = custody.to_queue(
                gear,
                tx,
                talk,
                reason=action.reason,
                priority=action.priority,
                now=decided.facts.now,
                vip=decided.situation.vip,
            )
    return talk


def _leave_to_people(
    gear: Gear, tx: Transaction, talk: Conversation, turn: Turn, decided: Decided
) -> None:
    """Make suggestions; the turn is a person's, who is called if none has the talk."""
    now = decided.facts.now
    talk = suggest(gear, tx, talk, turn, decided)
    talk = replace(talk, memory=kept(talk, decided.decision.memory, decided))
    turn_store.end_turn(tx, turn, "handed-over", now)
    talk = _call(gear, tx, talk, decided)
    if talk.holder == "bot":
        reason = f"mode:{talk.mode}"
        talk = custody.to_queue(gear, tx, talk, reason=reason, priority="normal", now=now)
    store.save_conversation(tx, talk)


def kept(talk: Conversation, memory: Memory, decided: Decided) -> dict[str, Any]:
    """Return the memory as the talk keeps it."""
    told = memory_json.to_json(memory)
    if decided.traditional:
        told[TRADITIONAL] = True
    if talk.memory.get(modes.CHOSEN):
        told[modes.CHOSEN] = True
    return told


class _Speaking:
    """The bot's answer to one turn as it is being written."""

    def __init__(
        self, gear: Gear, tx: Transaction, talk: Conversation, turn: Turn, decided: Decided
    ) -> None:
        self.gear, self.tx, self.talk, self.turn, self.decided = gear, tx, talk, turn, decided
        self.memory = decided.decision.memory
        self.tongue = tongue_of(gear, talk, decided, self.memory)
        self.now = decided.facts.now
        self.said = 0
        self.steps = 0
        self.delay_s = 0
        self.escalate: Escalate | None = None
        self.blocked = False

    def run(self) -> None:
        """Say everything, hand over what must be, end the turn."""
        waiting = list(self.decided.decision.actions)
        while waiting:
            waiting[:0] = self._do(waiting.pop(0))
        if self.blocked and self.escalate is None:  # rather a person than silence
            self._do(Escalate(reason="no-words", priority="normal", phrase=HANDOFF))
        self._finish()

    def _do(self, action: Action) -> list[Action]:
        """Do one action; return what it brings about."""
        if isinstance(action, RunOrder):
            return self._order(action)
        if isinstance(action, Escalate):
            self.escalate = self.escalate or action
        if isinstance(action, Hold):
            self._promise(action)
        noticed = isinstance(action, TakeNotice | StopNotice)
        if isinstance(action, TakeNotice | StopNotice):
            action = noticing.do(self.tx, self.talk, action, self.decided.facts.rules, self.now)
        speech = spoken(action, self.tongue, self.decided)
        if speech is not None:
            self._say(speech)
        elif noticed or isinstance(action, SayEntry | Offer):
            self.blocked = True
        return []

    def _order(self, run: RunOrder) -> list[Action]:
        self.steps += 1
        if self.steps > MOST_STEPS:
            return []
        ran = run_order(self.gear, self.tx, self.talk, run, self.memory, self.tongue, self.now)
        outcome = ran.outcome
        self.memory, self.delay_s = outcome.memory, max(self.delay_s, ran.delay_s)
        if ran.speech is not None:
            self._say(ran.speech)
        elif outcome.phrases:
            self.blocked = True
        return [one for one in (outcome.escalate, outcome.then) if one is not None]

    def _finish(self) -> None:
        now, escalate = self.now, self.escalate
        told = kept(self.talk, self.memory, self.decided)
        talk = replace(self.talk, memory=receipts.slowed(told, now, self.delay_s))
        if self.said:
            talk = replace(talk, staff_at=now)
        if escalate is not None:
            talk = custody.to_queue(
                self.gear,
                self.tx,
                talk,
                reason=escalate.reason,
                priority=escalate.priority,
                now=now,
                vip=self.decided.situation.vip,
            )
            turn_store.end_turn(self.tx, self.turn, "handed-over", now)
        elif self.said:
            turn_store.end_turn(self.tx, self.turn, "answered", now, "bot")
        else:
            turn_store.end_turn(self.tx, self.turn, "silent", now)
        store.save_conversation(self.tx, talk)

    def _say(self, speech: Speech) -> None:
        """Send one message unless it may not leave, which staff are told."""
        stops = stops_of(
            self.gear, self.tx, self.talk, speech.words(), self.now, withheld=speech.withheld
        )
        if stops:
            self._block(speech, stops)
            return
        self.said += 1
        new = NewEvent(
            kind="message",
            author="bot",
            turn=self.turn.number,
            client_key=f"turn:{self.turn.number}:{self.said}",
            body=speech.body(),
        )
        self.talk, event = store.append(self.tx, self.talk, new, self.now)
        draft_store.add_receipt(self.tx, self._receipt(speech, event))
        self._entry_promise(speech)
        self.memory = self.tongue.turned(self.memory, [speech])
        for entry in speech.entries:
            self.tongue.said[entry] = self.tongue.said.get(entry, 0) + 1

    def _block(self, speech: Speech, stops: tuple[Stop, ...]) -> None:
        self.blocked = True
        told = {"text": speech.text, "why": [str(stop) for stop in stops]}
        new = NewEvent(
            kind="blocked", author="system", audience="staff", turn=self.turn.number, body=told
        )
        self.talk, _ = store.append(self.tx, self.talk, new, self.now)

    def _receipt(self, speech: Speech, event: Event) -> Receipt:
        decision = self.decided.decision
        order = {}
        if speech.order:
            order = order_snapshot(self.tx, event.store_id, speech.order, event.at)
        return Receipt(
            store_id=event.store_id,
            message=event.id,
            conversation=event.conversation,
            seq=event.seq,
            by="bot",
            sources=speech.sources,
            rule=decision.rule,
            reasons=(*decision.reasons, *speech.reasons),
            order=order,
            software=self.gear.software,
            at=event.at,
        )

    def _promise(self, hold: Hold) -> None:
        self.talk, _ = promises.open_promise(
            self.tx,
            self.talk,
            what=hold.what,
            until=hold.by,
            made_by="bot",
            now=self.now,
            warn=self.decided.facts.rules.desk.promise_warn,
        )

    def _entry_promise(self, speech: Speech) -> None:
        facts = self.decided.facts
        promise = speech.promise
        if promise is None:
            return
        until = guard.promise_until(promise, Seen(rules=facts.rules, now=facts.now))
        if until is None:
            return
        self.talk, _ = promises.open_promise(
            self.tx,
            self.talk,
            what=promise.what,
            until=until,
            made_by="bot",
            now=facts.now,
            warn=facts.rules.desk.promise_warn,
            entry=speech.entries[0],
        )
