"""What can go wrong at the door to an account.

RequestError
├── Unauthenticated
│   ├── LoginRefused       401, wrong name or password; which of the two is not told
│   └── VisitorUnknown     401, no visitor's token, or one that holds no more
├── Forbidden
│   ├── LinkRefused        403, a one-time link that is used, expired or made up
│   └── IdentityRefused    403, a signed identity that is not the shop's, too old or used
├── TooManyLogins          429, too many tries from an address or at an account
├── UserUnknown            404
├── UserExists             409
└── BadAccount             422, a name or a password that will not do
"""

from __future__ import annotations

from shopbot import messages
from shopbot.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    RequestError,
    TooMany,
    Unauthenticated,
)


class LoginRefused(Unauthenticated):
    """Wrong name or password, or the account is closed; which of them is not told."""

    code = "auth.login-refused"

    def __init__(self) -> None:
        RequestError.__init__(
            self,
            "Name and password do not belong together. Check both, or ask an admin for a link.",
        )


class VisitorUnknown(Unauthenticated):
    """No visitor's token, or one that holds no more."""

    code = "auth.visitor"

    def __init__(self) -> None:
        RequestError.__init__(
            self,
            "This needs a visitor's token that holds. Get one from POST /api/v1/visitors and send it "
            "as the header `X-Shopbot-Visitor`.",
        )


class LinkRefused(Forbidden):
    """A one-time link that was used, has expired or was never made."""

    code = "auth.link-refused"

    def __init__(self) -> None:
        RequestError.__init__(
            self, "This link was used or has expired. Make another with `shopbot users link NAME`."
        )


class IdentityRefused(Forbidden):
    """A signed identity that is not the shop's, is past its time or was used before."""

    code = "auth.identity-refused"

    def __init__(self) -> None:
        RequestError.__init__(
            self, "The signed identity does not hold. Have the shop's site sign a new one."
        )


class TooManyLogins(TooMany):
    """Too many tries to sign in, from an address or at an account."""

    code = "auth.too-many-logins"

    def __init__(self, wait_s: int) -> None:
        RequestError.__init__(
            self, f"Too many tries to sign in. Try again in {wait_s} seconds.", wait_s=wait_s
        )


class UserUnknown(NotFound):
    """There is no user of this name in the store."""

    code = "accounts.unknown-user"

    def __init__(self, name: str) -> None:
        RequestError.__init__(
            self, f"There is no user {name!r} here. `shopbot users list` shows all.", name=name
        )


class UserExists(Conflict):
    """The name is taken."""

    code = "accounts.name-taken"

    def __init__(self, name: str) -> None:
        RequestError.__init__(
            self, f"There is a user {name!r} already. Take another name.", name=name
        )


class BadAccount(Malformed):
    """A user's name or password will not do."""

    code = "accounts.unfit"

    def __init__(self, reason: str, hint: str, key: str, **values: object) -> None:
        told = messages.text(f"accounts.{key}", **values)
        RequestError.__init__(self, f"{reason}. {hint}", reason=key, reason_zh=told)
