"""/api/v1/socket/shopper and /api/v1/socket/agent: the talk as it happens (docs/sockets.md).

A socket costs one task while nothing happens. What comes in is checked here and done on a thread; what
goes out is told by the hub. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from starlette.websockets import WebSocket

from shopbot import ids
from shopbot.chat.letters import letter
from shopbot.chat.model import Author, Incoming, Side
from shopbot.chat.service import Chat
from shopbot.errors import (
    Forbidden,
    Malformed,
    NotFound,
    ShopbotError,
    TooMany,
    Unauthenticated,
)
from shopbot.roles import AGENTS
from shopbot.web import chat_views, frames
from shopbot.web.auth import principal_of, principal_of_key, services_of, visitor_of
from shopbot.web.desk_view import person_of
from shopbot.web.gate import REFUSED_AT_MOST, WRONG_AT_MOST, Pace
from shopbot.web.hub import Hub
from shopbot.web.pulse import Pulse
from shopbot.web.rates import network
from shopbot.web.services import Pool, Services
from shopbot.web.talk_callers import customer_of
from shopbot.web.wire import COME_BACK, Wire

log = structlog.get_logger(__name__)

HELLO_S: Final = 5.0
READ_S: Final = 60.0  # a client pings more often
MOST_BYTES: Final = 65_536  # of a frame
TYPING_EVERY_S: Final = 1.0
PING_S: Final = 25  # told to the client

MALFORMED: Final = 4400
UNAUTHENTICATED: Final = 4401
FORBIDDEN: Final = 4403
NOT_FOUND: Final = 4404
TOO_SLOW: Final = 4408
TOO_LARGE: Final = 4413
TOO_MANY: Final = 4429
BUG: Final = 1011


class HangUp(Exception):
    """The server ends the line; ``code`` says why (docs/sockets.md)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Gone(Exception):
    """The client has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talker:
    """Who sits at the other end, as far as the talk needs to know."""

    who: str  # visitor or user id
    customer: str = ""
    name: str = ""
    address: str = ""


class Socket:
    """One line, from its first frame to its end."""

    __slots__ = (
        "_hub",
        "_key",
        "_known_as",
        "_pace",
        "_pool",
        "_pulse",
        "_services",
        "_typed_at",
        "_wire",
        "_ws",
        "side",
    )

    def __init__(self, ws: WebSocket, side: Side) -> None:
        self._ws = ws
        self._services: Services = services_of(ws)
        self._hub: Hub = ws.app.state.hub
        self._pool: Pool = ws.app.state.talk_pool
        self._pulse: Pulse = ws.app.state.pulse
        self._wire = Wire(side, self._ws.send_text, self._close)
        self._pace = Pace(asyncio.get_running_loop().time())
        self._typed_at = 0.0
        self.side: Side = side
        self._key = ""  # the visitor's token, or the key of an agent without a session
        self._known_as: _Talker | None = None

    async def run(self) -> int:
        """Serve until the end; return the close code."""
        try:
            await self._greet()
            while True:
                await self._next()
        except _Gone:
            return 1000
        except HangUp as end:
            await self._bye(end.code)
            return end.code
        finally:
            self._hub.leave(self._wire)

    # --- the first frame --------------------------------------------------------------------------

    async def _greet(self) -> None:
        try:
            text = await self._receive(HELLO_S)
            if self.side == "shopper":
                await self._greet_shopper(text)
            else:
                await self._greet_agent(text)
        except Malformed as problem:
            self._wire.push(frames.error(problem, "hello"))
            raise HangUp(MALFORMED) from None
        except (Unauthenticated, Forbidden):
            raise HangUp(UNAUTHENTICATED) from None
        except NotFound:
            raise HangUp(NOT_FOUND) from None
        except ShopbotError as problem:  # too many at a time, or the database is busy
            log.warning("socket.not-now", error=problem.code)
            raise HangUp(COME_BACK) from None

    async def _greet_shopper(self, text: str) -> None:
        hello = frames.read(frames.SHOPPER_HELLO, text)
        services, address = self._services, address_of(self._ws)

        def look() -> tuple[_Talker, dict[str, Any]]:
            shopper = visitor_of(services, hello.token, services.clock.now())
            if shopper is None:
                raise Unauthenticated
            customer = customer_of(services, shopper)
            talk = services.chat.access(
                visitor=shopper.id, conversation=hello.conversation, customer=customer
            )
            shown = chat_views.talk_view(talk, "shopper", services.chat.marks(talk.id))
            return _Talker(who=shopper.id, customer=customer, address=address), shown

        self._known_as, shown = await self._pool.run(look)
        self._key = hello.token
        self._welcome(conversation=shown["id"], talk=shown, marks=shown["marks"])
        self._hub.enter(self._wire, [(shown["id"], hello.after)])

    async def _greet_agent(self, text: str) -> None:
        hello = frames.read(frames.AGENT_HELLO, text)
        self._key = hello.token
        await self._here()
        known = await self._known(hello.conversations)
        self._welcome(conversations=known, me=self._talker.who)
        self._hub.enter(self._wire, known.items())

    def _welcome(self, **fields: Any) -> None:
        now = ids.to_text(self._services.clock.now())
        self._wire.push(frames.write("welcome", side=self.side, now=now, ping_s=PING_S, **fields))

    async def _known(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """Return which of these talks there are; unknown ones are left out."""
        chat = self._services.chat

        def look() -> dict[str, int]:
            return {talk: after for talk, after in wanted.items() if _is_there(chat, talk)}

        return await self._pool.run(look) if wanted else {}

    # --- frames -----------------------------------------------------------------------------------

    async def _next(self) -> None:
        text = await self._receive(READ_S)
        if not self._pace.take(asyncio.get_running_loop().time()):
            if self._pace.refused > REFUSED_AT_MOST:
                raise HangUp(TOO_MANY)
            self._wire.push(frames.error(TooMany(), "frame"))
            return
        frame = self._read(text)
        if frame is not None:
            await self._do(frame)

    def _read(self, text: str) -> frames.Frame | None:
        try:
            return frames.read(frames.SHOPPER if self.side == "shopper" else frames.AGENT, text)
        except Malformed as problem:
            self._pace.wrong += 1
            if self._pace.wrong > WRONG_AT_MOST:
                raise HangUp(MALFORMED) from None
            self._wire.push(frames.error(problem, "frame"))
            return None

    async def _do(self, frame: frames.Frame) -> None:
        """Do what a frame asks; a refusal is told and leaves the line open."""
        key = frame.client_key if isinstance(frame, frames.Send) else ""
        try:
            await _DEEDS[type(frame)](self, frame)
        except (HangUp, Unauthenticated):
            raise HangUp(UNAUTHENTICATED) from None
        except ShopbotError as problem:
            self._wire.push(frames.error(problem, frame.type, key))
        except Exception:
            log.exception("socket.bug", frame=frame.type)
            told = ShopbotError("This is a bug in shopbot. Send the frame again later.")
            self._wire.push(frames.error(told, frame.type, key))

    async def _send(self, frame: frames.Send) -> None:
        talk = self._talk(frame.conversation)
        said = Incoming(
            type=frame.message.type, body=frame.message.body, client_key=frame.client_key
        )
        talker, chat = self._talker, self._services.chat
        checked = letter(
            talk,
            self._author,
            talker.who,
            said,
            customer=talker.customer,
            name=talker.name,
            anyway=frame.message.anyway,
        )
        sent = await self._pool.wait(lambda: chat.post(checked, talker.address))
        told = {"conversation": talk, "client_key": frame.client_key, "repeated": sent.repeated}
        self._wire.push(frames.write("ack", **told, seq=sent.event.seq, id=sent.event.id))

    async def _mark(self, frame: frames.MarkFrame) -> None:
        talk = self._talk(frame.conversation)
        self._hub.mark(talk, self.side, frame.delivered, frame.read)

    async def _typing(self, frame: frames.Typing) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._typed_at >= TYPING_EVERY_S:
            self._typed_at = now
            self._hub.typing(self._talk(frame.conversation), self.side)

    async def _recall(self, frame: frames.Recall) -> None:
        talk, chat, talker = self._talk(frame.conversation), self._services.chat, self._talker
        await self._pool.run(
            lambda: chat.recall(
                conversation=talk,
                author=self._author,
                who=talker.who,
                seq=frame.seq,
                customer=talker.customer,
            )
        )

    async def _ping(self, _frame: frames.Ping) -> None:
        """Answer, look for what a lost hint may have hidden, and see that the caller still may."""
        if self.side == "staff":
            await self._here()
        elif not await self._pulse.holds(self._key):  # signed out
            raise Unauthenticated
        for talk in self._wire.after:
            self._hub.look(talk)
        self._wire.push(frames.write("pong"))

    async def _watch(self, frame: frames.Watch) -> None:
        if len(self._wire.after.keys() | frame.conversations.keys()) > frames.MOST_WATCHED:
            raise Malformed(f"frame.conversations: more than {frames.MOST_WATCHED} talks.")
        self._hub.enter(self._wire, (await self._known(frame.conversations)).items())

    async def _unwatch(self, frame: frames.Unwatch) -> None:
        self._hub.leave(self._wire, frame.conversations)

    # --- helpers ----------------------------------------------------------------------------------

    @property
    def _talker(self) -> _Talker:
        if self._known_as is None:
            raise HangUp(UNAUTHENTICATED)
        return self._known_as

    @property
    def _author(self) -> Author:
        return "shopper" if self.side == "shopper" else "agent"

    def _talk(self, named: str) -> str:
        """Return the talk a frame is about; NotFound for one that this socket has not."""
        if self.side == "shopper" and not named:
            return next(iter(self._wire.after))
        if named not in self._wire.after:
            raise NotFound("conversation")
        return named

    async def _here(self) -> None:
        """An agent's page gives a sign; one whose session has ended is let go."""
        ws, services, key = self._ws, self._services, self._key

        def look() -> _Talker:
            agent = principal_of_key(services, key) if key else principal_of(ws)
            if agent is None or agent.role not in AGENTS:
                raise Unauthenticated
            person = person_of(services, agent)
            services.reception.sign(person.id)
            return _Talker(who=person.id, name=person.name if agent.id else "")

        self._known_as = await self._pool.run(look)

    async def _receive(self, deadline_s: float) -> str:
        try:
            async with asyncio.timeout(deadline_s):
                message = await self._ws.receive()
        except TimeoutError:
            raise HangUp(TOO_SLOW) from None
        if message["type"] == "websocket.disconnect":
            raise _Gone
        text = message.get("text")
        if not isinstance(text, str):
            raise HangUp(MALFORMED)
        if len(text) > MOST_BYTES or len(text.encode("utf-8", "replace")) > MOST_BYTES:
            raise HangUp(TOO_LARGE)
        return text

    async def _bye(self, code: int) -> None:
        self._wire.push(frames.write("bye", code=code))
        await self._wire.finish(code)

    async def _close(self, code: int) -> None:
        await self._ws.close(code)


_Deed = Callable[[Socket, Any], Awaitable[None]]
_DEEDS: Mapping[type[Any], _Deed] = {
    frames.Send: Socket._send,
    frames.MarkFrame: Socket._mark,
    frames.Typing: Socket._typing,
    frames.Recall: Socket._recall,
    frames.Ping: Socket._ping,
    frames.Watch: Socket._watch,
    frames.Unwatch: Socket._unwatch,
}


def address_of(ws: WebSocket) -> str:
    """Return what counts as the caller's address."""
    return network(ws.client.host if ws.client else None)


def _is_there(chat: Chat, conversation: str) -> bool:
    try:
        chat.find(conversation)
    except NotFound:
        return False
    return True
