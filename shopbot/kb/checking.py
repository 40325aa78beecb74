"""``kb check`` with the product's own search behind it, on a private index of what is there now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from shopbot.config import Settings
from shopbot.kb import calibration
from shopbot.kb.analysis import Question
from shopbot.kb.answering import Answerer
from shopbot.kb.check import CheckReport, check
from shopbot.kb.entry import Problem, Source
from shopbot.kb.fitting import SEARCHED
from shopbot.kb.fusion import Ranked
from shopbot.kb.generation import Generation, Progress
from shopbot.kb.notes import problem
from shopbot.kb.service import KnowledgeBase
from shopbot.kb.silenced import LEAD

NEAR = 0.5
"""Fused score below which nothing is near enough to count as found."""
LOOKED_AT = 3
"""A phrasing whose topic is not among so many suggestions has strayed."""


def check_with_search(
    settings: Settings, folder: Path, at: datetime, fast: bool, progress: Progress
) -> CheckReport:
    """Judge a folder as of ``at``; ``fast`` leaves the search out."""
    if fast:
        return check(folder, at=at)
    with KnowledgeBase.open(settings, folder=folder, progress=progress) as base:
        generation = base.generation
        also = []
        if not generation.calibration.ready:
            also.append(_too_little(generation))
        return check(folder, at=at, search=Searcher(generation, base.answerer), also=also)


def _too_little(generation: Generation) -> Problem:
    return problem(
        "calibration-impossible",
        "warning",
        Source(file="store.yaml", line=1),
        phrasings=len(generation.phrasings),
        topics=len({entry.topic for entry in generation.entries}),
        least_phrasings=calibration.MIN_PHRASINGS,
        least_topics=calibration.MIN_TOPICS,
    )


class Searcher:
    """A search by text; the knowledge's own phrasings need no embedding, they have one."""

    def __init__(self, generation: Generation, answerer: Answerer) -> None:
        self._generation = generation
        self._answerer = answerer
        self._rows: dict[str, list[int]] = {}
        for row, text in enumerate(generation.prepared):
            self._rows.setdefault(text, []).append(row)

    def best(self, text: str) -> Sequence[str]:
        """See :class:`shopbot.kb.lint_search.Search`."""
        ranked = self._found(text)
        return self._near([r for r in ranked if ranked[0].fused - r.fused <= LEAD])

    def left_out(self, text: str) -> Sequence[str]:
        """See :class:`shopbot.kb.lint_search.Search`."""
        asked = self._generation.ask(text)
        rows = self._rows.get(asked.text)
        return self._near(self._ranked(asked, rows[0], SEARCHED, rows)) if rows else ()

    def _found(self, text: str) -> list[Ranked]:
        asked = self._generation.ask(text)
        if rows := self._rows.get(asked.text):
            return self._ranked(asked, rows[0], LOOKED_AT)
        return [r for *_, r in self._answerer.search(text, top=LOOKED_AT)]

    def _near(self, ranked: Sequence[Ranked]) -> Sequence[str]:
        entries = self._generation.entries
        return [entries[r.unit].id for r in ranked if r.fused >= NEAR]

    def strays_to(self, text: str) -> str:
        """See :class:`shopbot.kb.lint_search.Search`."""
        generation = self._generation
        asked = generation.ask(text)
        rows = self._rows.get(asked.text)
        if not rows or not generation.calibration.ready:
            return ""
        ranked = self._ranked(asked, rows[0], SEARCHED, rows)
        topics = [generation.entries[r.unit].topic for r in ranked]
        own = {generation.entries[int(generation.units[row])].topic for row in rows}
        if not ranked or own & set(topics[:LOOKED_AT]):
            return ""
        told = calibration.features(ranked, 0, topics, len(asked.text))
        sure = generation.calibration.probability(told) >= calibration.ANSWER_AT
        return generation.entries[ranked[0].unit].id if sure else ""

    def _ranked(
        self, asked: Question, row: int, top: int, without: Sequence[int] = ()
    ) -> list[Ranked]:
        retriever = self._generation.retriever
        return retriever.search(asked, retriever.dense.vectors[row], top=top, without=without)
