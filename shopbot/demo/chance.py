"""Repeatable chance: the same seed and name always give the same draw. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws that depend on a seed and on what they are for, not on their order."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def below(self, end: int, *name: object) -> int:
        """Return a number from 0 to ``end`` - 1."""
        text = "\x00".join(map(str, (self._seed, *name)))
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest) % end

    def pick(self, things: Sequence[T], *name: object) -> T:
        """Return one of ``things``."""
        return things[self.below(len(things), *name)]

    def once_in(self, times: int, *name: object) -> bool:
        """Tell whether something happens that does so once in ``times``."""
        return self.below(times, *name) == 0
