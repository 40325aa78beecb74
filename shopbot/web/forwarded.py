"""Who calls when a proxy stands in front: only proxies named in the settings are believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SCHEMES = {"http", "https"}
_SOCKETS = {"http": "ws", "https": "wss"}
_MOST_HOPS = 20


class Forwarded:
    """Puts the caller's real address and scheme into the scope, if a trusted proxy tells them."""

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        self._app = app
        self._trusted = tuple(ipaddress.ip_network(one, strict=False) for one in trusted)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one request or socket on."""
        if self._trusted and scope["type"] in {"http", "websocket"} and scope.get("client"):
            scope = self._real(scope)
        return self._app(scope, receive, send)

    def _real(self, scope: Scope) -> Scope:
        host, port = scope["client"]
        if not self._is_trusted(host):
            return scope
        headers = Headers(scope=scope)
        told = [
            part.strip() for line in headers.getlist("x-forwarded-for") for part in line.split(",")
        ]
        changed = dict(scope)
        real = self._caller([one for one in told if one][-_MOST_HOPS:], host)
        changed["client"] = (real, 0 if real != host else port)
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        if scheme in _SCHEMES:
            changed["scheme"] = _SOCKETS[scheme] if scope["type"] == "websocket" else scheme
        return changed

    def _caller(self, hops: list[str], proxy: str) -> str:
        """Return the last hop that is no proxy of ours: what stands before it may be made up."""
        last = proxy
        for hop in reversed(hops):
            if not _is_address(hop):
                return last
            last = hop
            if not self._is_trusted(hop):
                return hop
        return last

    def _is_trusted(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
