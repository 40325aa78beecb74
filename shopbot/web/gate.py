"""How many sockets may be open, and how fast one may talk."""

from __future__ import annotations

from collections import Counter

MOST_OPEN = 20_000
MOST_FROM_ADDRESS = 64  # an office behind one address has a few dozen pages open
FRAMES_A_SECOND = 10.0
BURST = 30.0
REFUSED_AT_MOST = 50  # frames beyond the rate; then the line is closed
WRONG_AT_MOST = 5  # frames that cannot be read


class Gate:
    """Counts open sockets by address."""

    def __init__(self, most: int = MOST_OPEN, from_address: int = MOST_FROM_ADDRESS) -> None:
        self._most = most
        self._from_address = from_address
        self._open: Counter[str] = Counter()
        self._total = 0

    def enter(self, address: str) -> bool:
        """Count a new socket; false (and not counted) when there are too many."""
        if self._total >= self._most or self._open[address] >= self._from_address:
            return False
        self._open[address] += 1
        self._total += 1
        return True

    def leave(self, address: str) -> None:
        """A socket that had entered is closed."""
        self._total -= 1
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    @property
    def total(self) -> int:
        """Return how many are open."""
        return self._total


class Pace:
    """Lets ``BURST`` frames through at once, then ``FRAMES_A_SECOND``. Times are the loop's."""

    __slots__ = ("_at", "_left", "refused", "wrong")

    def __init__(self, now: float) -> None:
        self._left = BURST
        self._at = now
        self.refused = 0
        self.wrong = 0

    def take(self, now: float) -> bool:
        """Count a frame; false when it came too fast."""
        self._left = min(BURST, self._left + (now - self._at) * FRAMES_A_SECOND)
        self._at = now
        if self._left < 1.0:
            self.refused += 1
            return False
        self._left -= 1.0
        return True
