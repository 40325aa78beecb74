"""Hints that travel inside the process: "look there". The database is the truth, these are not."""

from __future__ import annotations

from dataclasses import dataclass

DATA_CHANGED = "data.changed"  # another process has committed
KNOWLEDGE_CHANGED = "knowledge.changed"  # a new generation serves


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something of ``topic`` changed in a store; ``key`` narrows it down (a conversation's id)."""

    topic: str
    store_id: str = ""
    key: str = ""
