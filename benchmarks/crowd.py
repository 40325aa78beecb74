"""Many clients in one process: lines as cheap as can be, so that the server is what gets measured.

Frames are masked with zeros and never compressed; a client library would need as much processor time
as the server does. Every client has a loopback address of its own neighbourhood (127.x.y.z), since a
server counts by address.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from typing_extensions import override

PER_ADDRESS = 30  # visitors; a server gives 60 an hour to one address, and 64 sockets
PING_S = 25.0
OPEN_S = 60.0
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_SHOP = ("bot", "system", "agent")
_KEY = base64.b64encode(b"shopbot-load-key").decode()


def address_of(number: int) -> str:
    """Return the loopback address from which client ``number`` comes."""
    place = number // PER_ADDRESS
    return f"127.{1 + place // 60_000}.{place // 250 % 240}.{1 + place % 250}"


class Line(asyncio.Protocol):
    """A client's end of a WebSocket; ``hear`` gets each text, ``lost`` the end."""

    def __init__(
        self, host: str, path: str, hear: Callable[[str], None], lost: Callable[[], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.is_open = False
        self._host, self._path, self._hear, self._lost = host, path, hear, lost
        self._transport: asyncio.Transport | None = None
        self._got = bytearray()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        self._transport = cast(asyncio.Transport, transport)
        asked = (
            f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self._transport.write(asked.encode())

    @override
    def data_received(self, data: bytes) -> None:
        """Take in what has come; whole frames are told."""
        self._got += data
        if not self.is_open:
            self._shake_hands()
        while self.is_open and (frame := self._take()) is not None:
            self._told(*frame)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the end."""
        self.is_open = False
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before it was open"))
        self._lost()

    def say(self, text: str, kind: int = TEXT) -> None:
        """Send a text; lost when the line is not open."""
        if not self.is_open or self._transport is None:
            return
        body = text.encode()
        size = len(body)
        head = bytes((0x80 | kind,))
        head += bytes((0x80 | size,)) if size < 126 else b"\xfe" + struct.pack(">H", size)
        self._transport.write(head + b"\0\0\0\0" + body)

    def drop(self) -> None:
        """End without a word, as a phone in a tunnel does."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def _shake_hands(self) -> None:
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        status = bytes(self._got[:end]).split(b"\r\n", 1)[0]
        del self._got[: end + 4]
        if b" 101 " in status + b" ":
            self.is_open = True
            self.opened.set_result(None)
        else:
            self.opened.set_exception(ConnectionError(status.decode()))
            self.drop()

    def _take(self) -> tuple[int, bytes] | None:
        got = self._got
        if len(got) < 2:
            return None
        size, start = got[1] & 0x7F, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            start += width
            if len(got) < start:
                return None
            size = int.from_bytes(got[2:start], "big")
        if len(got) < start + size:
            return None
        kind, body = got[0] & 0x0F, bytes(got[start : start + size])
        del got[: start + size]
        return kind, body

    def _told(self, kind: int, body: bytes) -> None:
        if kind == TEXT:
            self._hear(body.decode())
        elif kind == PING:
            self.say(body.decode("latin-1"), PONG)
        elif kind == CLOSE:
            self.drop()


async def connect(
    port: int, path: str, number: int, hear: Callable[[str], None], lost: Callable[[], None]
) -> Line:
    """Open a line from the address of client ``number``; ConnectionError when it is refused."""
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(
        lambda: Line(f"127.0.0.1:{port}", path, hear, lost),
        "127.0.0.1",
        port,
        local_addr=(address_of(number), 0),
    )
    async with asyncio.timeout(OPEN_S):
        await line.opened
    return line


class Http:
    """One kept HTTP connection from the address of client ``number``; use it as a context."""

    def __init__(self, port: int, number: int) -> None:
        self._port, self._number = port, number

    async def __aenter__(self) -> Http:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(address_of(self._number), 0)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        self._writer.close()

    async def call(
        self, verb: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Return status and JSON; ``headers`` with _ for -."""
        told = b"" if body is None else json.dumps(body).encode()
        lines = [f"{verb} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(told)}"]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + told)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        sizes = [int(one[15:]) for one in head if one.lower().startswith("content-length:")]
        answer = await self._reader.readexactly(sizes[0]) if sizes else b""
        return int(head[0].split(" ")[1]), json.loads(answer or b"{}")


@dataclass(slots=True)
class Shopper:
    """A visitor with an open talk and a line; keeps what was sent, acknowledged and heard."""

    number: int
    token: str
    talk: str
    port: int
    line: Line | None = None
    last: int = 0
    heard: list[tuple[int, str]] = field(default_factory=list)  # seq, event id
    unacked: dict[str, str] = field(default_factory=dict)  # key: text
    acked: dict[str, int] = field(default_factory=dict)  # key: seq
    refused: list[str] = field(default_factory=list)
    welcomed: asyncio.Event = field(default_factory=asyncio.Event)
    on_ack: Callable[[str], None] = lambda _key: None
    on_answer: Callable[[], None] = lambda: None
    asked: int = 0
    with_bot: bool = True
    gave_up: bool = False  # an answer may still come to what nobody waits for any more

    async def come(self) -> None:
        """Open the line and say from where on; what was not acknowledged is sent again."""
        self.welcomed.clear()
        path = "/api/v1/socket/shopper"
        self.line = await connect(self.port, path, self.number, self._hear, lambda: None)
        hello = {"token": self.token, "conversation": self.talk, "after": self.last}
        self._tell("hello", **hello)
        async with asyncio.timeout(OPEN_S):
            await self.welcomed.wait()
        for key, text in list(self.unacked.items()):
            self._send(key, text)

    def ask(self, key: str, text: str) -> None:
        """Send a message under a new key."""
        self.unacked[key] = text
        self._send(key, text)

    def ping(self) -> None:
        """Show that the line is held."""
        self._tell("ping")

    def _send(self, key: str, text: str) -> None:
        self._tell("send", client_key=key, message={"type": "text", "body": {"text": text}})

    def _tell(self, kind: str, **fields: Any) -> None:
        if self.line is not None:
            self.line.say(json.dumps({"type": kind, **fields}, ensure_ascii=False))

    def _hear(self, text: str) -> None:
        frame = json.loads(text)
        match frame["type"]:
            case "welcome":
                self.welcomed.set()
            case "events":
                self._take(frame["events"])
            case "ack":
                self.unacked.pop(frame["client_key"], None)
                self.acked[frame["client_key"]] = frame["seq"]
                self.on_ack(frame["client_key"])
            case "error":
                self.refused.append(frame["code"])
                self.unacked.pop(frame.get("client_key", ""), None)
            case _:
                pass

    def _take(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self.last = event["seq"]
            self.heard.append((event["seq"], event["id"]))
            if event["kind"] == "held":
                self.with_bot = event["body"].get("holder") == "bot"
        if any(one["kind"] == "message" and one["author"] in _SHOP for one in events):
            self.on_answer()  # last: a shopper who now waits for a person asks the bot no more
        self._tell("mark", delivered=self.last, read=self.last)  # as a page does


async def newcomers(port: int, first: int, count: int) -> list[Shopper]:
    """Make visitors with a talk each, from as many addresses as they need."""
    room = asyncio.Semaphore(16)

    async def some(start: int, end: int) -> list[Shopper]:
        made = []
        async with room, Http(port, start) as http:
            for number in range(start, end):
                _, visitor = await http.call("POST", "/api/v1/visitors", {})
                status, talk = await http.call(
                    "POST", "/api/v1/conversations", {}, X_Shopbot_Visitor=visitor["token"]
                )
                if status != 201:
                    raise ConnectionError(f"{status}: {talk}")
                made.append(Shopper(number, visitor["token"], talk["id"], port))
        return made

    starts = range(first - first % PER_ADDRESS, first + count, PER_ADDRESS)
    parts = [some(max(one, first), min(one + PER_ADDRESS, first + count)) for one in starts]
    return [shopper for part in await asyncio.gather(*parts) for shopper in part]


async def come_in(shoppers: list[Shopper]) -> None:
    """Open all lines, some at a time."""
    room = asyncio.Semaphore(64)

    async def one(shopper: Shopper) -> None:
        async with room:
            await shopper.come()

    await asyncio.gather(*map(one, shoppers))


async def keep_open(shoppers: list[Shopper]) -> None:
    """Let every line ping when its time comes, spread evenly; runs until cancelled."""
    while True:
        pause = PING_S / max(1, len(shoppers))
        for shopper in list(shoppers):
            shopper.ping()
            await asyncio.sleep(pause)
        await asyncio.sleep(0.01)
