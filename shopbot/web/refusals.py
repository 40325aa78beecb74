"""What is refused at the door of the web.

Forbidden
├── OriginRefused   403, another site's page calls
└── CsrfRefused     403, signed in by cookie, without the page's token
TooMany
└── RateExceeded    429, too many from one address
RequestError
└── TooSlow         408, a body that does not end
"""

from __future__ import annotations

from shopbot.errors import Forbidden, RequestError, TooMany


class OriginRefused(Forbidden):
    """Another site's page calls, and it is not among those allowed to."""

    code = "request.origin"

    def __init__(self) -> None:
        RequestError.__init__(
            self,
            "Pages of other sites may not call this. Behind a proxy set SHOPBOT_TRUSTED_PROXIES; for "
            "the shopper's widget name its site in SHOPBOT_WIDGET_ORIGINS.",
        )


class TooSlow(RequestError):
    """The body took too long to come."""

    code = "request.too-slow"
    status = 408

    def __init__(self) -> None:
        super().__init__("The body did not come in 30 seconds. Send it again on a better line.")


class CsrfRefused(Forbidden):
    """Signed in by cookie, but without the token that only our own page knows."""

    code = "auth.csrf"

    def __init__(self) -> None:
        RequestError.__init__(
            self,
            "Send the `csrf` of GET /api/v1/session as the header `X-Shopbot-Csrf`, "
            "or use a key instead of the cookie.",
        )


class RateExceeded(TooMany):
    """Too many calls from one address in a while."""

    code = "request.rate"

    def __init__(self, wait_s: int) -> None:
        RequestError.__init__(
            self,
            f"Too many calls from this address. Try again in {wait_s} seconds.",
            wait_s=wait_s,
        )
