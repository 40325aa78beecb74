"""Suggestions: accepted, edited, rejected, ignored, void; receipts, wordings, promises, what is blocked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shopbot.chat import promises
from shopbot.chat.errors import DraftVoid, MessageBlocked
from shopbot.chat.model import Conversation, Draft
from shopbot.errors import NotFound
from shopbot.ids import FixedClock
from shopbot.kb.entry import Promise, Validity
from tests.simulators.talk import TalkStage, said_entry

A_WHILE = timedelta(seconds=5)


@pytest.fixture
def talk(stage: TalkStage, clock: FixedClock) -> Conversation:
    """A talk that u1 holds, with a suggestion for its question."""
    talk = stage.chat.open(visitor="vis_1")
    stage.chat.take(conversation=talk.id, agent="u1")
    _asks(stage, clock, talk, "什么时候发货？")
    return talk


def _asks(stage: TalkStage, clock: FixedClock, talk: Conversation, text: str) -> list[Draft]:
    stage.write(talk, text)
    clock.move(A_WHILE)
    stage.run_due()
    return stage.chat.drafts(talk.id)


def _first(stage: TalkStage, talk: Conversation) -> Draft:
    return stage.chat.drafts(talk.id)[0]


def test_an_accepted_suggestion_is_sent_as_it_stands(stage: TalkStage, talk: Conversation) -> None:
    """Who, when, which text and which message are kept; the turn is answered by the agent."""
    draft = _first(stage, talk)

    sent = stage.chat.accept(draft=draft.id, agent="u1", name="小林", client_key="a1")
    kept = stage.chat.drafts(talk.id, draft.turn)[0]

    assert "亲，48小时内发出~" == sent.event.body["text"]
    assert ("accepted", "u1", sent.event.body["text"], sent.event.seq) == (
        kept.state, kept.decided_by, kept.final_text, kept.message_seq
    )  # fmt: skip


def test_a_changed_suggestion_is_told_from_an_accepted_one(
    stage: TalkStage, talk: Conversation
) -> None:
    """The text that was sent stands beside the one that was suggested."""
    draft = _first(stage, talk)

    sent = stage.chat.accept(draft=draft.id, agent="u1", client_key="a1", text="今天下午就发哦")
    kept = stage.chat.drafts(talk.id, draft.turn)[0]

    assert ("edited", "今天下午就发哦") == (kept.state, kept.final_text)
    assert stage.chat.receipt(sent.event.id).edited


def test_a_double_click_sends_once(stage: TalkStage, talk: Conversation) -> None:
    """Under the same key or another."""
    draft = _first(stage, talk)

    sent = [
        stage.chat.accept(draft=draft.id, agent="u1", client_key=key) for key in ("a1", "a1", "a2")
    ]

    assert [False, True, True] == [one.repeated for one in sent]
    assert ["亲，48小时内发出~"] == stage.said(talk, "agent")


def test_what_a_colleague_accepted_is_void_for_others(stage: TalkStage, talk: Conversation) -> None:
    """A second agent does not send the same line."""
    draft = _first(stage, talk)
    stage.chat.accept(draft=draft.id, agent="u1", client_key="a1")

    with pytest.raises(DraftVoid):
        stage.chat.accept(draft=draft.id, agent="u2", client_key="a1")


def test_suggestions_are_void_when_the_shopper_writes_again(
    stage: TalkStage, talk: Conversation
) -> None:
    """Staff are told; what was suggested for less than all was said is not sent."""
    draft = _first(stage, talk)
    stage.write(talk, "等等，我还没付款")

    with pytest.raises(DraftVoid) as refused:
        stage.chat.accept(draft=draft.id, agent="u1", client_key="a1")

    assert "void" == refused.value.values["why"]
    assert "voided" in [event.kind for event in stage.events(talk)]
    assert [] == stage.said(talk, "agent")


def test_suggestions_are_ignored_when_the_agent_writes_their_own(
    stage: TalkStage, talk: Conversation
) -> None:
    """Not using a suggestion is counted, and it cannot be sent afterwards."""
    draft = _first(stage, talk)
    stage.reply(talk, "您稍等，我去仓库看看")

    with pytest.raises(DraftVoid):
        stage.chat.accept(draft=draft.id, agent="u1", client_key="a1")

    assert "ignored" == stage.chat.drafts(talk.id, draft.turn)[0].state


def test_a_rejected_suggestion_keeps_its_reason(stage: TalkStage, talk: Conversation) -> None:
    """It cannot be accepted any more; saying so twice changes nothing."""
    draft = _first(stage, talk)
    stage.chat.reject(draft=draft.id, agent="u1", reason="答非所问")
    again = stage.chat.reject(draft=draft.id, agent="u1", reason="别的理由")

    with pytest.raises(DraftVoid):
        stage.chat.accept(draft=draft.id, agent="u1", client_key="a1")

    assert ("rejected", "答非所问") == (again.state, again.reject_reason)


def test_an_entry_that_has_expired_meanwhile_is_not_sent(
    stage: TalkStage, clock: FixedClock
) -> None:
    """Policies end at midnight, whatever an agent's screen still shows."""
    until = clock.now() + timedelta(minutes=1)
    stage.known.add("满减", said_entry("sale.11", "今天满300减50~", valid=Validity(until=until)))
    talk = stage.chat.open(visitor="vis_1")
    stage.chat.take(conversation=talk.id, agent="u1")
    draft = _asks(stage, clock, talk, "有满减吗？")[0]
    clock.move(timedelta(minutes=2))

    with pytest.raises(DraftVoid) as refused:
        stage.chat.accept(draft=draft.id, agent="u1", client_key="a1")

    assert "entry-expired" == refused.value.values["why"]
    assert "void" == stage.chat.drafts(talk.id, draft.turn)[0].state


def test_an_edited_suggestion_is_checked_as_what_it_is(
    stage: TalkStage, talk: Conversation
) -> None:
    """A hand-written promise outside the rules does not leave; the suggestion stays open."""
    draft = _first(stage, talk)

    with pytest.raises(MessageBlocked):
        stage.chat.accept(draft=draft.id, agent="u1", client_key="a1", text="不发货就赔您500元")

    assert "open" == _first(stage, talk).state


def test_no_suggestion_of_another_store_is_found(stage: TalkStage) -> None:
    """Nor one that never was."""
    with pytest.raises(NotFound):
        stage.chat.accept(draft="sug_none", agent="u1", client_key="a1")


# --- receipts ----------------------------------------------------------------------------------------


def test_every_message_of_the_house_has_a_receipt(stage: TalkStage, clock: FixedClock) -> None:
    """Of the bot: entry, version, place, wording, scores, rule; of an agent: who, and from where."""
    talk = stage.chat.open(visitor="vis_1")
    _asks(stage, clock, talk, "什么时候发货？")
    stage.reply(talk, "我是小林，我来接着说")
    told = [
        event
        for event in stage.events(talk)
        if event.kind == "message" and event.author in ("bot", "agent")
    ]

    receipts = [stage.chat.receipt(event.id) for event in told]
    answer = receipts[1]

    assert [event.seq for event in told] == [receipt.seq for receipt in receipts]
    assert ("bot", "answer") == (answer.by, answer.rule)
    assert ("ship.when", "replies/all.yaml", 8, 0) == tuple(
        answer.sources[0][name] for name in ("entry", "file", "line", "wording")
    )
    assert 0.97 == answer.sources[0]["probability"]
    assert stage.known.entries["ship.when"].version == answer.sources[0]["version"]
    assert ("agent", "u1", ("by-hand",)) == (receipts[2].by, receipts[2].who, receipts[2].reasons)
    assert {"test"} == {receipt.software for receipt in receipts}


def test_the_receipt_of_an_accepted_suggestion_names_it(
    stage: TalkStage, talk: Conversation
) -> None:
    """Entry and person both answer for the words."""
    draft = _first(stage, talk)
    sent = stage.chat.accept(draft=draft.id, agent="u1", client_key="a1")

    receipt = stage.chat.receipt(sent.event.id)

    assert (draft.id, False, "u1") == (receipt.draft, receipt.edited, receipt.who)
    assert "ship.when" == receipt.sources[0]["entry"]


# --- wordings, script --------------------------------------------------------------------------------


def test_nobody_reads_the_same_line_twice_while_there_is_another(
    stage: TalkStage, clock: FixedClock
) -> None:
    """The wordings of an entry take turns."""
    stage.known.add("邮费", said_entry("post.free", "满99包邮~", "99元起免邮费哦", topic="postage"))
    talk = stage.chat.open(visitor="vis_1")

    for text in ("邮费多少？", "满多少不要邮费？"):
        _asks(stage, clock, talk, text)

    assert ["满99包邮~", "99元起免邮费哦"] == [text for text in stage.said(talk) if "99" in text]


def test_who_writes_traditional_characters_is_answered_in_them(
    stage: TalkStage, clock: FixedClock
) -> None:
    """Answers and fixed phrases alike; a short 好 afterwards changes nothing."""
    stage.known.add("", said_entry("system.greet", "您好，欢迎光临"))
    stage.known.add("", said_entry("system.bot-greet", "您好，我是智能客服，为您服务"))
    stage.known.add("發貨", said_entry("ship.when", "亲，48小时内发出~"))
    talk = stage.chat.open(visitor="vis_1")

    _asks(stage, clock, talk, "請問這個什麼時候發貨呢？")

    assert ["您好，我是智能客服，為您服務", "親，48小時內發出~"] == stage.said(talk)


# --- what does not leave -----------------------------------------------------------------------------


def test_what_the_bot_may_not_say_brings_a_person(stage: TalkStage, clock: FixedClock) -> None:
    """Staff see the text and why; the shopper is handed over, not left in silence."""
    stage.known.bad = (("绝对化", "48小时"),)
    talk = stage.chat.open(visitor="vis_1")

    _asks(stage, clock, talk, "什么时候发货？")
    blocked = [event for event in stage.events(talk) if event.kind == "blocked"]

    assert ["亲，48小时内发出~"] == [event.body["text"] for event in blocked]
    assert ["banned-word:绝对化·48小时"] == blocked[0].body["why"]
    assert "staff" == blocked[0].audience
    assert "queue" == stage.chat.find(talk.id).holder
    assert any("handoff" in text for text in stage.said(talk))


def test_a_text_with_a_gap_is_not_sent(stage: TalkStage, clock: FixedClock) -> None:
    """A variable without a value never reaches a shopper."""
    stage.known.add("", said_entry("system.bot-greet", "您好"))
    stage.known.add("发票", said_entry("invoice", "发票抬头是《{店名}》~", topic="invoice"))
    stage.known.bad = ()
    talk = stage.chat.open(visitor="vis_1")

    _asks(stage, clock, talk, "能开发票吗？")

    assert "发票抬头是《测试店》~" in stage.said(talk)
    assert not any("{" in text for text in stage.said(talk))


# --- promises ----------------------------------------------------------------------------------------


def test_an_entry_with_a_promise_opens_one_when_it_is_sent(
    stage: TalkStage, clock: FixedClock
) -> None:
    """By the bot at once; by the agent who accepts it, as theirs."""
    entry = said_entry(
        "recall.call", "24小时内给您回电~", promise=Promise(what="回电", until="24h"), topic="t"
    )
    stage.known.add("回电", entry)
    first = stage.chat.open(visitor="vis_1")
    _asks(stage, clock, first, "可以回电吗？")
    second = stage.chat.open(visitor="vis_2")
    stage.chat.take(conversation=second.id, agent="u1")
    draft = _asks(stage, clock, second, "可以回电吗？")[0]
    stage.chat.accept(draft=draft.id, agent="u1", client_key="a1")

    made = promises.list_promises(stage.chat.gear.db, "test")

    assert [("bot", "回电", "recall.call"), ("u1", "回电", "recall.call")] == [
        (one.made_by, one.what, one.entry) for one in made
    ]
    assert timedelta(hours=24) == made[0].until - made[0].made_at


def test_a_promise_whose_day_is_over_is_not_made(stage: TalkStage, clock: FixedClock) -> None:
    """An entry that promises the past is blocked."""
    entry = said_entry(
        "old.sale",
        "11月11日前都给您发出~",
        promise=Promise(what="发货", until="2026-11-11"),
        topic="t",
    )
    stage.known.add("双十一", entry)
    talk = stage.chat.open(visitor="vis_1")

    _asks(stage, clock, talk, "双十一的货呢？")

    assert not any("11月11日" in text for text in stage.said(talk))
    assert [["promise-past:2026-11-11"]] == [
        event.body["why"] for event in stage.events(talk) if event.kind == "blocked"
    ]
