"""Lines that the house says by itself: greeting, comfort, reminder, farewell, news of an order.

They are fixed phrases of the knowledge, each with a receipt, each sent once under its key. They belong to no
turn: they answer nothing, so they neither answer for a person nor stand in a person's way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from shopbot.chat import draft_store, memory_json, store
from shopbot.chat.model import Conversation, Event, Receipt
from shopbot.kb import text as texts
from shopbot.kb.phrases import Spoken
from shopbot.storage import Transaction

TRADITIONAL = "traditional"  # in a talk's memory: the shopper writes 繁體
_MOST_SAID = 200  # wordings that are remembered per phrase; then they turn from the beginning


class Sayer(Protocol):
    """Whoever has the words of the fixed phrases; see :class:`shopbot.chat.ports.Knowing`."""

    def say(
        self, phrase: str, values: Mapping[str, str], /, *, now: datetime, channel: str, pick: int
    ) -> Spoken | None:
        """Return a fixed phrase in words; None when none can be said now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is to be said, and the key under which it is said once."""

    phrase: str
    key: str
    rule: str  # why, for the receipt
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""  # said when nobody wrote the phrase
    order: Mapping[str, Any] = field(default_factory=dict)  # how it stood, for the receipt
    rating: tuple[str, ...] | None = None  # tags of a rating card; None: plain text


class Voice:
    """Says lines; ``software`` stands in every receipt."""

    def __init__(self, sayer: Sayer, software: str) -> None:
        self._sayer = sayer
        self._software = software

    def say(
        self, tx: Transaction, talk: Conversation, line: Line, now: datetime
    ) -> tuple[Conversation, Event | None]:
        """Append a line unless it was said before or nobody wrote it; the talk is yet to be saved."""
        author = self._author(talk)
        if any(store.find_by_key(tx, talk, one, "", line.key) for one in ("bot", "system")):
            return talk, None
        said = dict(memory_json.from_json(talk.memory).said)
        spoken = self._words(talk, line, said, now)
        if spoken is None:
            return talk, None
        said[spoken.entry] = (said.get(spoken.entry, 0) + 1) % _MOST_SAID
        kept = {**talk.memory, "said": [[entry, count] for entry, count in said.items()]}
        new = store.NewEvent(
            kind="message",
            author=author,
            client_key=line.key,
            body=_body(_in_script(talk, spoken), line),
        )
        talk, event = store.append(tx, replace(talk, memory=kept), new, now)
        draft_store.add_receipt(tx, self._receipt(event, spoken, line))
        return talk, event

    def read(self, phrase: str, values: Mapping[str, str], now: datetime) -> str:
        """Return a phrase in words for whoever tells it elsewhere; blank when nobody wrote it."""
        spoken = self._sayer.say(phrase, values, now=now, channel="", pick=0)
        return "" if spoken is None else spoken.text

    def _words(
        self, talk: Conversation, line: Line, said: Mapping[str, int], now: datetime
    ) -> Spoken | None:
        for phrase in (line.phrase, line.otherwise):
            spoken = phrase and self._sayer.say(
                phrase, line.values, now=now, channel=talk.channel, pick=said.get(phrase, 0)
            )
            if spoken:
                return spoken
        return None

    def _author(self, talk: Conversation) -> Any:
        """A person has the word: what the house says by itself is not said in the bot's name."""
        return "bot" if talk.holder == "bot" else "system"

    def _receipt(self, event: Event, spoken: Spoken, line: Line) -> Receipt:
        source = {
            "entry": spoken.entry,
            "version": spoken.version,
            "file": spoken.source.file,
            "line": spoken.source.line,
        }
        return Receipt(
            store_id=event.store_id,
            message=event.id,
            conversation=event.conversation,
            seq=event.seq,
            by=event.author,
            sources=(source,),
            rule=line.rule,
            order=line.order,
            software=self._software,
            at=event.at,
        )


def _in_script(talk: Conversation, spoken: Spoken) -> Spoken:
    """Answer in the characters the shopper writes."""
    if not talk.memory.get(TRADITIONAL):
        return spoken
    chips = tuple(map(texts.to_traditional, spoken.chips))
    return replace(spoken, text=texts.to_traditional(spoken.text), chips=chips)


def _body(spoken: Spoken, line: Line) -> dict[str, Any]:
    if line.rating is not None:
        return {"type": "rating", "text": spoken.text, "tags": list(line.rating)}
    told: dict[str, Any] = {"type": "text", "text": spoken.text}
    if spoken.chips:
        told["chips"] = list(spoken.chips)
    return told
