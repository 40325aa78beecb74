"""The secret by which a shopper sees the orders they have shown to be theirs."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from shopbot.errors import Unauthenticated

_SECRET = re.compile(r"[A-Za-z0-9_-]{32,64}")

Visitor = Annotated[
    str | None,
    Header(
        alias="X-Shopbot-Visitor",
        description="The visitor's secret, given by POST /api/v1/orders/proofs.",
    ),
]


def is_secret(visitor: str | None) -> bool:
    """Tell whether a header has the form of a secret we give."""
    return visitor is not None and _SECRET.fullmatch(visitor) is not None


def known_visitor(visitor: str | None) -> str:
    """Return the visitor's secret; Unauthenticated when none of the right form was sent."""
    if visitor is None or not is_secret(visitor):
        raise Unauthenticated
    return visitor
