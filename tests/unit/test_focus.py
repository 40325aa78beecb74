"""Follow-ups: what a short message means after the ones before it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot.kb.focus import MAX_TURNS, Focus, Turn, focus, generic
from shopbot.kb.mentions import Names
from shopbot.kb.product import Catalogue
from tests.simulators.catalogue import PRODUCTS, knowledge

NAMES = Names(PRODUCTS)
SHELF = Catalogue(knowledge())
JACKET, DOWN, KIDS = (product.sku for product in PRODUCTS)
SHARED = "￥AbCdEf12345￥ 「轻羽羽绒服」点击链接直接打开"


def _focus(*turns: str, product: str = "") -> Focus:
    """Resolve turns; those of the shop begin with 店: or 机:."""
    roles = {"店:": "agent", "机:": "bot"}
    told = [
        Turn(role=roles[t[:2]], text=t[2:]) if t[:2] in roles else Turn(text=t)  # type: ignore[arg-type]
        for t in turns
    ]
    return focus(told, product, NAMES, SHELF)


@pytest.mark.parametrize(
    ("turns", "question"),
    [
        (["黑色M码有货吗", "那L码呢"], "黑色l码有货吗"),
        (["黑色M码有货吗", "白色的呢"], "白色的m码有货吗"),
        (["黑色M码有货吗", "那L码呢", "XL呢"], "黑色xl有货吗"),
        (["云脊防水吗", "轻羽呢"], "轻羽防水吗"),
        (["有货吗", "云脊呢"], "云脊有货吗"),
        (["发到新疆要多久", "西藏呢"], "发到西藏要多久"),
        (["175 140斤穿什么码", "180 160斤呢"], "180 160斤穿什么码"),
        (["什么时候发货", "多久"], "什么时候发货 多久"),
        (["退货运费谁出?", "怎么算"], "退货运费谁出 怎么算"),
        (["140有货吗", "150呢"], "150有货吗"),
        (["175穿什么码", "机:方便说下体重吗", "160"], "175穿什么码 体重160斤"),
        (["140斤穿什么码", "店:身高多少呢", "175"], "140斤穿什么码 身高175cm"),
        (["这鞋怎么选码", "店:脚长多少呢", "255"], "这鞋怎么选码 脚长255mm"),
        (["穿什么码", "机:说下身高体重哦", "175"], "穿什么码 身高175cm"),
        (["穿什么码", "机:说下身高体重哦", "65"], "穿什么码 体重65斤"),
        (["穿什么码合适", "机:说下身高体重哦", "175 140"], "175 140穿什么码合适"),
        (["有货吗", "LS-JK-01-BK-L"], "ls-jk-01-bk-l有货吗"),
        (["有货吗", SHARED], "轻羽羽绒服有货吗"),
        (["有货吗", "https://item.taobao.com/item.htm?id=740001000202"], "轻羽羽绒服有货吗"),
    ],
    ids=lambda value: " / ".join(value) if isinstance(value, list) else "",
)
def test_follow_ups_are_completed(turns: list[str], question: str) -> None:
    """A message of slots or a bare question takes the rest from the question before it."""
    found = _focus(*turns)

    assert question == found.question
    assert found.carried


@pytest.mark.parametrize(
    "turns",
    [["什么时候发货", "怎么退货"], ["谢谢"], ["那L码呢"], ["多久"], ["店:什么时候发货", "西藏呢"],
     ["机:亲亲想问什么", "多久"], ["有货吗", "我想要黑色的防水裤子"], ["好", "多久"]],
    ids=" / ".join,
)  # fmt: skip
def test_other_messages_stand_alone(turns: list[str]) -> None:
    """A full question, a first message and what only the shop said carry nothing over."""
    assert "" == _focus(*turns).carried


def test_short_messages_offer_a_second_reading() -> None:
    """A short question of its own may still belong to the one before; the answerer judges."""
    found = _focus("退货运费谁出", "不喜欢可以退吗")

    assert "不喜欢可以退吗" == found.question
    assert found.with_before is not None
    assert "退货运费谁出 不喜欢可以退吗" == found.with_before.question
    assert "退货运费谁出" == found.with_before.carried


@pytest.mark.parametrize(
    ("turns", "view", "product"),
    [
        (["云脊防水吗"], DOWN, JACKET),
        (["防水吗"], DOWN, DOWN),
        (["防水吗"], "https://item.taobao.com/item.htm?id=740001000101", JACKET),
        (["防水吗"], "740001000202", DOWN),
        (["防水吗"], "NO-SUCH", ""),
        (["云脊防水吗", "起球吗"], "", JACKET),
        (["云脊防水吗", "它起球吗"], DOWN, JACKET),
        (["云脊防水吗", "什么时候发货"], DOWN, DOWN),
        (["云脊M码有吗", "那L码呢"], DOWN, JACKET),
        (["店:亲看看云脊哦", "防水吗"], "", JACKET),
        (["机:推荐轻羽", "这款防水吗"], JACKET, DOWN),
        (["https://item.taobao.com/item.htm?id=740001000101 防水吗"], DOWN, JACKET),
        ([SHARED + " 防水吗"], JACKET, DOWN),
        (["ls-jk-01-gn-xl有吗"], "", JACKET),
        ([SHARED], "", DOWN),
    ],
)
def test_the_product_in_question(turns: list[str], view: str, product: str) -> None:
    """Named in the message beats the talk when pointed at, the page otherwise, then the talk."""
    assert product == _focus(*turns, product=view).slots.product


def test_a_variants_sku_tells_colour_and_size() -> None:
    """The tail of LS-JK-01-BK-L is read by the product's own codes."""
    slots = _focus("LS-JK-01-BK-L有货吗").slots

    assert (JACKET, "曜石黑", "L") == (slots.product, slots.colour, slots.size)


def test_slots_of_a_message() -> None:
    """Measures, region, order, parcel and telephone come along."""
    slots = _focus("身高175体重140 发新疆 2412345678901234567 SF1234567890123 13812345678").slots

    assert (175.0, 70.0, "新疆") == (slots.height, slots.weight, slots.region)
    assert "2412345678901234567" == slots.order
    assert "SF1234567890123" == slots.tracking
    assert "13812345678" == slots.phone


def test_two_products_are_compared() -> None:
    """The second one named is the other; the same one twice is none."""
    both = _focus("云脊和轻羽哪个好")

    assert (JACKET, DOWN) == (both.slots.product, both.slots.other_product)
    assert "这款和那款哪个好" == both.text
    assert "" == _focus("云脊就是云脊吗").slots.other_product


def test_subjects_long_dropped_do_not_come_back() -> None:
    """Only the last turns count."""
    turns = ["云脊防水吗", *["什么时候发货"] * MAX_TURNS]

    assert "" == _focus(*turns).slots.product


@pytest.mark.parametrize(
    ("said", "plain"),
    [("云脊冲锋衣有货吗", "这款有货吗"), ("ls-jk-01-bk-l有吗", "这款有吗"), ("松石绿xl有吗", "黑色l码有吗"),
     ("abc-12-34有吗", "abc-12-34有吗"), ("有米白色的吗", "有黑色吗"), ("米白色差大吗", "黑色色差大吗"),
     ("米白色xl还有吗", "黑色l码还有吗")],
)  # fmt: skip
def test_names_and_values_become_examples(said: str, plain: str) -> None:
    """Questions are compared whatever product, colour and size they are about."""
    assert plain == generic(said, NAMES)


def test_nothing_said_is_blank() -> None:
    """No turn, an empty one and a lone smiley are no question."""
    assert "" == focus([], JACKET, NAMES, SHELF).text
    assert JACKET == focus([], JACKET, NAMES, SHELF).slots.product
    assert _focus("").blank
    assert _focus("有货吗", "😀").blank


@settings(max_examples=200, deadline=None)
@given(
    turns=st.lists(
        st.tuples(
            st.sampled_from(["", "店:", "机:"]),
            st.one_of(
                st.text(max_size=20),
                st.lists(st.sampled_from(["云脊", "有货吗", "那", "L码", "呢", "175", "140斤", "多久", "西藏",
                                          "LS-JK-01-BK-L", "黑色", " ", "？"]), max_size=5).map("".join),
            ),
        ).map("".join),
        max_size=5,
    )
)  # fmt: skip
def test_any_talk_is_resolved(turns: list[str]) -> None:
    """Whatever was said in whatever order: no error, and only known products."""
    found = _focus(*turns)

    assert found.slots.product in {"", JACKET, DOWN, KIDS}
    assert isinstance(found.text, str)
