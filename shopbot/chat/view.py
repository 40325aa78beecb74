"""Events as a side may see them: nothing of the staff's for the shopper, nothing that was recalled."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from shopbot.chat.model import Event, Side

_SHOPPER_MAY_KNOW = ("holder", "name")
"""Of a change of hands: who speaks, not why."""

Link = Callable[[str], str]


def shown(event: Event, side: Side, recalled: Collection[int], link: Link) -> Event:
    """Return an event for a side: recalled messages without their words, media with an address.

    ``link`` makes the short-lived address of a stored file.
    """
    if event.kind == "message":
        event = replace(event, body=_message(event, recalled, link))
    if side == "shopper":
        event = replace(event, who="", client_key=_own_key(event))
        if event.kind == "held":
            known = {key: event.body[key] for key in _SHOPPER_MAY_KNOW if key in event.body}
            event = replace(event, body=known)
        elif event.kind == "closed":
            event = replace(event, body={})
    return event


def _own_key(event: Event) -> str:
    return event.client_key if event.author == "shopper" else ""


def _message(event: Event, recalled: Collection[int], link: Link) -> dict[str, Any]:
    if event.seq in recalled:
        return {"type": event.body["type"], "recalled": True}
    told = dict(event.body)
    if "media" in told:
        told["address"] = link(str(told["media"]))
    return told
