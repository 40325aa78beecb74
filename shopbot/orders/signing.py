"""How requests between us and a shop platform or ERP are signed. Pure.

The signature is HMAC-SHA256 over five lines: method, path with its query, seconds since 1970, nonce and
the SHA-256 of the body in hex. A captured request can be neither changed nor, since nonces are kept for
as long as times are believed, sent again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shopbot.orders.source_errors import HookRefused

TIME, NONCE, SIGNATURE = "X-Shopbot-Time", "X-Shopbot-Nonce", "X-Shopbot-Signature"
BELIEVED = timedelta(minutes=5)
"""How far the clocks of two sides may differ."""

_NONCE_LENGTHS = range(8, 101)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What is signed of a request."""

    method: str
    target: str  # path with query
    body: bytes = b""


def signature(key: bytes, what: Signed, time: str, nonce: str) -> str:
    """Return the signature in hex."""
    digest = hashlib.sha256(what.body).hexdigest()
    text = "\n".join((what.method.upper(), what.target, time, nonce, digest))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def sign(key: bytes, what: Signed, now: datetime, nonce: str) -> dict[str, str]:
    """Return the headers that sign a request."""
    time = str(int(now.timestamp()))
    return {TIME: time, NONCE: nonce, SIGNATURE: signature(key, what, time, nonce)}


def check_signature(key: bytes, what: Signed, headers: Mapping[str, str], now: datetime) -> str:
    """Return the nonce of a request that is signed; HookRefused says what is wrong with it."""
    told = {name.lower(): value for name, value in headers.items()}
    time, nonce, given = (told.get(name.lower(), "") for name in (TIME, NONCE, SIGNATURE))
    if not hmac.compare_digest(signature(key, what, time, nonce).encode(), given.encode()):
        raise HookRefused("signature")
    if len(nonce) not in _NONCE_LENGTHS:
        raise HookRefused("nonce")
    if not time.isdecimal() or len(time) > 11:  # more is beyond the year 9999
        raise HookRefused("time")
    if abs(now - datetime.fromtimestamp(int(time), tz=UTC)) > BELIEVED:
        raise HookRefused("time")
    return nonce
