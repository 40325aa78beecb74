"""Users and visitors as facts, and how long what they sign in with is good."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shopbot.roles import Role

SESSION_IDLE = timedelta(hours=12)  # longer than a shift
SESSION_LONGEST = timedelta(days=7)
LINK_HOLDS = timedelta(hours=24)
API_HOLDS = timedelta(days=365)
VISITOR_IDLE = timedelta(days=30)

TokenKind = Literal["session", "link", "api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who works for the store."""

    id: str
    store_id: str
    name: str  # what they sign in with
    display: str  # what colleagues and shoppers read
    role: Role
    created_at: datetime
    has_password: bool = False  # without one they come in by a link
    is_local: bool = False  # the admin of a machine without accounts
    disabled_at: datetime | None = None

    @property
    def may_sign_in(self) -> bool:
        """Tell whether the account is open."""
        return self.disabled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A shopper's browser, or all browsers of one customer of the shop."""

    id: str
    store_id: str
    created_at: datetime
    customer: str = ""  # the shop's own id of the customer, once the shop has vouched for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A secret that was just made; it is shown once and kept as a digest only."""

    token: str
    expires_at: datetime


def digest(token: str) -> str:
    """Return what stands in the database for a token of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def csrf_token(session: str) -> str:
    """Return what a page must send with unsafe calls; only who has the session can know it."""
    return hmac.new(session.encode("utf-8", "replace"), b"shopbot csrf", hashlib.sha256).hexdigest()
