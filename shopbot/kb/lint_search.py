"""What only retrieval can tell: entries whose own words find another, chips that lead nowhere.

A phrasing always finds itself. Whether it is well placed shows when it is left out: then the store's
other phrasings answer, as they will for a shopper who says nearly the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from shopbot.kb.entry import Entry, Knowledge, Problem
from shopbot.kb.notes import problem


class Search(Protocol):
    """The product's own retrieval, as the checks ask it."""

    def found(self, text: str) -> Sequence[str]:
        """Ids of the entries that a text retrieves, best first; empty when none is near enough."""
        ...

    def strays_to(self, text: str) -> str:
        """The entry of another topic that would be sent for sure for this phrasing if it were not
        there; blank when there is none.
        """
        ...


def lint(knowledge: Knowledge, at: datetime, search: Search) -> Iterator[Problem]:
    """Yield unreachable entries and chips without an answer, as of ``at``."""
    live = {e.id: e for e in knowledge.entries if e.status == "published" and e.valid.covers(at)}
    for entry in live.values():
        if not entry.is_system and entry.scope.everywhere:
            yield from _reach(entry, search)
            yield from _strays(entry, search)
    for entry in live.values():
        for number, chip in enumerate(entry.chips):
            found = search.found(chip)
            if not found or found[0] not in live:
                yield problem("dead-chip", "error", entry.place(f"chips.{number}"), chip=chip)


def _reach(entry: Entry, search: Search) -> Iterator[Problem]:
    found = ((phrasing.text, search.found(phrasing.text)) for phrasing in entry.phrasings)
    lost: list[tuple[str, str]] = []
    for text, ids in found:
        if ids and ids[0] == entry.id:
            return
        lost.append((text, ids[0] if ids else "—"))
    if lost:
        text, winner = lost[0]
        place = entry.place("questions")
        yield problem("unreachable", "error", place, id=entry.id, text=text, winner=winner)


def _strays(entry: Entry, search: Search) -> Iterator[Problem]:
    for number, phrasing in enumerate(entry.phrasings):
        if winner := search.strays_to(phrasing.text):
            place = entry.place(f"questions.{number}")
            yield problem("lost-phrasing", "warning", place, text=phrasing.text, winner=winner)
