"""A served application on a free port, for tests that come in by HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from shopbot.commands.serve import SOCKETS, bind
from shopbot.web.server import create_app
from shopbot.web.services import Services


@contextmanager
def served(services: Services, port: int = 0) -> Iterator[str]:
    """Serve in a thread; gives the address, ending with a slash."""
    listening = bind("127.0.0.1", port)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(services), log_config=None, access_log=False, lifespan="off", **SOCKETS
        )
    )
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
