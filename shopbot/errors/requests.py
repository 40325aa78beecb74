"""The caller asked for something that is not to be had."""

from __future__ import annotations

from shopbot.errors.base import EXIT_USAGE, ShopbotError


class RequestError(ShopbotError):
    """The caller asked for something that is not to be had."""

    code = "request.error"
    status = 400
    exit_code = EXIT_USAGE


class Malformed(RequestError):
    """The payload is not of the documented shape."""

    code = "request.malformed"
    status = 422


class TooLarge(RequestError):
    """The body is larger than the limit."""

    code = "request.too-large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is larger than {limit} bytes. Send a shorter text or fewer turns.",
            limit=limit,
        )


class Unauthenticated(RequestError):
    """Not signed in: no session and no key, or not the right one."""

    code = "auth.required"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            "This needs you to sign in at /login, or a key as the header `Authorization: Bearer KEY`."
        )


class Forbidden(RequestError):
    """Known, but not allowed."""

    code = "auth.forbidden"
    status = 403

    def __init__(self, role: str) -> None:
        super().__init__(f"The role {role} may not do this. Ask a supervisor.", role=role)


class NotFound(RequestError):
    """There is no such thing, or it is not yours: the answer is the same."""

    code = "request.not-found"
    status = 404

    def __init__(self, what: str = "page") -> None:
        super().__init__(f"There is no such {what} for you here.", what=what)


class MethodNotAllowed(RequestError):
    """The address is there, but not for this method."""

    code = "request.method"
    status = 405


class Conflict(RequestError):
    """What is asked for contradicts the present state."""

    code = "request.conflict"
    status = 409


class IdempotencyMismatch(Conflict):
    """An Idempotency-Key came back with another body."""

    code = "request.idempotency-mismatch"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The Idempotency-Key {key} was used before with another body. "
            "Make a new key for a new request; send the same body to repeat one.",
            key=key,
        )


class UnsupportedMedia(RequestError):
    """The body is not JSON."""

    code = "request.media-type"
    status = 415


class HostNotAllowed(RequestError):
    """The Host header names no host of ours (a guard against DNS rebinding)."""

    code = "request.host"
    status = 421

    def __init__(self, host: str) -> None:
        super().__init__(
            f"This server does not answer for the host {host!r}. "
            "Open it as http://127.0.0.1 or http://localhost, or add the name to SHOPBOT_ALLOWED_HOSTS.",
        )


class TooMany(RequestError):
    """Too many requests at a time or in a while."""

    code = "request.too-many"
    status = 429

    def __init__(self) -> None:
        super().__init__("Too many requests are waiting. Try again in a second.")
