"""A talk around a knowledge of a few sentences that answers at once; the rest is real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from shopbot.bus import Bus
from shopbot.chat.brain import PolicyBrain
from shopbot.chat.gear import Gear
from shopbot.chat.model import Conversation, Event, Incoming, Sent
from shopbot.chat.ports import Brain
from shopbot.chat.service import Chat
from shopbot.desk.model import Hours
from shopbot.desk.service import Desk
from shopbot.ids import Clock
from shopbot.kb.entry import Entry, Promise, Source, Validity, Variant
from shopbot.kb.fusion import Ranked
from shopbot.kb.phrases import Spoken
from shopbot.kb.product import Catalogue
from shopbot.kb.reply import Reply, Withheld, compose
from shopbot.kb.slots import NO_SLOTS, Slots
from shopbot.kb.suggestion import Answer, Part, Query, Suggestion
from shopbot.rules import Rules
from shopbot.storage import Database
from tests.simulators.catalogue import knowledge

_NOTHING = Ranked(unit=-1, phrasing=-1, dense=0.0, words=0.0, pinyin=0.0, topic=0.0, fused=0.0)
_FILE = "replies/all.yaml"


def said_entry(
    identity: str,
    *texts: str,
    topic: str = "shipping-time",
    valid: Validity | None = None,
    promise: Promise | None = None,
    action: str = "",
    chips: tuple[str, ...] = (),
) -> Entry:
    """Return an entry with these wordings."""
    return Entry(
        id=identity,
        topic=topic,
        source=Source(file=_FILE, line=7),
        variants=tuple(Variant(text=text, line=8 + at) for at, text in enumerate(texts)),
        valid=valid or Validity(),
        promise=promise,
        action=action,
        ask="" if texts else "亲，请稍等",
        chips=chips,
    )


@dataclass
class QuickKnowledge:
    """Answers a question that holds a known word with the entry of that word; all else is unknown."""

    entries: dict[str, Entry] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # word in a question: entry id
    bad: tuple[tuple[str, str], ...] = ()  # (kind, word) that may not be said
    asked: list[Query] = field(default_factory=list)
    error: Exception | None = None

    def add(self, word: str, entry: Entry) -> None:
        """Let questions with ``word`` be answered by ``entry``."""
        self.entries[entry.id] = entry
        if word:
            self.words[word] = entry.id

    def suggest(self, query: Query) -> Answer:
        """See :class:`shopbot.chat.ports.Knowing`."""
        self.asked.append(query)
        if self.error is not None:
            raise self.error
        found = [
            (word, self.entries[one]) for word, one in self.words.items() if word in query.text
        ]
        alone = len(found) == 1
        parts = tuple(
            replace(self._part(word, entry, query), text=query.text if alone else word)
            for word, entry in found
        )
        nothing = Part(text=query.text, band="unknown", suggestions=())
        return Answer(query=query.text, parts=parts or (nothing,), ms=0.1)

    def _part(self, word: str, entry: Entry, query: Query) -> Part:
        told = self.reword(entry.id, NO_SLOTS, now=query.at)
        if isinstance(told, Withheld):
            return Part(text=word, band="unknown", suggestions=())
        suggestion = Suggestion(
            entry=entry.id,
            version=entry.version,
            topic=entry.topic,
            text=told.text,
            probability=0.97,
            source=told.source,
            phrasing=word,
            words=(word,),
            ranked=_NOTHING,
            action=entry.action,
        )
        return Part(text=word, band="answer", suggestions=(suggestion,))

    def reword(
        self, entry: str, slots: Slots, *, now: datetime, channel: str = "", pick: int = 0
    ) -> Reply | Withheld:
        """See :class:`shopbot.chat.ports.Knowing`."""
        found = self.entries.get(entry)
        if found is None:
            return Withheld(reason="not-published", names=("gone",))
        shelf = Catalogue(knowledge())
        return compose(found, slots, shelf, {"店名": "测试店"}, now=now, channel=channel, pick=pick)

    def say(
        self, phrase: str, values: Mapping[str, str], *, now: datetime, channel: str, pick: int
    ) -> Spoken | None:
        """Say a phrase: its own words where there are some, else its id and values."""
        source = Source(file="replies/system.yaml", line=1)
        known = self.entries.get(phrase)
        if known is not None:
            told = self.reword(phrase, NO_SLOTS, now=now, pick=pick)
            if isinstance(told, Withheld):
                return None
            return Spoken(text=told.text, entry=phrase, version=known.version, source=told.source)
        words = "，".join(f"{name}{value}" for name, value in values.items())
        text = f"〔{phrase}·{pick % 3}〕{words}"
        return Spoken(text=text, entry=phrase, version="v1", source=source)

    def find_entry(self, entry: str) -> Entry | None:
        """See :class:`shopbot.chat.ports.Knowing`."""
        return self.entries.get(entry)

    def banned(self, text: str) -> Sequence[tuple[str, str]]:
        """See :class:`shopbot.chat.ports.Knowing`."""
        return [(kind, word) for kind, word in self.bad if word in text]


def shop_knowledge() -> QuickKnowledge:
    """Return a knowledge that knows about shipping and size."""
    known = QuickKnowledge()
    known.add("发货", said_entry("ship.when", "亲，48小时内发出~", "付款后48小时内给您发~"))
    known.add("尺码", said_entry("size.how", "亲，按身高体重选~", topic="size-choice"))
    return known


@dataclass
class TalkStage:
    """A shop with a talk: write as a shopper or an agent, let time pass, read what both sides see."""

    chat: Chat
    clock: Clock
    known: QuickKnowledge
    keys: int = 0

    def key(self) -> str:
        """Return a key that was not used yet."""
        self.keys += 1
        return f"key-{self.keys}"

    def write(self, talk: Conversation, text: str, *, key: str = "", who: str = "") -> Sent:
        """Write as the shopper."""
        message = Incoming(type="text", body={"text": text}, client_key=key or self.key())
        return self.chat.send(
            conversation=talk.id, author="shopper", who=who or talk.visitor, message=message
        )

    def reply(
        self,
        talk: Conversation,
        text: str,
        *,
        agent: str = "u1",
        key: str = "",
        anyway: bool = False,
    ) -> Sent:
        """Write as an agent."""
        message = Incoming(type="text", body={"text": text}, client_key=key or self.key())
        return self.chat.send(
            conversation=talk.id,
            author="agent",
            who=agent,
            name="小林",
            message=message,
            anyway=anyway,
        )

    def run_due(self, most: int = 20) -> None:
        """Answer every turn that is due now, as the keeper does."""
        for _ in range(most):
            due = self.chat.due_turns()
            if not due:
                return
            for turn in due:
                self.chat.answer_turn(turn.conversation, turn.number)

    def events(self, talk: Conversation, side: str = "staff") -> list[Event]:
        """Return everything a side may see."""
        return self.chat.events_after(
            conversation=talk.id,
            side="shopper" if side == "shopper" else "staff",
            seq=0,
            limit=500,
        )

    def said(self, talk: Conversation, author: str = "bot") -> list[str]:
        """Return the texts of an author, oldest first."""
        return [
            str(event.body.get("text"))
            for event in self.events(talk)
            if event.kind == "message" and event.author == author
        ]


def talk_stage(
    db: Database,
    clock: Clock,
    media: Path,
    *,
    known: QuickKnowledge | None = None,
    rules: Rules | None = None,
    brain: Brain | None = None,
    bus: Bus | None = None,
    store_id: str = "test",
) -> TalkStage:
    """Return a shop whose people are at the desk when they say so; rules are the defaults."""
    kept = replace(rules or Rules(), store_id=store_id)
    known = known or shop_knowledge()
    gear = Gear(
        store_id=store_id,
        db=db,
        bus=bus or Bus(),
        clock=clock,
        kb=known,
        rules=lambda: kept,
        desk=Desk(rules=lambda: kept, hours=lambda: Hours(zone=kept.zone)),
        brain=brain or PolicyBrain(),
        wares=None,
        media=media,
        software="test",
    )
    return TalkStage(chat=Chat(gear), clock=clock, known=known)
