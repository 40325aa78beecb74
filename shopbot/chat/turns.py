"""When a turn is over: how long more is waited for, and the thread that looks at ripe turns.

Shoppers write in bursts ("在吗" "那个" "有L码吗"). A complete question waits a little, a fragment
longer, all of it never longer than ``wait_most``. The database is the truth: the heap in memory only
wakes the keeper in time, and every few seconds it reads what is due, so that a kill loses nothing.
"""

from __future__ import annotations

import heapq
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from typing_extensions import override

from shopbot import ids
from shopbot.chat.turn_store import DueTurn
from shopbot.ids import Clock
from shopbot.rules.chat import ChatRules

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
"""How often the database is asked for due turns that nobody in this process knows of."""
FAR = timedelta(minutes=15)
"""Turns due later than this were put off by a clock that has been set back since."""
RETRY_S = 5.0
"""A turn whose answer failed is tried again after so long."""

_COMPLETE = re.compile(
    r"(?:[?？!！。]|[吗么呢吧]|多少|几天|几点|怎么办|可以|谢谢)[~～.。!！?？\s]*$"
)
_FRAGMENT = re.compile(
    r"^(?:(?:你好|您好|亲|在吗|在不在|在么|有人吗|那个|这个|就是|就|还有|还|嗯|哦|额|呃|请问|问一?下|我想问一?下|想问一?下|老板|客服|hi|hello)[\s,，.。~～!！?？]*)+$",
    re.IGNORECASE,
)
_SHORT = 4  # characters; a word alone is seldom all


def wait_s(texts: Sequence[str], kinds: Sequence[str], rules: ChatRules) -> float:
    """Return for how many seconds more messages of this turn are waited for; pure.

    ``texts`` are the turn's words so far, ``kinds`` the types of its messages, both oldest first.
    """
    complete, fragment = rules.wait_complete / 1000, rules.wait_fragment / 1000
    if not kinds or kinds[-1] != "text" or not texts:
        return fragment  # a picture is followed by what it is about
    last = texts[-1].strip()
    if _FRAGMENT.fullmatch(last):
        return fragment
    if _COMPLETE.search(last):
        return complete
    return fragment if len(last) <= _SHORT else (complete + fragment) / 2


def due_at(
    opened_at: datetime, now: datetime, texts: Sequence[str], kinds: Sequence[str], rules: ChatRules
) -> datetime:
    """Return when a turn is looked at: after the wait, ``wait_most`` after it opened at the latest.

    A clock that jumps between two messages moves neither end by more than that.
    """
    most = timedelta(milliseconds=rules.wait_most)
    latest = min(max(opened_at, now - most), now) + most
    return min(now + timedelta(seconds=wait_s(texts, kinds, rules)), latest)


class TurnQueue:
    """Turns to be looked at, the earliest first; filled after commits, emptied by the keeper."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str, int]] = []
        self._known: set[tuple[str, int, datetime]] = set()
        self._changed = threading.Condition()

    def add(self, turn: DueTurn) -> None:
        """Look at a turn when it is due; adding it again changes nothing."""
        key = (turn.conversation, turn.number, turn.due_at)
        with self._changed:
            if key not in self._known:
                self._known.add(key)
                heapq.heappush(self._heap, (turn.due_at, turn.conversation, turn.number))
                self._changed.notify()

    def pop_due(self, now: datetime) -> list[tuple[str, int]]:
        """Take what is due at ``now``."""
        found = []
        with self._changed:
            while self._heap and self._heap[0][0] <= now:
                due, conversation, number = heapq.heappop(self._heap)
                self._known.discard((conversation, number, due))
                found.append((conversation, number))
        return list(dict.fromkeys(found))

    def wait(self, now: datetime, most_s: float) -> None:
        """Sleep until the next turn is due, something is added, or ``most_s`` have passed."""
        with self._changed:
            ahead = (self._heap[0][0] - now).total_seconds() if self._heap else most_s
            if ahead > 0:
                self._changed.wait(min(ahead, most_s))

    def wake(self) -> None:
        """End a wait."""
        with self._changed:
            self._changed.notify_all()


class Answering(Protocol):
    """What the keeper asks of the talk."""

    @property
    def turns(self) -> TurnQueue:
        """Turns that wait to be looked at."""
        ...

    def answer_turn(self, conversation: str, turn: int) -> None:
        """Answer a turn if it is still to be answered."""
        ...

    def due_turns(self) -> list[DueTurn]:
        """Return the turns that the database says are due."""
        ...


class TurnKeeper(threading.Thread):
    """Has ripe turns answered, by a few threads; starting it is recovery."""

    def __init__(
        self, chat: Answering, clock: Clock, *, threads: int = 4, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        super().__init__(name="shopbot-turns", daemon=True)
        self._chat = chat
        self._clock = clock
        self._look_every_s = look_every_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="shopbot-answer")
        self._room = threading.BoundedSemaphore(threads * 2)
        self._running: set[tuple[str, int]] = set()
        self._again: set[tuple[str, int]] = set()  # grew while it was being answered
        self._guard = threading.Lock()
        self._stopping = False
        self._looked: Callable[[], float] | None = None

    @override
    def run(self) -> None:
        while not self._stopping:
            try:
                self._look()
            except Exception as error:
                log.error("turns.failed", error=f"{type(error).__name__}: {error}")
            for conversation, number in self._chat.turns.pop_due(self._clock.now()):
                self._start(conversation, number)
            self._chat.turns.wait(self._clock.now(), self._look_every_s)

    def stop(self) -> None:
        """End after the turns at hand, and wait for that."""
        self._stopping = True
        self._chat.turns.wake()
        if self.is_alive():
            self.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _look(self) -> None:
        """Read from the database what another process, or one that died, has left."""
        if self._looked is not None and self._looked() < self._look_every_s * 1000:
            return
        for turn in self._chat.due_turns():
            self._chat.turns.add(turn)
        self._looked = ids.stopwatch()

    def _start(self, conversation: str, number: int) -> None:
        with self._guard:
            if (conversation, number) in self._running:
                self._again.add((conversation, number))
                return
            self._running.add((conversation, number))
        self._room.acquire()
        self._pool.submit(self._answer, conversation, number)

    def _answer(self, conversation: str, number: int) -> None:
        try:
            self._chat.answer_turn(conversation, number)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            log.error("turn.failed", conversation=conversation, turn=number, error=told)
            self._look_again(conversation, number, RETRY_S)
        finally:
            self._room.release()
            with self._guard:
                self._running.discard((conversation, number))
                grown = (conversation, number) in self._again
                self._again.discard((conversation, number))
            if grown:
                self._look_again(conversation, number, 0.0)

    def _look_again(self, conversation: str, number: int, in_s: float) -> None:
        due = self._clock.now() + timedelta(seconds=in_s)
        self._chat.turns.add(DueTurn(conversation=conversation, number=number, due_at=due))
