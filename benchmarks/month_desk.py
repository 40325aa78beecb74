"""Whoever works with the product in the simulated month, and how work is planned once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks.month_shop import World
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase, Transaction

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Desk:
    """The product as its people have it before them."""

    db: SqliteDatabase
    world: World
    rules: Rules
    planned: dict[str, object] = field(default_factory=dict)  # id -> what it was planned for

    @property
    def store_id(self) -> str:
        """Return the store's id."""
        return self.rules.store_id

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do something in a transaction of its own."""
        return self.db.transaction(work)

    def once(self, name: str, stand: object) -> bool:
        """Tell whether nobody has planned anything for it as it now stands."""
        if self.planned.get(name) == stand:
            return False
        self.planned[name] = stand
        return True
