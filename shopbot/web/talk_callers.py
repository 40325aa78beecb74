"""Who calls in a talk: the visitor whose it is, or somebody who answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request

from shopbot.accounts import visitors
from shopbot.accounts.errors import VisitorUnknown
from shopbot.chat.model import Author, Conversation, Side
from shopbot.desk.important import is_important
from shopbot.errors import (
    Forbidden,
    HostNotAllowed,
    Malformed,
    NotFound,
    StorageError,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
)
from shopbot.roles import Principal, Role
from shopbot.web import chat_views
from shopbot.web.auth import services_of
from shopbot.web.desk_view import person_of, staff_id
from shopbot.web.refusals import CsrfRefused, OriginRefused, RateExceeded
from shopbot.web.services import Services

COMMON = (HostNotAllowed, OriginRefused, Malformed, StorageError, RateExceeded)
BODY = (TooLarge, UnsupportedMedia)
SHOPPER = (VisitorUnknown, NotFound, *COMMON)
EITHER = (Unauthenticated, VisitorUnknown, Forbidden, CsrfRefused, NotFound, *COMMON)

TalkId = Annotated[str, Path(max_length=100, description="The conversation's id.")]


def side_of(caller: Principal) -> Side:
    """Return on which side of a talk a caller stands."""
    return "shopper" if caller.role is Role.SHOPPER else "staff"


def author_of(caller: Principal) -> Author:
    """Return as whom a caller speaks."""
    return "shopper" if caller.role is Role.SHOPPER else "agent"


def who_of(caller: Principal) -> str:
    """Return the visitor's or user's id under which a caller's deeds are kept."""
    return caller.id if caller.role is Role.SHOPPER else staff_id(caller)


def display_of(services: Services, caller: Principal) -> str:
    """Return under what name shoppers know an agent; blank for shoppers and keys."""
    if caller.role is Role.SHOPPER or not caller.id:
        return ""
    return person_of(services, caller).name


def own_talk(request: Request, caller: Principal, conversation: str) -> Conversation:
    """Return a talk that the caller may see; NotFound otherwise, whatever the reason."""
    chat = services_of(request).chat
    if caller.role is not Role.SHOPPER:
        return chat.find(conversation)
    customer = customer_of(services_of(request), caller)
    return chat.access(visitor=caller.id, conversation=conversation, customer=customer)


def customer_of(services: Services, caller: Principal) -> str:
    """Return the shop's own id of a shopper who has signed in there, blank for others."""
    if caller.role is not Role.SHOPPER:
        return ""
    visitor = visitors.get(services.db, caller.store_id, caller.id)
    return visitor.customer if visitor is not None else ""


def talk_shown(services: Services, talk: Conversation, side: Side) -> dict[str, Any]:
    """Return a talk with its marks as a side may see it."""
    shown = chat_views.talk_view(talk, side, services.chat.marks(talk.id))
    if side == "staff":
        shown["important"] = is_important(services.db, talk.store_id, talk.visitor)
    return shown
