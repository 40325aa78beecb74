"""Where a seeder plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shopbot.rules import Rules
from shopbot.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """An open database, a store with its rules, a time and a seed for repeatable chance."""

    db: Database
    folder: Path  # the store's knowledge
    rules: Rules
    now: datetime
    seed: int

    @property
    def store_id(self) -> str:
        """Return the store's id."""
        return self.rules.store_id


Seeder = Callable[[Stage], str]  # returns one line that tells what it made
