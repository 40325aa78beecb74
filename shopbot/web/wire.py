"""One open socket as the hub sees it: what it listens to, and what is still to leave."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from shopbot.chat.model import Side

log = structlog.get_logger(__name__)

MOST_WAITING = 64  # frames in an outbox; more means that the client does not read
SEND_S = 15.0  # how long one frame may take to leave
FINISH_S = 2.0
COME_BACK = 1013


class Wire:
    """One open socket: what it listens to and what is still to leave."""

    __slots__ = ("_close", "_outbox", "_pumping", "_send", "after", "closing", "side")

    def __init__(
        self,
        side: Side,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
    ) -> None:
        self.side = side
        self.after: dict[str, int] = {}  # talk: last seq handed over
        self.closing = False
        self._pumping: asyncio.Future[None] | None = None
        self._send = send
        self._close = close
        self._outbox: deque[str] | None = None  # None: nobody is sending

    def push(self, text: str) -> None:
        """Send ``text`` after what waits; a client that does not read is let go with 1013."""
        if self.closing:
            return
        if self._outbox is None:
            self._outbox = deque((text,))
            self._pumping = keep_alive(asyncio.ensure_future(self._pump()))
        elif len(self._outbox) >= MOST_WAITING:
            self.let_go(COME_BACK)
        else:
            self._outbox.append(text)

    def let_go(self, code: int) -> None:
        """Close from our side, once."""
        if not self.closing:
            self.closing = True
            keep_alive(asyncio.ensure_future(self._leave(code)))

    async def finish(self, code: int) -> None:
        """Close once everything that waits has left, or will not leave."""
        if self._pumping is not None:
            await asyncio.wait((self._pumping,), timeout=FINISH_S)
        self.closing = True
        await self._leave(code)

    async def _pump(self) -> None:
        outbox = self._outbox
        try:
            while outbox and not self.closing:
                async with asyncio.timeout(SEND_S):
                    await self._send(outbox.popleft())
        except TimeoutError:
            self.let_go(COME_BACK)
        except Exception:  # the client has gone; the reader notices too
            self.closing = True
        finally:
            self._outbox = None
            self._pumping = None

    async def _leave(self, code: int) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                await self._close(code)
        except Exception as gone:
            log.debug("socket.gone", reason=type(gone).__name__)


_RUNNING: set[asyncio.Future[None]] = set()


def keep_alive(task: asyncio.Future[None]) -> asyncio.Future[None]:
    """Hold a task until it has ended; the loop itself only knows it weakly."""
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    return task
