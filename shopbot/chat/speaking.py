"""From an action to words: the phrase or entry as it may be said now, another wording each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shopbot.chat import receipts
from shopbot.chat.guard import Words
from shopbot.chat.model import Conversation, DraftKind
from shopbot.chat.ports import Knowing
from shopbot.chat.situation import Memory, Offer, SayEntry, SayPhrase
from shopbot.kb import text as texts
from shopbot.kb.entry import Promise
from shopbot.kb.reply import Reply, Withheld
from shopbot.kb.slots import NO_SLOTS, Slots
from shopbot.kb.suggestion import Part, Suggestion
from shopbot.orders.phrases import Phrase

_MOST_SAID = 200
_MOST_CHIPS = 8
CHOOSE = "system.choose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One message ready to be sent or suggested, and where its words come from."""

    text: str
    kind: DraftKind
    sources: tuple[Mapping[str, Any], ...] = ()
    entries: tuple[str, ...] = ()  # said with this message
    probability: float = 1.0
    reasons: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()  # (value, words) to choose from
    attachments: tuple[str, ...] = ()
    action: str = ""
    order: str = ""  # whose data it tells
    promise: Promise | None = None
    withheld: Withheld | None = None  # it must not be said any more

    def body(self) -> dict[str, Any]:
        """Return the message's body as :mod:`shopbot.chat.schemas` has it."""
        if self.options:
            options = [{"value": value, "text": words} for value, words in self.options]
            return {"type": "chips", "text": self.text, "options": options[:_MOST_CHIPS]}
        told: dict[str, Any] = {"type": "text", "text": self.text}
        if self.chips:
            told["chips"] = list(self.chips[:_MOST_CHIPS])
        if self.attachments:
            told["attachments"] = list(self.attachments[:_MOST_CHIPS])
        return told

    def words(self, *, by_hand: bool = False) -> Words:
        """Return the text as the guard looks at it."""
        return Words(
            text=self.text,
            by_hand=by_hand,
            orders=(self.order,) if self.order else (),
            entry=self.entries[0] if self.entries else "",
            promise=self.promise,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How one talk is spoken to: its script, what was said to it before, what it is about."""

    kb: Knowing
    talk: Conversation
    now: datetime
    traditional: bool = False
    open_now: bool = True  # people are there
    said: dict[str, int] = field(default_factory=dict)  # entry: wordings used

    @classmethod
    def of(
        cls,
        kb: Knowing,
        talk: Conversation,
        memory: Memory,
        now: datetime,
        *,
        traditional: bool,
        open_now: bool,
    ) -> Tongue:
        """Return the tongue of a talk as its memory has it."""
        return cls(
            kb=kb,
            talk=talk,
            now=now,
            traditional=traditional,
            open_now=open_now,
            said=dict(memory.said),
        )

    def turned(self, memory: Memory, spoken: Iterable[Speech]) -> Memory:
        """Return a memory in which what was spoken counts as said."""
        said = dict(memory.said)
        for entry in (entry for speech in spoken for entry in speech.entries):
            said[entry] = (said.get(entry, 0) + 1) % _MOST_SAID
        return replace(memory, said=tuple(said.items()))

    def phrases(
        self,
        told: Sequence[SayPhrase],
        *,
        chips: tuple[str, ...] = (),
        kind: DraftKind = "phrase",
        action: str = "",
        order: str = "",
    ) -> Speech | None:
        """Return phrases as one message; None when nobody wrote any of them."""
        spoken = [one for one in map(self._phrase, told) if one is not None]
        if not spoken:
            return None
        return Speech(
            text="\n".join(one.text for one in spoken),
            kind=kind,
            sources=tuple(source for one in spoken for source in one.sources),
            entries=tuple(entry for one in spoken for entry in one.entries),
            chips=tuple(map(self._script, chips))
            or tuple(chip for one in spoken for chip in one.chips),
            action=action,
            order=order,
        )

    def option(self, phrase: Phrase) -> str:
        """Return the words of one thing to choose; its id when nobody wrote any."""
        spoken = self._phrase(SayPhrase(phrase=phrase.id, values=phrase.values))
        return spoken.text if spoken else phrase.id

    def offer(self, offered: Offer) -> Speech | None:
        """Return 您是想问… with its options."""
        spoken = self._phrase(SayPhrase(phrase=CHOOSE))
        options = tuple((value, self._script(words)) for value, words in offered.options)
        return replace(spoken, options=options, chips=()) if spoken else None

    def entry(self, told: SayEntry, parts: Sequence[Part]) -> Speech:
        """Return an entry's answer in a wording that was not said before, as it may be said now."""
        return self.suggestion(told.suggestion, slots_of(told.suggestion, parts))

    def suggestion(self, found: Suggestion, slots: Slots) -> Speech:
        """Return a suggestion as it may be said now; ``withheld`` when it may not any more."""
        pick = self.said.get(found.entry, 0)
        reply = self.kb.reword(
            found.entry, slots, now=self.now, channel=self.talk.channel, pick=pick
        )
        entry = self.kb.find_entry(found.entry)
        speech = Speech(
            text=found.text,
            kind="knowledge",
            sources=(receipts.source_of(found, found.source, -1),),
            entries=(found.entry,),
            probability=found.probability,
            reasons=found.reasons,
            action=found.action,
            promise=entry.promise if entry else None,
        )
        if isinstance(reply, Withheld):
            return replace(speech, withheld=reply)
        return self._worded(speech, found, reply)

    def _worded(self, speech: Speech, found: Suggestion, reply: Reply) -> Speech:
        return replace(
            speech,
            text=self._script(reply.text),
            sources=(receipts.source_of(found, reply.source, reply.variant),),
            chips=tuple(map(self._script, reply.chips)),
            attachments=reply.attachments,
        )

    def _phrase(self, told: SayPhrase) -> Speech | None:
        for name in (told.phrase, told.otherwise):
            spoken = name and self.kb.say(
                name,
                told.values,
                now=self.now,
                channel=self.talk.channel,
                pick=self.said.get(name, 0),
            )
            if spoken:
                source = receipts.source_of_phrase(spoken.entry, spoken.version, spoken.source)
                return Speech(
                    text=self._script(spoken.text),
                    kind="phrase",
                    sources=(source,),
                    entries=(spoken.entry,),
                    chips=tuple(map(self._script, spoken.chips)),
                )
        return None

    def _script(self, text: str) -> str:
        return texts.to_traditional(text) if self.traditional else text


def slots_of(found: Suggestion, parts: Sequence[Part]) -> Slots:
    """Return what was known of the question that a suggestion answers."""
    return next((part.slots for part in parts if found in part.suggestions), NO_SLOTS)
