"""/api/v1/records: what talks were about, page by page and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from shopbot.chat.model import Conversation
from shopbot.ids import FixedClock
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import AGENT, with_key
from tests.simulators.talk import TalkStage

LOCAL = "http://127.0.0.1:8000"
RECORDS = "/api/v1/records"
TODAY, YESTERDAY = "2026-11-22", "2026-11-21"  # the tests' clock stands at noon in Shanghai


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A client of a server that has an agent key."""
    with TestClient(create_app(with_key(services)), base_url=LOCAL) as made:
        yield made


def ended(stage: TalkStage, clock: FixedClock, visitor: str, *texts: str, agent: str = "") -> str:
    """Let a talk be written in, answered and ended."""
    talk: Conversation = stage.chat.open(visitor=visitor)
    for text in texts:
        stage.write(talk, text)
    clock.move(timedelta(seconds=5))
    stage.run_due()
    if agent:
        stage.chat.take(conversation=talk.id, agent=agent)
        stage.reply(talk, "在的亲", agent=agent)
    stage.chat.close(conversation=talk.id, who=visitor, by="shopper")
    clock.move(timedelta(minutes=1))
    return talk.id


@pytest.fixture
def talks(stage: TalkStage, clock: FixedClock) -> list[str]:
    """Three talks of today: by the bot, by a person, about size; the oldest first."""
    return [
        ended(stage, clock, "vis_one", "=什么时候发货"),
        ended(stage, clock, "vis_two", "会飞吗", agent="usr_lin"),
        ended(stage, clock, "vis_three", "尺码怎么选"),
    ]


def listed(client: TestClient, **wanted: Any) -> list[dict[str, Any]]:
    """Return the records of one page."""
    told = client.get(RECORDS, params=wanted, headers=AGENT)
    assert told.status_code == 200, told.text
    found: list[dict[str, Any]] = told.json()["records"]
    return found


def test_records_tell_what_was_asked_and_what_came_of_it(
    client: TestClient, talks: list[str]
) -> None:
    """Newest first, with names for people beside the ids."""
    newest, second, oldest = listed(client)

    assert talks[::-1] == [newest["conversation"], second["conversation"], oldest["conversation"]]
    assert ("by-bot", "机器人答复", ["=什么时候发货"], "_one") == (
        oldest["outcome"],
        oldest["outcome_text"],
        oldest["questions"],
        oldest["shopper"],
    )
    assert [{"id": "usr_lin", "name": "usr_lin"}] == second["agents"]
    assert "shipping-time" in [one["id"] for one in oldest["topics"]]


FILTERS: list[tuple[str, dict[str, str], list[int]]] = [
    ("agent", {"agent": "usr_lin"}, [1]),
    ("nobody", {"agent": "usr%lin"}, []),
    ("topic", {"topic": "size-choice"}, [2]),
    ("outcome", {"outcome": "by-bot"}, [2, 0]),
    ("today", {"day": TODAY}, [2, 1, 0]),
    ("yesterday", {"day": YESTERDAY}, []),
    ("before", {"until": "2026-11-22T03:00:00+00:00"}, []),
]


@pytest.mark.parametrize(
    ("wanted", "expected"), [one[1:] for one in FILTERS], ids=[one[0] for one in FILTERS]
)
def test_only_what_is_wanted_is_listed(
    client: TestClient, talks: list[str], wanted: dict[str, str], expected: list[int]
) -> None:
    """By person, topic, outcome and time; a day is one of the store's calendar."""
    found = [one["conversation"] for one in listed(client, **wanted)]

    assert [talks[at] for at in expected] == found


def test_pages_hold_each_record_once(client: TestClient, talks: list[str]) -> None:
    """The next page goes on where the last one ended; an odd cursor is refused."""
    seen, after = [], ""
    while True:
        told = client.get(RECORDS, params={"count": 1, "after": after}, headers=AGENT).json()
        seen += [one["conversation"] for one in told["records"]]
        after = told["next"]
        if after is None:
            break
    odd = client.get(RECORDS, params={"after": "2026-11-22T00:00:00+00:00~x"}, headers=AGENT)

    assert talks[::-1] == seen
    assert 404 == odd.status_code


def test_the_same_goes_out_as_a_workbook(client: TestClient, talks: list[str]) -> None:
    """With Chinese titles; what looks like a formula is text."""
    told = client.get(f"{RECORDS}/export", params={"outcome": "by-bot"}, headers=AGENT)
    sheet = load_workbook(io.BytesIO(told.content)).worksheets[0]
    header, *rows = list(sheet.iter_rows(values_only=True))

    assert ("咨询记录", 2) == (sheet.title, len(rows))
    assert "'=什么时候发货" == rows[1][header.index("顾客问了什么")]
    assert "attachment" in told.headers["content-disposition"]


ENDS = [
    ("day", "0001-01-01"), ("day", "9999-12-31"),
    ("until", "0001-01-01T00:00:00+08:00"), ("since", "9999-12-31T23:00:00-08:00"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), ENDS, ids=[f"{name}-{value}" for name, value in ENDS])
def test_the_ends_of_the_calendar_hold_nothing(
    client: TestClient, talks: list[str], name: str, value: str
) -> None:
    """They are times like others, and no bug."""
    assert [] == listed(client, **{name: value})


@pytest.mark.parametrize("day", ["2026-02-30", "today"])
def test_what_is_no_day_is_refused(client: TestClient, day: str) -> None:
    """Clearly."""
    assert 422 == client.get(RECORDS, params={"day": day}, headers=AGENT).status_code
