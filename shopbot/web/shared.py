"""One piece of work for all who ask for the same at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """What several threads ask for at once is made once; nobody gets what was begun before they asked.

    So whoever has just changed something sees it, and ten desks that hear of one change cost as much as
    two of them.
    """

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._begun = 0  # how often it was begun to be made
        self._made: tuple[int, T] | None = None  # which time, and what came of it

    def get(self, make: Callable[[], T]) -> T:
        """Return what ``make`` gives, made by this thread or by another since this call began."""
        known = self._begun
        with self._making:
            if self._made is not None and self._made[0] > known:
                return self._made[1]
            self._begun += 1
            number = self._begun
            value = make()
            self._made = number, value
            return value
