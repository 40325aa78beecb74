"""A shop that is killed while shoppers write: what was acknowledged is there, once, and is answered."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from shopbot.chat.model import Event
from shopbot.chat.store import TalkFilter
from shopbot.ids import FixedClock, now
from shopbot.rules import Rules
from shopbot.storage import open_database
from tests.acceptance.talker import QUICK
from tests.simulators.talk import TalkStage, talk_stage

TALKER = Path(__file__).with_name("talker.py")
KILLS = 50


def _run_and_kill(folder: Path, number: int) -> list[str]:
    """Run a shop, kill it after some messages, and return the acknowledgements it printed."""
    shop = subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.talker", str(folder), f"r{number:02}"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=TALKER.parents[2],
    )
    assert shop.stdout is not None
    told = [shop.stdout.readline().strip() for _ in range(3 + 5 * (number % 11))]
    shop.kill()
    told += shop.stdout.read().split("\n")[:-1]  # whole lines only: the last may be torn
    shop.wait()
    shop.stdout.close()
    return [line for line in told if line]


def _events(stage: TalkStage) -> dict[str, list[Event]]:
    found = {}
    for talk in stage.chat.list_talks(TalkFilter(count=50)):
        events: list[Event] = []
        while page := stage.chat.events_after(
            conversation=talk.id, side="staff", seq=len(events), limit=500
        ):
            events += page
        found[talk.id] = events
    return found


def _check(folder: Path, told: list[str]) -> None:
    db = open_database(folder)
    clock = FixedClock(now() + timedelta(minutes=5))
    stage = talk_stage(db, clock, folder / "media", rules=Rules(chat=QUICK))
    stage.run_due(100)
    talks = _events(stage)
    try:
        for events in talks.values():
            assert list(range(1, len(events) + 1)) == [event.seq for event in events]
        keys = Counter(
            (talk, event.client_key)
            for talk, events in talks.items()
            for event in events
            if event.kind == "message"
        )
        assert {1} == set(keys.values())
        for line in told:
            talk, seq, key = line.split(" ")
            assert key == talks[talk][int(seq) - 1].client_key
        assert [] == stage.chat.due_turns()
        assert any(event.author == "bot" for events in talks.values() for event in events)
    finally:
        db.close()


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(2, id="twice"),
        pytest.param(KILLS, id="fifty-times", marks=[pytest.mark.slow, pytest.mark.timeout(1200)]),
    ],
)
def test_kill_minus_nine_loses_no_message(tmp_path: Path, kills: int) -> None:
    """Every acknowledged message is there once, at its place; every turn comes to its end."""
    told = [line for number in range(kills) for line in _run_and_kill(tmp_path, number)]

    assert len(told) >= 3 * kills
    _check(tmp_path, told)
