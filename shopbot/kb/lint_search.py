"""What only retrieval can tell: entries whose own words find another, chips that lead nowhere.

A phrasing nearly always finds itself. Whether it is well placed shows when it is left out: then the
store's other phrasings answer, as they will for a shopper who says nearly the same.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from shopbot.kb.entry import Entry, Knowledge, Problem
from shopbot.kb.lint_phrasings import FEW_PHRASINGS
from shopbot.kb.notes import problem

SHOWN = 3
"""An entry that is not among so many is not what a shopper gets, nor what an agent sees at once."""


class Search(Protocol):
    """The product's own retrieval, as the checks ask it."""

    def best(self, text: str) -> Sequence[str]:
        """Ids of the entries that meet a text best, the best first: more than one where they are
        about as near (sisters for two seasons share phrasings); empty when none is near enough.
        """
        ...

    def left_out(self, text: str) -> Sequence[str]:
        """Ids of the first entries that a phrasing retrieves as if it were not there, best first."""
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
            yield from _reach(entry, search, live)
            yield from _strays(entry, search)
    for entry in live.values():
        for number, chip in enumerate(entry.chips):
            if not any(name in live for name in search.best(chip)):
                yield problem("dead-chip", "error", entry.place(f"chips.{number}"), chip=chip)


def _reach(entry: Entry, search: Search, live: Container[str]) -> Iterator[Problem]:
    """An entry that loses its own words is out of reach; one that none of its phrasings, left out,
    finds any more is so for whoever words the question anew.
    """
    place = entry.place("questions")
    if lost := _lost(entry, search.best):
        yield problem("unreachable", "error", place, id=entry.id, text=lost[0], winner=lost[1])
        return

    def left_out(text: str) -> Sequence[str]:
        return [name for name in search.left_out(text) if name in live][:SHOWN]

    if len(entry.phrasings) >= FEW_PHRASINGS and (lost := _lost(entry, left_out)):
        yield problem("hard-to-reach", "warning", place, id=entry.id, text=lost[0], winner=lost[1])


def _lost(entry: Entry, find: Callable[[str], Sequence[str]]) -> tuple[str, str] | None:
    """The first phrasing and what it finds, when none of them finds the entry."""
    lost: tuple[str, str] | None = None
    for phrasing in entry.phrasings:
        ids = find(phrasing.text)
        if entry.id in ids:
            return None
        lost = lost or (phrasing.text, ids[0] if ids else "—")
    return lost


def _strays(entry: Entry, search: Search) -> Iterator[Problem]:
    for number, phrasing in enumerate(entry.phrasings):
        if winner := search.strays_to(phrasing.text):
            place = entry.place(f"questions.{number}")
            yield problem("lost-phrasing", "warning", place, text=phrasing.text, winner=winner)
