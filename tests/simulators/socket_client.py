"""A client of the sockets that remembers every frame, for tests against a served application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

WAIT_S = 5.0


@dataclass
class SocketClient:
    """One line; frames that nobody has asked for yet are kept."""

    line: ClientConnection
    kept: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, kind: str, **fields: Any) -> None:
        """Send a frame."""
        self.line.send(json.dumps({"type": kind, **fields}, ensure_ascii=False))

    def next(self) -> dict[str, Any]:
        """Return the next frame of any type."""
        told: dict[str, Any] = json.loads(self.line.recv(timeout=WAIT_S))
        return told

    def hear(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Return the next frame of a type with these fields; others are kept for later."""
        for place, frame in enumerate(self.kept):
            if frame["type"] == kind and wanted.items() <= frame.items():
                return self.kept.pop(place)
        while True:
            frame = self.next()
            if frame["type"] == kind and wanted.items() <= frame.items():
                return frame
            self.kept.append(frame)

    def events(self, upto: int) -> list[dict[str, Any]]:
        """Return all events that come until the one of this seq has come."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["seq"] < upto:
            found += self.hear("events")["events"]
        return found

    def closed(self) -> int:
        """Read to the end; return the close code."""
        try:
            while True:
                self.kept.append(self.next())
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd is not None else 1006

    def say(self, text: str, key: str, **fields: Any) -> None:
        """Send a text message."""
        self.tell(
            "send", client_key=key, message={"type": "text", "body": {"text": text}}, **fields
        )


@contextmanager
def socket_to(address: str, path: str, **options: Any) -> Iterator[SocketClient]:
    """Open a line to a served application (``address`` ends with a slash)."""
    url = f"{address.replace('http', 'ws', 1)}api/v1/socket/{path}"
    with connect(url, open_timeout=WAIT_S, close_timeout=1, compression=None, **options) as line:
        yield SocketClient(line)


@dataclass
class ShopperClient:
    """A visitor with an open talk."""

    address: str
    token: str
    talk: str

    @classmethod
    def come(cls, address: str) -> ShopperClient:
        """Become a visitor and begin a talk."""
        token = httpx.post(f"{address}api/v1/visitors", json={}).json()["token"]
        made = httpx.post(
            f"{address}api/v1/conversations", json={}, headers={"X-Shopbot-Visitor": token}
        )
        return cls(address, token, made.json()["id"])

    @property
    def headers(self) -> dict[str, str]:
        """What shows who it is."""
        return {"X-Shopbot-Visitor": self.token}

    def get(self, path: str) -> Any:
        """Return the JSON of a route below the talk."""
        where = f"{self.address}api/v1/conversations/{self.talk}{path}"
        return httpx.get(where, headers=self.headers).json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """Post to a route below the talk."""
        where = f"{self.address}api/v1/conversations/{self.talk}{path}"
        return httpx.post(where, headers=self.headers, json=body or {})

    @contextmanager
    def line(self, after: int = 0, **options: Any) -> Iterator[SocketClient]:
        """Open a line and be welcomed."""
        with socket_to(self.address, "shopper", **options) as client:
            client.tell("hello", token=self.token, conversation=self.talk, after=after)
            client.hear("welcome")
            yield client
