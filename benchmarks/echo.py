"""The bare line: uvicorn with a WebSocket that sends back what it gets, and nothing else."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

from shopbot.commands.serve import SOCKETS, bind


async def app(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


def main() -> int:
    """Serve on a free port and tell it."""
    listening = bind("127.0.0.1", 0)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", **SOCKETS)
    uvicorn.Server(config).run(sockets=[listening])
    return 0


if __name__ == "__main__":
    sys.exit(main())
