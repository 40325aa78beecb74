"""The desk's picture in a shop with more talks than a page can show."""

from __future__ import annotations

import pytest

from shopbot.chat.reception import Person
from shopbot.web import desk_view
from shopbot.web.services import Services
from tests.simulators.talk import TalkStage


def test_who_waits_is_shown_however_many_talk_to_the_bot(
    services: Services, stage: TalkStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later talks with the bot push nobody out of the queue; only the latest of them are listed."""
    monkeypatch.setattr(desk_view, "MOST_WITH_BOT", 2)
    monkeypatch.setattr(desk_view, "MOST_TALKS", 3)
    waiting = stage.chat.open(visitor="vis_0")
    stage.chat.ask_human(conversation=waiting.id, visitor="vis_0")
    for number in range(1, 5):
        stage.write(stage.chat.open(visitor=f"vis_{number}"), "什么时候发货")

    shown = desk_view.desk_picture(services, Person(id="u1", name="小林", role="agent"))

    assert [waiting.id] == [row["id"] for row in shown["queue"]]
    assert 2 == len(shown["bot"])
