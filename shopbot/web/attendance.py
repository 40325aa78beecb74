"""Which shoppers have a page open: told to the talk when the first one opens and the last one is gone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Protocol

import structlog

from shopbot.errors import ShopbotError
from shopbot.web.services import Pool
from shopbot.web.wire import keep_alive

log = structlog.get_logger(__name__)

GONE_AFTER_S = 5.0  # a reload is no leaving


class Coming(Protocol):
    """Who wants to know; see :class:`shopbot.chat.reception.Reception`."""

    def shopper_left(self, conversation: str) -> None:
        """The last page of a shopper is gone."""
        ...

    def shopper_back(self, conversation: str) -> None:
        """A shopper's page is open again."""
        ...


class Attendance:
    """Counts the shoppers' sockets by talk; lives on the event loop, tells on threads."""

    def __init__(self, coming: Coming, pool: Pool) -> None:
        self._coming = coming
        self._pool = pool
        self._open: Counter[str] = Counter()
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    def is_here(self, talk: str) -> bool:
        """Tell whether the shopper of a talk has a page open."""
        return self._open[talk] > 0

    def came(self, talk: str) -> None:
        """A page of the talk's shopper has opened."""
        self._open[talk] += 1
        if self._open[talk] > 1:
            return
        leaving = self._leaving.pop(talk, None)
        if leaving is not None:
            leaving.cancel()
            return
        self._tell(self._coming.shopper_back, talk)

    def went(self, talk: str) -> None:
        """A page of the talk's shopper has closed."""
        self._open[talk] -= 1
        if self._open[talk] <= 0:
            del self._open[talk]
            loop = asyncio.get_running_loop()
            self._leaving[talk] = loop.call_later(GONE_AFTER_S, self._gone, talk)

    def _gone(self, talk: str) -> None:
        self._leaving.pop(talk, None)
        self._tell(self._coming.shopper_left, talk)

    def _tell(self, deed: Callable[[str], None], talk: str) -> None:
        async def work() -> None:
            try:
                await self._pool.run(lambda: deed(talk))
            except ShopbotError as error:
                log.warning("socket.attendance-lost", error=error.code, conversation=talk)

        keep_alive(asyncio.ensure_future(work()))
