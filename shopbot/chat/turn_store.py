"""Turns in the database: what a shopper wrote in one go, and who answered it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shopbot import ids
from shopbot.chat import rows
from shopbot.chat.model import Conversation, Event, Turn, TurnState
from shopbot.chat.store import recalled
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")


def add_turn(tx: Transaction, turn: Turn) -> None:
    """Write a turn that begins."""
    tx.run(
        Q.add_turn,
        store_id=turn.store_id,
        conversation=turn.conversation,
        number=turn.number,
        first_seq=turn.first_seq,
        last_seq=turn.last_seq,
        opened_at=ids.to_text(turn.opened_at),
        due_at=ids.to_text(turn.due_at),
    )


def find_turn(reader: Reader, talk: Conversation, number: int) -> Turn | None:
    """Return a turn of a talk or None."""
    key = {"store_id": talk.store_id, "conversation": talk.id}
    row = reader.maybe_one(Q.get_turn, **key, number=number)
    return rows.turn(row) if row else None


def extend_turn(tx: Transaction, turn: Turn, last_seq: int, due_at: datetime) -> None:
    """Let a collecting turn take in another message."""
    tx.run(
        Q.extend_turn,
        store_id=turn.store_id,
        conversation=turn.conversation,
        number=turn.number,
        last_seq=last_seq,
        due_at=ids.to_text(due_at),
    )


def put_off_turn(tx: Transaction, turn: Turn, due_at: datetime) -> None:
    """Look at a collecting turn again at ``due_at``."""
    tx.run(
        Q.put_off_turn,
        store_id=turn.store_id,
        conversation=turn.conversation,
        number=turn.number,
        due_at=ids.to_text(due_at),
    )


def end_turn(
    tx: Transaction, turn: Turn, state: TurnState, now: datetime, answered_by: str = ""
) -> bool:
    """Give a collecting turn its final state; False when it had one."""
    changed = tx.run(
        Q.end_turn,
        store_id=turn.store_id,
        conversation=turn.conversation,
        number=turn.number,
        state=state,
        answered_by=answered_by,
        answered_at=ids.to_text(now) if answered_by else None,
    )
    return changed == 1


def answer_waiting_turns(tx: Transaction, talk: Conversation, agent: str, now: datetime) -> int:
    """Count every turn that nobody had answered as answered by a person; return how many."""
    return tx.run(
        Q.answer_waiting_turns,
        store_id=talk.store_id,
        conversation=talk.id,
        upto=talk.turn,
        answered_by=agent,
        answered_at=ids.to_text(now),
    )


def list_unanswered(reader: Reader, talk: Conversation) -> list[Turn]:
    """Return the turns nobody has answered, oldest first."""
    found = reader.all(Q.unanswered_turns, store_id=talk.store_id, conversation=talk.id)
    return [rows.turn(row) for row in found]


def reopen_turn(tx: Transaction, talk: Conversation, due_at: datetime) -> bool:
    """Give the newest turn back to the bot if nobody, not even the bot, has said anything to it."""
    changed = tx.run(
        Q.reopen_turn,
        store_id=talk.store_id,
        conversation=talk.id,
        number=talk.turn,
        due_at=ids.to_text(due_at),
    )
    return changed == 1


def drop_turns(tx: Transaction, talk: Conversation) -> int:
    """End what still collects, unanswered; return how many turns."""
    return tx.run(Q.drop_turns, store_id=talk.store_id, conversation=talk.id)


def drop_turn(tx: Transaction, turn: Turn) -> None:
    """End a turn of which everything was taken back."""
    tx.run(
        Q.drop_turn,
        store_id=turn.store_id,
        conversation=turn.conversation,
        number=turn.number,
    )


def turn_messages(reader: Reader, talk: Conversation, turn: Turn) -> list[Event]:
    """Return what the shopper wrote in a turn and has not recalled, oldest first."""
    found = reader.all(
        Q.turn_messages, store_id=talk.store_id, conversation=talk.id, turn=turn.number
    )
    gone = recalled(reader, talk, turn.first_seq)
    return [event for event in map(rows.event, found) if event.seq not in gone]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTurn:
    """A turn to be looked at, and when."""

    conversation: str
    number: int
    due_at: datetime


def list_collecting(
    reader: Reader, store_id: str, upto: datetime, count: int = 1000
) -> list[DueTurn]:
    """Return turns that are due until ``upto``, the earliest first."""
    found = reader.all(Q.collecting_turns, store_id=store_id, upto=ids.to_text(upto), count=count)
    return [_due(row) for row in found]


def list_far_turns(
    reader: Reader, store_id: str, far: datetime, count: int = 1000
) -> list[DueTurn]:
    """Return turns due after ``far``, later than any wait: the clock was set back."""
    found = reader.all(Q.far_turns, store_id=store_id, far=ids.to_text(far), count=count)
    return [_due(row) for row in found]


def _due(row: Row) -> DueTurn:
    return DueTurn(
        conversation=row["conversation"],
        number=row["number"],
        due_at=ids.from_text(row["due_at"]),
    )
