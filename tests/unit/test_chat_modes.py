"""Which reception mode holds when, and rules that are read again only when a file has changed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from shopbot.chat.model import Mode
from shopbot.chat.modes import mode_at
from shopbot.ids import FixedClock
from shopbot.rules import Rules
from shopbot.rules.chat import ChatRules, ModeHours
from shopbot.rules.fresh import FreshRules
from tests.simulators.talk import TalkStage

RULES = Rules(
    chat=ChatRules(
        mode="bot-first",
        hours=(
            ModeHours(mode="night", since=time(22), until=time(8)),
            ModeHours(mode="human-first", since=time(10), until=time(18), days=(1, 2, 3, 4, 5)),
        ),
    )
)


@pytest.mark.parametrize(
    ("local", "mode"),
    [
        pytest.param("2026-11-20 10:00", "human-first", id="friday-morning"),
        pytest.param("2026-11-20 09:59", "bot-first", id="a-minute-early"),
        pytest.param("2026-11-20 18:00", "bot-first", id="ends-with-its-end"),
        pytest.param("2026-11-22 12:00", "bot-first", id="sunday"),
        pytest.param("2026-11-22 23:30", "night", id="before-midnight"),
        pytest.param("2026-11-23 07:59", "night", id="after-midnight"),
        pytest.param("2026-11-23 08:00", "bot-first", id="morning"),
    ],
)
def test_the_hour_decides_the_mode(local: str, mode: Mode) -> None:
    """In the shop's own time, past midnight too."""
    at = datetime.fromisoformat(local).replace(tzinfo=RULES.zone).astimezone(UTC)

    assert mode == mode_at(RULES, at)


def test_a_night_that_begins_on_weekdays_ends_the_morning_after() -> None:
    """A span past midnight belongs to the day it began on."""
    night = ModeHours(mode="night", since=time(22), until=time(8), days=(5,))
    rules = Rules(chat=ChatRules(hours=(night,)))
    found = [
        mode_at(rules, datetime(2026, 11, day, 7, tzinfo=rules.zone).astimezone(UTC))
        for day in (20, 21, 22)  # Friday, Saturday, Sunday
    ]

    assert ["bot-first", "night", "bot-first"] == found


def test_what_the_shopper_chose_stays(stage: TalkStage, clock: FixedClock) -> None:
    """The hour changes nothing of a chosen mode; it is told as an event."""
    talk = stage.chat.open(visitor="vis_1")
    stage.chat.choose_mode(visitor="vis_1", conversation=talk.id, mode="human-first")

    again = stage.chat.choose_mode(visitor="vis_1", conversation=talk.id, mode="human-first")

    assert "human-first" == again.mode
    assert ["mode"] == [event.kind for event in stage.events(talk, "shopper")]


def test_rules_are_read_again_when_a_file_changes(tmp_path: Path) -> None:
    """And the same values are given until then."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "store.yaml").write_text("id: one\n", encoding="utf-8")
    file = tmp_path / "rules" / "chat.yaml"
    file.write_text("接待模式: 只给建议\n", encoding="utf-8")
    fresh = FreshRules(tmp_path, look_every_ms=0)
    first, second = fresh(), fresh()
    file.write_text("接待模式: 人工优先\n", encoding="utf-8")
    os.utime(file, (1, 1))

    assert first is second
    assert ("one", "assist") == (first.store_id, first.chat.mode)
    assert "human-first" == fresh().chat.mode


def test_rules_are_not_looked_at_all_the_time(tmp_path: Path) -> None:
    """A change counts after the next look."""
    (tmp_path / "rules").mkdir()
    fresh = FreshRules(tmp_path, look_every_ms=3_600_000)
    before = fresh()
    (tmp_path / "rules" / "chat.yaml").write_text("接待模式: 人工优先\n", encoding="utf-8")

    assert before is fresh()
