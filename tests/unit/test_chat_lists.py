"""Lists of talks: in order, page by page, quick however many talks there have been."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shopbot.chat import store
from shopbot.chat.model import Conversation
from shopbot.chat.store import Q, TalkFilter
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase, Statement, Value
from tests.simulators.talk import TalkStage


@pytest.fixture
def talks(stage: TalkStage, clock: FixedClock) -> list[Conversation]:
    """Seven talks, the third written in last; the first two are closed."""
    made = []
    for number in range(7):
        made.append(stage.chat.open(visitor=f"vis_{number}"))
        clock.move(timedelta(seconds=1))
    stage.write(made[2], "在吗")
    for talk in made[:2]:
        stage.chat.close(conversation=talk.id, who="u1")
    return made


@pytest.mark.parametrize(
    ("state", "wanted"),
    [("open", [2, 6, 5, 4, 3]), ("", [2, 6, 5, 4, 3, 1, 0]), ("closed", [1, 0])],
)
def test_pages_make_up_the_whole_list(
    stage: TalkStage, talks: list[Conversation], state: str, wanted: list[int]
) -> None:
    """Who wrote last comes first; nothing is left out or told twice between pages."""
    found: list[Conversation] = []
    before = None
    while page := stage.chat.list_talks(TalkFilter(state=state, before=before, count=2)):
        found += page
        last = page[-1]
        before = (last.shopper_at or last.started_at, last.id)

    assert [talks[number].id for number in wanted] == [talk.id for talk in found]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("list_open_conversations", "conversations_state_latest"),
        ("list_conversations", "conversations_latest"),
        ("list_of_visitor", "conversations_visitor"),
        ("open_conversation", "conversations_open"),
        ("collecting_turns", "conversation_turns_due"),
        ("events_after", "sqlite_autoindex_conversation_events"),
        ("latest_events", "conversation_events_id"),
        ("find_event_by_key", "conversation_events_key"),
        ("list_open_drafts", "suggestions_turn"),
    ],
)
def test_no_list_reads_every_row(db: SqliteDatabase, name: str, index: str) -> None:
    """The queries that run all day go by an index."""
    statement = next(one for one in Q if one.name == name)
    values: dict[str, Value] = {
        "store_id": "test", "holder": "", "agent": "", "before_at": "9", "before_id": "z", "count": 5,
        "state": "", "visitor": "v", "customer": "", "upto": "9", "conversation": "c", "seq": 0,
        "author": "shopper", "who": "v", "client_key": "k", "since": "evt_0",
    }  # fmt: skip
    used = {key: value for key, value in values.items() if f":{key}" in statement.sql}
    plan = db.all(Statement("plan", f"EXPLAIN QUERY PLAN {statement.sql}"), **used)
    told = " ".join(str(row["detail"]) for row in plan)

    assert index in told


def test_what_nobody_has_read_is_counted(stage: TalkStage) -> None:
    """For each side what the other wrote after its mark."""
    talk = stage.chat.open(visitor="vis_1")
    for text in ("在吗", "有L码吗"):
        stage.write(talk, text)
    stage.reply(talk, "有的")
    talk = stage.chat.find(talk.id)
    before = (stage.chat.unread(talk, "staff"), stage.chat.unread(talk, "shopper"))
    stage.chat.mark(conversation=talk.id, side="staff", read=1)
    stage.chat.mark(conversation=talk.id, side="shopper", read=talk.last_seq)

    assert (2, 1) == before
    assert (1, 0) == (stage.chat.unread(talk, "staff"), stage.chat.unread(talk, "shopper"))
    assert store.get_mark(stage.chat.gear.db, "test", talk.id, "shopper").read == talk.last_seq
