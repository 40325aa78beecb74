"""Which pages may call: our own; for shoppers also those of the sites named in the settings.

A browser tells by ``Origin`` (and ``Sec-Fetch-Site``) whose page calls; programs tell nothing and come
with a key.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_PORTS = {"http": "80", "https": "443"}
_WEB = {"ws": "http", "wss": "https"}
_OWN_SITES = frozenset({"same-origin", "none", ""})


def own_origin(scope: Scope) -> str:
    """Return the origin of our own pages as this caller sees them: ``https://help.shop.example``."""
    scheme = scope.get("scheme", "http")
    host = Headers(scope=scope).get("host", "")
    return normal(f"{_WEB.get(scheme, scheme)}://{host}")


def normal(origin: str) -> str:
    """Return an origin in lower case, without the scheme's usual port; blank if it is none."""
    try:
        parts = urlsplit(origin.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"}:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = port is None or str(port) == _PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{port}"


def is_own_page(scope: Scope) -> bool:
    """Tell whether a page of ours calls (its Origin must be there and exactly ours)."""
    given = Headers(scope=scope).get("origin", "")
    return bool(normal(given)) and normal(given) == own_origin(scope)


def is_foreign_page(scope: Scope, allowed: tuple[str, ...] = ()) -> bool:
    """Tell whether a page calls that is neither ours nor one of ``allowed``.

    A caller that names no origin is no page (a program), unless it says that it is another site's.
    """
    headers = Headers(scope=scope)
    given = headers.get("origin")
    if given is None:
        return headers.get("sec-fetch-site", "").lower() not in _OWN_SITES
    return normal(given) not in {own_origin(scope), *map(normal, allowed)} or not normal(given)
