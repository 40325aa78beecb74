"""A talk over the real model and a real store's knowledge: what shoppers read, and where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from shopbot.bus import Bus
from shopbot.chat.assembly import open_chat
from shopbot.chat.errors import DraftVoid
from shopbot.chat.model import Conversation, Event, Incoming
from shopbot.chat.service import Chat
from shopbot.ids import FixedClock
from shopbot.kb.service import KnowledgeBase
from shopbot.kb.store import find_version
from shopbot.rules.fresh import FreshRules
from shopbot.storage import SqliteDatabase
from tests.kb_store import NOW
from tests.live_store import Master, Shop

STORE = "qingwu-tea"


@dataclass
class Teahouse:
    """The tea store with its talk."""

    chat: Chat
    clock: FixedClock
    shop: Shop
    base: KnowledgeBase
    keys: int = 0

    def say(self, talk: Conversation, *texts: str) -> list[str]:
        """Write some messages in one go and return what the bot says to them."""
        before = self.chat.find(talk.id).last_seq
        for text in texts:
            self.keys += 1
            message = Incoming(type="text", body={"text": text}, client_key=f"k{self.keys}")
            self.chat.send(
                conversation=talk.id, author="shopper", who=talk.visitor, message=message
            )
            self.clock.move(timedelta(milliseconds=200))
        self.clock.move(timedelta(seconds=5))
        for turn in self.chat.due_turns():
            self.chat.answer_turn(turn.conversation, turn.number)
        return [str(event.body["text"]) for event in self.bots(talk, before)]

    def bots(self, talk: Conversation, after: int = 0) -> list[Event]:
        """Return the bot's messages."""
        events = self.chat.events_after(conversation=talk.id, side="staff", seq=after, limit=500)
        return [one for one in events if one.kind == "message" and one.author == "bot"]


@pytest.fixture
def teahouse(
    master: Master, tmp_path_factory: pytest.TempPathFactory, db: SqliteDatabase
) -> Teahouse:
    """The tea store at noon, people at the desk by its hours."""
    shop = master.copy(tmp_path_factory.mktemp("teahouse"), db)
    base = shop.base()
    clock = FixedClock(NOW)
    chat = open_chat(
        db=db,
        kb=base,
        bus=Bus(),
        clock=clock,
        rules=FreshRules(shop.folder),
        wares=None,
        data=shop.folder.parent,
    )
    return Teahouse(chat=chat, clock=clock, shop=shop, base=base)


def test_a_question_is_answered_from_the_knowledge_with_a_receipt(
    teahouse: Teahouse, db: SqliteDatabase
) -> None:
    """The receipt leads to the very text of that version, which is kept."""
    talk = teahouse.chat.open(visitor="vis_1")
    told = teahouse.say(talk, "在吗", "什么时候发货呀？")
    receipt = teahouse.chat.receipt(teahouse.bots(talk)[-1].id)
    source = receipt.sources[0]
    kept = find_version(db, STORE, source["entry"], source["version"])

    assert "下午四点前的订单当天发" in told[-1]
    assert ("shipping-time.default", "replies/delivery.yaml", 4) == (
        source["entry"], source["file"], source["line"]
    )  # fmt: skip
    assert kept is not None
    assert "下午四点前的订单当天发" in kept.content
    assert source["probability"] > 0.5


def test_several_questions_all_get_their_answer(teahouse: Teahouse) -> None:
    """In one message or in a burst."""
    talk = teahouse.chat.open(visitor="vis_1")

    told = "\n".join(teahouse.say(talk, "什么时候发货？包邮吗？"))

    assert "当天发" in told
    assert "包邮" in told or "满49" in told


def test_a_follow_up_is_understood(teahouse: Teahouse) -> None:
    """那红茶呢 asks what was asked before, of another tea."""
    talk = teahouse.chat.open(visitor="vis_1", product="QW-TG-01")
    teahouse.say(talk, "清香铁观音保质期多久")

    told = teahouse.say(talk, "那正山小种呢")

    assert "36个月" in " ".join(told)


def test_traditional_characters_are_answered_in_kind(teahouse: Teahouse) -> None:
    """Answers and the greeting as well."""
    talk = teahouse.chat.open(visitor="vis_1")

    told = "".join(teahouse.say(talk, "請問什麼時候發貨呢？"))

    assert "訂單當天發" in told
    assert "发" not in told


def test_what_the_store_changes_is_said_at_once_and_not_before(teahouse: Teahouse) -> None:
    """An entry that was edited speaks anew; one that was taken out cannot be accepted any more."""
    talk = teahouse.chat.open(visitor="vis_1")
    teahouse.chat.take(conversation=talk.id, agent="u1")
    teahouse.say(talk, "什么时候发货？")
    old = next(one for one in teahouse.chat.drafts(talk.id) if "四点前" in one.text)
    teahouse.shop.replace("下午四点前", "下午五点前")
    teahouse.base.refresh()
    other = teahouse.chat.open(visitor="vis_2")

    assert "下午五点前" in teahouse.say(other, "什么时候发货？")[-1]
    teahouse.shop.replace("id: shipping-time.default", "id: shipping-time.other")
    teahouse.base.refresh()
    with pytest.raises(DraftVoid):
        teahouse.chat.accept(draft=old.id, agent="u1", client_key="a1")


def test_an_agent_gets_ranked_suggestions_with_reasons(teahouse: Teahouse) -> None:
    """Best first, none twice, each with its source; accepting answers the turn."""
    talk = teahouse.chat.open(visitor="vis_1", mode="assist")
    said = teahouse.say(talk, "你们家包邮吗？")
    drafts = teahouse.chat.drafts(talk.id)
    teahouse.chat.accept(draft=drafts[0].id, agent="u1", client_key="a1")

    assert [] == said
    assert "shipping-fee.default" == drafts[0].entry
    assert list(range(1, len(drafts) + 1)) == [draft.rank for draft in drafts]
    assert len({draft.text for draft in drafts}) == len(drafts)
    assert all(draft.file and draft.line for draft in drafts)


def test_outside_the_stores_hours_nobody_is_promised_a_person_now(teahouse: Teahouse) -> None:
    """At night the shopper reads when people are there; the talk waits for the morning."""
    teahouse.clock.move(timedelta(hours=11))
    talk = teahouse.chat.open(visitor="vis_1")

    told = teahouse.say(talk, "转人工")

    assert any("每天9:00-21:00" in text for text in told)
    assert not any("正在为您转接" in text for text in told)
    assert "queue" == teahouse.chat.find(talk.id).holder
