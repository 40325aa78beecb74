"""What only retrieval can tell: entries whose own words find another, chips that lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from shopbot.kb.entry import Entry, Knowledge, Problem
from shopbot.kb.notes import problem

Search = Callable[[str], Sequence[str]]
"""A phrasing to the ids of the entries it retrieves, best first; empty when none is near enough."""

SHOWN = 3
"""A phrasing whose own entry is not among so many suggestions is told."""


def lint(knowledge: Knowledge, at: datetime, search: Search) -> Iterator[Problem]:
    """Yield unreachable entries and chips without an answer, as of ``at``."""
    live = {e.id: e for e in knowledge.entries if e.status == "published" and e.valid.covers(at)}
    for entry in live.values():
        if not entry.is_system and entry.scope.everywhere:
            yield from _reach(entry, search)
    for entry in live.values():
        for number, chip in enumerate(entry.chips):
            found = search(chip)
            if not found or found[0] not in live:
                yield problem("dead-chip", "error", entry.place(f"chips.{number}"), chip=chip)


def _reach(entry: Entry, search: Search) -> Iterator[Problem]:
    found = [(number, phrasing.text, search(phrasing.text))
             for number, phrasing in enumerate(entry.phrasings)]  # fmt: skip
    if not found:
        return
    if not any(ids and ids[0] == entry.id for _, _, ids in found):
        number, text, ids = found[0]
        winner = ids[0] if ids else "—"
        place = entry.place("questions")
        yield problem("unreachable", "error", place, id=entry.id, text=text, winner=winner)
        return
    for number, text, ids in found:
        if entry.id not in ids[:SHOWN]:
            winner = ids[0] if ids else "—"
            place = entry.place(f"questions.{number}")
            yield problem("lost-phrasing", "warning", place, text=text, winner=winner)
