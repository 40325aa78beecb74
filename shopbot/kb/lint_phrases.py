"""The phrases of order dialogues: a store whose orders are connected must have them all."""

from __future__ import annotations

from collections.abc import Iterator

from shopbot.kb.entry import Knowledge, Problem, Source
from shopbot.kb.notes import problem
from shopbot.kb.phrase_list import FOLDER, is_phrase, phrases

_SHOWN = 5  # missing ones that are named


def lint(knowledge: Knowledge, *, connected: bool) -> Iterator[Problem]:
    """Yield one problem for all phrases that are missing.

    ``connected``: the store has rules for its orders. One that has none, and no phrase either, does
    without order dialogues.
    """
    there = {e.id for e in knowledge.entries if e.status == "published" and is_phrase(e.id)}
    missing = [name for name in phrases() if name not in there]
    if missing and (there or connected):
        home = Source(file=f"{FOLDER}/dialogue.yaml", line=1)
        told = "、".join(missing[:_SHOWN])
        yield problem("missing-phrase", "error", home, count=len(missing), ids=told)
