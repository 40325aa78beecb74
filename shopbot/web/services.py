"""What the web layer is given to work with (made by :mod:`shopbot.app`)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from shopbot.bus import Bus
from shopbot.config import Settings
from shopbot.errors import TooMany
from shopbot.ids import Clock
from shopbot.storage import Database
from shopbot.web.shared import Shared

if TYPE_CHECKING:
    from shopbot.chat.reception import Reception
    from shopbot.chat.service import Chat
    from shopbot.kb.entry import Product
    from shopbot.kb.service import Answer, KbStatus, Query
    from shopbot.orders.sentiment import Judge
    from shopbot.web.desk_view import Board

T = TypeVar("T")

WAITING = 256  # calls in the inference pool; beyond that, an answer would come too late to help


class Suggester(Protocol):
    """The knowledge base as the web layer sees it."""

    @property
    def folder(self) -> Path:
        """Where its files stand, pictures among them."""
        ...

    @property
    def products(self) -> Sequence[Product]:
        """What the store sells, in the order of its sheets."""
        ...

    def suggest(self, query: Query) -> Answer:
        """Answer one question."""
        ...

    def status(self) -> KbStatus:
        """Tell what serves and what is wrong with it."""
        ...


class Pool:
    """Runs inference beside the event loop, bounded, so that a rush is refused and not queued."""

    def __init__(self, threads: int, waiting: int = WAITING) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="shopbot-inference")
        self._free = threading.BoundedSemaphore(waiting)

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` on a thread of the pool; TooMany when too much waits already."""
        if not self._free.acquire(blocking=False):
            raise TooMany
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._free.release()

    async def wait(self, start: Callable[[], Future[T]]) -> T:
        """Wait for what ``start`` begins on a thread of its own kind; bounded together with the rest."""
        if not self._free.acquire(blocking=False):
            raise TooMany
        try:
            return await asyncio.wrap_future(start())
        finally:
            self._free.release()

    def close(self) -> None:
        """Finish what runs, forget what waits."""
        self._executor.shutdown(cancel_futures=True)


def by_words() -> Judge:
    """Return a judge of reviews that has no sentence model."""
    from shopbot.orders.sentiment import Judge

    return Judge()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that serves, put together once."""

    settings: Settings
    clock: Clock
    db: Database
    bus: Bus
    kb: Suggester
    pool: Pool
    store_id: str
    chat: Chat
    reception: Reception
    judge: Callable[[], Judge] = by_words
    board: Shared[Board] = field(default_factory=Shared)
