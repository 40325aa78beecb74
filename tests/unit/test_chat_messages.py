"""Sending, repeating, taking back, marking; who may see what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from shopbot.chat import schemas, store
from shopbot.chat.errors import BadMessage, MessageBlocked, RecallTooLate, TalkClosed, TalkTaken
from shopbot.chat.model import Incoming
from shopbot.errors import IdempotencyMismatch, NotFound
from shopbot.events import Hint
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase
from tests.simulators.talk import TalkStage

A_WHILE = timedelta(seconds=5)


def test_events_are_numbered_without_gaps(stage: TalkStage, clock: FixedClock) -> None:
    """Each event takes the next seq of its talk."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    stage.run_due()
    stage.write(talk, "转人工")
    clock.move(A_WHILE)
    stage.run_due()

    events = stage.events(talk)

    assert list(range(1, len(events) + 1)) == [event.seq for event in events]
    assert len(events) == stage.chat.find(talk.id).last_seq


def test_a_message_sent_twice_under_one_key_is_one(stage: TalkStage) -> None:
    """The repeat gets the same event and is told so."""
    talk = stage.chat.open(visitor="vis_1")

    first = stage.write(talk, "在吗", key="k1")
    second = stage.write(talk, "在吗", key="k1")

    assert not first.repeated
    assert second.repeated
    assert first.event == second.event
    assert ["在吗"] == stage.said(talk, "shopper")


def test_a_card_number_is_hidden_before_it_is_written_down(stage: TalkStage) -> None:
    """Nobody needs it; a repeat under its key is still the same message."""
    talk = stage.chat.open(visitor="vis_1")

    first = stage.write(talk, "我的身份证11010519491231002X", key="k1")
    second = stage.write(talk, "我的身份证11010519491231002X", key="k1")

    assert ["我的身份证110*************2X"] == stage.said(talk, "shopper")
    assert (True, first.event) == (second.repeated, second.event)


def test_the_same_key_with_another_text_is_refused(stage: TalkStage) -> None:
    """A key names one message for good."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "在吗", key="k1")

    with pytest.raises(IdempotencyMismatch):
        stage.write(talk, "有货吗", key="k1")


def test_keys_of_two_agents_do_not_meet(stage: TalkStage) -> None:
    """A key belongs to who sent it."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "在吗", key="k1")

    sent = stage.reply(talk, "在的", key="k1")

    assert not sent.repeated


def test_a_repeat_after_the_talk_was_closed_is_still_told(stage: TalkStage) -> None:
    """Whether the first answer was lost on the way does not depend on what happened since."""
    talk = stage.chat.open(visitor="vis_1")
    first = stage.write(talk, "在吗", key="k1")
    stage.chat.close(conversation=talk.id, who="u1")

    assert first.event == stage.write(talk, "在吗", key="k1").event


@pytest.mark.parametrize(
    ("kind", "body", "problem"),
    [
        pytest.param("html", {"text": "x"}, "type", id="unknown-type"),
        pytest.param("rating", {"text": "x"}, "type", id="not-for-shoppers"),
        pytest.param("text", {"text": ""}, "text", id="empty"),
        pytest.param("text", {"text": " \u200e\x00 "}, "text", id="nothing-to-see"),
        pytest.param("text", {"text": "啊" * 2001}, "text", id="too-long"),
        pytest.param("text", {"text": "x", "html": "<b>"}, "html", id="unknown-field"),
        pytest.param("text", {"text": "x", "chips": ["y"]}, "chips", id="staff-field"),
        pytest.param("text", {"text": 5}, "text", id="not-text"),
        pytest.param("picture", {"media": "../etc/passwd"}, "media", id="strange-media"),
    ],
)
def test_bad_messages_are_refused(
    stage: TalkStage, kind: str, body: dict[str, object], problem: str
) -> None:
    """What fits no schema is not taken, and the error names the place."""
    talk = stage.chat.open(visitor="vis_1")
    message = Incoming(type=kind, body=body, client_key="k1")  # type: ignore[arg-type]

    with pytest.raises(BadMessage) as refused:
        stage.chat.send(conversation=talk.id, author="shopper", who="vis_1", message=message)

    assert problem in str(refused.value.values["problem"])
    assert [] == stage.events(talk)


@pytest.mark.parametrize("key", ["", "a b", "键", "x" * 65, "a\n"])
def test_bad_keys_are_refused(stage: TalkStage, key: str) -> None:
    """A key is short and plain."""
    talk = stage.chat.open(visitor="vis_1")
    message = Incoming(type="text", body={"text": "在吗"}, client_key=key)

    with pytest.raises(BadMessage):
        stage.chat.send(conversation=talk.id, author="shopper", who="vis_1", message=message)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("cafe\u0301", "café"),
        ("\u202eabc\u202c", "abc"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("\ud83d", "\ufffd"),
        ("好的👍🏻\u200d", "好的👍🏻\u200d"),
    ],
)
def test_text_is_kept_as_text(typed: str, kept: str) -> None:
    """Control characters go, marks and smileys stay, nothing is read as markup."""
    assert kept == schemas.clean(typed)


def test_every_message_type_has_a_schema() -> None:
    """Clients can check what they send."""
    found = schemas.schema()

    assert set(schemas.BODIES) == set(found)
    assert all(one["additionalProperties"] is False for one in found.values())
    assert TypeAdapter(dict[str, object]).dump_json(found)


# --- taking back -------------------------------------------------------------------------------------


def test_a_recalled_message_is_shown_to_nobody(stage: TalkStage) -> None:
    """Its words are gone for both sides; that something was taken back is not hidden."""
    talk = stage.chat.open(visitor="vis_1")
    sent = stage.write(talk, "我的电话 13812345678")

    stage.chat.recall(conversation=talk.id, author="shopper", who="vis_1", seq=sent.event.seq)

    for side in ("shopper", "staff"):
        told = [event.body for event in stage.events(talk, side) if event.kind == "message"]
        assert [{"type": "text", "recalled": True}] == told


def test_what_was_recalled_in_time_is_not_answered(stage: TalkStage, clock: FixedClock) -> None:
    """The bot answers what is left of the turn."""
    talk = stage.chat.open(visitor="vis_1")
    wrong = stage.write(talk, "尺码怎么选？")
    stage.write(talk, "什么时候发货？")
    stage.chat.recall(conversation=talk.id, author="shopper", who="vis_1", seq=wrong.event.seq)

    clock.move(A_WHILE)
    stage.run_due()

    assert not any("身高" in text for text in stage.said(talk))
    assert any("48小时" in text for text in stage.said(talk))


def test_a_turn_of_which_nothing_is_left_is_not_answered(
    stage: TalkStage, clock: FixedClock
) -> None:
    """Taking back the only message leaves nothing to say."""
    talk = stage.chat.open(visitor="vis_1")
    sent = stage.write(talk, "什么时候发货？")
    stage.chat.recall(conversation=talk.id, author="shopper", who="vis_1", seq=sent.event.seq)

    clock.move(A_WHILE)
    stage.run_due()

    assert [] == stage.said(talk)


def _later(stage: TalkStage, clock: FixedClock) -> tuple[str, str, int]:
    talk = stage.chat.open(visitor="vis_1")
    seq = stage.write(talk, "在吗").event.seq
    clock.move(timedelta(minutes=2, seconds=1))
    return talk.id, "vis_1", seq


def _twice(stage: TalkStage, clock: FixedClock) -> tuple[str, str, int]:
    talk = stage.chat.open(visitor="vis_1")
    seq = stage.write(talk, "在吗").event.seq
    stage.chat.recall(conversation=talk.id, author="shopper", who="vis_1", seq=seq)
    return talk.id, "vis_1", seq


@pytest.mark.parametrize("case", [_later, _twice])
def test_taking_back_ends_after_two_minutes(
    stage: TalkStage,
    clock: FixedClock,
    case: Callable[[TalkStage, FixedClock], tuple[str, str, int]],
) -> None:
    """Once, and not later."""
    conversation, who, seq = case(stage, clock)

    with pytest.raises(RecallTooLate):
        stage.chat.recall(conversation=conversation, author="shopper", who=who, seq=seq)


def test_nobody_takes_back_what_another_wrote(stage: TalkStage, clock: FixedClock) -> None:
    """The bot's and the agents' messages are not the shopper's to recall, nor the other way."""
    talk = stage.chat.open(visitor="vis_1")
    mine = stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    stage.run_due()
    bots = next(event for event in stage.events(talk) if event.author == "bot")

    with pytest.raises(NotFound):
        stage.chat.recall(conversation=talk.id, author="shopper", who="vis_1", seq=bots.seq)
    with pytest.raises(NotFound):
        stage.chat.recall(conversation=talk.id, author="agent", who="u1", seq=mine.event.seq)


# --- marks, typing -----------------------------------------------------------------------------------


def test_marks_only_move_forward(stage: TalkStage) -> None:
    """Neither back, nor beyond what was written; what was read was delivered."""
    talk = stage.chat.open(visitor="vis_1")
    for text in ("在吗", "有L码吗", "黑色的"):
        stage.write(talk, text)

    marked = [
        stage.chat.mark(conversation=talk.id, side="staff", delivered=got, read=read)
        for got, read in ((2, 1), (1, 0), (0, 3), (99, 0), (-5, -5))
    ]

    assert [(2, 1), (2, 1), (3, 3), (3, 3), (3, 3)] == [(m.delivered, m.read) for m in marked]
    assert 0 == stage.chat.unread(talk, "staff")


def test_many_marks_are_one_commit(stage: TalkStage, db: SqliteDatabase) -> None:
    """Marks of several talks move together and are told each; a talk that is not there is left out."""
    talks = [stage.chat.open(visitor=f"vis_{one}") for one in range(3)]
    for talk in talks:
        stage.write(talk, "在吗")
    heard: list[Hint] = []
    stage.chat.gear.bus.subscribe("conversation.marked", heard.append)
    before = db.commits

    stage.chat.mark_all(
        {("cnv_none", "shopper"): (1, 1), **{(talk.id, "staff"): (1, 1) for talk in talks[:2]}}
    )
    stage.chat.mark_all({(talks[0].id, "staff"): (1, 0)})

    assert [f"{talks[0].id}:staff", f"{talks[1].id}:staff"] == [hint.key for hint in heard]
    assert [0, 0, 1] == [stage.chat.unread(talk, "staff") for talk in talks]
    assert 2 == db.commits - before


def test_typing_is_a_hint_and_kept_nowhere(stage: TalkStage) -> None:
    """It is told to who listens, and leaves no trace."""
    talk = stage.chat.open(visitor="vis_1")
    heard: list[Hint] = []
    stage.chat.gear.bus.subscribe("conversation.typing", heard.append)

    stage.chat.typing(conversation=talk.id, side="shopper")

    assert [f"{talk.id}:shopper"] == [hint.key for hint in heard]
    assert [] == stage.events(talk)


def test_every_change_is_hinted_after_it_holds(stage: TalkStage) -> None:
    """Who follows the hint finds the event."""
    talk = stage.chat.open(visitor="vis_1")
    found: list[int] = []
    stage.chat.gear.bus.subscribe(
        "conversation.changed", lambda _: found.append(len(stage.events(talk)))
    )

    stage.write(talk, "在吗")

    assert [1] == found


# --- who may see what --------------------------------------------------------------------------------


def test_a_talk_of_another_shopper_is_as_good_as_none(stage: TalkStage) -> None:
    """Theirs, another store's and none give the same error; nothing is written."""
    talk = stage.chat.open(visitor="vis_1")
    errors = []
    for visitor, conversation in (("vis_2", talk.id), ("vis_1", "cnv_none"), ("", talk.id)):
        with pytest.raises(NotFound) as refused:
            stage.chat.access(visitor=visitor, conversation=conversation)
        errors.append(refused.value.as_dict())

    assert 1 == len({str(error) for error in errors})
    with pytest.raises(NotFound):
        stage.write(talk, "给我看看", who="vis_2")
    assert [] == stage.events(talk)


def test_a_signed_in_shopper_goes_on_at_another_device(stage: TalkStage) -> None:
    """The shop's own customer id opens the same talk and its history."""
    talk = stage.chat.open(visitor="vis_1", customer="c-7")

    again = stage.chat.open(visitor="vis_2", customer="c-7")

    assert talk.id == again.id
    assert talk.id == stage.chat.access(visitor="vis_2", conversation=talk.id, customer="c-7").id
    assert [talk.id] == [one.id for one in stage.chat.history(visitor="vis_3", customer="c-7")]
    assert [] == stage.chat.history(visitor="vis_3")


def test_shoppers_see_nothing_of_the_staff(stage: TalkStage, clock: FixedClock) -> None:
    """No suggestions, notes, reasons, user ids or keys of the other side."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "我要投诉你们")
    clock.move(A_WHILE)
    stage.run_due()
    stage.chat.take(conversation=talk.id, agent="u1")
    stage.chat.note(conversation=talk.id, agent="u1", text="老顾客，语气要好")
    stage.reply(talk, "您好，我来帮您处理。", key="secret-key")
    stage.write(talk, "尺码怎么选？")
    clock.move(A_WHILE)
    stage.run_due()

    shown = stage.events(talk, "shopper")
    hidden = {event.kind for event in stage.events(talk)} - {event.kind for event in shown}

    assert {"note", "suggested"} <= hidden
    assert all(event.who == "" for event in shown)
    for word in ("threat", "urgent", "u1", "secret-key", "老顾客"):
        assert word not in str([(event.body, event.client_key) for event in shown])


# --- agents ------------------------------------------------------------------------------------------


def test_an_agent_who_writes_has_the_talk(stage: TalkStage, clock: FixedClock) -> None:
    """From then on the bot only suggests."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "你们好")
    stage.reply(talk, "您好，我是小林")
    stage.write(talk, "什么时候发货？")
    clock.move(A_WHILE)
    stage.run_due()

    assert [] == stage.said(talk)
    assert "u1" == stage.chat.find(talk.id).agent
    assert ["亲，48小时内发出~"] == [draft.text for draft in stage.chat.drafts(talk.id)]


def test_a_colleague_does_not_write_into_a_talk_that_is_held(stage: TalkStage) -> None:
    """They are told who holds it."""
    talk = stage.chat.open(visitor="vis_1")
    stage.reply(talk, "您好", agent="u1")

    with pytest.raises(TalkTaken):
        stage.reply(talk, "我也来说", agent="u2")


def test_banned_words_do_not_leave(stage: TalkStage) -> None:
    """The agent is told why; what is only unwise may be sent all the same, what is illegal not."""
    stage.known.bad = (("含糊", "大概"), ("违规", "刷单"))
    talk = stage.chat.open(visitor="vis_1")

    with pytest.raises(MessageBlocked) as refused:
        stage.reply(talk, "大概三天")
    stage.reply(talk, "大概三天", anyway=True)
    with pytest.raises(MessageBlocked) as illegal:
        stage.reply(talk, "帮我们刷单", anyway=True)

    assert ["banned-word:含糊·大概"] == refused.value.values["why"]
    assert illegal.value.values["final"]
    assert ["大概三天"] == stage.said(talk, "agent")


def test_placeholders_and_foreign_order_numbers_do_not_leave(stage: TalkStage) -> None:
    """Not even when the agent insists; a number that the shopper wrote themselves may be repeated."""
    talk = stage.chat.open(visitor="vis_1")
    for text in ("您的{快递}到了", "订单 2024112233445566 已发"):
        with pytest.raises(MessageBlocked):
            stage.reply(talk, text, anyway=True)

    stage.write(talk, "我的订单号 2024112233445566")
    stage.reply(talk, "订单 2024112233445566 我看一下")

    assert ["订单 2024112233445566 我看一下"] == stage.said(talk, "agent")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("order", {"number": "2024112233445566"}),
        ("return", {"case": "case_1", "number": "2024112233445566"}),
        ("tracking", {"number": "YT1", "order": "2024112233445566"}),
    ],
)
def test_cards_of_an_order_need_its_proof(
    stage: TalkStage, kind: str, body: dict[str, object]
) -> None:
    """That the shopper wrote its number proves nothing."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "我的订单号 2024112233445566")
    message = Incoming(type=kind, body=body, client_key="k9")  # type: ignore[arg-type]

    with pytest.raises(MessageBlocked) as refused:
        stage.chat.send(
            conversation=talk.id, author="agent", who="u1", message=message, anyway=True
        )

    assert refused.value.values["final"]
    assert [] == stage.said(talk, "agent")


# --- the end -----------------------------------------------------------------------------------------


def test_a_closed_talk_goes_on_for_a_while_and_not_for_ever(
    stage: TalkStage, clock: FixedClock
) -> None:
    """Within the shop's time a message opens it again; afterwards a new talk knows the old."""
    talk = stage.chat.open(visitor="vis_1", product="LS-JK-01")
    stage.write(talk, "什么时候发货？")
    stage.chat.close(conversation=talk.id, who="u1")
    stage.write(talk, "还有个问题")
    kinds = [event.kind for event in stage.events(talk)]
    stage.chat.close(conversation=talk.id, who="u1")
    clock.move(timedelta(hours=13))

    with pytest.raises(TalkClosed):
        stage.write(talk, "在吗")

    assert "reopened" in kinds
    assert talk.id != stage.chat.open(visitor="vis_1").id


def test_a_visitor_has_one_open_talk(stage: TalkStage) -> None:
    """Two tabs are one talk."""
    first = stage.chat.open(visitor="vis_1")
    second = stage.chat.open(visitor="vis_1")

    assert first.id == second.id
    assert 1 == len(store.list_of_visitor(stage.chat.gear.db, "test", "vis_1"))
