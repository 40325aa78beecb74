"""The policy: which rule decides, what is done, and who may say it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.chat.outcomes import Step, after_order
from shopbot.chat.policy import TABLE, decide
from shopbot.chat.reasons import worded
from shopbot.chat.replies import PRIORITY, key_of
from shopbot.chat.situation import (
    Decision,
    Desk,
    Escalate,
    Hold,
    Memory,
    Pending,
    RunOrder,
    SayEntry,
    SayPhrase,
    Signals,
    Situation,
)
from shopbot.kb.slots import Slots
from shopbot.orders.dialogue import (
    AddNote,
    Apply,
    AskSlot,
    Cancel,
    Choose,
    Confirm,
    Option,
    Refuse,
)
from shopbot.orders.dialogue import Slots as OrderSlots
from shopbot.orders.phrases import phrase
from tests.talk_facts import (
    CHAT,
    NOW,
    heard,
    part,
    shape,
    situation,
    suggestion,
    waiting,
)

HELLO = "system.bot-greet"
MET = Memory(greeted=True)
SHIP = part("多久发货", "shipping-time.default")
INVOICE = part("能开票吗", "invoice.default")
TRACK = Pending(action="order.track", dialogue="cnv_1:1")
CLOSED = Desk(open=False)
FAIR = part("包邮", suggestion("shipping-fee.default", probability=0.5),
            suggestion("courier.default", probability=0.2), band="choose")  # fmt: skip
LOST = part("嘎嘎", band="unknown")
HUMAN = suggestion("human-agent.transfer", action="desk.handoff")
ABUSE = suggestion("abuse.swearing", action="desk.handoff")


def met(text: str, *parts: Any, **changes: Any) -> Any:
    """A turn of somebody who was greeted before."""
    return heard(text, *parts, **{"memory": MET, **changes})


def about(**memory: Any) -> Memory:
    """A memory of somebody who was greeted before."""
    return replace(MET, **memory)


ROWS: list[tuple[str, Situation, str, tuple[str, ...]]] = [
    ("nothing-said", situation(met("")), "silent", ()),
    ("closed-talk", situation(met("在吗", SHIP), state="closed"), "closed", ()),
    ("hurt", situation(met("烫伤了", signals=Signals(safety="烫伤"))), "safety",
     ("system.safety", "call safety urgent system.handoff")),
    ("threat", situation(met("投诉", signals=Signals(threat="投诉"))), "threat",
     ("system.comfort", "call threat urgent system.handoff")),
    ("threat-comforted", situation(met("投诉", signals=Signals(threat="投诉"),
                                       memory=about(reassured=True))), "threat",
     ("call threat urgent system.handoff",)),
    ("claims-too-much", situation(met("赔500", signals=Signals(amount_fen=50000))), "amount",
     ("system.comfort", "call amount high system.handoff")),
    ("claims-little", situation(met("赔20", SHIP, signals=Signals(amount_fen=2000))), "answer",
     ("say shipping-time.default",)),
    ("wants-human", situation(met("转人工", signals=Signals(wants_human="转人工"))),
     "asked-for-human", ("call asked-for-human normal system.handoff",)),
    ("wants-human-at-night", situation(met("转人工", signals=Signals(wants_human="转人工")),
                                       desk=CLOSED), "asked-for-human",
     ("call asked-for-human normal system.closed",)),
    ("swears", situation(met("骗子", signals=Signals(anger="骗子"))), "anger",
     ("system.comfort", "call anger high system.handoff")),
    ("curated-handover", situation(met("叫人", part("叫人", HUMAN))), "curated-handover",
     ("say human-agent.transfer", "call asked-for-human normal")),
    ("curated-handover-at-night", situation(met("滚", part("滚", ABUSE)), night=True),
     "curated-handover", ("system.comfort", "call anger high system.closed")),
    ("gives-up", situation(met("算了", dropped=True)), "dropped", ("order.done.denied",)),
    ("orders-down", situation(met("到哪了", pending=TRACK), order_down=True), "order-down",
     ("hold system.hold", "call order-module normal")),
    ("orders-down-other-question", situation(met("多久发货", SHIP), order_down=True), "answer",
     ("say shipping-time.default",)),
    ("action", situation(met("到哪了", pending=TRACK)), "answer", ("run order.track",)),
    ("action-third-time", situation(met("到哪了", pending=TRACK, memory=about(
        answered=(("在哪里", "action:order.track"), ("快递到哪", "action:order.track"))))),
     "same-order-action", ("call same-question high system.handoff",)),
    ("action-for-another-question", situation(met("今天能到吗", pending=TRACK, memory=about(
        answered=(("在哪里", "action:order.track"), ("快递到哪", "action:order.track"))))),
     "answer", ("run order.track",)),
    ("action-and-question", situation(met("到哪了能开票吗", INVOICE, pending=TRACK)), "answer",
     ("say invoice.default", "run order.track")),
    ("action-instead-of-entry", situation(met("发货", SHIP, pending=TRACK,
                                              instead=("shipping-time.default",))), "answer",
     ("run order.track",)),
    ("vip", situation(met("多久发货", SHIP), vip=True), "vip",
     ("say shipping-time.default", "call vip high system.handoff")),
    ("vip-nobody-free", situation(met("多久发货", SHIP), vip=True,
                                  desk=Desk(open=True, agents_online=1)), "answer",
     ("say shipping-time.default",)),
    ("picture", situation(met("", wordless="picture")), "wordless", ("system.picture",)),
    ("second-picture", situation(met("", wordless="picture", memory=about(misses=1))), "wordless",
     ("call media normal system.handoff",)),
    ("picture-that-was-asked-for", situation(met("", wordless="picture", pending=TRACK)),
     "answer", ("run order.track",)),
    ("smiley", situation(met("😊", wordless="emoji")), "wordless", ("system.emoji",)),
    ("question-marks", situation(met("？？", wordless="emoji")), "wordless", ("system.unclear",)),
    ("card", situation(met("", wordless="card")), "wordless", ("system.card",)),
    ("same-words", situation(met("多久发货", SHIP, memory=about(
        answered=((key_of(SHIP), "shipping-time.default"),)))), "same-question",
     ("call same-question high system.handoff",)),
    ("same-answer-second-time", situation(met("几天发货", SHIP, memory=about(
        answered=(("什么时候发||||||", "shipping-time.default"),)))), "answer",
     ("say shipping-time.default",)),
    ("same-answer-third-time", situation(met("几天发货", SHIP, memory=about(
        answered=(("什么时候发||||||", "shipping-time.default"),
                  ("几天能发||||||", "shipping-time.default"))))),
     "same-question", ("call same-question high system.handoff",)),
    ("same-answer-other-things", situation(met("可以烘干吗", part("可以烘干吗", "care.jacket"),
                                               memory=about(
        answered=(("怎么洗||||||", "care.jacket"), ("能机洗吗||||||", "care.jacket"))))),
     "answer", ("say care.jacket",)),
    ("identity-number", situation(met("", private=True)), "private", ("system.private",)),
    ("identity-number-asked-beside", situation(met("多久发货", SHIP, private=True)), "answer",
     ("system.private", "say shipping-time.default")),
    ("identity-number-in-an-action", situation(met("", private=True, changed_subject=True,
                                                   pending=TRACK, memory=about(pending=TRACK))),
     "answer", ("system.private", "remind order.track")),
    ("english", situation(met("where is it", LOST, foreign=True)), "foreign",
     ("system.english",)),
    ("english-fair-idea", situation(met("shipping fee", FAIR, foreign=True)), "foreign",
     ("system.english",)),
    ("english-known", situation(met("how long", SHIP, foreign=True)), "answer",
     ("say shipping-time.default",)),
    ("english-again", situation(met("hello there", LOST, foreign=True, memory=about(misses=1))),
     "foreign", ("system.english-handoff", "call missed-twice normal")),
    ("english-again-at-night", situation(met("hello there", LOST, foreign=True,
                                             memory=about(misses=1)), desk=CLOSED), "foreign",
     ("system.english-closed", "call missed-twice normal system.closed")),
    ("english-wants-human", situation(met("a real person please", foreign=True,
                                          signals=Signals(wants_human="real person"))),
     "asked-for-human", ("system.english-handoff", "call asked-for-human normal")),
    ("same-words-other-product", situation(met("有货吗", part("有货吗", "fact.stock",
                                               slots=Slots(product="B")), memory=about(
        answered=((key_of(part("有货吗", slots=Slots(product="A"))), "fact.stock"),)))), "answer",
     ("say fact.stock",)),
    ("hello", situation(heard("在吗", part("在吗", "greeting.hello"))), "greet", (HELLO,)),
    ("hello-at-night", situation(heard("在吗", part("在吗", "greeting.hello")), night=True),
     "greet", ("system.off-hours",)),
    ("hello-again", situation(met("在吗", part("在吗", "greeting.hello"))), "answer",
     ("say greeting.hello",)),
    ("first-question", situation(heard("多久发货", SHIP)), "answer",
     (HELLO, "say shipping-time.default")),
    ("two-questions", situation(met("两个", SHIP, INVOICE)), "answer",
     ("say shipping-time.default", "say invoice.default")),
    ("one-of-two-known", situation(met("两个", SHIP, LOST)), "answer",
     ("say shipping-time.default", "system.unknown", "hold")),
    ("one-sure-one-fair", situation(met("两个", SHIP, FAIR)), "answer",
     ("say shipping-time.default", "offer 2")),
    ("picked", situation(met("包邮", FAIR, picked="courier.default")), "answer",
     ("say courier.default",)),
    ("stale-fact", situation(met("有货吗", part("有货吗", "system.checking"))), "answer",
     ("say system.checking", "hold")),
    ("stale-fact-at-night", situation(met("有货吗", part("有货吗", "system.checking")), desk=CLOSED),
     "answer", ("say system.checking", "hold", "system.closed")),
    ("fair-idea", situation(met("包邮", FAIR)), "choose", ("offer 2",)),
    ("offered-twice-already", situation(met("包邮", FAIR, memory=about(misses=2))), "unknown",
     ("call missed-twice normal system.handoff",)),
    ("no-idea", situation(met("嘎嘎", LOST)), "unknown", ("system.rephrase",)),
    ("no-idea-again", situation(met("嘎嘎", LOST, memory=about(misses=1))), "unknown",
     ("call missed-twice normal system.handoff",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "rule", "actions"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_the_first_rule_that_applies_decides(
    told: Situation, rule: str, actions: tuple[str, ...]
) -> None:
    """Each row of the table, with what is said and done."""
    found = decide(told, CHAT, NOW)

    assert (rule, actions) == (found.rule, shape(found.actions))


@pytest.mark.parametrize("told", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_every_reason_has_words_for_staff(told: Situation) -> None:
    """Agents read why, not codes."""
    found = decide(told, CHAT, NOW).reasons

    assert [] == [code for code in found if worded(code) == code]


@pytest.mark.parametrize(
    ("code", "words"),
    [("check:in-time:no 过了七天", "过了七天"), ("call:threat", "提到投诉、曝光或差评"), ("entry:a.b", "话术 a.b"),
     ("something-new", "something-new")],
)  # fmt: skip
def test_reasons_are_worded(code: str, words: str) -> None:
    """A check brings its own sentence; what is unknown is shown as it is."""
    assert words == worded(code)


def test_every_rule_is_in_the_table_of_tests() -> None:
    """Nothing decides untested."""
    assert {name for name, _ in TABLE} <= {row[2] for row in ROWS}


def test_every_reason_has_a_priority_of_the_shop() -> None:
    """And rules/chat.yaml has a value for it."""
    from typing import get_args

    from shopbot.chat.situation import Reason

    assert set(get_args(Reason)) == set(PRIORITY)
    assert all(hasattr(CHAT.priorities, name) for name in PRIORITY.values())


WHO: list[tuple[str, dict[str, Any], Memory, str, bool, tuple[str, ...]]] = [
    ("bot", {}, MET, "answer", True, ("say shipping-time.default",)),
    ("night", {"mode": "night", "night": True, "desk": CLOSED}, MET, "answer", True,
     ("say shipping-time.default",)),
    ("agent", {"holder": "agent", "agent": "u"}, MET, "agent-holds/answer", False,
     ("say shipping-time.default",)),
    ("assist", {"mode": "assist"}, MET, "assist/answer", False,
     ("say shipping-time.default", "call reception normal")),
    ("assist-called", {"mode": "assist", "holder": "queue"}, about(called="reception"),
     "assist/answer", False, ("say shipping-time.default",)),
    ("human-first", {"mode": "human-first"}, MET, "human-first/answer", False,
     ("say shipping-time.default", "call reception normal")),
    ("human-first-waited", {"mode": "human-first", "holder": "queue", "waited_s": 31.0},
     about(called="reception"), "answer", True, ("say shipping-time.default",)),
    ("human-first-called", {"mode": "human-first", "holder": "queue", "waited_s": 5.0},
     about(called="reception"), "human-first/answer", False, ("say shipping-time.default",)),
    ("human-first-asked-for", {"mode": "human-first", "holder": "queue", "waited_s": 99.0},
     about(called="asked-for-human"), "queued/answer", False, ("say shipping-time.default",)),
    ("human-first-nobody", {"mode": "human-first", "desk": Desk(open=True)}, MET, "answer", True,
     ("say shipping-time.default",)),
    ("human-first-closed", {"mode": "human-first", "desk": CLOSED}, MET, "answer", True,
     ("say shipping-time.default",)),
    ("queue", {"holder": "queue"}, about(called="threat"), "queued/answer", False,
     ("say shipping-time.default",)),
    ("queue-closed", {"holder": "queue", "desk": CLOSED}, about(called="threat"),
     "queued-closed/answer", True, ("say shipping-time.default",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "memory", "rule", "send", "actions"), [w[1:] for w in WHO], ids=[w[0] for w in WHO]
)
def test_who_has_the_word_says_whether_it_is_sent(
    changes: dict[str, Any], memory: Memory, rule: str, send: bool, actions: tuple[str, ...]
) -> None:
    """The bot never talks over a person; in some modes a person goes first."""
    found = decide(situation(met("多久发货", SHIP, memory=memory), **changes), CHAT, NOW)

    assert (rule, send, actions) == (found.rule, found.send, shape(found.actions))


def test_people_go_first_for_a_while_only() -> None:
    """The decision is made anew when the wait is over."""
    told = situation(met("多久发货", SHIP), mode="human-first", waited_s=10.0)

    assert CHAT.human_first_wait - 10 == decide(told, CHAT, NOW).again_in_s


def test_an_upset_shopper_in_the_queue_is_told_to_people_without_words() -> None:
    """Waiting talks grow urgent; the bot says nothing more."""
    upset = met("投诉", signals=Signals(threat="投诉"), memory=about(called="asked-for-human"))
    found = decide(situation(upset, holder="queue"), CHAT, NOW)

    assert ("call threat urgent",) == shape(found.actions)[-1:]
    assert not found.send


def test_an_agent_is_not_called_for_what_they_hold() -> None:
    """Suggestions for an agent bring no hand-over and no promise."""
    asks = met("转人工", signals=Signals(wants_human="转人工"))
    found = decide(situation(asks, holder="agent", agent="u"), CHAT, NOW)

    assert () == found.actions


def test_what_only_people_may_say_changes_no_memory_of_things_said() -> None:
    """A suggestion is not an answer yet: it is neither counted nor greeted for."""
    told = heard("多久发货", SHIP)
    found = decide(situation(told, holder="agent", agent="u"), CHAT, NOW)

    assert ((), False, 0) == (found.memory.answered, found.memory.greeted, found.memory.misses)


def test_a_call_forgets_what_the_bot_had_asked() -> None:
    """A 好的 that is meant for a person must confirm nothing later."""
    before = waiting("order.cancel", "confirm", confirm_key="k")
    told = met("转人工", signals=Signals(wants_human="转人工"), memory=before)
    found = decide(situation(told), CHAT, NOW)

    assert (None, "asked-for-human") == (found.memory.pending, found.memory.called)


def test_the_bot_that_gets_the_word_back_is_nobodys_deputy() -> None:
    """Called for once, not for ever."""
    told = met("多久发货", SHIP, memory=about(called="threat"))

    assert "" == decide(situation(told), CHAT, NOW).memory.called


def test_a_promise_to_look_ends_in_time() -> None:
    """We come back within the shop's own time."""
    told = situation(met("有货吗", part("有货吗", "system.checking")))
    hold = decide(told, CHAT, NOW).actions[-1]

    assert NOW + CHAT.check_time == hold.by  # type: ignore[union-attr]


def test_an_answer_is_remembered_and_ends_misses() -> None:
    """So that the same question is noticed, and two misses are two in a row."""
    told = met("多久发货", SHIP, memory=about(misses=1, open_questions=("多久发货", "别的")))
    memory = decide(situation(told), CHAT, NOW).memory

    assert (0, ("别的",)) == (memory.misses, memory.open_questions)
    assert ((key_of(SHIP), "shipping-time.default"),) == memory.answered


def test_courtesies_and_abuse_are_never_offered() -> None:
    """Nobody is asked whether they meant an insult."""
    found = part("嗷", suggestion("abuse.swearing", probability=0.4),
                 suggestion("smalltalk.laugh", probability=0.4),
                 suggestion("care.wash", probability=0.3), band="choose")  # fmt: skip

    assert ("offer 1",) == shape(decide(situation(met("嗷", found)), CHAT, NOW).actions)


def test_faint_options_are_left_out() -> None:
    """An option far less likely than the best only distracts."""
    found = part("邮", suggestion("a.a", probability=0.5), suggestion("b.b", probability=0.05),
                 band="choose")  # fmt: skip

    assert ("offer 1",) == shape(decide(situation(met("邮", found)), CHAT, NOW).actions)


def test_a_second_action_waits_for_the_first() -> None:
    """One at a time; the other is kept."""
    urge = replace(TRACK, action="order.urge")
    found = decide(situation(met("到哪了催一下", pending=TRACK, also=(urge,))), CHAT, NOW)

    assert (("run order.track",), (urge,)) == (shape(found.actions), found.memory.waiting)


def test_a_question_in_between_brings_back_to_the_action() -> None:
    """Answered, then reminded."""
    memory = waiting("return.request", "intact")
    told = met("能开票吗", INVOICE, pending=memory.pending, changed_subject=True, memory=memory)

    assert ("say invoice.default", "remind return.request") == shape(
        decide(situation(told), CHAT, NOW).actions
    )


@given(
    holder=st.sampled_from(["bot", "queue", "agent"]),
    mode=st.sampled_from(["bot-first", "human-first", "assist", "night"]),
    is_open=st.booleans(),
    online=st.integers(0, 2),
    waited=st.floats(0, 100),
    signals=st.builds(
        Signals, threat=st.sampled_from(["", "投诉"]), anger=st.sampled_from(["", "x"])
    ),
    parts=st.lists(st.sampled_from([SHIP, INVOICE, FAIR, LOST]), max_size=3),
    misses=st.integers(0, 3),
)
def test_the_laws_hold_whatever_happens(
    holder: Any, mode: Any, is_open: bool, online: int, waited: float, signals: Signals,
    parts: list[Any], misses: int,
) -> None:  # fmt: skip
    """Never over an agent, never in assist mode; what is sent is something; one call at most."""
    told = met("问", *parts, signals=signals, memory=about(misses=misses))
    agent = "u" if holder == "agent" else ""
    found: Decision = decide(
        situation(told, holder=holder, agent=agent, mode=mode, waited_s=waited,
                  desk=Desk(open=is_open, agents_online=online, agents_free=online)),
        CHAT, NOW,
    )  # fmt: skip

    assert not (found.send and (holder == "agent" or mode == "assist"))
    assert 1 >= sum(isinstance(one, Escalate) for one in found.actions)
    if found.send:
        assert found.actions
        assert found.reasons


@pytest.mark.parametrize(
    ("desk", "since"),
    [
        pytest.param(Desk(), NOW, id="people-there"),
        pytest.param(
            Desk(open=False, opens_at=NOW + timedelta(hours=9)),
            NOW + timedelta(hours=9),
            id="night",
        ),
    ],
)
def test_what_is_looked_up_is_promised_for_when_people_work(desk: Desk, since: Any) -> None:
    """At night nobody can come back within half an hour."""
    stale = decide(
        situation(met("有货吗", part("有货吗", "system.checking")), desk=desk), CHAT, NOW
    )
    down = decide(situation(met("到哪了", pending=TRACK), order_down=True, desk=desk), CHAT, NOW)

    assert [since + CHAT.check_time] * 2 == [
        one.by for found in (stale, down) for one in found.actions if isinstance(one, Hold)
    ]


# --- after a step of an order action -------------------------------------------------------------------

RUN = RunOrder(pending=TRACK)
ORDER_ASK = AskSlot(slot="order", phrases=(phrase("order.ask.order"),), identity=True)
NOTE = AddNote(order="1", text="x")


def after(plan: Any, *, run: RunOrder = RUN, memory: Memory = MET, **more: Any) -> Any:
    """What becomes of a step."""
    step = Step(plan=plan, run=run, memory=memory, words=lambda one: f"<{one.id}>", **more)
    return after_order(step, CHAT)


def test_a_question_is_asked_and_counted() -> None:
    """What is waited for stands in the memory."""
    found = after(ORDER_ASK)

    assert (SayPhrase(phrase="order.ask.order"),) == found.phrases
    assert ("order", {"order": 1}) == (
        found.memory.pending.waiting_for,
        found.memory.pending.asked,
    )


def test_a_reminder_is_not_counted() -> None:
    """Only real asking may end in giving up."""
    found = after(ORDER_ASK, run=RunOrder(pending=TRACK, reminds=True))

    assert {} == found.memory.pending.asked


def test_what_was_of_no_use_is_forgotten() -> None:
    """A refused proof leaves neither number nor tail."""
    told = replace(TRACK, slots=OrderSlots(order="1", phone_tail="5678"))
    plan = replace(ORDER_ASK, clear=("order", "phone_tail"))
    found = after(plan, run=RunOrder(pending=told))

    assert ("", "") == (found.memory.pending.slots.order, found.memory.pending.slots.phone_tail)
    assert "" == found.memory.order


def test_the_phone_tail_is_not_kept_once_it_has_served() -> None:
    """Personal data only as long as needed."""
    told = replace(TRACK, slots=OrderSlots(order="1", phone_tail="5678"))
    plan = AskSlot(slot="text", phrases=(phrase("order.ask.note"),))
    found = after(plan, run=RunOrder(pending=told))

    assert ("", "1") == (found.memory.pending.slots.phone_tail, found.memory.order)


def test_a_choice_offers_buttons_with_the_shops_words() -> None:
    """And remembers which word stands for which value."""
    option = Option(value="7", phrase=phrase("order.option.line", {"商品": "衣"}))
    plan = Choose(
        slot="line", phrases=(phrase("order.ask.line", {"订单号": "1"}),), options=(option,)
    )
    found = after(plan)

    assert (("<order.option.line>",), (("7", "<order.option.line>"),)) == (
        found.chips,
        found.memory.pending.options,
    )


def test_a_confirmation_waits_for_yes_to_exactly_that() -> None:
    """With two buttons; nothing of an earlier yes is left."""
    told = replace(TRACK, slots=OrderSlots(order="1", confirmed="old", denied=True))
    words = phrase("order.confirm.note", {"订单号": "1", "备注": "x"})
    found = after(Confirm(key="k", phrases=(words,), deed=NOTE), run=RunOrder(pending=told))
    pending = found.memory.pending

    assert ("confirm", "k", "", False) == (
        pending.waiting_for, pending.confirm_key, pending.slots.confirmed, pending.slots.denied,
    )  # fmt: skip
    assert (CHAT.words.yes_chip, CHAT.words.no_chip) == found.chips


def test_much_money_goes_to_a_person_before_it_is_confirmed() -> None:
    """The shopper is asked nothing that the bot may not keep."""
    deed = Cancel(order="1", at_once=True, refund_fen=CHAT.refund + 1)
    words = phrase("order.confirm.cancel", {"订单号": "1", "退款金额": "x"})
    found = after(Confirm(key="k", phrases=(words,), deed=deed))

    assert ("amount", "high", None) == (
        found.escalate.reason, found.escalate.priority, found.memory.pending,
    )  # fmt: skip


def test_what_is_done_ends_the_action_and_begins_the_next() -> None:
    """The one that waited is told the order by then."""
    memory = about(waiting=(replace(TRACK, action="order.urge"),))
    told = replace(TRACK, slots=OrderSlots(order="9"))
    done = Apply(phrases=(phrase("order.urge.noted"),), order="9")
    found = after(done, run=RunOrder(pending=told), memory=memory)

    assert (None, (), "9") == (found.memory.pending, found.memory.waiting, found.memory.order)
    assert ("order.urge", "9") == (found.then.pending.action, found.then.pending.slots.order)


@pytest.mark.parametrize(
    ("open_now", "words"), [(True, ""), (False, "system.closed")], ids=["day", "night"]
)
def test_an_action_that_needs_a_person_calls_one(open_now: bool, words: str) -> None:
    """Its own words announce them; at night it is said when they come."""
    plan = Refuse(phrases=(phrase("order.hand-over"),), why="hand-over", hand_over=True)
    found = after(plan, open_now=open_now, memory=about(waiting=(TRACK,)))

    assert ("order-module", words) == (found.escalate.reason, found.escalate.phrase)
    assert (None, ()) == (found.then, found.memory.waiting)


def test_an_order_that_is_not_proved_does_not_come_into_focus() -> None:
    """Nothing tells whether it is there."""
    told = replace(TRACK, slots=OrderSlots(order="9"))
    plan = Refuse(
        phrases=(phrase("order.proof.too-many", {"等待分钟": "5"}),), why="too-many-tries"
    )

    assert "" == after(plan, run=RunOrder(pending=told)).memory.order


def test_the_decision_shows_entries_as_they_were_suggested() -> None:
    """With the question each one answers, for the receipt."""
    found = decide(situation(met("多久发货", SHIP)), CHAT, NOW).actions[0]

    assert isinstance(found, SayEntry)
    assert ("多久发货", "shipping-time.default") == (found.question, found.suggestion.entry)


def test_the_wait_for_people_never_grows() -> None:
    """The longer somebody waits, the sooner the bot may answer."""
    waits = [
        decide(
            situation(met("多久发货", SHIP), mode="human-first", waited_s=float(s)), CHAT, NOW
        ).again_in_s
        for s in range(0, 60, 5)
    ]

    assert sorted(waits, reverse=True) == waits
    assert timedelta(seconds=waits[-1]) == timedelta(0)
