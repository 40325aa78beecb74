"""Messages as shoppers type them, made plain: laws over any text, tables of what is taken out."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopbot.kb import text as texts

PIECES = st.sampled_from(
    ["/:", "^_^", "[微笑]", "{订单号}", "{", "}", "￥AbCdEf12345￥", "「云脊」", "【淘宝】", "tb/", "a.",
     "https://a.com/item.htm?id=12", "点击链接", "复制", "打开", "SF1234567890123", "13812345678", "no:",
     "2412345678901234567", "哈哈", "x", "1", "12345", "乾", "甚麽", "發貨", "İ", "e\u0301", "～", "!!",
     "😀", "👨‍👩‍👧", "\ufe0f", "㎏", "ﷺ", "\u200b", "\ud800", "\n", "　", "ＡＢ", "台灣", "´", "`", "𠀀"]
)  # fmt: skip
ANYTHING = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(PIECES, st.characters()), max_size=12).map("".join),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=ANYTHING)
def test_normalising_is_done_once(raw: str) -> None:
    """Whatever was typed, normalising what is normal changes nothing, and it stays bounded."""
    once = texts.normalise(raw)

    assert once == texts.normalise(once)
    assert len(once) <= texts.MAX_CHARS


@settings(max_examples=200, deadline=None)
@given(raw=ANYTHING)
def test_courtesies_come_off_any_text(raw: str) -> None:
    """No text fails, and something stays of a text that says something."""
    normal = texts.normalise(raw)

    assert bool(normal) == bool(texts.core(normal))


@pytest.mark.parametrize(
    "raw",
    ["發" * 20_000, ",." * 1_000 + "x", "a." * 10_000, "ﷺ" * 5_000, "【" * 20_000, "\x00" * 20_000,
     "亲,呢。" * 5_000 + "x", "[微" * 5_000],
    ids=["han", "marks", "dots", "expanding", "brackets", "control", "courtesies", "smileys"],
)  # fmt: skip
def test_long_messages_stay_bounded(raw: str) -> None:
    """Twenty thousand characters are cut, not chewed on (the suite's timeout guards the time)."""
    core = texts.core(texts.normalise(raw))

    assert len(core) <= texts.MAX_CHARS


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("請問什麼時候發貨？", "请问什么时候发货?"),
        ("ＹＨＱ怎么用", "yhq怎么用"),
        ("哈哈哈哈哈 好好好好的", "哈 好的"),
        ("XXXL有吗", "xxxl有吗"),
        ("8888", "8888"),
        ("在吗？？？？！！！", "在吗?!"),
        ("/:^_^发货了吗[微笑]", "发货了吗"),
        ("发货了吗😀😀", "发货了吗"),
        ("😀", ""),
        ("a\x00b\u200bc\ud800", "abc"),
        ("发货\n\n了吗　?", "发货 了吗 ?"),
        ("{{7*7}}", "{7*7}"),
        ("{订单号}到哪了", "订单号到哪了"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE x;--", "'; drop table x;-"),
        ("", ""),
    ],
)
def test_what_was_typed_becomes_plain(raw: str, normal: str) -> None:
    """Script, width, case, runs, smileys and invisible characters make no difference."""
    assert normal == texts.normalise(raw)


@pytest.mark.parametrize(
    ("raw", "normal", "orders", "trackings", "phones"),
    [
        ("2412345678901234567", "订单号", ("2412345678901234567",), (), ()),
        ("单号2412345678901234567怎么还没发", "单号订单号怎么还没发", ("2412345678901234567",), (), ()),
        ("SF1234567890123到哪了", "运单号到哪了", (), ("SF1234567890123",), ()),
        ("No:yt8812345678901", "运单号", (), ("YT8812345678901",), ()),
        ("773012345678901", "运单号", (), ("773012345678901",), ()),
        ("电话13812345678", "电话手机号", (), (), ("13812345678",)),
        ("13812345678 2412345678901234567", "手机号 订单号", ("2412345678901234567",), (), ("13812345678",)),
        ("满300减50", "满300减50", (), (), ()),
        ("LS-JK-01-BK-L", "ls-jk-01-bk-l", (), (), ()),
    ],
)  # fmt: skip
def test_numbers_are_told_apart(
    raw: str,
    normal: str,
    orders: tuple[str, ...],
    trackings: tuple[str, ...],
    phones: tuple[str, ...],
) -> None:
    """Orders, parcels and telephones leave a word behind and are handed back."""
    reading = texts.read(raw)

    assert (normal, orders, trackings, phones) == (
        reading.text,
        reading.orders,
        reading.trackings,
        reading.phones,
    )


@pytest.mark.parametrize(
    ("raw", "normal", "links", "name"),
    [
        ("https://item.taobao.com/item.htm?spm=1&id=740001000102 有货吗", "有货吗", ("740001000102",), ""),
        ("https://detail.tmall.com/item.htm?id=1&sku=ABC-2", "", ("1", "abc-2"), ""),
        ("item.jd.com/item/100012.html 怎么样", "怎么样", ("100012",), ""),
        ("￥AbCdEf12345￥ 「云脊单层冲锋衣」点击链接直接打开 或者 淘宝搜索直接打开", "", (), "云脊单层冲锋衣"),
        ("【淘宝】https://m.tb.cn/h.abc?tk=AbCdEf12345 MF7997 「云脊冲锋衣 男款」点击链接直接打开 起球吗",
         "起球吗", (), "云脊冲锋衣 男款"),
        ("「云脊」有货吗", "「云脊」有货吗", (), ""),
    ],
    ids=["taobao", "two-ids", "path", "share-code", "share-link", "plain-quotes"],
)  # fmt: skip
def test_links_and_share_codes_name_products(
    raw: str, normal: str, links: tuple[str, ...], name: str
) -> None:
    """The item id of a link and the name in a share code are kept, the rest is noise."""
    reading = texts.read(raw)

    assert (normal, links, name) == (reading.text, reading.links, reading.shared_name)


@pytest.mark.parametrize(
    ("raw", "blank"),
    [("", True), ("😀", True), ("？？", True), ("[微笑]", True), ("好", False), ("1", False),
     ("https://item.taobao.com/item.htm?id=12", False), ("￥AbCdEf12345￥「云脊」", False)],
)  # fmt: skip
def test_a_link_is_no_blank_message(raw: str, blank: bool) -> None:
    """Only marks and pictures are blank; a product that was sent says something."""
    assert blank == texts.read(raw).blank


@pytest.mark.parametrize(
    ("raw", "traditional"),
    [("什麼時候發貨", True), ("發貨", True), ("什么时候发货", False), ("ok", False), ("", False),
     ("我要买台湾著名的那个凤梨酥请问什么时候能够发货啊", False)],
)  # fmt: skip
def test_the_shoppers_script_is_told(raw: str, traditional: bool) -> None:
    """Replies go out in the script that was typed."""
    assert traditional == texts.read(raw).traditional


@pytest.mark.parametrize(
    ("normal", "core"),
    [
        ("你好,请问什么时候发货呀,谢谢", "什么时候发货呀"),
        ("亲 在吗 有货吗", "有货吗"),
        ("我想问一下尺码", "尺码"),
        ("怎么退货呢亲~", "怎么退货"),
        ("谢谢", "谢谢"),
        ("你好", "你好"),
        ("你好在吗谢谢", "你好在吗谢谢"),
        ("亲", "亲"),
        ("", ""),
    ],
)
def test_courtesies_come_off_unless_they_are_all(normal: str, core: str) -> None:
    """A greeting alone is a message; around a question it is wrapping."""
    assert core == texts.core(normal)


def test_scripts_go_there_and_back() -> None:
    """A reply in simplified characters can be told in traditional ones."""
    told = texts.to_traditional("发货后请查收")

    assert "發貨後請查收" == told
    assert "发货后请查收" == texts.to_simplified(told)


def test_warming_loads_both_directions() -> None:
    """After it nobody waits for a converter to load."""
    texts._converter.cache_clear()

    texts.warm()
    loaded = texts._converter.cache_info().misses
    texts.to_traditional("头发")
    texts.to_simplified("頭髮")

    assert (2, 2) == (loaded, texts._converter.cache_info().misses)
