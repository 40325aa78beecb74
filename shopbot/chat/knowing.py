"""The knowledge base as the talk asks it: suggestions, other wordings, phrases, banned words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shopbot.kb.entry import Entry, Knowledge
from shopbot.kb.generation import Generation
from shopbot.kb.lint_texts import BannedFinder
from shopbot.kb.phrases import Spoken
from shopbot.kb.product import Catalogue
from shopbot.kb.reply import Reply, Withheld, compose
from shopbot.kb.slots import NO_SLOTS, Slots
from shopbot.kb.suggestion import Answer, Query


class Base(Protocol):
    """The part of :class:`shopbot.kb.service.KnowledgeBase` that is needed."""

    @property
    def generation(self) -> Generation:
        """What serves now."""
        ...

    def suggest(self, query: Query) -> Answer:
        """Answer a question."""
        ...


class _Sight:
    """One knowledge, prepared for look-ups."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.entries = {entry.id: entry for entry in knowledge.entries}
        self.catalogue = Catalogue(knowledge)
        self.versions: dict[str, str] = {}
        self.banned = BannedFinder(knowledge.words.banned) if knowledge.words.banned else None

    def version(self, entry: Entry) -> str:
        """Return an entry's version, computed once."""
        found = self.versions.get(entry.id)
        if found is None:
            found = self.versions[entry.id] = entry.version
        return found


class KbKnowing:
    """What serves now, whatever it is; safe to share between threads."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._sight: _Sight | None = None

    def suggest(self, query: Query) -> Answer:
        """See :class:`shopbot.chat.ports.Knowing`."""
        return self._base.suggest(query)

    def reword(
        self, entry: str, slots: Slots, *, now: datetime, channel: str = "", pick: int = 0
    ) -> Reply | Withheld:
        """See :class:`shopbot.chat.ports.Knowing`."""
        sight = self._now()
        found = sight.entries.get(entry)
        if found is None:
            return Withheld(reason="not-published", names=("gone",))
        facts = sight.knowledge.store.facts
        return compose(found, slots, sight.catalogue, facts, now=now, channel=channel, pick=pick)

    def say(
        self, phrase: str, values: Mapping[str, str], *, now: datetime, channel: str, pick: int
    ) -> Spoken | None:
        """See :class:`shopbot.chat.ports.Knowing`."""
        sight = self._now()
        entry = sight.entries.get(phrase)
        if entry is None:
            return None
        facts = {**sight.knowledge.store.facts, **values}
        told = compose(entry, NO_SLOTS, sight.catalogue, facts, now=now, channel=channel, pick=pick)
        if isinstance(told, Withheld):
            return None
        return Spoken(
            text=told.text,
            entry=entry.id,
            version=sight.version(entry),
            source=told.source,
            chips=told.chips,
        )

    def find_entry(self, entry: str) -> Entry | None:
        """See :class:`shopbot.chat.ports.Knowing`."""
        return self._now().entries.get(entry)

    def banned(self, text: str) -> Sequence[tuple[str, str]]:
        """See :class:`shopbot.chat.ports.Knowing`."""
        finder = self._now().banned
        return [(word.kind, word.word) for word, _ in finder.find(text)] if finder else []

    def _now(self) -> _Sight:
        knowledge = self._base.generation.knowledge
        sight = self._sight
        if sight is None or sight.knowledge is not knowledge:
            sight = self._sight = _Sight(knowledge)
        return sight
