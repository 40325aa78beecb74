"""The shop's own site vouches for a customer: a signed identity (JWT, HS256). Pure.

The site makes it with SHOPBOT_IDENTITY_SECRET, claims ``sub`` (its id of the customer), ``store``,
``exp`` (at most a day ahead) and ``jti`` (new for each one); ``vip`` (true or false) if it likes to say whether
that is an important customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LONGEST = timedelta(hours=24)
SIZE = 4_096  # characters
SHORTEST_SECRET = 32  # bytes, RFC 7518 section 3.2
_MAX_CUSTOMER = 200
_MIN_NONCE, _MAX_NONCE = 8, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the site says, checked."""

    store_id: str
    customer: str
    nonce: str
    expires_at: datetime
    vip: bool | None = None  # None: the site does not say


def read_identity(secret: str, token: str, store_id: str, now: datetime) -> Identity | None:
    """Return what a token says; None when unsigned, of another store, past its time or odd."""
    claims = _claims(secret, token)
    if claims is None:
        return None
    customer, nonce, expires = claims["sub"], claims["jti"], _moment(claims["exp"])
    starts = _moment(claims.get("nbf", 0))
    if expires is None or starts is None or not max(now, starts) < expires <= now + LONGEST:
        return None
    if starts > now or claims["store"] != store_id:
        return None
    if not _is_text(customer, 1, _MAX_CUSTOMER) or not _is_text(nonce, _MIN_NONCE, _MAX_NONCE):
        return None
    vip = claims.get("vip")
    return Identity(
        store_id=store_id,
        customer=customer,
        nonce=nonce,
        expires_at=expires,
        vip=vip if isinstance(vip, bool) else None,
    )


def sign_identity(secret: str, identity: Identity) -> str:
    """Return the token as the shop's site makes it (for tests, the demo and as an example)."""
    import jwt

    claims: dict[str, str | int | bool] = {
        "sub": identity.customer,
        "store": identity.store_id,
        "jti": identity.nonce,
        "exp": int(identity.expires_at.timestamp()),
    }
    if identity.vip is not None:
        claims["vip"] = identity.vip
    return jwt.encode(claims, secret, algorithm="HS256")


def _claims(secret: str, token: str) -> dict[str, Any] | None:
    import jwt

    if len(token) > SIZE or not token.isascii():
        return None
    try:
        return jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={
                "require": ["exp", "sub", "store", "jti"],
                "verify_exp": False,  # times are compared with the clock we are given
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError:
        return None


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _is_text(value: object, shortest: int, longest: int) -> bool:
    return isinstance(value, str) and shortest <= len(value) <= longest and value.isprintable()
