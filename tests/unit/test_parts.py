"""Where one message may hold several questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.kb.parts import MAX_CHARS, MAX_PARTS, pieces


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("有货吗,什么时候发货", ["有货吗", "什么时候发货"]),
        ("什么时候发货?怎么退货", ["什么时候发货", "怎么退货"]),
        ("有货吗 多久发货", ["有货吗", "多久发货"]),
        ("能不能便宜点,另外什么时候发货", ["能不能便宜点", "什么时候发货"]),
        ("怎么退货顺便问下运费谁出", ["怎么退货", "运费谁出"]),
        ("尺码偏大吗。有色差吗、起球不", ["尺码偏大吗", "有色差吗", "起球不"]),
        ("帮我催一下,改地址", ["帮我催一下", "改地址"]),
        ("这款还有松石绿l码吗?几天能发货", ["这款还有松石绿l码吗", "几天能发货"]),
        ("怎么退?我洗了一次,掉色了,怎么办", ["怎么退", "我洗了一次,掉色了,怎么办"]),
        ("起球吗,缩水吗,怎么洗,多少钱,包邮吗", ["起球吗", "缩水吗", "怎么洗", "多少钱", "包邮吗"]),
        (
            "有货吗?多久发货?包邮吗?能便宜吗?怎么退",
            ["有货吗", "多久发货", "包邮吗", "能便宜吗", "怎么退"],
        ),
    ],
)
def test_several_questions_are_cut(text: str, cut: list[str]) -> None:
    """At marks, spaces and words that open another question."""
    assert cut == pieces(text)


@pytest.mark.parametrize(
    "text",
    ["我买的衣服,洗了一次,掉色了,怎么办", "质量不好要退货,运费谁出", "175 140穿什么码", "还有货吗", "现在还有货吗",
     "a?b?", "", "???", "多少钱,", "吗,".join("甲乙丙丁戊己庚辛壬癸") + "吗", "有货吗," * 30],
    ids=["story", "reason", "measures", "still", "still-now", "letters", "empty", "marks", "one", "letters-again",
         "long"],
)  # fmt: skip
def test_other_messages_stay_whole(text: str) -> None:
    """A story before its question, a list too long and bare marks are one message."""
    assert [text] == pieces(text)


@given(st.text(st.sampled_from("有货吗,?。 什么退ab、~\n还"), max_size=MAX_CHARS + 20))
def test_pieces_are_of_the_text(text: str) -> None:
    """Never none, never too many, each one stands in the text."""
    cut = pieces(text)

    assert 1 <= len(cut) <= MAX_PARTS
    assert all(piece in text for piece in cut)
