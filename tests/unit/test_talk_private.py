"""Card numbers that shoppers send though nobody needs them: hidden, and never taken for an order's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.chat.private import hide, without
from tests.order_facts import facts
from tests.talk_facts import listen, part, waiting

IDENTITY = "11010519491231002X"  # the example of GB 11643
HIDDEN = "110*************2X"

SENT = [
    ("identity", IDENTITY, HIDDEN),
    ("small-x", IDENTITY.lower(), HIDDEN),
    ("in-a-sentence", f"我是{IDENTITY}，查订单", f"我是{HIDDEN}，查订单"),
    ("wrong-check-digit", "110105194912310021", "110105194912310021"),
    ("wrong-check-digit-but-named", "身份证号110105194912310021", "身份证号110*************21"),
    ("no-date", "110105194913310020", "110105194913310020"),
    ("order", "订单2611180001", "订单2611180001"),
    ("long-order", "182736451928374650", "182736451928374650"),
    ("bank-card", "6222 0212 3456 7890 128", "6222***********0128"),
    ("bank-card-wrong", "6222021234567890123", "6222021234567890123"),
    ("bank-card-named", "银行卡号：4222021234567890123", "银行卡号：422**************23"),
    ("phone", "13812345512", "13812345512"),
    ("parcel", "YT8800123456789", "YT8800123456789"),
]


@pytest.mark.parametrize(("text", "kept"), [s[1:] for s in SENT], ids=[s[0] for s in SENT])
def test_numbers_nobody_needs_are_hidden(text: str, kept: str) -> None:
    """Only what is surely a card's; order and parcel numbers stay as they are."""
    assert kept == hide(text, lambda _: False)


def test_an_order_that_is_known_keeps_its_number() -> None:
    """Even if it is built like an identity number."""
    assert IDENTITY == hide(IDENTITY, lambda number: number == IDENTITY)


@given(st.text(alphabet="0123456789Xx 身份证号银行卡-*", max_size=60))
def test_hiding_twice_changes_nothing(text: str) -> None:
    """A message sent again under its key is the same message."""
    once = hide(text, lambda _: False)

    assert once == hide(once, lambda _: False)


REST = [
    ("alone", HIDDEN, ("", True)),
    ("named", f"我的身份证号是{HIDDEN}，帮我查订单", ("帮我查订单", True)),
    ("card", "银行卡号：6222***********0128", ("", True)),
    ("nothing-hidden", "帮我查订单**", ("帮我查订单**", False)),
]


@pytest.mark.parametrize(("text", "rest"), [r[1:] for r in REST], ids=[r[0] for r in REST])
def test_what_else_was_said_is_heard(text: str, rest: tuple[str, bool]) -> None:
    """The hidden number and what names it are left out."""
    assert rest == without(text)


def test_an_identity_number_is_no_order_number() -> None:
    """Who sends it when an order is asked for is asked for the order again, not for its phone."""
    found = listen(HIDDEN, memory=waiting("order.track", "order"))

    assert found.pending is not None
    assert (True, "", True) == (found.private, found.pending.slots.order, found.changed_subject)


def test_an_offer_is_not_taken_by_a_card_number() -> None:
    """What was only offered waits for a yes."""
    memory = waiting("order.cancel", "offer")

    found = listen(HIDDEN, memory=memory, orders=(facts(),))

    assert (None, memory) == (found.pending, found.memory)


def test_what_is_asked_beside_it_is_answered() -> None:
    """The rest of the message goes on as any other."""
    asked = (part("多久发货", "shipping-time.default"),)

    found = listen(f"身份证{HIDDEN}\n多久发货", answers={"多久发货": asked})

    assert (True, asked) == (found.private, found.parts)
