"""The thread that lets clocks ring: waiting shoppers to the second, everything else every few seconds.

What it knows is only *when to look*; what is due is read from the database each time. So it may be stopped at
any moment: starting it is recovery.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from typing_extensions import override

from shopbot.bus import Bus
from shopbot.chat.gear import CHANGED
from shopbot.events import Hint
from shopbot.ids import Clock

log = structlog.get_logger(__name__)

TEND_EVERY = timedelta(seconds=5)
READ_EVERY = timedelta(seconds=30)  # talks that another process changed
AWAY = timedelta(seconds=30)  # without a look: the machine slept, or the clock jumped
_SHORTEST_S, _LONGEST_S = 0.05, 1.0


class Tending(Protocol):
    """What is done when time has come; see :class:`shopbot.chat.rounds.Rounds`."""

    def wake(self) -> None:
        """Begin after the server, or its clock, was away."""
        ...

    def ring(self, conversation: str) -> datetime | None:
        """Do what is due for a waiting shopper; return when to look again."""
        ...

    def first_look(self) -> timedelta:
        """Return how soon after a change something can be due."""
        ...

    def list_waiting(self) -> list[str]:
        """Return the talks whose shoppers wait."""
        ...

    def tend(self) -> None:
        """Do what is due at the desk and in quiet talks."""
        ...


class Housekeeper(threading.Thread):
    """Looks after talks while people wait; one failure stops nothing."""

    def __init__(self, tending: Tending, bus: Bus, clock: Clock) -> None:
        super().__init__(name="shopbot-housekeeper", daemon=True)
        self._tending = tending
        self._bus = bus
        self._clock = clock
        self._guard = threading.Lock()
        self._looks: dict[str, datetime] = {}
        self._first_look = tending.first_look()
        self._tended: datetime | None = None
        self._read: datetime | None = None
        self._looked: datetime | None = None
        self._stopping = threading.Event()
        self._ends: list[Callable[[], None]] = []

    @override
    def run(self) -> None:
        while not self._stopping.is_set():
            self.look(self._clock.now())
            self._stopping.wait(self._nap())

    @override
    def start(self) -> None:
        self.listen()
        super().start()

    def listen(self) -> None:
        """Hear from now on which talks change."""
        self._ends.append(self._bus.subscribe(CHANGED, self._changed))

    def stop(self) -> None:
        """End after the look at hand, and wait for that."""
        self._stopping.set()
        if self.is_alive():
            self.join()
        while self._ends:
            self._ends.pop()()

    def look(self, now: datetime) -> None:
        """Do everything that is due; a clock that jumped back is noticed and begins anew."""
        if _is_due(self._looked, AWAY, now):
            self._try("wake.failed", self._tending.wake)
        self._looked = now
        if _is_due(self._read, READ_EVERY, now):
            self._try("waiting.failed", self._read_waiting, now)
            self._read = now
        for conversation in self._ripe(now):
            self._try("clock.failed", self._ring, conversation)
        if _is_due(self._tended, TEND_EVERY, now):
            self._try("tend.failed", self._tending.tend)
            self._first_look = (
                self._tending.first_look()
            )  # not in the hint: the writer waits for it
            self._tended = now

    def _ring(self, conversation: str) -> None:
        again = self._tending.ring(conversation)
        if again is not None:
            with self._guard:
                self._looks[conversation] = min(again, self._looks.get(conversation, again))

    def _read_waiting(self, now: datetime) -> None:
        waiting = self._tending.list_waiting()
        with self._guard:
            for conversation in waiting:
                self._looks.setdefault(conversation, now)

    def _changed(self, hint: Hint) -> None:
        """Look at a talk a little after it changed: most are answered by then."""
        at = self._clock.now() + self._first_look
        with self._guard:
            self._looks[hint.key] = min(at, self._looks.get(hint.key, at))

    def _ripe(self, now: datetime) -> list[str]:
        with self._guard:
            far = now + timedelta(days=1)  # put there by a clock that has been set back since
            ripe = [one for one, at in self._looks.items() if at <= now or at > far]
            for one in ripe:
                del self._looks[one]
        return ripe

    def _nap(self) -> float:
        now = self._clock.now()
        with self._guard:
            ahead = min(self._looks.values(), default=now + TEND_EVERY) - now
        return min(_LONGEST_S, max(_SHORTEST_S, ahead.total_seconds()))

    def _try(self, event: str, work: Callable[..., object], *arguments: object) -> None:
        try:
            work(*arguments)
        except Exception as error:
            log.error(event, error=f"{type(error).__name__}: {error}")


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now - last >= every or now < last
