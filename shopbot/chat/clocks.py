"""The 5 s and 60 s clocks of waiting shoppers: what is due in one talk, said or done in one transaction.

When a talk is looked at is no matter of record: everything is read from the talk itself, so a restart, a
second look or a late one changes nothing but the time at which a line is said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from shopbot import audit, ids
from shopbot.chat import store, turn_store
from shopbot.chat.lines import Line, Voice
from shopbot.chat.model import Conversation, Turn
from shopbot.desk import clocks, tasks
from shopbot.desk.clocks import Tick, Wait
from shopbot.desk.model import Talk, Task
from shopbot.rules import DeskRules
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")


class Seats(Protocol):
    """The part of the desk that the clocks ask."""

    @property
    def rules(self) -> DeskRules:
        """The rules as they stand now."""
        ...

    def is_open(self, now: datetime) -> bool:
        """Tell whether people answer at this hour."""
        ...

    def find_talk(self, reader: Reader, store_id: str, conversation: str) -> Talk | None:
        """Return a talk as the desk sees it."""
        ...


def read_wait(reader: Reader, talk: Conversation, desk: Seats, now: datetime) -> Wait:
    """Return how long the shopper of a talk has been waiting, and what they heard meanwhile."""
    waiting = _waiting(reader, talk)
    if talk.state == "closed" or not waiting:
        return Wait(since=None)
    first = waiting[0]
    key = {"store_id": talk.store_id, "conversation": talk.id}
    said = reader.one(Q.comforts_since, **key, seq=first.first_seq)
    last = said["last_at"]
    return Wait(
        since=first.opened_at,
        human_since=_human_since(reader, talk, first, desk, now),
        spoken=any(store.has_written(reader, talk, one) for one in ("bot", "agent", "system")),
        shut_at=_shut_at(reader, talk, first, desk, now),
        silent=talk.mode == "assist",
        comforts=int(said["lines"]),
        comforted_at=None if last is None else ids.from_text(last),
        alerted=_is_alerted(reader, talk, first),
    )


def next_look(
    reader: Reader, store_id: str, conversation: str, desk: Seats, now: datetime
) -> datetime | None:
    """Return when something will be due in a talk if nobody answers; None: nothing."""
    talk = store.get_conversation(reader, store_id, conversation)
    tick = clocks.next_tick(read_wait(reader, talk, desk, now), desk.rules)
    return None if tick is None else tick.at


def ring(
    tx: Transaction, store_id: str, conversation: str, desk: Seats, voice: Voice, now: datetime
) -> bool:
    """Do the one thing that is due in a talk; False when there is none (any more)."""
    talk = store.get_conversation(tx, store_id, conversation)
    wait = read_wait(tx, talk, desk, now)
    tick = clocks.due_tick(wait, desk.rules, now)
    if tick is None:
        return False
    first = _waiting(tx, talk)[0]
    if tick.step == "alert":
        store.save_conversation(tx, _alert(tx, talk, first, desk.rules, now))
        return True
    line = _line(talk, tick, wait, first, desk.is_open(now))
    spoken, event = voice.say(tx, talk, line, now)
    if tick.step == "greet":
        spoken = replace(spoken, memory={**spoken.memory, "greeted": True})
    if event is not None:
        store.save_conversation(tx, spoken)
        return True
    return False


def _line(talk: Conversation, tick: Tick, wait: Wait, first: Turn, is_open: bool) -> Line:
    if tick.step == "greet":
        return _greeting(talk, is_open)
    if tick.step == "closed":
        return Line(phrase="system.closed", key=_closed_key(first), rule="closed-meanwhile")
    return Line(
        phrase="system.still-waiting",
        otherwise="system.hold",
        key=f"house:comfort:{first.number}:{wait.comforts + 1}",
        rule="answer-within",
    )


def _greeting(talk: Conversation, is_open: bool) -> Line:
    """Greet in the name of whoever has the word; at night say that nobody is there."""
    phrase = "system.bot-greet" if talk.holder == "bot" else "system.greet"
    return Line(
        phrase=phrase if is_open else "system.off-hours",
        otherwise="system.greet",
        key="house:greet",
        rule="greet-within",
    )


def _waiting(reader: Reader, talk: Conversation) -> list[Turn]:
    turns = turn_store.list_unanswered(reader, talk)
    return [turn for turn in turns if turn.state == "collecting" or talk.holder != "bot"]


def _human_since(
    reader: Reader, talk: Conversation, first: Turn, desk: Seats, now: datetime
) -> datetime | None:
    """Return since when a person is awaited; None at night, also for what was left overnight."""
    if talk.holder == "bot" or not desk.is_open(now) or not desk.is_open(first.opened_at):
        return None
    seat = desk.find_talk(reader, talk.store_id, talk.id)
    asked = seat.since if seat is not None and seat.state != "done" else first.opened_at
    return max(first.opened_at, asked)


def _shut_at(
    reader: Reader, talk: Conversation, first: Turn, desk: Seats, now: datetime
) -> datetime | None:
    """Return ``now`` when people have gone home while the shopper waited, and did not say so yet."""
    if talk.holder == "bot" or desk.is_open(now) or not desk.is_open(first.opened_at):
        return None
    told = store.find_by_key(reader, talk, "system", "", _closed_key(first))
    return now if told is None else None


def _closed_key(first: Turn) -> str:
    return f"house:closed:{first.number}"


def _is_alerted(reader: Reader, talk: Conversation, first: Turn) -> bool:
    key = _alert_key(talk, first)
    found = tasks.tasks_of(reader, talk.store_id, talk.id)
    return any(task.kind == "unanswered" and task.key == key for task in found)


def _alert_key(talk: Conversation, first: Turn) -> str:
    return f"{talk.id}:{first.number}"


def _alert(
    tx: Transaction, talk: Conversation, first: Turn, rules: DeskRules, now: datetime
) -> Conversation:
    """Let the supervisors know that nobody has answered in spite of every comfort line."""
    task = Task(
        store_id=talk.store_id,
        id=ids.new_id("tsk"),
        kind="unanswered",
        key=_alert_key(talk, first),
        conversation=talk.id,
        audience="supervisor",
        agent=talk.agent,
        data={"since": ids.to_text(first.opened_at)},
        made_at=now,
        due_at=now,
    )
    tasks.add_task(tx, task)
    deed = audit.Deed(
        store_id=talk.store_id,
        name="chat.alerted",
        who="system",
        subject=talk.id,
        at=now,
        data={"why": "unanswered", "task": task.id},
    )
    audit.record(tx, deed)
    new = store.NewEvent(
        kind="alerted",
        author="system",
        audience="staff",
        turn=talk.turn,
        body={"why": "unanswered", "task": task.id},
    )
    return store.append(tx, talk, new, now)[0]
