"""What a side has missed of one talk, or of many at once, as it may be shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shopbot.chat import store
from shopbot.chat.model import Event, Mark, Side
from shopbot.chat.view import Link, shown
from shopbot.storage.database import Reader

AT_ONCE = 200  # events of one glance


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Which talk is looked at, by whom, and what they have already."""

    talk: str
    side: Side
    seq: int
    count: int = AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was found: events by glance, oldest first, and marks by talk."""

    events: Mapping[Glance, list[Event]]
    marks: Mapping[str, list[Mark]]


def look(
    reader: Reader,
    store_id: str,
    glances: Collection[Glance],
    marked: Collection[str],
    link: Link,
) -> Sight:
    """Read what every glance has missed, and the marks of the talks in ``marked``."""
    return Sight(
        events={glance: events(reader, store_id, glance, link) for glance in glances},
        marks={talk: store.list_marks(reader, store_id, talk) for talk in marked},
    )


def events(reader: Reader, store_id: str, glance: Glance, link: Link) -> list[Event]:
    """Return what a side has missed in a talk, oldest first."""
    found = store.events_after(
        reader, store_id, glance.talk, side=glance.side, seq=glance.seq, count=glance.count
    )
    if len(found) < glance.count:  # all there is, recalls too
        gone = frozenset(one.body["message"] for one in found if one.kind == "recalled")
    else:
        gone = store.recalled_in(reader, store_id, glance.talk, glance.seq)
    return [shown(event, glance.side, gone, link) for event in found]
