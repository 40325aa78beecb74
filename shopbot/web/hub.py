"""Who listens to which talk, and what each has yet to be told.

A hint says only "look there". The hub looks: for each talk that changed it reads, once a side and not
once a socket, the events after what the sockets have, and hands the text to their outboxes. One task
does all the looking, so that a rush is worked off in batches and never in a heap of tasks; each batch
is one visit of one thread and one state of the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

import structlog

from shopbot.bus import Bus
from shopbot.chat.gear import CHANGED, MARKED, TYPING
from shopbot.chat.looking import AT_ONCE, Glance, Sight
from shopbot.chat.model import Mark, Side
from shopbot.chat.reception import DESK_CHANGED
from shopbot.errors import ShopbotError
from shopbot.events import Hint
from shopbot.web import chat_views, frames
from shopbot.web.attendance import Attendance
from shopbot.web.wire import Wire, keep_alive

if TYPE_CHECKING:
    from shopbot.web.services import Pool

log = structlog.get_logger(__name__)


MARKS_EVERY_S = 0.25  # a mark is no message: several are written in one go
DESK_EVERY_S = 1.0
RETRY_S = 1.0  # after a look that failed


class Talks(Protocol):
    """What the hub reads."""

    def look(self, glances: Collection[Glance], marked: Collection[str]) -> Sight:
        """Return what each glance has missed, and the marks of the talks in ``marked``."""
        ...

    def mark_all(self, moves: Mapping[tuple[str, Side], tuple[int, int]]) -> None:
        """Move many marks forward: talk and side to delivered and read."""
        ...


class Hub:
    """The listeners of this process; lives on the event loop, hints come from any thread."""

    def __init__(
        self, talks: Talks, bus: Bus, pool: Pool, attendance: Attendance, store_id: str
    ) -> None:
        self._talks = talks
        self._attendance = attendance
        self._bus = bus
        self._pool = pool
        self._store_id = store_id
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends: list[Callable[[], None]] = []
        self._listening: dict[str, set[Wire]] = {}
        self._consoles: set[Wire] = set()
        self._changed: set[str] = set()  # talks that may have more events
        self._marked: set[str] = set()  # talks whose marks may have moved
        self._looking = False
        self._marks: dict[str, dict[Side, Mark]] = {}  # as they were told last
        self._desk_timer: asyncio.TimerHandle | None = None
        self._unwritten: dict[tuple[str, Side], tuple[int, int]] = {}

    # --- who listens ------------------------------------------------------------------------------

    def enter(self, wire: Wire, talks: Iterable[tuple[str, int]]) -> None:
        """Let ``wire`` hear of these talks from these seqs on."""
        self._begin()
        if wire.side == "staff":
            self._consoles.add(wire)
        for talk, after in talks:
            if wire.side == "staff":
                self._marks.pop(talk, None)  # a shopper has them with the welcome
            here = self._listening.setdefault(talk, set())
            if wire.side == "shopper" and wire not in here:
                self._attendance.came(talk)
            here.add(wire)
            wire.after[talk] = after
            self.look(talk)

    def leave(self, wire: Wire, talks: Iterable[str] | None = None) -> None:
        """Tell ``wire`` no more of ``talks``, by default of nothing at all."""
        for talk in list(wire.after) if talks is None else talks:
            wire.after.pop(talk, None)
            here = self._listening.get(talk, set())
            if wire.side == "shopper" and wire in here:
                self._attendance.went(talk)
            here.discard(wire)
            if not here:
                self._listening.pop(talk, None)
                self._marks.pop(talk, None)
        if talks is None:
            self._consoles.discard(wire)
            self._end_when_empty()

    def typing(self, talk: str, side: Side) -> None:
        """Tell the other side that somebody types; nothing is kept."""
        self._bus.publish(Hint(topic=TYPING, store_id=self._store_id, key=f"{talk}:{side}"))

    def mark(self, talk: str, side: Side, delivered: int, read: int) -> None:
        """Write a mark soon, together with others."""
        known = self._unwritten.get((talk, side), (0, 0))
        if not self._unwritten:
            asyncio.get_running_loop().call_later(MARKS_EVERY_S, self._begin_marks)
        self._unwritten[(talk, side)] = (max(known[0], delivered), max(known[1], read))

    def _begin_marks(self) -> None:
        keep_alive(asyncio.ensure_future(self._write_marks()))

    async def _write_marks(self) -> None:
        marks, self._unwritten = self._unwritten, {}
        try:
            await self._pool.run(lambda: self._talks.mark_all(marks))
        except ShopbotError as error:  # the next mark says it again
            log.warning("socket.marks-lost", error=error.code, marks=len(marks))

    # --- hints ------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._ends:
            return
        self._loop = asyncio.get_running_loop()
        heard = {
            CHANGED: self._hear_change,
            MARKED: self._hear_mark,
            TYPING: self._hear_typing,
            DESK_CHANGED: self._hear_desk,
        }
        self._ends = [
            self._bus.subscribe(topic, self._from_thread(then)) for topic, then in heard.items()
        ]

    def _end_when_empty(self) -> None:
        if not self._listening and not self._consoles:
            while self._ends:
                self._ends.pop()()

    def _from_thread(self, then: Callable[[str], None]) -> Callable[[Hint], None]:
        def hear(hint: Hint) -> None:
            loop = self._loop
            if loop is not None and not loop.is_closed() and hint.store_id in ("", self._store_id):
                loop.call_soon_threadsafe(then, hint.key)

        return hear

    def _hear_change(self, talk: str) -> None:
        self._look(talk, self._changed)
        self._hear_desk(talk)

    def _hear_mark(self, key: str) -> None:
        """Look, unless the only line there is of the side that has moved: it said so itself."""
        talk, _, side = key.rpartition(":")
        here = self._listening.get(talk, ())
        if len(here) > 1 or any(wire.side != side for wire in here):
            self._look(talk, self._marked)

    def _hear_typing(self, key: str) -> None:
        talk, _, side = key.rpartition(":")
        told = ""
        for wire in self._listening.get(talk, ()):
            if wire.side != side:
                told = told or frames.write("typing", conversation=talk, side=side)
                wire.push(told)

    def _hear_desk(self, _key: str) -> None:
        if self._consoles and self._desk_timer is None and self._loop is not None:
            self._desk_timer = self._loop.call_later(DESK_EVERY_S, self._tell_consoles)

    def _tell_consoles(self) -> None:
        self._desk_timer = None
        told = frames.write("desk")
        for wire in self._consoles:
            wire.push(told)

    # --- looking ----------------------------------------------------------------------------------

    def look(self, talk: str) -> None:
        """See soon what is new in ``talk`` and tell whoever listens."""
        self._look(talk, self._changed, self._marked)

    def _look(self, talk: str, *at: set[str]) -> None:
        if talk not in self._listening:
            return
        for talks in at:
            talks.add(talk)
        if not self._looking:
            self._looking = True
            keep_alive(asyncio.ensure_future(self._look_on()))

    async def _look_on(self) -> None:
        try:
            while self._changed or self._marked:
                changed, self._changed = self._changed, set()
                marked, self._marked = self._marked, set()
                try:
                    await self._look_at(changed, marked)
                except ShopbotError as error:
                    log.warning("socket.look-failed", error=error.code, talks=len(changed | marked))
                    self._changed |= changed
                    self._marked |= marked
                    await asyncio.sleep(RETRY_S)
                except Exception:  # the clients' next pings look again
                    log.exception("socket.bug", talks=len(changed | marked))
        finally:
            self._looking = False

    async def _look_at(self, changed: set[str], marked: set[str]) -> None:
        glances = {
            Glance(talk=talk, side=wire.side, seq=wire.after[talk])
            for talk in changed
            for wire in self._listening.get(talk, ())
        }
        marks = marked & self._listening.keys()
        if not glances and not marks:
            return
        sight, texts = await self._pool.run(lambda: self._read(glances, marks))
        for glance, events in sight.events.items():
            if events:
                self._tell(glance, texts[glance], events[-1].seq, more=len(events) == AT_ONCE)
        for talk, found in sight.marks.items():
            self._tell_marks(talk, found)

    def _read(
        self, glances: Collection[Glance], marked: Collection[str]
    ) -> tuple[Sight, dict[Glance, str]]:
        """On a thread: read what is new and write it as text, once for all who have the same."""
        sight = self._talks.look(glances, marked)
        texts = {
            glance: frames.write(
                "events",
                conversation=glance.talk,
                events=[chat_views.event_view(event, glance.side) for event in events],
                more=len(events) == AT_ONCE,
            )
            for glance, events in sight.events.items()
            if events
        }
        return sight, texts

    def _tell(self, glance: Glance, text: str, last: int, *, more: bool) -> None:
        talk = glance.talk
        for wire in tuple(self._listening.get(talk, ())):
            if wire.side != glance.side or wire.after.get(talk) != glance.seq:
                continue  # it came meanwhile, or has them already: it is looked at again
            wire.push(text)
            wire.after[talk] = last
        if more:
            self._changed.add(talk)

    def _tell_marks(self, talk: str, found: Iterable[Mark]) -> None:
        here = tuple(self._listening.get(talk, ()))
        if not here:
            return
        told = self._marks.setdefault(talk, {})
        for mark in found:
            if told.get(mark.side) != mark:
                told[mark.side] = mark
                text = frames.write("mark", conversation=talk, **chat_views.mark_view(mark))
                for wire in here:
                    wire.push(text)
