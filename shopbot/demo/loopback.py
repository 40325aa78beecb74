"""Serves a simulator over HTTP on this machine, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase

from typing_extensions import override


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as a simulator sees it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a simulator answers; ``wait_s``: only after so long; ``cut``: the line breaks;
    ``drip``: the body comes in so many pieces."""

    status: int = 200
    body: bytes = b""
    wait_s: float = 0.0
    cut: bool = False
    drip: int = 1


Simulator = Callable[[Asked], Given]


@contextmanager
def served(simulator: Simulator) -> Iterator[str]:
    """Serve on a free port of loopback while the block runs; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(simulator))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(simulator: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request."""

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = simulator(
                Asked(
                    method=self.command,
                    target=self.path,
                    headers=dict(self.headers),
                    body=self.rfile.read(length),
                )
            )
            if given.wait_s:
                threading.Event().wait(given.wait_s)
            if given.cut:
                self.close_connection = True
                return
            self.send_response(given.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            _write(self.wfile, given)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a simulator is no server to watch."""

    return Handler


def _write(line: BufferedIOBase, given: Given) -> None:
    size = -(-len(given.body) // given.drip) or 1
    for start in range(0, len(given.body), size):
        if start:
            threading.Event().wait(0.01)
        try:
            line.write(given.body[start : start + size])
        except OSError:  # nobody listens any more
            return
