"""Body measures, sizes and colours in many spellings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot.kb import measures
from shopbot.kb.text import normalise


@pytest.mark.parametrize(
    ("said", "height", "weight"),
    [
        ("175 140斤", 175, 70), ("175,140斤穿什么码", 175, 70), ("140斤175", 175, 70), ("175 140", 175, 70),
        ("175/70", 175, 70), ("175-140", 175, 70), ("175、140", 175, 70), ("我178 75", 178, 75),
        ("170cm 65kg", 170, 65), ("178cm 62.5kg", 178, 62.5), ("男175cm/75kg", 175, 75),
        ("身高：168 体重：52公斤", 168, 52), ("身高175体重140", 175, 70), ("身高175，65", 175, 65),
        ("身高165左右，体重110斤左右", 165, 55), ("165左右 100左右", 165, 50), ("162 55公斤", 162, 55),
        ("1米75", 175, None), ("一米六", 160, None), ("一米六五", 165, None), ("1米6", 160, None),
        ("1m75", 175, None), ("1.75米", 175, None), ("1.75m", 175, None), ("1米58 98斤", 158, 49),
        ("身高1.75米，体重65kg", 175, 65), ("1.8米 160", 180, 80), ("身高一米七五体重一百四", 175, 70),
        ("一百三十五斤", None, 67.5), ("二百斤", None, 100), ("身高175", 175, None), ("净高178", 178, None),
        ("体重140", None, 70), ("体重65", None, 65), ("120斤", None, 60), ("65公斤", None, 65),
        ("孩子身高110", 110, None), ("宝宝110cm 20kg", 110, 20), ("160-165cm", 165, None),
    ],
    ids=str,
)  # fmt: skip
def test_measures_are_read(said: str, height: float | None, weight: float | None) -> None:
    """Centimetres and kilograms, however they were typed."""
    body = measures.body(normalise(said))

    assert (height, weight) == (body.height, body.weight)


@pytest.mark.parametrize(
    ("said", "weight"),
    [("165 52", 52), ("155 90", 45), ("188 85", 85), ("180 160", 80), ("160 110", 55), ("175 65", 65)],
)  # fmt: skip
def test_a_bare_weight_is_read_in_the_likelier_unit(said: str, weight: float) -> None:
    """Kilograms or 斤, whichever makes a body nearer to the middle."""
    assert weight == measures.body(said).weight


@pytest.mark.parametrize(
    "said",
    ["500ml", "满300减50", "13812345678", "2412345678901234567", "300块", "199元", "净重300克", "重量500g",
     "充绒量150克", "10000mm", "24小时", "3天", "170/88A", "高度120cm", "长180cm宽90cm", "180*90cm", "1.8米长",
     "重庆", "LS-JK-01-BK-L", "170码", "买3送1", "95%羊毛", ""],
)  # fmt: skip
def test_other_numbers_are_no_body(said: str) -> None:
    """Volumes, prices, telephones, dimensions and labels say nothing of the shopper."""
    assert measures.Body() == measures.body(normalise(said))


@pytest.mark.parametrize(
    ("said", "millimetres"),
    [("脚长25.5cm", 255), ("脚长255", 255), ("脚长25.5", 255), ("脚长 250mm", 250), ("脚长大约26厘米", 260),
     ("250mm", None)],
)  # fmt: skip
def test_foot_lengths_are_read_in_millimetres(said: str, millimetres: float | None) -> None:
    """Centimetres and millimetres are told apart by unit or size."""
    assert millimetres == measures.body(said).foot_length


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("黑色M码有货吗", [("colour", "黑"), ("size", "m")]),
        ("XXL和3XL", [("size", "xxl"), ("size", "3xl")]),
        ("xxxl有吗", [("size", "xxxl")]),
        ("42码", [("size", "42")]),
        ("42.5码", [("size", "42.5")]),
        ("140的还有吗", [("size", "140")]),
        ("110码", [("size", "110")]),
        ("大码", [("size", "大")]),
        ("均码吗", [("size", "均码")]),
        ("红的呢", [("colour", "红")]),
        ("藏青色", [("colour", "藏青")]),
        ("灰的确良", []),
        ("满100的", []),
        ("500ml 1l", []),
        ("脚长255", [("body", "脚长255")]),
    ],
    ids=str,
)
def test_slots_have_places(said: str, found: list[tuple[str, str]]) -> None:
    """Sizes, colours and body measures are found with their values, in order."""
    assert found == [(s.kind, s.value) for s in measures.spans(normalise(said))]


@pytest.mark.parametrize(
    ("one", "other"),
    [("有XXL吗", "有M码吗"), ("黑色有货吗", "红色有货吗"), ("175 140斤穿什么码", "160cm 50kg穿什么码"),
     ("110码有吗", "140码有吗")],
)  # fmt: skip
def test_questions_are_alike_whatever_their_values(one: str, other: str) -> None:
    """To retrieval, two questions that differ in a value only are one."""
    assert measures.mask(normalise(one)) == measures.mask(normalise(other))


@settings(max_examples=300, deadline=None)
@given(
    raw=st.lists(
        st.sampled_from(
            [
                "1",
                "75",
                "米",
                "cm",
                "斤",
                "kg",
                "身高",
                "体重",
                "脚长",
                "黑色",
                "l码",
                "xl",
                "140",
                "码",
                "一",
                "百",
                "六",
                "-",
                "/",
                "吗",
                "的",
            ]
        ),
        max_size=10,
    ).map("".join)
)
def test_any_mixture_is_read_without_error(raw: str) -> None:
    """Spans lie in the text and body measures are plausible or absent."""
    text = normalise(raw)
    found = measures.spans(text)
    body = measures.body(text)

    assert all(0 <= s.start < s.end <= len(text) for s in found)
    assert body.height is None or 50 <= body.height <= 230
    assert measures.mask(text) is not None


def test_of_overlapping_spans_the_longest_stays() -> None:
    """Results are in order and never overlap."""
    long = measures.Span(kind="body", start=2, end=9, value="")
    inside = measures.Span(kind="size", start=4, end=6, value="")
    after = measures.Span(kind="size", start=9, end=10, value="")

    assert [long, after] == measures.without_overlaps([inside, after, long])
