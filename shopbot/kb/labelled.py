"""The store's own labelled questions, which sharpen topic model and calibration when there are any."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question with the topics that are right for it; none for one that must not be answered."""

    text: str
    topics: frozenset[str]


def labelled_questions(folder: Path) -> list[Labelled]:
    """The questions of eval/dev.jsonl; bad lines and rows without topics are passed over."""
    path = folder / "eval" / "dev.jsonl"
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return []
    found = (_question(line) for line in lines)
    return [question for question in found if question is not None]


def _question(line: str) -> Labelled | None:
    try:
        row = json.loads(line)
        text = row["text"]
        topics = frozenset() if row.get("ood") else frozenset(map(str, row["topics"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Labelled(text=text, topics=topics) if isinstance(text, str) else None
