"""What ``shopbot demo`` lays into an empty data folder. Packages add their seeders here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shopbot.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a seeder plays: an open database, a store, a time and a seed for repeatable chance."""

    db: Database
    store_id: str
    now: datetime
    seed: int


Seeder = Callable[[Stage], str]  # returns one line that tells what it made

SEEDERS: list[Seeder] = []


def lay_out(stage: Stage) -> list[str]:
    """Run every seeder (each is safe to repeat) and return what they tell."""
    return [seeder(stage) for seeder in SEEDERS]
