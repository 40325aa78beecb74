"""The demo's people and its shoppers who write on their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shopbot.accounts import sessions
from shopbot.chat.model import Author, Conversation, Event, Holder, Incoming, Sent, Side
from shopbot.demo import Stage, has_real_orders, people
from shopbot.demo.chance import Chance
from shopbot.demo.shoppers import MOST_TALKS, MOST_WAITING, PATIENCE, Script, Shoppers, read_scripts
from shopbot.rules import load_rules
from shopbot.storage import SqliteDatabase, open_database
from tests.conftest import START

FOLDER = Path(__file__).resolve().parents[2] / "knowledge"
SECOND = timedelta(seconds=1)


class Room:
    """Talks in memory: what was written, and an answer when the test gives one."""

    def __init__(self) -> None:
        self.talks: dict[str, Conversation] = {}
        self.events: dict[str, list[Event]] = {}

    def open(self, *, visitor: str, product: str = "") -> Conversation:
        """See the talks' port."""
        talk = Conversation(store_id="s", id=f"cnv_{visitor}", visitor=visitor, started_at=START)
        return self.talks.setdefault(talk.id, talk)

    def send(self, *, conversation: str, author: Author, who: str, message: Incoming) -> Sent:
        """See the talks' port."""
        return Sent(event=self.add(conversation, author, str(message.body["text"])), repeated=False)

    def add(self, talk: str, author: Author, text: str) -> Event:
        """Let anybody say something."""
        events = self.events.setdefault(talk, [])
        event = Event(
            store_id="s", conversation=talk, seq=len(events) + 1, id=f"e{len(events)}", at=START,
            kind="message", author=author, body={"text": text},
        )  # fmt: skip
        events.append(event)
        return event

    def events_after(self, *, conversation: str, side: Side, seq: int) -> list[Event]:
        """See the talks' port."""
        return self.events.get(conversation, [])[seq:]

    def find(self, conversation: str) -> Conversation:
        """See the talks' port."""
        return self.talks[conversation]

    def hold(self, holder: Holder) -> None:
        """Give all talks to somebody."""
        self.talks = {key: replace(talk, holder=holder) for key, talk in self.talks.items()}

    def said(self) -> list[str]:
        """Return all texts of shoppers."""
        every = [event for events in self.events.values() for event in events]
        return [str(event.body["text"]) for event in every if event.author == "shopper"]


def _shoppers(room: Room, *lines: str) -> Shoppers:
    script = Script(id="one", lines=lines or ("在吗", "有货吗"))
    return Shoppers(talks=room, scripts=[script], chance=Chance(1), start=START, run="r")


def _let_pass(shoppers: Shoppers, since: int, until: int) -> int:
    return sum(shoppers.step(START + SECOND * at) for at in range(since, until))


def test_a_shopper_reads_before_writing_on() -> None:
    """The second line comes after an answer, not before."""
    room = Room()
    shoppers = _shoppers(room)
    _let_pass(shoppers, 0, 30)
    (talk, *_) = room.talks
    before = [str(event.body["text"]) for event in room.events[talk]]
    room.add(talk, "bot", "在的")
    _let_pass(shoppers, 30, 50)
    after = [str(event.body["text"]) for event in room.events[talk]]

    assert ["在吗"] == before
    assert ["在吗", "在的", "有货吗"] == after


def test_a_shopper_nobody_answers_asks_on_in_the_end() -> None:
    """Patience ends."""
    room = Room()
    shoppers = _shoppers(room)
    _let_pass(shoppers, 0, int(PATIENCE.total_seconds()) + 30)
    (talk, *_) = room.talks

    assert ["在吗", "有货吗"] == [str(event.body["text"]) for event in room.events[talk]]


def test_a_burst_is_sent_at_once() -> None:
    """Parts of a line with a slash between are messages of one moment."""
    room = Room()
    _let_pass(_shoppers(room, "防水吗 / 会不会掉色"), 0, 5)

    assert ["防水吗", "会不会掉色"] == room.said()


def test_no_more_talks_than_a_newcomer_can_follow() -> None:
    """However long it runs, only so many talks are open at once."""
    room = Room()
    shoppers = _shoppers(room, *(["还有吗"] * 50))
    _let_pass(shoppers, 0, 900)

    assert MOST_TALKS == len(shoppers.here)


def test_nobody_new_comes_while_several_wait_for_a_person() -> None:
    """A demo left alone does not fill the queue."""
    room = Room()
    shoppers = _shoppers(room, *(["转人工"] * 50))
    for at in range(900):
        shoppers.step(START + SECOND * at)
        room.hold("queue")

    assert MOST_WAITING == len(room.talks)


def test_talks_without_values_for_their_blanks_are_left_out() -> None:
    """No shopper ever writes a blank."""
    every = read_scripts([{"商品": "冲锋衣", "订单": "20261", "尾号": "1234"}])
    bare = read_scripts([])

    assert 15 <= len(every)
    assert 0 < len(bare) < len(every)
    assert [] == [line for script in (*every, *bare) for line in script.lines if "{" in line]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """An empty shop."""
    db: SqliteDatabase = open_database(tmp_path)
    yield Stage(db=db, folder=FOLDER, rules=load_rules(FOLDER).rules, now=START, seed=1)
    db.close()


def test_the_people_are_added_once_and_come_in_by_links(stage: Stage) -> None:
    """Laying out twice adds nobody twice; a link signs in the one it is for."""
    people.seed(stage)
    people.seed(stage)
    links = people.make_links(stage.db, stage.store_id, START)
    user, link = links[0]
    login = stage.db.transaction(
        lambda tx: sessions.use_link(tx, stage.store_id, link.token, START)
    )

    assert set(people.PEOPLE) == {each.name for each, _ in links}
    assert user.id == login.user.id


def test_an_empty_shop_has_no_real_orders(stage: Stage) -> None:
    """The demo may play there."""
    assert not has_real_orders(stage)
