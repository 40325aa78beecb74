"""Bursts of short messages, one answer a turn, the keeper, recovery, people before the bot."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.chat import store, turn_store
from shopbot.chat.lines import Line
from shopbot.chat.model import Conversation, Turn
from shopbot.chat.turn_store import DueTurn
from shopbot.chat.turns import TurnKeeper, TurnQueue, due_at, wait_s
from shopbot.errors import ModelNotPrepared
from shopbot.ids import FixedClock, SystemClock
from shopbot.rules import Rules
from shopbot.rules.chat import ChatRules
from shopbot.storage import SqliteDatabase, Transaction
from tests.conftest import START
from tests.simulators.talk import QuickKnowledge, TalkStage, shop_knowledge, talk_stage

RULES = ChatRules()
A_WHILE = timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "kind", "longer"),
    [
        ("有L码吗？", "text", False),
        ("这个什么时候发货呢", "text", False),
        ("在吗", "text", True),
        ("那个", "text", True),
        ("你好，我想问一下", "text", True),
        ("冲锋衣", "text", True),
        ("", "picture", True),
    ],
)
def test_fragments_wait_longer_than_questions(text: str, kind: str, longer: bool) -> None:
    """A complete question is answered soon; who is still typing is let finish."""
    assert longer == (wait_s([text], [kind], RULES) >= RULES.wait_fragment / 1000)


@given(
    texts=st.lists(st.text(max_size=30), min_size=1, max_size=6),
    opened=st.integers(-20_000, 20_000),
    jump=st.integers(-10_000_000, 10_000_000),
)
def test_no_turn_waits_longer_than_the_limit(texts: list[str], opened: int, jump: int) -> None:
    """Whatever is written and however the clock jumps, the end is near and not in the past."""
    begun = START + timedelta(milliseconds=opened)
    now = begun + timedelta(milliseconds=jump)

    due = due_at(begun, now, texts, ["text"] * len(texts), RULES)

    assert timedelta() <= due - now <= timedelta(milliseconds=RULES.wait_most)


def test_a_burst_is_one_turn_with_one_answer(stage: TalkStage, clock: FixedClock) -> None:
    """在吗 / 那个 / 什么时候发货 are answered together, once."""
    talk = stage.chat.open(visitor="vis_1")
    for text in ("在吗", "那个", "什么时候发货？"):
        stage.write(talk, text)
        clock.move(timedelta(milliseconds=300))
        stage.run_due()

    clock.move(A_WHILE)
    stage.run_due()

    assert 1 == stage.chat.find(talk.id).turn
    assert 1 == sum("48小时" in text for text in stage.said(talk))
    assert "什么时候发货" in stage.known.asked[-1].text


def test_typing_on_for_ever_does_not_put_the_answer_off(
    stage: TalkStage, clock: FixedClock
) -> None:
    """After the longest wait the bot answers what is there."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货")
    for _ in range(8):
        clock.move(timedelta(seconds=1))
        stage.run_due()
        stage.write(talk, "那个")

    assert any("48小时" in text for text in stage.said(talk))


def test_what_is_written_while_the_bot_thinks_is_answered_too(
    stage: TalkStage, clock: FixedClock
) -> None:
    """A decision over half a turn is thrown away; nothing is answered twice or lost."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    _interrupt(stage, lambda: stage.write(talk, "尺码怎么选？"))
    stage.run_due()
    clock.move(A_WHILE)
    stage.run_due()

    assert 1 == sum("48小时" in text for text in stage.said(talk))
    assert 1 == sum("身高" in text for text in stage.said(talk))


def test_the_bot_is_silent_when_a_person_was_faster(stage: TalkStage, clock: FixedClock) -> None:
    """An agent who answers while the bot thinks has answered."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    _interrupt(stage, lambda: stage.reply(talk, "明天就发"))

    stage.run_due()
    clock.move(A_WHILE)
    stage.run_due()

    assert [] == stage.said(talk)
    assert "u1" == _turn(stage, talk).answered_by


def test_the_bot_is_silent_when_a_person_took_the_talk_meanwhile(
    stage: TalkStage, clock: FixedClock
) -> None:
    """Its answer becomes a suggestion."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    _interrupt(stage, lambda: stage.chat.take(conversation=talk.id, agent="u1"))

    stage.run_due()

    assert [] == stage.said(talk)
    assert ["亲，48小时内发出~"] == [draft.text for draft in stage.chat.drafts(talk.id)]


def test_answering_a_turn_twice_says_it_once(stage: TalkStage, clock: FixedClock) -> None:
    """Two workers, or a worker that died after the commit, do no harm."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)

    threads = [threading.Thread(target=stage.chat.answer_turn, args=(talk.id, 1)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.chat.answer_turn(talk.id, 1)

    assert 1 == sum("48小时" in text for text in stage.said(talk))


def test_an_unknown_question_is_handed_over_after_two_misses(
    stage: TalkStage, clock: FixedClock
) -> None:
    """The shopper reads the hand-over once, and a person sees the talk."""
    talk = stage.chat.open(visitor="vis_1")
    for text in ("你们老板叫什么名字啊", "那你们公司在几楼啊"):
        stage.write(talk, text)
        clock.move(A_WHILE)
        stage.run_due()
    stage.write(talk, "有人吗")
    clock.move(A_WHILE)
    stage.run_due()

    assert "queue" == stage.chat.find(talk.id).holder
    assert 1 == sum("handoff" in text for text in stage.said(talk))
    assert 1 == sum(event.kind == "held" for event in stage.events(talk))


def test_a_mind_that_fails_hands_over(stage: TalkStage, clock: FixedClock) -> None:
    """No model, no index, a bug: the shopper gets a person, not silence."""
    stage.known.error = ModelNotPrepared("bundled", "cache")
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)

    stage.run_due()

    assert "queue" == stage.chat.find(talk.id).holder
    assert 1 == sum("handoff" in text for text in stage.said(talk))


def test_an_answer_that_cannot_be_carried_out_hands_over(
    stage: TalkStage, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails while it is written leaves nothing behind, and a person comes."""
    real = stage.known.reword

    def reword(*given: Any, **more: Any) -> Any:
        if threading.current_thread().name == "shopbot-writer":
            raise RuntimeError("a bug")
        return real(*given, **more)

    monkeypatch.setattr(stage.known, "reword", reword)
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    stage.run_due()

    assert ["〔system.handoff·0〕"] == stage.said(talk)
    assert "queue" == stage.chat.find(talk.id).holder


def test_a_clock_that_jumps_back_leaves_no_turn_behind(stage: TalkStage, clock: FixedClock) -> None:
    """A turn due in a far future is due now."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(-timedelta(days=3))

    stage.run_due()

    assert any("48小时" in text for text in stage.said(talk))


# --- people first ------------------------------------------------------------------------------------


def test_people_first_waits_for_a_person_then_answers(stage: TalkStage, clock: FixedClock) -> None:
    """Suggestions at once; the bot speaks when nobody has written in time."""
    _sit_down(stage, clock)
    talk = stage.chat.open(visitor="vis_1", mode="human-first")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    stage.run_due()
    suggested = [draft.text for draft in stage.chat.drafts(talk.id)]
    before = stage.said(talk)
    clock.move(timedelta(seconds=RULES.human_first_wait))
    stage.run_due()

    assert ["亲，48小时内发出~"] == suggested
    assert [] == before


def test_a_line_of_the_house_meanwhile_is_not_forgotten(
    stage: TalkStage, clock: FixedClock
) -> None:
    """Who was greeted while the bot thought is not greeted again with the answer."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    _interrupt(stage, lambda: _greet(stage, talk))
    stage.run_due()

    assert ["〔system.greet·0〕", "亲，48小时内发出~"] == stage.said(talk)


def test_assist_mode_never_sends(stage: TalkStage, clock: FixedClock) -> None:
    """The talk waits for a person, with suggestions."""
    talk = stage.chat.open(visitor="vis_1", mode="assist")
    for text in ("什么时候发货？", "尺码怎么选？", "我要投诉"):
        stage.write(talk, text)
        clock.move(timedelta(minutes=2))
        stage.run_due()

    assert [] == stage.said(talk)
    assert "queue" == stage.chat.find(talk.id).holder


def test_the_shopper_may_choose_a_person(stage: TalkStage) -> None:
    """Asking for one puts the talk into the queue, once however often it is asked."""
    talk = stage.chat.open(visitor="vis_1")
    for _ in range(3):
        stage.chat.ask_human(conversation=talk.id, visitor="vis_1")

    assert ["message", "held"] == [event.kind for event in stage.events(talk)]
    assert ["〔system.handoff·0〕"] == stage.said(talk)
    assert [talk.id] == [one.id for one in stage.chat.queue()]


def test_a_question_that_is_handed_back_is_answered(stage: TalkStage, clock: FixedClock) -> None:
    """The bot goes on where nobody has answered; what a person answered is done."""
    talk = stage.chat.open(visitor="vis_1")
    stage.chat.take(conversation=talk.id, agent="u1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    stage.run_due()
    stage.chat.hand_back(conversation=talk.id, agent="u1")
    stage.run_due()
    first = stage.said(talk)
    stage.chat.take(conversation=talk.id, agent="u1")
    stage.write(talk, "尺码怎么选？")
    stage.reply(talk, "我来帮您选")
    stage.chat.hand_back(conversation=talk.id, agent="u1")
    clock.move(A_WHILE)
    stage.run_due()

    assert 1 == sum("48小时" in text for text in first)
    assert first == stage.said(talk)


def test_asking_for_a_person_again_and_again_hands_over_once(
    stage: TalkStage, clock: FixedClock
) -> None:
    """A talk given back is not called for anew by what was said before."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "转人工")
    clock.move(A_WHILE)
    stage.run_due()
    stage.chat.take(conversation=talk.id, agent="u1")
    stage.chat.hand_back(conversation=talk.id, agent="u1")
    clock.move(A_WHILE)
    stage.run_due()

    assert "bot" == stage.chat.find(talk.id).holder
    assert 1 == sum("handoff" in text for text in stage.said(talk))


# --- the keeper --------------------------------------------------------------------------------------


def test_the_keeper_answers_by_itself(db: SqliteDatabase, tmp_path: Path) -> None:
    """With a real clock, from the moment it is started."""
    quick = ChatRules(wait_complete=10, wait_fragment=20, wait_most=50)
    stage = talk_stage(db, SystemClock(), tmp_path / "media", rules=Rules(chat=quick))
    answered = threading.Event()
    talk = stage.chat.open(visitor="vis_1")
    stage.chat.gear.bus.subscribe(
        "conversation.changed", lambda _: answered.set() if stage.said(talk) else None
    )
    keeper = TurnKeeper(stage.chat, stage.clock)
    keeper.start()
    try:
        stage.write(talk, "什么时候发货？")

        assert answered.wait(20)
    finally:
        keeper.stop()


def test_the_keeper_finds_what_a_killed_server_left(db: SqliteDatabase, tmp_path: Path) -> None:
    """Its memory is empty; the database knows."""
    quick = ChatRules(wait_complete=10, wait_fragment=20, wait_most=50)
    before = talk_stage(db, SystemClock(), tmp_path / "media", rules=Rules(chat=quick))
    talk = before.chat.open(visitor="vis_1")
    before.write(talk, "什么时候发货？")
    after = talk_stage(db, SystemClock(), tmp_path / "media", rules=Rules(chat=quick))
    answered = threading.Event()
    after.chat.gear.bus.subscribe("conversation.changed", lambda _: answered.set())
    keeper = TurnKeeper(after.chat, after.clock)
    keeper.start()
    try:
        assert answered.wait(20)
    finally:
        keeper.stop()

    assert any("48小时" in text for text in after.said(talk))


def test_the_queue_gives_each_turn_once_when_it_is_due() -> None:
    """Adding twice changes nothing; nothing comes early."""
    queue = TurnQueue()
    for due in (2, 1, 1):
        moment = START + timedelta(seconds=due)
        queue.add(DueTurn(conversation=f"c{due}", number=1, due_at=moment))

    assert [] == queue.pop_due(START)
    assert [("c1", 1)] == queue.pop_due(START + timedelta(seconds=1))
    assert [("c2", 1)] == queue.pop_due(START + timedelta(seconds=9))


# --- helpers -----------------------------------------------------------------------------------------


def _interrupt(stage: TalkStage, deed: object) -> None:
    """Do ``deed`` once, while the knowledge is asked the next time."""
    real = QuickKnowledge.suggest

    def suggest(query: object) -> object:
        del stage.known.suggest
        deed()  # type: ignore[operator]
        return real(stage.known, query)  # type: ignore[arg-type]

    stage.known.suggest = suggest  # type: ignore[method-assign,assignment]


def _turn(stage: TalkStage, talk: Conversation) -> Turn:
    found = turn_store.find_turn(stage.chat.gear.db, stage.chat.find(talk.id), 1)
    assert found is not None
    return found


def _greet(stage: TalkStage, talk: Conversation) -> None:
    """Greet as the house's clock does."""

    def work(tx: Transaction) -> None:
        now = stage.clock.now()
        held = store.get_conversation(tx, "test", talk.id)
        line = Line(phrase="system.greet", key="house:greet", rule="greeting")
        held, _ = stage.chat.voice.say(tx, held, line, now)
        store.save_conversation(tx, replace(held, memory={**held.memory, "greeted": True}))

    stage.chat.gear.db.transaction(work)


def _sit_down(stage: TalkStage, clock: FixedClock) -> None:
    """Have an agent at the desk who takes talks themselves."""
    gear = stage.chat.gear
    gear.db.transaction(
        lambda tx: gear.desk.set_presence(  # type: ignore[attr-defined]
            tx, "test", "u1", "online", clock.now(), name="小林", capacity=0
        )
    )


def test_shop_knowledge_is_fresh_each_time() -> None:
    """Tests do not share what they change."""
    assert shop_knowledge() is not shop_knowledge()
