"""How much of what customers ask a store can answer: topics with something that can be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shopbot.kb import template
from shopbot.kb.entry import Entry, Knowledge, Topic
from shopbot.kb.facts import EXTRA, PRODUCT


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Topics that can be answered, and those that cannot yet."""

    ready: tuple[str, ...]
    missing: tuple[Topic, ...]

    @property
    def total(self) -> int:
        """How many topics there are."""
        return len(self.ready) + len(self.missing)


def readiness(knowledge: Knowledge, at: datetime) -> Readiness:
    """Tell which topics have a published entry, valid at ``at``, with an action or a whole answer."""
    values = _available(knowledge)
    ready = {
        entry.topic
        for entry in knowledge.entries
        if entry.status == "published" and entry.valid.covers(at) and _answers(entry, values)
    }
    return Readiness(
        ready=tuple(name for name in knowledge.topics if name in ready),
        missing=tuple(topic for name, topic in knowledge.topics.items() if name not in ready),
    )


def sayable(knowledge: Knowledge) -> frozenset[str]:
    """Ids of the entries that say something or act with the facts there are, whatever their status."""
    values = _available(knowledge)
    return frozenset(entry.id for entry in knowledge.entries if _answers(entry, values))


def _available(knowledge: Knowledge) -> Mapping[str, str]:
    values = {name: value for name, value in knowledge.store.facts.items() if value}
    for product in knowledge.products:
        values.update(product.attributes)
    if knowledge.products:
        values.update(dict.fromkeys(PRODUCT, "…"))
        values.update(dict.fromkeys((n for names in EXTRA.values() for n in names), "…"))
    return values


def _answers(entry: Entry, values: Mapping[str, str]) -> bool:
    if entry.action:
        return True
    return any(_fillable(variant.text, values) for variant in entry.variants)


def _fillable(text: str, values: Mapping[str, str]) -> bool:
    try:
        template.fill(text, values)
    except (template.MissingVariable, template.BadTemplate):
        return False
    return True
