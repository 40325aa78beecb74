"""Which words ask to be told when goods are there, and what else the message says."""

from __future__ import annotations

import pytest

from shopbot.chat.noticing import divide, is_wish

WISHES = [
    ("call-me", "松石绿S码到货叫我", True),
    ("tell-me", "有货了告诉我一声", True),
    ("register", "帮我登记到货通知", True),
    ("name-alone", "到货通知", True),
    ("takes-back", "取消到货通知", False),
    ("not-any-more", "到货了不用通知我", False),
    ("asks-whether", "到货了能告诉我吗", False),
    ("parcel", "我的快递到货了告诉我", False),
    ("stock", "曜石黑3XL有货吗", False),
]


@pytest.mark.parametrize(("text", "wish"), [w[1:] for w in WISHES], ids=[w[0] for w in WISHES])
def test_a_wish_is_told_in_so_many_words(text: str, wish: bool) -> None:
    """A question about it, its opposite and a parcel are none."""
    assert wish == is_wish(text)


DIVIDED = [
    ("then-a-question", "松石绿S码到货叫我 顺便问下能开发票吗", False,
     ("松石绿S码到货叫我", "顺便问下能开发票吗")),
    ("goods-before", "松石绿S码，到货了叫我，能开发票吗", False,
     ("松石绿S码，到货了叫我", "能开发票吗")),
    ("question-before", "多久发货，松石绿S码到货叫我", False, ("松石绿S码到货叫我", "多久发货")),
    ("no-wish", "曜石黑3XL有货吗，多久发货", False, ("", "曜石黑3XL有货吗，多久发货")),
    ("which-was-asked", "赤岩红M码,多久发货", True, ("赤岩红M码", "多久发货")),
    ("which-was-asked-other", "多久发货", True, ("", "多久发货")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "awaited", "both"), [d[1:] for d in DIVIDED], ids=[d[0] for d in DIVIDED]
)
def test_a_wish_and_a_question_are_told_apart(
    text: str, awaited: bool, both: tuple[str, str]
) -> None:
    """Each gets its own answer."""
    assert both == divide(text, awaited=awaited)
