"""The end of a talk and what comes after: reminder, farewell, rating, record, going on later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from shopbot import audit, ids, messages
from shopbot.chat import draft_store, records, store, turn_store
from shopbot.chat.lines import Line, Voice
from shopbot.chat.model import Conversation
from shopbot.chat.schemas import clean
from shopbot.errors import Malformed
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")

Why = Literal["quiet", "shopper", "agent"]
"""Who or what ended a talk."""

MOST_STARS, MOST_TAGS, MOST_WORDS = 5, 8, 500
TAGS = ("fast", "clear", "kind", "solved", "slow", "unclear", "rude", "unsolved")
"""What a shopper may tick; their words are messages ``rating.tag.…``."""

_KEPT = ("product", "order", "said")  # of the memory, when a shopper comes again in a new talk


class Releasing(Protocol):
    """The part of the desk that is needed."""

    def release(self, tx: Transaction, store_id: str, conversation: str, now: datetime) -> None:
        """Let a talk leave the desk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What ending a talk needs besides the talk."""

    voice: Voice
    desk: Releasing
    topic_of: records.TopicOf


def remind(tx: Transaction, talk: Conversation, voice: Voice, now: datetime) -> Conversation:
    """Ask once whether there is anything else; a store without the words only waits. Saved."""
    line = Line(phrase="system.still-there", key=f"house:remind:{talk.turn}", rule="quiet")
    talk, _ = voice.say(tx, talk, line, now)
    return store.save_conversation(tx, replace(talk, reminded_at=now))


def close(
    tx: Transaction,
    talk: Conversation,
    house: House,
    why: Why,
    now: datetime,
    *,
    who: str = "",
) -> Conversation:
    """End a talk: farewell and rating card if anything was said, record, nothing left open. Saved.

    Safe to repeat: a closed talk is returned as it is.
    """
    if talk.state == "closed":
        return talk
    record = records.write_record(tx, talk, house.topic_of, now)
    if record.outcome != "nothing-asked":
        talk = _farewell(tx, talk, house.voice, record.part, now)
    turn_store.drop_turns(tx, talk)
    draft_store.close_drafts(tx, talk, "void", now)
    house.desk.release(tx, talk.store_id, talk.id, now)
    new = store.NewEvent(
        kind="closed",
        author="agent" if why == "agent" else "shopper" if why == "shopper" else "system",
        who=who,
        body={"why": why, "outcome": record.outcome},
    )
    talk, _ = store.append(tx, talk, new, now)
    _record(tx, talk, "chat.closed", who or why, now, why=why, outcome=record.outcome)
    closed = replace(talk, state="closed", closed_at=now, holder="bot", agent="")
    return store.save_conversation(tx, closed)


def inherited(old: Conversation | None) -> Mapping[str, Any]:
    """Return what a new talk knows of the shopper's last one: article, order, wordings they read."""
    if old is None:
        return {}
    return {name: old.memory[name] for name in _KEPT if old.memory.get(name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a shopper thinks of a talk."""

    stars: int
    tags: tuple[str, ...] = ()
    words: str = ""
    agent: str = ""  # who answered last, blank: the bot alone
    at: datetime


def rate(
    tx: Transaction,
    talk: Conversation,
    *,
    stars: int,
    tags: Sequence[str] = (),
    words: str = "",
    now: datetime,
) -> Conversation:
    """Write what the shopper thinks of a talk; they may change their mind. Saved.

    Malformed for stars outside 1 to 5 and tags outside :data:`TAGS` (by name or as they are shown).
    """
    if not 1 <= stars <= MOST_STARS:
        raise Malformed("A rating has one to five stars.", stars=stars)
    ticked = _ticked(tags)
    said = clean(words)[:MOST_WORDS]
    agent = talk.agent or _last_agent(tx, talk)
    tx.run(
        Q.put_rating,
        store_id=talk.store_id,
        conversation=talk.id,
        stars=stars,
        tags=json.dumps(ticked),
        words=said,
        agent=agent,
        at=ids.to_text(now),
    )
    told = {"stars": stars, "tags": ticked, "words": said}
    new = store.NewEvent(kind="rated", author="shopper", who=talk.visitor, body=told)
    talk, _ = store.append(tx, talk, new, now)
    _record(tx, talk, "chat.rated", "shopper", now, stars=stars, agent=agent)
    return store.save_conversation(tx, talk)


def find_rating(reader: Reader, store_id: str, conversation: str) -> Rating | None:
    """Return the rating of a talk, None when there is none."""
    row = reader.maybe_one(Q.get_rating, store_id=store_id, conversation=conversation)
    if row is None:
        return None
    return Rating(
        stars=row["stars"],
        tags=tuple(json.loads(row["tags"])),
        words=row["words"],
        agent=row["agent"],
        at=ids.from_text(row["at"]),
    )


def tag_texts() -> dict[str, str]:
    """Return what a shopper may tick, in Chinese."""
    return {tag: messages.text(f"rating.tag.{tag}") for tag in TAGS}


def _ticked(tags: Sequence[str]) -> list[str]:
    """Return the tags by their names, however the page calls them; Malformed for strange ones."""
    names = {text: tag for tag, text in tag_texts().items()} | {tag: tag for tag in TAGS}
    strange = [tag for tag in tags if tag not in names]
    if strange or len(tags) > MOST_TAGS:
        raise Malformed(f"Tags are {', '.join(TAGS)}.", tags=strange[:MOST_TAGS])
    return list(dict.fromkeys(names[tag] for tag in tags))


def _farewell(
    tx: Transaction, talk: Conversation, voice: Voice, part: int, now: datetime
) -> Conversation:
    answered = any(store.has_written(tx, talk, author) for author in ("bot", "agent"))
    if answered and find_rating(tx, talk.store_id, talk.id) is None:
        card = Line(
            phrase="system.rating",
            key=f"house:rating:{part}",
            rule="closing",
            rating=tuple(tag_texts().values()),
        )
        talk, _ = voice.say(tx, talk, card, now)
    bye = Line(phrase="system.bye", key=f"house:bye:{part}", rule="closing")
    return voice.say(tx, talk, bye, now)[0]


def _last_agent(reader: Reader, talk: Conversation) -> str:
    key = {"store_id": talk.store_id, "conversation": talk.id}
    found = reader.all(Q.agents_since, **key, seq=0)
    return str(found[-1]["who"]) if found else ""


def _record(
    tx: Transaction, talk: Conversation, name: str, who: str, now: datetime, **data: object
) -> None:
    deed = audit.Deed(
        store_id=talk.store_id, name=name, who=who, subject=talk.id, at=now, data=data
    )
    audit.record(tx, deed)
