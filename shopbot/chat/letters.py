"""What people write: sending, taking back, marking as read. One transaction each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shopbot.chat import (
    access,
    custody,
    draft_store,
    media_store,
    offline,
    private,
    promises,
    receipts,
    schemas,
    store,
    turn_store,
    turns,
)
from shopbot.chat.errors import BadMessage, MessageBlocked, RecallTooLate, TalkClosed, TalkTaken
from shopbot.chat.gear import Gear
from shopbot.chat.guard import Words
from shopbot.chat.guarding import stops_of
from shopbot.chat.lines import Voice
from shopbot.chat.model import Author, Conversation, Draft, Event, Incoming, Receipt, Sent, Turn
from shopbot.chat.store import NewEvent
from shopbot.chat.turn_store import DueTurn
from shopbot.desk import tasks
from shopbot.errors import IdempotencyMismatch, NotFound
from shopbot.orders.access import is_order
from shopbot.storage import Transaction

_ANSWERED = frozenset({"unanswered"})  # tasks of the desk that an answer settles
RECALL_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that was checked, and who sends it."""

    conversation: str
    author: Author
    who: str  # visitor or user id
    body: Mapping[str, Any]  # with its ``type``
    client_key: str
    customer: str = ""  # of a signed-in shopper
    name: str = ""  # of an agent, as shoppers read it
    anyway: bool = False  # sent in spite of what the guard says, where that may be
    words: Words | None = None  # as the guard is to look at them; None: written by hand
    draft: Draft | None = None  # the suggestion it comes from, as it is decided with this
    receipt: Receipt | None = None  # of an accepted suggestion; else one is made


def letter(conversation: str, author: Author, who: str, message: Incoming, **more: Any) -> Letter:
    """Return a checked message; BadMessage when it is none."""
    return Letter(
        conversation=conversation,
        author=author,
        who=who,
        body=schemas.check_message(author, message.type, message.body),
        client_key=schemas.check_key(message.client_key),
        **more,
    )


def find_talk(tx: Transaction, gear: Gear, sent: Letter) -> Conversation:
    """Return the talk a message goes to, if its sender may write there."""
    if sent.author != "shopper":
        return store.get_conversation(tx, gear.store_id, sent.conversation)
    return access.access_conversation(
        tx,
        store_id=gear.store_id,
        visitor=sent.who,
        customer=sent.customer,
        conversation=sent.conversation,
    )


def repeated(tx: Transaction, talk: Conversation, sent: Letter) -> Sent | None:
    """Return the message that was sent under this key before, None when it is new."""
    before = store.find_by_key(tx, talk, sent.author, sent.who, sent.client_key)
    if before is None:
        return None
    if _plain(before.body) != _plain(sent.body):
        raise IdempotencyMismatch(sent.client_key)
    return Sent(event=before, repeated=True)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body without what was added to it here."""
    return {key: value for key, value in body.items() if key != "name"}


def send_from_shopper(gear: Gear, tx: Transaction, sent: Letter, now: datetime) -> Sent:
    """Write a shopper's message down; it begins or extends a turn and voids suggestions."""
    talk = find_talk(tx, gear, sent)
    sent = _unexposed(gear, tx, sent)
    before = repeated(tx, talk, sent)
    if before is not None:
        return before
    talk = _opened(gear, tx, talk, now)
    check_media(tx, talk, sent.body)
    talk = void_drafts(tx, talk, "shopper-wrote", now)
    turn = turn_store.find_turn(tx, talk, talk.turn)
    number = turn.number if turn and turn.state == "collecting" else talk.turn + 1
    new = NewEvent(
        kind="message",
        author="shopper",
        who=sent.who,
        turn=number,
        client_key=sent.client_key,
        body=sent.body,
    )
    talk, event = store.append(tx, talk, new, now)
    due = _in_turn(gear, tx, talk, turn if turn and turn.number == number else None, event, now)
    talk = replace(talk, turn=number, shopper_at=now, reminded_at=None)
    store.save_conversation(tx, talk)
    gear.look_at(tx, DueTurn(conversation=talk.id, number=number, due_at=due))
    gear.hint(tx, talk.id)
    return Sent(event=event)


def _unexposed(gear: Gear, tx: Transaction, sent: Letter) -> Letter:
    """Hide card numbers that a shopper sends though nobody needs them: they are written down nowhere."""
    words = schemas.words_of(sent.body)
    told = private.hide(words, lambda number: is_order(tx, gear.store_id, number))
    return sent if told == words else replace(sent, body={**sent.body, "text": told})


def _in_turn(
    gear: Gear,
    tx: Transaction,
    talk: Conversation,
    turn: Turn | None,
    event: Event,
    now: datetime,
) -> datetime:
    """Begin or extend a turn; return when it is to be looked at."""
    words = schemas.words_of(event.body)
    opened = turn.opened_at if turn else now
    due = turns.due_at(opened, now, [words], [event.body["type"]], gear.rules().chat)
    due = max(due, receipts.slowed_until(talk, now))
    if turn is not None:
        turn_store.extend_turn(tx, turn, event.seq, due)
        return due
    begun = Turn(
        store_id=talk.store_id,
        conversation=talk.id,
        number=event.turn,
        first_seq=event.seq,
        last_seq=event.seq,
        opened_at=now,
        due_at=due,
    )
    turn_store.add_turn(tx, begun)
    return due


def _opened(gear: Gear, tx: Transaction, talk: Conversation, now: datetime) -> Conversation:
    """Return the talk, opened again when it ended a short while ago; else TalkClosed."""
    if talk.state == "open":
        return talk
    ended = talk.closed_at or now
    if now - ended > gear.rules().desk.reopen_within:
        raise TalkClosed
    if store.find_open(tx, talk.store_id, talk.visitor) is not None:
        raise TalkClosed  # the shopper has begun another one since
    return reopened(tx, talk, "shopper-wrote", now)


def reopened(tx: Transaction, talk: Conversation, why: str, now: datetime) -> Conversation:
    """Open a closed talk again; the bot has it."""
    talk = replace(talk, state="open", closed_at=None, holder="bot", agent="", reminded_at=None)
    new = NewEvent(kind="reopened", author="system", turn=talk.turn, body={"why": why})
    return store.append(tx, talk, new, now)[0]


def send_from_agent(gear: Gear, tx: Transaction, sent: Letter, now: datetime) -> Sent:
    """Write an agent's message down: the talk is theirs, the turn answered, suggestions ignored."""
    talk = find_talk(tx, gear, sent)
    before = repeated(tx, talk, sent)
    if before is not None:
        return before
    if talk.state == "closed":
        raise TalkClosed
    check_media(tx, talk, sent.body)
    _check_words(gear, tx, talk, sent, now)
    talk = take_for(gear, tx, talk, sent.who, now)
    talk = offline.apologise(tx, talk, gear.desk, Voice(gear.kb, gear.software), now)
    talk, event = append_message(tx, talk, sent, "agent", now)
    turn_store.answer_waiting_turns(tx, talk, sent.who, now)
    tasks.settle(tx, talk.store_id, talk.id, _ANSWERED, sent.who, now)
    talk = promises.keep_holds(tx, talk, sent.who, now)
    if sent.draft is not None:
        draft_store.decide_draft(tx, replace(sent.draft, message_seq=event.seq))
    talk = _ignore_drafts(tx, talk, now)
    store.save_conversation(tx, replace(talk, staff_at=now))
    made = sent.receipt or receipts.by_hand(gear, event, now, sent.anyway)
    draft_store.add_receipt(tx, receipts.stamped(made, event))
    gear.hint(tx, talk.id)
    return Sent(event=event)


def take_for(
    gear: Gear, tx: Transaction, talk: Conversation, agent: str, now: datetime
) -> Conversation:
    """Give the talk to an agent who acts in it; TalkTaken when a colleague holds it."""
    if talk.holder == "agent":
        if talk.agent != agent:
            raise TalkTaken(talk.agent)
        return talk
    given = gear.desk.take(tx, talk.store_id, talk.id, agent, now)
    return custody.to_agent(tx, talk, agent=agent, name=given.name, now=now)


def append_message(
    tx: Transaction, talk: Conversation, sent: Letter, author: Author, now: datetime
) -> tuple[Conversation, Event]:
    """Write a message of the staff as an event of the present turn."""
    new = NewEvent(
        kind="message",
        author=author,
        who=sent.who,
        turn=talk.turn,
        client_key=sent.client_key,
        body={**sent.body, **({"name": sent.name} if sent.name else {})},
    )
    return store.append(tx, talk, new, now)


def _check_words(
    gear: Gear, tx: Transaction, talk: Conversation, sent: Letter, now: datetime
) -> None:
    words = sent.words or Words(
        text=schemas.words_of(sent.body) or " ".join(("·", str(sent.body.get("name", "")))),
        by_hand=True,
        orders=orders_in(sent.body),
    )
    stops = stops_of(gear, tx, talk, words, now)
    final = any(stop.final for stop in stops)
    if stops and (final or not sent.anyway):
        raise MessageBlocked([str(stop) for stop in stops], final=final)


def orders_in(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the orders whose data a card shows."""
    kind = body.get("type")
    if kind in ("order", "return"):
        return (str(body["number"]),)
    return (str(body["order"]),) if kind == "tracking" else ()


def check_media(tx: Transaction, talk: Conversation, body: Mapping[str, Any]) -> None:
    """Raise BadMessage when a message names a file that is not of this talk and of its type."""
    named = body.get("media")
    if named is None:
        return
    try:
        media = media_store.get_media(tx, talk.store_id, str(named))
    except NotFound:
        raise BadMessage("its file is not known here") from None
    if media.conversation != talk.id or media.kind != body["type"]:
        raise BadMessage("its file is not known here")


def void_drafts(tx: Transaction, talk: Conversation, why: str, now: datetime) -> Conversation:
    """Make open suggestions void and tell the staff."""
    for number in draft_store.open_draft_turns(tx, talk):
        told = {"turn": number, "why": why}
        new = NewEvent(kind="voided", author="system", audience="staff", turn=number, body=told)
        talk, _ = store.append(tx, talk, new, now)
    draft_store.close_drafts(tx, talk, "void", now)
    return talk


def _ignore_drafts(tx: Transaction, talk: Conversation, now: datetime) -> Conversation:
    for number in draft_store.open_draft_turns(tx, talk):
        told = {"turn": number, "why": "answered"}
        new = NewEvent(kind="voided", author="system", audience="staff", turn=number, body=told)
        talk, _ = store.append(tx, talk, new, now)
    draft_store.close_drafts(tx, talk, "ignored", now)
    return talk


# --- taking back -------------------------------------------------------------------------------------


def recall(
    gear: Gear,
    tx: Transaction,
    talk: Conversation,
    *,
    author: Author,
    who: str,
    seq: int,
    now: datetime,
) -> Event:
    """Take a message of one's own back; NotFound for others', RecallTooLate after two minutes.

    What it would have brought about in a turn that still collects is decided anew without it.
    """
    event = store.get_event(tx, talk, seq)
    own = event.kind == "message" and event.author == author and event.who == who
    if not own:
        raise NotFound("message")
    gone = store.recalled(tx, talk, seq)
    if seq in gone or not timedelta() <= now - event.at <= RECALL_WITHIN:
        raise RecallTooLate(int(RECALL_WITHIN.total_seconds()))
    new = NewEvent(kind="recalled", author=author, who=who, turn=event.turn, body={"message": seq})
    talk, told = store.append(tx, talk, new, now)
    if author == "shopper":
        talk = void_drafts(tx, talk, "recalled", now)
        _without(gear, tx, talk, event, now)
    store.save_conversation(tx, talk)
    gear.hint(tx, talk.id)
    return told


def _without(gear: Gear, tx: Transaction, talk: Conversation, event: Event, now: datetime) -> None:
    """Have the turn of a recalled message decided anew, or dropped when nothing is left of it."""
    turn = turn_store.find_turn(tx, talk, event.turn)
    if turn is None or turn.state not in ("collecting", "handed-over") or turn.answered_by:
        return
    if turn_store.turn_messages(tx, talk, turn):
        gear.look_at(tx, DueTurn(conversation=talk.id, number=turn.number, due_at=turn.due_at))
    else:
        turn_store.drop_turn(tx, turn)
