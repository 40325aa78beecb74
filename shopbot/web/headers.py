"""Headers that go with every response: what a browser may do with it."""

from __future__ import annotations

from functools import lru_cache

from starlette.datastructures import MutableHeaders

from shopbot.config import Settings

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors {ancestors}"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
}
_HSTS = "max-age=31536000"
_CHAT = "/chat"  # the one page that a shop's site may frame
_PRIVATE = "no-store"
_STATIC = "no-cache"  # kept, but asked for anew each time (ETag)


def put_headers(headers: MutableHeaders, settings: Settings, path: str, *, secure: bool) -> None:
    """Add what the browser must know; a Cache-Control that is there already stays."""
    framing = settings.widget_origins if path == _CHAT else ()
    headers["Content-Security-Policy"] = _policy(framing)
    if not framing:
        headers["X-Frame-Options"] = "DENY"
    for name, value in _ALWAYS.items():
        headers[name] = value
    if secure:
        headers["Strict-Transport-Security"] = _HSTS
    headers.setdefault("Cache-Control", _STATIC if path.startswith("/static/") else _PRIVATE)


@lru_cache(maxsize=8)
def _policy(framing: tuple[str, ...]) -> str:
    return _POLICY.format(ancestors=" ".join(framing) or "'none'")
