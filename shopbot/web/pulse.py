"""Whether those who ping still may: thousands of quiet lines are looked after many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from shopbot.errors import ShopbotError
from shopbot.web.services import Pool
from shopbot.web.wire import keep_alive

GATHER_S = 0.1  # pings of so long are looked at in one visit of one thread

Holding = Callable[[Collection[str]], Collection[str]]
"""Returns those of the tokens that hold."""


class Pulse:
    """Lives on the event loop; ``holding`` is asked on a thread."""

    def __init__(self, pool: Pool, holding: Holding) -> None:
        self._pool = pool
        self._holding = holding
        self._waiting: list[tuple[str, asyncio.Future[bool]]] = []

    async def holds(self, token: str) -> bool:
        """Tell whether a token still holds; ShopbotError when that cannot be found out now."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(GATHER_S, self._begin)
        told: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((token, told))
        return await told

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        keep_alive(asyncio.ensure_future(self._look(waiting)))

    async def _look(self, waiting: list[tuple[str, asyncio.Future[bool]]]) -> None:
        tokens = {token for token, _ in waiting}
        try:
            known = await self._pool.run(lambda: self._holding(tokens))
        except ShopbotError as error:
            for _, told in waiting:
                if not told.done():
                    told.set_exception(error)
            return
        for token, told in waiting:
            if not told.done():  # its line may have gone meanwhile
                told.set_result(token in known)
