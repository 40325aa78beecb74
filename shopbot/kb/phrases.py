"""Fixed phrases said: found by id, filled with the values another module gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shopbot.kb.entry import Entry, Knowledge, Source
from shopbot.kb.phrase_list import is_phrase
from shopbot.kb.product import Catalogue
from shopbot.kb.reply import Withheld, compose
from shopbot.kb.slots import NO_SLOTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A phrase ready to be sent, with where it was written."""

    text: str
    entry: str
    version: str
    source: Source
    chips: tuple[str, ...] = ()


class PhraseBook:
    """Says phrases from the knowledge that serves now; ``knowledge`` gives it at each call."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge
        self._seen: Knowledge | None = None
        self._entries: Mapping[str, Entry] = {}
        self._catalogue: Catalogue | None = None

    def say(
        self,
        phrase_id: str,
        values: Mapping[str, str],
        *,
        now: datetime,
        channel: str = "",
        tone: str = "",
        pick: int = 0,
    ) -> Spoken | None:
        """Return the text of a phrase; None when nobody wrote one that can be said now.

        Among wordings those whose variables all have a value are taken; ``pick`` rotates. The
        phrase's own values go before facts of the shop of the same name.
        """
        knowledge, entries, catalogue = self._now()
        entry = entries.get(phrase_id)
        if entry is None:
            return None
        facts = {**knowledge.store.facts, **values}
        told = compose(
            entry, NO_SLOTS, catalogue, facts, now=now, channel=channel, tone=tone, pick=pick
        )
        if isinstance(told, Withheld):
            return None
        return Spoken(
            text=told.text,
            entry=entry.id,
            version=entry.version,
            source=told.source,
            chips=told.chips,
        )

    def _now(self) -> tuple[Knowledge, Mapping[str, Entry], Catalogue]:
        knowledge = self._knowledge()
        if self._seen is not knowledge or self._catalogue is None:
            self._entries = {e.id: e for e in knowledge.entries if is_phrase(e.id)}
            self._catalogue = Catalogue(knowledge)
            self._seen = knowledge
        return knowledge, self._entries, self._catalogue
