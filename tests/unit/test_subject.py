"""What a question is about in the course of an order action, and what is asked while giving one up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shopbot.chat.hearing import Said, hear
from shopbot.chat.policy import decide
from shopbot.chat.scene import Scene
from shopbot.chat.situation import Memory, SayPhrase, Understood
from shopbot.chat.subject import find_subject, freight_of
from shopbot.chat.understanding import understand
from shopbot.chat.underway import beyond
from shopbot.kb.suggestion import Part
from shopbot.orders.dialogue import Slots
from shopbot.orders.model import Case, OrderFacts
from shopbot.orders.states import CaseState
from shopbot.rules import Rules, load_rules
from tests.kb_store import DEMO_STORE
from tests.order_facts import NUMBER, case, facts
from tests.talk_facts import CHAT, NOW, heard, part, shape, situation, suggestion, waiting

RULES: Rules = load_rules(DEMO_STORE).rules
POSTAGE = "shipping-fee.default"
BACK = suggestion("return-shipping-fee.no-reason", topic="return-shipping-fee")
EXCHANGE = suggestion("exchange-request.size", action="return.exchange")
RETURN = suggestion("return-request.start", action="return.request")
KNOWN: dict[str, Part] = {
    "运费谁出": part("运费谁出", POSTAGE),
    "我想问下运费谁出": part("我想问下运费谁出", POSTAGE),
    "退货运费谁出": part("退货运费谁出", BACK),
    "退货我想问下运费谁出": part("退货我想问下运费谁出", BACK),
    "换货运费谁出": part("换货运费谁出", BACK, band="choose"),
    "邮费谁付": part("邮费谁付", suggestion("return-shipping-fee.exchange")),
    "退货邮费谁付": part("退货邮费谁付", BACK),
    "多久发货": part("多久发货", "shipping-time.default"),
    "退货多久发货": part("退货多久发货", "shipping-time.default"),
    "换个大一码": part("换个大一码", EXCHANGE),
    "退货太麻烦": part("退货太麻烦", RETURN),
    "还是退吧": part("还是退吧", RETURN),
    "你们真会磨人": part("你们真会磨人", band="unknown"),
    "能不能放个假": part("能不能放个假", band="unknown"),
}


def turn(text: str, memory: Memory, *orders: OrderFacts) -> Understood:
    """Understand one turn with the knowledge above and the demo's rules."""

    def ask(asked: str) -> Sequence[Part]:
        return [KNOWN.get(asked, part(asked, band="unknown"))]

    scene = Scene(memory=memory, dialogue="cnv_1:2", ask=ask, rules=CHAT, shop=RULES, orders=orders)
    return understand(Said(texts=(text,), kinds=frozenset({"text"})), scene)


def topics(found: Understood) -> list[str]:
    """Return what each part of a turn is about."""
    return [one.suggestions[0].topic for one in found.parts]


def order(*, insured: bool = False) -> OrderFacts:
    """Return an order with or without freight insurance."""
    told = facts()
    return replace(told, order=replace(told.order, freight_insurance=insured))


ABOUT = [
    ("return", "return.request", "运费谁出", "return-shipping-fee"),
    ("not-sure-enough", "return.exchange", "运费谁出", "shipping-fee"),
    ("nothing-like-it", "return.request", "多久发货", "shipping-time"),
    ("says-so-itself", "return.request", "退货运费谁出", "return-shipping-fee"),
    ("another-action", "order.note", "运费谁出", "shipping-fee"),
]


@pytest.mark.parametrize(
    ("action", "text", "topic"), [one[1:] for one in ABOUT], ids=[one[0] for one in ABOUT]
)
def test_a_question_is_heard_in_the_course_of_the_action(
    action: str, text: str, topic: str
) -> None:
    """运费谁出 in a return is the postage of sending back, where the knowledge is sure of that."""
    found = turn(text, waiting(action, "intact"))

    assert [topic] == topics(found)
    assert [text] == [one.text for one in found.parts]


def test_of_several_answers_the_one_for_the_action_is_told() -> None:
    """Who pays is asked in a return: the answer for exchanges is not meant."""
    found = turn("邮费谁付", waiting("return.request", "order"))

    assert [BACK.entry] == [one.suggestions[0].entry for one in found.parts]


def test_without_an_action_the_question_stands_alone() -> None:
    """Nothing is under way: the postage is that of buying."""
    assert ["shipping-fee"] == topics(turn("运费谁出", Memory(greeted=True)))


def test_what_was_just_done_is_still_spoken_of() -> None:
    """The turn after the return was registered; one question later it is over."""
    done = Memory(greeted=True, answered=(("我要退货", "action:return.request"),))
    later = replace(done, answered=(*done.answered, ("能开票吗", "invoice.default")))

    assert ("return.request", "") == (find_subject(done), find_subject(later))
    assert ["return-shipping-fee"] == topics(turn("运费谁出", done))


PAYS = [
    ("buyer", "return.request", False, "买家承担"),
    ("insured", "return.request", True, "运费险赔付"),
    ("our-fault", "return.quality", True, "本店承担"),
]


@pytest.mark.parametrize(
    ("action", "insured", "payer"), [one[1:] for one in PAYS], ids=[one[0] for one in PAYS]
)
def test_who_pays_is_told_for_this_very_order(action: str, insured: bool, payer: str) -> None:
    """By the freight rule of the orders: reason and insurance decide."""
    memory = waiting(action, "intact", slots=Slots(order=NUMBER))
    found = turn("退货运费谁出", memory, order(insured=insured))
    told = found.rather[BACK.entry]

    assert isinstance(told, SayPhrase)
    assert ("return.freight", {"运费承担": payer}, NUMBER) == (
        told.phrase,
        told.values,
        told.order,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("那运费呢", True), ("来回邮费要我出吗", True), ("退货包邮吗", True), ("运费险赔多少", False),
        ("垫付的运费怎么退", False), ("寄回去几块钱", False), ("当初的邮费退吗", False),
    ],
)  # fmt: skip
def test_who_pays_is_told_where_that_was_asked(text: str, told: bool) -> None:
    """Insurance sums, refunds of postage and prices are questions of their own."""
    found = freight_of(part(text, BACK), "return.request", [order()], RULES)

    assert told is (found is not None)


def test_an_order_nobody_knows_is_spoken_of_in_general() -> None:
    """Without a proved order there is nothing to say of one."""
    assert {} == turn("退货运费谁出", waiting("return.request", "order")).rather


@pytest.mark.parametrize(
    ("cases", "payer"),
    [
        pytest.param((case(),), "买家承担", id="return"),
        pytest.param((case(reason="quality"),), "本店承担", id="quality"),
        pytest.param((), None, id="none"),
        pytest.param((case(), case(id="case_2", line_no=2)), None, id="several"),
    ],
)
def test_who_pays_is_told_of_the_case_that_goes_on(
    cases: tuple[Case, ...], payer: str | None
) -> None:
    """Days after it was opened, with another question in between."""
    memory = Memory(greeted=True, answered=(("寄到哪里||||||", "return-address.default"),))
    told = turn("退货运费谁出", memory, replace(order(), cases=cases)).rather.get(BACK.entry)

    assert payer == (told.values["运费承担"] if isinstance(told, SayPhrase) else None)


def test_the_order_s_own_word_takes_the_place_of_the_general_answer() -> None:
    """It is said once, and the return goes on."""
    memory = waiting("return.request", "intact", slots=Slots(order=NUMBER))
    found = turn("运费谁出", memory, order())
    decision = decide(situation(found), CHAT, NOW)

    assert ("return.freight", "remind return.request") == shape(decision.actions)


# --- giving up, and something else beside it ------------------------------------------------------

GIVING_UP = [
    ("alone", "算了", ""),
    ("twice", "算了不退了", ""),
    ("politely", "不用了，谢谢", ""),
    ("may-i", "不退了可以吗", ""),
    ("asks", "算了，我想问下运费谁出", "我想问下运费谁出"),
    ("asks-at-once", "算了我想问下运费谁出", "我想问下运费谁出"),
    ("still", "还是算了，运费谁出", "运费谁出"),
    ("in-other-words", "那我不想退了，换个大一码", "换个大一码"),
    ("not-now", "先不办，我想问下运费谁出", "我想问下运费谁出"),
    ("takes-back-the-question", "运费谁出，算了", ""),
]


@pytest.mark.parametrize(
    ("text", "rest"), [one[1:] for one in GIVING_UP], ids=[one[0] for one in GIVING_UP]
)
def test_what_is_said_beside_giving_up(text: str, rest: str) -> None:
    """Only what comes after it counts; courtesies do not."""
    assert rest == beyond(hear(Said(texts=(text,))), CHAT.words.cancel)


@pytest.mark.parametrize("asked_for", ["intact", "confirm"])
def test_who_gives_up_and_asks_gets_an_answer(asked_for: str) -> None:
    """The action is dropped, the question is heard in its course and answered in the same turn."""
    found = turn("算了，我想问下运费谁出", waiting("return.request", asked_for))
    decision = decide(situation(found), CHAT, NOW)

    assert (True, None, None) == (found.dropped, found.pending, found.memory.pending)
    assert ["return-shipping-fee"] == topics(found)
    assert ("order.done.denied", f"say {BACK.entry}") == shape(decision.actions)


def test_another_wish_begins_where_one_was_given_up() -> None:
    """算了，换个大一码 drops the return and begins the exchange."""
    found = turn("算了，换个大一码", waiting("return.request", "intact"))
    decision = decide(situation(found), CHAT, NOW)

    assert ("order.done.denied", "run return.exchange") == shape(decision.actions)


def test_not_the_one_but_the_other_goes_on() -> None:
    """不换了，还是退吧 in a return gives nothing up."""
    found = turn("不换了，还是退吧", waiting("return.request", "intact"))

    assert (False, "return.request") == (found.dropped, found.pending and found.pending.action)


def test_what_is_given_up_is_not_begun_again_by_the_words_for_it() -> None:
    """算了，退货太麻烦 is no new return."""
    found = turn("算了，退货太麻烦", waiting("return.request", "intact"))

    assert (True, None) == (found.dropped, found.pending)


def test_grumbling_while_giving_up_is_no_question() -> None:
    """It is not asked to be said differently; a question that nobody knows is."""
    grumbled = turn("算了，你们真会磨人", waiting("return.request", "intact"))
    asked = turn("算了，能不能放个假", waiting("return.request", "intact"))

    assert ("order.done.denied",) == shape(decide(situation(grumbled), CHAT, NOW).actions)
    assert ("order.done.denied", "system.rephrase") == shape(
        decide(situation(asked), CHAT, NOW).actions
    )


@pytest.mark.parametrize("text", ["好的，运费谁出", "可以，请问多久到账"])
def test_a_yes_with_a_question_is_none(text: str) -> None:
    """The question is answered and the confirmation asked for again: nothing is written unawares."""
    memory = waiting("return.request", "confirm", confirm_key="k", slots=Slots(order=NUMBER))
    found = turn(text, memory)

    assert found.pending is not None
    assert ("", False) == (found.pending.slots.confirmed, found.pending.slots.denied)


def test_nobody_is_told_that_nothing_was_done_while_a_person_is_called() -> None:
    """What calls a person goes first."""
    human = suggestion("human-agent.ask", topic="human-agent", action="desk.handoff")
    found = heard("x", part("x", human), dropped=True)
    decision = decide(situation(found), CHAT, NOW)

    assert not [
        one
        for one in decision.actions
        if isinstance(one, SayPhrase) and one.phrase == "order.done.denied"
    ]


@pytest.mark.parametrize(("state", "kept"), [("need_pictures", True), ("requested", False)])
def test_pictures_go_to_the_case_that_waits_for_them(state: CaseState, kept: bool) -> None:
    """Without a word beside them: whoever was asked for pictures has sent them."""
    told = replace(facts(), cases=(case(state=state),))
    scene = Scene(
        memory=Memory(),
        dialogue="cnv_1:2",
        ask=lambda _: (),
        rules=CHAT,
        shop=RULES,
        orders=(told,),
    )
    said = Said(kinds=frozenset({"picture"}), pictures=("a.jpg",))
    pending = understand(said, scene).pending

    assert kept == (pending is not None)
    assert pending is None or ("return.progress", ("a.jpg",)) == (
        pending.action,
        pending.slots.pictures,
    )
