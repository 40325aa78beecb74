"""Hints inside the process."""

from __future__ import annotations

from shopbot.bus import Bus
from shopbot.events import DATA_CHANGED, Hint

HINT = Hint(topic=DATA_CHANGED, store_id="test")


def test_listeners_of_a_topic_hear_its_hints() -> None:
    """Others do not."""
    bus, heard, other = Bus(), list[Hint](), list[Hint]()
    bus.subscribe(DATA_CHANGED, heard.append)
    bus.subscribe("other", other.append)
    bus.publish(HINT)

    assert ([HINT], []) == (heard, other)


def test_a_listener_can_leave() -> None:
    """Afterwards it hears nothing more."""
    bus, heard = Bus(), list[Hint]()
    leave = bus.subscribe(DATA_CHANGED, heard.append)
    leave()
    bus.publish(HINT)

    assert [] == heard


def test_a_failing_listener_stops_no_other() -> None:
    """Its failure is logged, the next one still hears."""
    bus, heard = Bus(), list[Hint]()

    def fails(hint: Hint) -> None:
        raise RuntimeError("no")

    bus.subscribe(DATA_CHANGED, fails)
    bus.subscribe(DATA_CHANGED, heard.append)
    bus.publish(HINT)

    assert [HINT] == heard
