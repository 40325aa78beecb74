"""The shapes of signing in and of visitors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shopbot.accounts.identity import SIZE
from shopbot.accounts.passwords import LONGEST
from shopbot.roles import Role
from shopbot.web.schemas import Text


class PasswordBody(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[Text, Field(min_length=1, max_length=64)]
    password: Annotated[Text, Field(min_length=1, max_length=LONGEST)]


class LinkBody(BaseModel):
    """The token of a one-time link."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    link: Annotated[Text, Field(min_length=1, max_length=128)]


class SessionShown(BaseModel):
    """Who is signed in."""

    id: str
    name: str
    display: str
    role: Role
    store: str
    csrf: str = Field(description="For X-Shopbot-Csrf; blank for a key, which needs none.")
    expires_at: datetime | None = Field(description="Null for a key.")


class VisitorBody(BaseModel):
    """What the shop says about the visitor."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    identity: Annotated[Text, Field(min_length=1, max_length=SIZE)] | None = Field(
        default=None, description="A JWT signed by the shop's site, see docs/security.md."
    )


class VisitorMade(BaseModel):
    """A visitor with the secret to send as X-Shopbot-Visitor."""

    visitor: str = Field(description="The visitor's id; no secret.")
    token: str = Field(description="The secret; shown this once.")
    expires_at: datetime = Field(description="30 days after the last use.")
