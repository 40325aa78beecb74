"""Where a server gives in: rates rise until one is too much, then the gap is halved. Pure."""

from __future__ import annotations

from collections.abc import Sequence

FINE = 5.0  # messages a second; a gap so small is not halved any more


class Knee:
    """Names the next rate to try, as long as :meth:`tell` hears how the one before went."""

    def __init__(self, rates: Sequence[float], fine: float = FINE) -> None:
        self._rising = sorted(rates)
        self._fine = fine
        self._worst = float("inf")
        self.rate = 0.0
        """The highest rate that went well; 0 when none did."""

    def next(self) -> float | None:
        """Return the rate to try now; None when the knee is known, or beyond the highest rate."""
        if self._worst == float("inf"):
            return next((rate for rate in self._rising if rate > self.rate), None)
        if self._worst - self.rate <= self._fine:
            return None
        middle = round((self.rate + self._worst) / 2 / self._fine) * self._fine
        return middle if self.rate < middle < self._worst else None

    def tell(self, rate: float, *, good: bool) -> None:
        """Take down how a rate went."""
        if good:
            self.rate = max(self.rate, rate)
        else:
            self._worst = min(self._worst, rate)
