"""The thread that lets clocks ring: when it looks, what a failure stops (nothing), how it begins anew."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from shopbot.bus import Bus
from shopbot.chat.gear import CHANGED
from shopbot.chat.housekeeper import Housekeeper
from shopbot.events import Hint
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase
from tests.reception_stage import MINUTE, SECOND, START, shop


@dataclass
class Told:
    """Writes down what it is asked to do."""

    waiting: list[str] = field(default_factory=list)
    again: datetime | None = None
    rung: list[str] = field(default_factory=list)
    tended: int = 0
    woken: int = 0
    error: Exception | None = None
    seen: threading.Event = field(default_factory=threading.Event)

    def wake(self) -> None:
        """See :class:`shopbot.chat.housekeeper.Tending`."""
        self.woken += 1

    def ring(self, conversation: str) -> datetime | None:
        """See :class:`shopbot.chat.housekeeper.Tending`."""
        self.rung.append(conversation)
        self.seen.set()
        if self.error is not None:
            raise self.error
        return self.again

    def first_look(self) -> timedelta:
        """See :class:`shopbot.chat.housekeeper.Tending`."""
        return 5 * SECOND

    def list_waiting(self) -> list[str]:
        """See :class:`shopbot.chat.housekeeper.Tending`."""
        return self.waiting

    def tend(self) -> None:
        """See :class:`shopbot.chat.housekeeper.Tending`."""
        self.tended += 1
        if self.error is not None:
            raise self.error


def keeper(told: Told, bus: Bus | None = None) -> Housekeeper:
    """Return a housekeeper whose looks are called by hand."""
    return Housekeeper(told, bus or Bus(), FixedClock(START))


def test_starting_is_recovery() -> None:
    """Who waited before is looked at at once."""
    told = Told(waiting=["cnv_1", "cnv_2"])
    keeper(told).look(START)

    assert (["cnv_1", "cnv_2"], 1) == (told.rung, told.tended)


def test_a_talk_is_looked_at_again_when_it_is_time() -> None:
    """Not every second, and not once more when nothing will be due."""
    told = Told(waiting=["cnv_1"], again=START + MINUTE)
    one = keeper(told)
    one.look(START)
    told.waiting = []
    for seconds in range(1, 60):
        one.look(START + seconds * SECOND)
    before = len(told.rung)
    told.again = None
    for seconds in range(60, 200):
        one.look(START + seconds * SECOND)

    assert (1, 2) == (before, len(told.rung))


def test_the_rest_is_looked_after_every_five_seconds() -> None:
    """Desk and quiet talks."""
    told = Told()
    one = keeper(told)
    for seconds in range(21):
        one.look(START + seconds * SECOND)

    assert 5 == told.tended


def test_a_machine_that_slept_begins_anew() -> None:
    """At the start, after a gap, after a clock that went back; not at every look."""
    told = Told()
    one = keeper(told)
    for seconds in (0, 1, 2, 600, 601, 300, 301):
        one.look(START + seconds * SECOND)

    assert 3 == told.woken


def test_a_failure_stops_nothing() -> None:
    """The next talk is looked at, and all of it again later."""
    told = Told(waiting=["cnv_1", "cnv_2"], error=RuntimeError("disk"))
    one = keeper(told)
    one.look(START)
    told.error = None
    one.look(START + MINUTE)

    assert (["cnv_1", "cnv_2"] * 2, 2) == (told.rung, told.tended)


def test_a_clock_that_goes_back_delays_nothing() -> None:
    """What was put far off is looked at now, and the rounds begin anew."""
    told = Told(waiting=["cnv_1"], again=START + timedelta(days=3))
    one = keeper(told)
    one.look(START + timedelta(days=2, hours=23))
    told.waiting, told.again = [], None
    one.look(START)

    assert (["cnv_1", "cnv_1"], 2) == (told.rung, told.tended)


def test_a_hint_has_its_talk_looked_at() -> None:
    """When something can be due, not before; stopped, it is deaf."""
    told, bus, clock = Told(), Bus(), FixedClock(START)
    one = Housekeeper(told, bus, clock)
    one.listen()
    bus.publish(Hint(topic=CHANGED, store_id="test", key="cnv_9"))
    one.look(clock.now())
    early = [*told.rung]
    one.look(clock.move(5 * SECOND))
    one.stop()
    bus.publish(Hint(topic=CHANGED, store_id="test", key="cnv_8"))
    one.look(clock.move(MINUTE))

    assert ([], ["cnv_9"]) == (early, told.rung)


def test_the_thread_looks_and_ends() -> None:
    """Started it looks at once; stopped it is gone."""
    told = Told(waiting=["cnv_1"])
    one = keeper(told)
    one.start()
    found = told.seen.wait(10)
    one.stop()

    assert found
    assert not one.is_alive()


def test_a_line_that_was_said_does_not_put_off_the_next(db: SqliteDatabase, tmp_path: Path) -> None:
    """Its own hint would have the talk looked at later than is due."""
    here = shop(db, FixedClock(START), tmp_path, answer_within=3 * SECOND, comfort_every=2 * SECOND)
    talk = here.wait_for_human()
    one = Housekeeper(here.rounds, here.chat.gear.bus, here.clock)
    one.listen()
    one.look(here.clock.now())
    said = []
    for _ in range(10):
        here.clock.move(SECOND)
        one.look(here.clock.now())
        said.append(sum("still-waiting" in line for line in here.lines(talk)))
    one.stop()

    assert [0, 0, 1, 1, 2, 2, 3, 3, 3, 3] == said


def test_a_restart_loses_no_comfort_line(db: SqliteDatabase, tmp_path: Path) -> None:
    """A new housekeeper over the same database says what was due, and says it once."""
    here = shop(db, FixedClock(START), tmp_path)
    talk = here.wait_for_human()
    Housekeeper(here.rounds, Bus(), here.clock).look(here.clock.now())
    here.clock.move(61 * SECOND)
    for _ in range(2):
        Housekeeper(here.rounds, Bus(), here.clock).look(here.clock.now())

    assert 1 == sum("still-waiting" in line for line in here.lines(talk))
