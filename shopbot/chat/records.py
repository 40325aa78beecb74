"""咨询即时记录: what a talk was about and what came of it, written at its end without anybody's help."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shopbot import ids
from shopbot.chat import memory_json, turn_store
from shopbot.chat.model import Conversation
from shopbot.errors import NotFound
from shopbot.orders import masking
from shopbot.storage import Row, Transaction, Value, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")

MOST_NOTE = 1000  # characters

Outcome = Literal["nothing-asked", "unanswered", "left", "by-agent", "by-bot", "unresolved"]
"""``left``: a person was asked for and none came in time; ``unresolved``: the bot could not answer all."""

TopicOf = Callable[[str], str]
"""The topic of an entry, blank when it is gone or has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One talk from its beginning (or its reopening) to its end."""

    store_id: str
    conversation: str
    part: int  # 1, 2 … a talk that was reopened has several
    visitor: str
    customer: str = ""
    channel: str = ""
    topics: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    product: str = ""
    order: str = ""
    outcome: Outcome
    agents: tuple[str, ...] = ()  # user ids, first one first
    reason: str = ""  # why a person was asked for
    messages: Mapping[str, int] = field(default_factory=dict)  # by author
    started_at: datetime
    closed_at: datetime
    first_answer_ms: int | None = None
    first_human_ms: int | None = None
    note: str = ""
    noted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a talk went, counted."""

    shopper: int = 0
    bot: int = 0
    agent: int = 0
    unanswered: bool = False
    waiting: bool = False  # a person was asked for and has not come
    open_questions: bool = False


def judge(course: Course) -> Outcome:
    """Return what came of a talk. Pure."""
    if not course.shopper:
        return "nothing-asked"
    if course.unanswered:
        return "left" if course.waiting and not course.agent else "unanswered"
    if course.agent:
        return "by-agent"
    if course.open_questions or not course.bot:
        return "unresolved"
    return "by-bot"


def write_record(tx: Transaction, talk: Conversation, topic_of: TopicOf, now: datetime) -> Record:
    """Make and write the record of a talk that ends now; the turns must not be dropped yet."""
    key = {"store_id": talk.store_id, "conversation": talk.id}
    since = tx.one(Q.part_of, **key)
    part, seq = int(since["parts"]) + 1, int(since["seq"] or 0)
    spoke = {row["author"]: row for row in tx.all(Q.spoke_since, **key, seq=seq)}
    memory = memory_json.from_json(talk.memory)
    counts = {author: int(row["messages"]) for author, row in spoke.items()}
    course = Course(
        shopper=counts.get("shopper", 0),
        bot=counts.get("bot", 0),
        agent=counts.get("agent", 0),
        unanswered=is_unanswered(tx, talk),
        waiting=talk.holder == "queue",
        open_questions=bool(memory.open_questions),
    )
    entries = [row["sources"] for row in tx.all(Q.sources_since, **key, seq=seq)]
    made = Record(
        store_id=talk.store_id,
        conversation=talk.id,
        part=part,
        visitor=talk.visitor,
        customer=talk.customer,
        channel=talk.channel,
        topics=_topics(entries, topic_of),
        questions=_asked(tx, key, seq),
        open_questions=tuple(masking.free_text(one) for one in memory.open_questions),
        product=memory.product or talk.product,
        order=memory.order,
        outcome=judge(course),
        agents=tuple(row["who"] for row in tx.all(Q.agents_since, **key, seq=seq)),
        reason=_reason(tx, key, seq),
        messages=counts,
        started_at=_first(spoke, "shopper") or talk.started_at,
        closed_at=now,
        first_answer_ms=_gap(spoke, "bot", "agent"),
        first_human_ms=_gap(spoke, "agent"),
    )
    tx.run(Q.add_record, **_values(made))
    return made


def is_unanswered(reader: Reader, talk: Conversation) -> bool:
    """Tell whether the shopper waits for an answer; what was given back to the bot is not waited for."""
    turns = turn_store.list_unanswered(reader, talk)
    return any(turn.state == "collecting" or talk.holder != "bot" for turn in turns)


def list_records(
    reader: Reader, store_id: str, *, since: datetime, until: datetime, count: int = 1000
) -> list[Record]:
    """Return the records of talks that ended in a time, oldest first."""
    rows = reader.all(
        Q.list_records,
        store_id=store_id,
        since=ids.to_text(since),
        until=ids.to_text(until),
        count=count,
    )
    return [_record(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Which records are wanted; blanks do not filter. ``before`` is the last one of the page before."""

    since: datetime
    until: datetime
    agent: str = ""
    topic: str = ""
    outcome: str = ""
    before: tuple[datetime, str, int] | None = None  # (closed at, conversation, part)
    count: int = 50


def page_of_records(reader: Reader, store_id: str, wanted: RecordFilter) -> list[Record]:
    """Return records of talks that ended in a time, newest first, page by page."""
    at, talk, part = wanted.before or (wanted.until, "", 0)
    rows = reader.all(
        Q.page_of_records,
        store_id=store_id,
        since=ids.to_text(wanted.since),
        until=ids.to_text(wanted.until),
        agent=wanted.agent,
        agent_like=_listed(wanted.agent),
        topic=wanted.topic,
        topic_like=_listed(wanted.topic),
        outcome=wanted.outcome,
        before_at=ids.to_text(at),
        before_talk=talk,
        before_part=part,
        count=wanted.count,
    )
    return [_record(row) for row in rows]


def _listed(name: str) -> str:
    """Return a LIKE pattern that finds a name in a list as it is written."""
    told = json.dumps(name, ensure_ascii=False)
    for mark in "!%_":
        told = told.replace(mark, f"!{mark}")
    return f"%{told}%"


def records_of(reader: Reader, store_id: str, conversation: str) -> list[Record]:
    """Return the records of one talk, oldest first."""
    rows = reader.all(Q.records_of, store_id=store_id, conversation=conversation)
    return [_record(row) for row in rows]


def add_note(
    tx: Transaction, store_id: str, conversation: str, part: int, text: str, who: str
) -> Record:
    """Let staff add what no program can know; NotFound when there is no such record."""
    changed = tx.run(
        Q.note_record,
        store_id=store_id,
        conversation=conversation,
        part=part,
        note=text.strip()[:MOST_NOTE],
        noted_by=who,
    )
    if changed == 0:
        raise NotFound("record")
    return next(one for one in records_of(tx, store_id, conversation) if one.part == part)


def _topics(sources: Sequence[str], topic_of: TopicOf) -> tuple[str, ...]:
    entries = [str(one.get("entry", "")) for text in sources for one in json.loads(text)]
    found = [topic_of(entry) for entry in dict.fromkeys(entries)]
    return tuple(dict.fromkeys(topic for topic in found if topic))


def _asked(tx: Transaction, key: Mapping[str, str], seq: int) -> tuple[str, ...]:
    """Return what the shopper wrote, a line a message, numbers hidden."""
    rows = tx.all(Q.asked_since, **key, seq=seq)
    texts = [str(json.loads(row["body"]).get("text", "")) for row in rows]
    return tuple(masking.free_text(text)[:_LINE] for text in texts if text.strip())


_LINE = 80  # characters of a question in a record


def _reason(tx: Transaction, key: Mapping[str, str], seq: int) -> str:
    bodies = [json.loads(row["body"]) for row in tx.all(Q.holds_since, **key, seq=seq)]
    return next((str(one.get("reason", "")) for one in bodies if one.get("holder") == "queue"), "")


def _first(spoke: Mapping[str, Row], *authors: str) -> datetime | None:
    found = [ids.from_text(spoke[one]["first_at"]) for one in authors if one in spoke]
    return min(found, default=None)


def _gap(spoke: Mapping[str, Row], *authors: str) -> int | None:
    """Return the milliseconds from the shopper's first word to the first one of ``authors``."""
    asked, answered = _first(spoke, "shopper"), _first(spoke, *authors)
    if asked is None or answered is None or answered < asked:
        return None
    return int((answered - asked).total_seconds() * 1000)


def _values(made: Record) -> dict[str, Value]:
    def listed(values: Sequence[str]) -> str:
        return json.dumps(list(values), ensure_ascii=False)

    return {
        "store_id": made.store_id,
        "conversation": made.conversation,
        "part": made.part,
        "visitor": made.visitor,
        "customer": made.customer,
        "channel": made.channel,
        "topics": listed(made.topics),
        "questions": listed(made.questions),
        "open_questions": listed(made.open_questions),
        "product": made.product,
        "order_number": made.order,
        "outcome": made.outcome,
        "agents": listed(made.agents),
        "reason": made.reason,
        "messages_shopper": made.messages.get("shopper", 0),
        "messages_bot": made.messages.get("bot", 0),
        "messages_agent": made.messages.get("agent", 0),
        "started_at": ids.to_text(made.started_at),
        "closed_at": ids.to_text(made.closed_at),
        "first_answer_ms": made.first_answer_ms,
        "first_human_ms": made.first_human_ms,
    }


def _record(row: Row) -> Record:
    return Record(
        store_id=row["store_id"],
        conversation=row["conversation"],
        part=row["part"],
        visitor=row["visitor"],
        customer=row["customer"],
        channel=row["channel"],
        topics=tuple(json.loads(row["topics"])),
        questions=tuple(json.loads(row["questions"])),
        open_questions=tuple(json.loads(row["open_questions"])),
        product=row["product"],
        order=row["order_number"],
        outcome=row["outcome"],
        agents=tuple(json.loads(row["agents"])),
        reason=row["reason"],
        messages={one: row[f"messages_{one}"] for one in ("shopper", "bot", "agent")},
        started_at=ids.from_text(row["started_at"]),
        closed_at=ids.from_text(row["closed_at"]),
        first_answer_ms=row["first_answer_ms"],
        first_human_ms=row["first_human_ms"],
        note=row["note"],
        noted_by=row["noted_by"],
    )
