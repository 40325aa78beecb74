"""A talk in the terminal: what comes by HTTP and the socket, as lines to read."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from typing_extensions import override

from shopbot import ids, messages
from shopbot.errors import RequestError

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 10.0
PING_S = 25.0
CALL_S = 30.0


class Refused(RequestError):
    """The server would not do it; its own code and words are shown."""

    code = "chat.refused"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.told = code


class Caller:
    """HTTP calls with whatever shows who calls; errors are the server's own words."""

    def __init__(self, server: str, headers: Mapping[str, str]) -> None:
        self.server = server.rstrip("/")
        self.http = httpx.Client(base_url=self.server, headers=dict(headers), timeout=CALL_S)

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON of a GET."""
        return self._read(lambda: self.http.get(path, params=params))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON of a POST."""
        return self._read(lambda: self.http.post(path, json=dict(body or {})))

    def show(self, name: str, value: str) -> None:
        """Send a header with every call from now on."""
        self.http.headers[name] = value

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()

    def _read(self, call: Callable[[], httpx.Response]) -> Any:
        try:
            answer = call()
        except httpx.TransportError as error:
            told = messages.text("terminal.no-server", server=self.server)
            raise Refused("", told) from error
        told = answer.json() if answer.content else {}
        if answer.is_error:
            raise Refused(str(told.get("error", "")), str(told.get("detail", answer.status_code)))
        return told


class Line(threading.Thread):
    """A socket that comes back by itself and hands over each frame; nothing is missed in between."""

    def __init__(
        self,
        server: str,
        path: str,
        hello: Callable[[], Mapping[str, Any]],
        heard: Callable[[dict[str, Any]], object],
    ) -> None:
        super().__init__(name="shopbot-line", daemon=True)
        self._url = f"{server.replace('http', 'ws', 1)}{path}"
        self._hello = hello
        self._heard = heard
        self._socket: Any = None
        self._ended = threading.Event()
        self.open = threading.Event()

    @override
    def run(self) -> None:
        """Connect, read, come back, until :meth:`end`."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        wait = FIRST_WAIT_S
        while not self._ended.is_set():
            try:
                with connect(self._url, compression=None, close_timeout=1) as socket:
                    self._socket = socket
                    socket.send(json.dumps(self._hello()))
                    wait = FIRST_WAIT_S
                    self._read(socket)
            except (OSError, WebSocketException):
                pass
            self.open.clear()
            self._ended.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)

    def _read(self, socket: Any) -> None:
        while not self._ended.is_set():
            try:
                frame = json.loads(socket.recv(timeout=PING_S))
            except TimeoutError:
                socket.send(json.dumps({"type": "ping"}))
                continue
            if frame["type"] == "welcome":
                self.open.set()
            self._heard(frame)

    def watch(self, talks: Mapping[str, int]) -> None:
        """Hear of these talks too; when the line is down, the next hello says so."""
        if self.open.is_set():
            self._socket.send(json.dumps({"type": "watch", "conversations": dict(talks)}))

    def end(self) -> None:
        """Hang up."""
        self._ended.set()
        if self._socket is not None:
            self._socket.close()


def line_of(event: Mapping[str, Any], side: str) -> str | None:
    """Return an event as a line of the terminal, None when it says nothing to ``side``."""
    body = event["body"]
    if event["kind"] == "message":
        if body.get("recalled"):
            return messages.text("talk.recalled-other")
        by = messages.text(f"talk.by.{_speaker(event, side)}", name=body.get("name", ""))
        return f"{by}：{_words(body)}"
    if event["kind"] == "held" and body["holder"] == "agent":
        return f"— {messages.text('talk.line.agent-named', name=body.get('name', ''))} —"
    if event["kind"] == "held":
        return f"— {messages.text('talk.line.' + body['holder'])} —"
    if event["kind"] in {"closed", "reopened"}:
        return f"— {messages.text('talk.line.' + event['kind'])} —"
    if event["kind"] == "note":
        return messages.text("talk.line.note", name="", words=body.get("text", ""))
    return None


def _speaker(event: Mapping[str, Any], side: str) -> str:
    if event["author"] == "agent" and event["body"].get("name"):
        return "agent-named"
    if event["author"] == "shopper" and side == "shopper":
        return "me"
    return str(event["author"])


def _words(body: Mapping[str, Any]) -> str:
    words = str(body.get("text") or messages.text(f"desk.message.{body.get('type', 'text')}"))
    chips = [one if isinstance(one, str) else one["text"] for one in body.get("chips", [])]
    chips += [one["text"] for one in body.get("options", [])]
    return words + "".join(f"  ［{chip}］" for chip in chips)


def new_key() -> str:
    """Return a message's key."""
    return ids.new_id("key")
