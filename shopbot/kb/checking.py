"""``kb check`` with the product's own search behind it, on a private index of what is there now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from shopbot.config import Settings
from shopbot.kb import calibration
from shopbot.kb.answering import Answerer
from shopbot.kb.check import CheckReport, check
from shopbot.kb.entry import Problem, Source
from shopbot.kb.generation import Generation, Progress
from shopbot.kb.lint_search import Search
from shopbot.kb.notes import problem
from shopbot.kb.service import KnowledgeBase

NEAR = 0.5
"""Fused score below which nothing is near enough to count as found."""
LOOKED_AT = 3


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
        return check(folder, at=at, search=searcher(generation, base.answerer), also=also)


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


def searcher(generation: Generation, answerer: Answerer) -> Search:
    """A search by text; the knowledge's own phrasings need no embedding, they have one."""
    rows = {text: row for row, text in enumerate(generation.prepared)}
    retriever = generation.retriever

    def search(text: str) -> Sequence[str]:
        question = generation.ask(text)
        row = rows.get(question.text)
        if row is None:
            found = [
                (entry.id, ranked) for entry, _, ranked in answerer.search(text, top=LOOKED_AT)
            ]
        else:
            vector = retriever.dense.vectors[row]
            ranked = retriever.search(question, vector, top=LOOKED_AT)
            found = [(generation.entries[r.unit].id, r) for r in ranked]
        return [identity for identity, r in found if r.fused >= NEAR]

    return search
