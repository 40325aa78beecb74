"""Serve the API and the page on this machine."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopbot import messages
from shopbot.commands._progress import Progress, bars
from shopbot.config import Settings, load_settings, unknown_variables
from shopbot.errors import AddressInUse

if TYPE_CHECKING:
    from shopbot.web.services import Services

app = typer.Typer()

Beside = Callable[["Services", str], AbstractContextManager[list[str]]]

_BACKLOG = 1024
_KEEP_ALIVE_S = 30
SOCKETS: dict[str, Any] = {
    "ws_max_size": 256 * 1024,  # bytes read of a frame; what a frame may have is less
    "ws_ping_interval": None,  # clients ping: browsers cannot see pings of the protocol
    "ws_per_message_deflate": False,  # costs more memory a socket than all the rest
}
_COLLECT_AFTER = (10_000, 20, 20)  # new objects, young collections, middle ones
_FINISH_S = 10  # how long running requests may take after Ctrl+C


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Serve the API and the page until Ctrl+C."""
    run_server(load_settings(host=host, port=port))


def run_server(settings: Settings, beside: Beside | None = None) -> None:
    """Check, listen, load, tell the addresses, serve.

    ``beside`` is what goes on while the server runs; it is given the services and the address, and
    gives lines to print.
    """
    from shopbot import logs
    from shopbot.app import serving
    from shopbot.kb.stores import store_folder

    store_folder(settings)  # a wrong folder is told before anything else happens
    _check_exposure(settings)
    logs.configure(settings.log_level, settings.log_format)
    _warn_of_slips()
    listening = bind(settings.host, settings.port)
    with closing(listening), ExitStack() as stack:
        with bars() as progress:
            services = stack.enter_context(serving(settings, _told(progress)))
        lines = stack.enter_context(beside(services, _url(listening))) if beside else []
        _run(services, listening, lines)


def _check_exposure(settings: Settings) -> None:
    """Look for accounts only where it matters: a server for others that has no key."""
    from shopbot.commands._accounts import has_accounts
    from shopbot.web.auth import check_exposure, is_loopback

    known = is_loopback(settings.host) or has_accounts(settings)
    check_exposure(settings, has_accounts=known)


def _told(progress: Progress) -> Progress:
    """Log each stage once where no bar is drawn, so that a first start is not minutes of silence."""
    import structlog

    if sys.stderr.isatty():
        return progress
    log, told = structlog.get_logger(__name__), set[str]()

    def tell(what: str, _share: float) -> None:
        if what not in told:
            told.add(what)
            log.info("serve.preparing", stage=what)

    return tell


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address; AddressInUse says why it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)  # who calls while the index loads waits instead of failing
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressInUse(host, port, reason) from error
    return listening


def _run(services: Services, listening: socket.socket, lines: list[str]) -> None:
    import uvicorn

    from shopbot.web.server import create_app

    config = uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        **SOCKETS,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_FINISH_S,
    )
    for line in [*_greeting(services, _url(listening)), *lines, messages.text("serve.stop")]:
        typer.echo(line)
    spare_what_stays()
    uvicorn.Server(config).run(sockets=[listening])


def spare_what_stays() -> None:
    """Let the collector of cycles leave alone what stays as long as the server runs.

    Else it walks the whole knowledge every now and then: 113 ms for the demo store, in which no thread
    goes on. What comes later is looked at less often than Python does by default: a message makes
    thousands of objects, and hardly any in a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def _greeting(services: Services, url: str) -> list[str]:
    status = services.kb.status()
    lines = [
        messages.text("serve.ready", url=url),
        _how_to_sign_in(services, url),
        messages.text("serve.suggest", url=url),
        messages.text("serve.health", url=url),
        messages.text(
            "serve.knowledge",
            folder=services.kb.folder,
            entries=status.entries,
            ready=status.topics_ready,
            total=status.topics_total,
        ),
    ]
    if services.settings.stores is None and services.settings.uses_packaged_store():
        lines.append(messages.text("serve.packaged"))
    if status.problems:
        lines.append(messages.text("serve.problems", count=len(status.problems)))
    return lines


def _how_to_sign_in(services: Services, url: str) -> str:
    """Tell the login page; on a machine without accounts and key a link that signs in once."""
    from shopbot.commands._accounts import link_address, local_link
    from shopbot.web.auth import is_loopback

    settings = services.settings
    if settings.agent_key is None and is_loopback(settings.host):
        link = local_link(services.db, services.store_id, services.clock.now())
        if link is not None:
            return messages.text("serve.local-link", url=link_address(url, link))
    return messages.text("serve.login", url=f"{url}login")


def _warn_of_slips() -> None:
    import os

    import structlog

    for name in unknown_variables(os.environ):
        structlog.get_logger(__name__).warning("settings.unknown-variable", name=name)
