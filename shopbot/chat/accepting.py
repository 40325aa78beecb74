"""What staff do with suggestions: accept, edit, reject. A suggestion is sent once, and never when void."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shopbot.chat import (
    draft_store,
    guard,
    letters,
    memory_json,
    promises,
    receipts,
    schemas,
    store,
)
from shopbot.chat.errors import DraftVoid
from shopbot.chat.gather import TRADITIONAL
from shopbot.chat.gear import Gear
from shopbot.chat.guard import Seen, Words
from shopbot.chat.letters import Letter
from shopbot.chat.model import Conversation, Draft, Sent
from shopbot.chat.modes import CHOSEN
from shopbot.chat.ordering import look_at_order, run_order
from shopbot.chat.situation import RunOrder
from shopbot.chat.speaking import Tongue
from shopbot.kb.reply import Withheld
from shopbot.kb.slots import NO_SLOTS
from shopbot.storage import Transaction

_GONE = ("not-published", "not-yet", "expired")
MAX_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Who accepts which suggestion; ``text`` when they have changed it."""

    draft: str
    agent: str
    name: str
    client_key: str
    text: str | None = None
    anyway: bool = False


def accept(gear: Gear, tx: Transaction, wanted: Accepted, now: datetime) -> Sent | DraftVoid:
    """Send a suggestion, as it stands or changed; the error is returned when it is of no use.

    It is returned and not raised so that what was found out (all others are void too) is kept.
    """
    draft = draft_store.get_draft(tx, gear.store_id, wanted.draft)
    talk = store.get_conversation(tx, gear.store_id, draft.conversation)
    sent = _letter(gear, draft, wanted, now)
    before = _before(tx, talk, draft, sent)
    if before is not None:
        return before
    if draft.state != "open":
        return DraftVoid(draft.state)
    why = _overtaken(gear, tx, talk, draft, now)
    if why:
        store.save_conversation(tx, letters.void_drafts(tx, talk, why, now))
        gear.hint(tx, talk.id)
        return DraftVoid(why)
    talk = letters.take_for(gear, tx, talk, wanted.agent, now)
    store.save_conversation(tx, _done(gear, tx, talk, draft, now))
    done = letters.send_from_agent(gear, tx, sent, now)
    _keep_promise(gear, tx, draft, wanted.agent, now)
    return done


def reject(
    gear: Gear, tx: Transaction, draft_id: str, agent: str, reason: str, now: datetime
) -> Draft:
    """Write down that a suggestion is no good, and why. Safe to repeat; DraftVoid when it is void."""
    draft = draft_store.get_draft(tx, gear.store_id, draft_id)
    decided = replace(
        draft,
        state="rejected",
        decided_by=agent,
        decided_at=now,
        reject_reason=schemas.clean(reason)[:MAX_REASON],
    )
    if not draft_store.decide_draft(tx, decided) and draft.state != "rejected":
        raise DraftVoid(draft.state)
    gear.hint(tx, draft.conversation)
    return draft_store.get_draft(tx, gear.store_id, draft_id)


def _letter(gear: Gear, draft: Draft, wanted: Accepted, now: datetime) -> Letter:
    text = draft.text if wanted.text is None else schemas.clean(wanted.text)
    edited = text != draft.text
    body: dict[str, object] = {"text": text}
    if draft.chips and not edited:
        body["chips"] = [chip[:100] for chip in draft.chips[: schemas.MAX_CHOICES]]
    if draft.attachments:
        body["attachments"] = list(draft.attachments[: schemas.MAX_CHOICES])
    number = str(draft.why.get("order", {}).get("number", ""))
    return Letter(
        conversation=draft.conversation,
        author="agent",
        who=wanted.agent,
        name=wanted.name,
        body=schemas.check_message("agent", "text", body),
        client_key=schemas.check_key(wanted.client_key),
        anyway=wanted.anyway,
        words=Words(
            text=text,
            by_hand=edited,
            orders=(number,) if number else (),
            entry=draft.entry,
        ),
        draft=replace(
            draft,
            state="edited" if edited else "accepted",
            decided_by=wanted.agent,
            decided_at=now,
            final_text=text,
        ),
        receipt=receipts.of_draft(gear, draft, wanted.agent, now, edited=edited),
    )


def _before(tx: Transaction, talk: Conversation, draft: Draft, sent: Letter) -> Sent | None:
    """Return the message this suggestion became already; a double click sends once."""
    before = letters.repeated(tx, talk, sent)
    if before is not None:
        return before
    taken = draft.state in ("accepted", "edited") and draft.decided_by == sent.who
    if taken and draft.message_seq and draft.final_text == sent.body["text"]:
        return Sent(event=store.get_event(tx, talk, draft.message_seq), repeated=True)
    return None


def _overtaken(gear: Gear, tx: Transaction, talk: Conversation, draft: Draft, now: datetime) -> str:
    """Return why a suggestion must not be sent though it is open; blank when it may."""
    if talk.state == "closed":
        return "closed"
    if draft.kind == "knowledge":
        told = gear.kb.reword(draft.entry, NO_SLOTS, now=now, channel=talk.channel)
        if isinstance(told, Withheld) and told.reason in _GONE:
            return f"entry-{told.reason}"
    if draft.kind == "order" and "run" in draft.why:
        run = _run_of(draft)
        memory = memory_json.from_json(talk.memory)
        tongue = _tongue(gear, talk, draft, now)
        ran = look_at_order(gear, tx, talk, run, memory, tongue, now)
        return "" if ran.speech and ran.speech.text == draft.text else "order-changed"
    return ""


def _done(
    gear: Gear, tx: Transaction, talk: Conversation, draft: Draft, now: datetime
) -> Conversation:
    """Do the order step that a suggestion announces, and remember what was said."""
    memory = memory_json.from_json(talk.memory)
    if draft.kind == "order" and "run" in draft.why:
        tongue = _tongue(gear, talk, draft, now)
        ran = run_order(gear, tx, talk, _run_of(draft), memory, tongue, now)
        memory = ran.outcome.memory
    said = dict(memory.said)
    for entry in draft.why.get("entries", ()):
        said[entry] = said.get(entry, 0) + 1
    told = memory_json.to_json(replace(memory, said=tuple(said.items())))
    kept = {key: talk.memory[key] for key in (TRADITIONAL, CHOSEN) if talk.memory.get(key)}
    return replace(talk, memory={**told, **kept})


def _tongue(gear: Gear, talk: Conversation, draft: Draft, now: datetime) -> Tongue:
    """Return the tongue in which a suggestion was worded: the same wordings, the same script."""
    memory = memory_json.from_json(talk.memory)
    return Tongue.of(
        gear.kb,
        talk,
        memory,
        now,
        traditional=bool(draft.why.get("traditional")),
        open_now=bool(draft.why.get("open_now", True)),
    )


def _run_of(draft: Draft) -> RunOrder:
    pending = memory_json.from_json(draft.why["run"]).pending
    if pending is None:
        raise DraftVoid("order-changed")
    return RunOrder(pending=pending)


def _keep_promise(gear: Gear, tx: Transaction, draft: Draft, agent: str, now: datetime) -> None:
    """An accepted entry that promises something: the agent's promise now."""
    entry = gear.kb.find_entry(draft.entry) if draft.kind == "knowledge" else None
    if entry is None or entry.promise is None:
        return
    rules = gear.rules()
    until = guard.promise_until(entry.promise, Seen(rules=rules, now=now))
    if until is None:
        return
    talk = store.get_conversation(tx, gear.store_id, draft.conversation)
    talk, _ = promises.open_promise(
        tx,
        talk,
        what=entry.promise.what,
        until=until,
        made_by=agent,
        now=now,
        warn=rules.desk.promise_warn,
        entry=entry.id,
    )
    store.save_conversation(tx, talk)
