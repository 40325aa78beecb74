"""The catalogue and the two rules over it: what is on hand, and which size fits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.kb.entry import SizeRow, Source, StockRow
from shopbot.kb.loader import load
from shopbot.kb.product import Catalogue, match_colour, match_size, size_advice, stock_state
from shopbot.kb.sizing import chart
from shopbot.kb.stock import LOW_STOCK, available, restock_date
from tests.kb_store import NOW, TEA_STORE

HERE = Source(file="s.csv", line=2)
COLOURS = ("曜石黑", "松石绿", "墨绿", "赤岩红", "深海蓝")
DAYS = 2 * 86400


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The tea shop's catalogue."""
    return Catalogue(load(TEA_STORE))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QS-HC-01", ("QS-HC-01", "", "")),
        ("qs-qp-03-bk-l", ("QS-QP-03", "墨黑", "L")),
        ("QS-QP-03-L", ("QS-QP-03", "", "L")),
        ("QS-QP-03-ZZ", ("QS-QP-03", "", "")),
        ("ＱＳ-HC-01", ("QS-HC-01", "", "")),
        ("QS-HC", None),
        ("", None),
    ],
)
def test_a_sku_names_product_colour_and_size(
    catalogue: Catalogue, text: str, expected: tuple[str, str, str] | None
) -> None:
    """The tail of a variant's SKU is read through the product's own codes and sizes."""
    hit = catalogue.find_sku(text)

    assert expected == (hit and (hit.product.sku, hit.colour, hit.size))


@pytest.mark.parametrize(
    ("link", "sku"),
    [
        ("880001000002", "QS-LC-02"),
        ("https://detail.tmall.com/item.htm?spm=a1z10&id=880001000001&x=1", "QS-HC-01"),
        ("https://item.jd.com/880001000003.html", "QS-QP-03"),
        ("https://example.com/1", None),
    ],
)
def test_a_link_names_a_product(catalogue: Catalogue, link: str, sku: str | None) -> None:
    """Item ids are found bare or in links of any platform."""
    product = catalogue.find_link(link)

    assert sku == (product and product.sku)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("黑", "曜石黑"), ("黑色", "曜石黑"), ("黑色的", "曜石黑"), ("曜石黑", "曜石黑"),
        ("墨绿", "墨绿"), ("绿色", ""), ("紫", ""), ("", ""), ("蓝色", "深海蓝"), ("大红", "赤岩红"),
    ],
)  # fmt: skip
def test_colours_are_matched_loosely_but_never_guessed(said: str, expected: str) -> None:
    """A shopper's word fits a colour name; a word that fits two names fits none."""
    assert expected == match_colour(COLOURS, said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [("xxl", "2XL"), ("XXL码", "2XL"), ("l码", "L"), ("41码", "41"), ("5XL", "")],
)
def test_sizes_are_matched_by_their_other_spellings(said: str, expected: str) -> None:
    """XXL is 2XL, and 码 is no part of a size."""
    assert expected == match_size(("L", "XL", "2XL", "41"), said)


def row(
    colour: str, size: str, quantity: int, hours: float = 1, restock: date | None = None
) -> StockRow:
    """A stock row told ``hours`` ago."""
    as_of = NOW - timedelta(hours=hours)
    return StockRow(sku="A", colour=colour, size=size, quantity=quantity, as_of=as_of,
                    restock=restock, source=HERE)  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "asked", "state"),
    [
        ([row("黑", "S", 9)], ("黑", "S"), "in"),
        ([row("黑", "S", LOW_STOCK)], ("黑", "S"), "low"),
        ([row("黑", "S", LOW_STOCK + 1)], ("黑", "S"), "in"),
        ([row("黑", "S", 0)], ("黑", "S"), "out"),
        ([row("黑", "S", 9)], ("", ""), "in"),
        ([row("黑", "S", 9), row("黑", "M", 0)], ("黑", ""), "partial"),
        ([row("黑", "S", 0), row("黑", "M", 0)], ("黑", ""), "out"),
        ([row("黑", "S", 9), row("白", "S", 9)], ("紫", "S"), "partial"),
        ([row("黑", "S", 9), row("白", "M", 9)], ("黑", "M"), "partial"),
        ([row("黑", "S", 0), row("白", "M", 9)], ("黑", "M"), "out"),
        ([row("黑", "S", 9, hours=49)], ("黑", "S"), "stale"),
        ([row("黑", "S", 9, hours=48)], ("黑", "S"), "in"),
        ([row("黑", "S", 9, hours=49), row("黑", "M", 9)], ("黑", ""), "partial"),
        ([row("黑", "S", 9, hours=49), row("黑", "M", 0)], ("黑", ""), "stale"),
        ([], ("黑", "S"), "unknown"),
    ],
)
def test_stock_is_told_as_far_as_it_is_known(
    rows: list[StockRow], asked: tuple[str, str], state: str
) -> None:
    """Colour and size decide; figures that are too old are never told as a number."""
    assert state == stock_state(rows, *asked, NOW, DAYS).state


def test_what_is_there_is_listed_by_colour() -> None:
    """Colours with their sizes, goods of one size by colour alone."""
    rows = [row("黑", "S", 1), row("黑", "M", 1), row("白", "均码", 1)]

    assert "黑（S、M）、白" == available(rows)


def test_a_restock_day_that_is_past_is_not_promised() -> None:
    """Only days still to come are told, the earliest first."""
    days = [date(2026, 11, 20), None, date(2026, 12, 5), date(2026, 12, 1)]
    rows = [row("黑", "S", 0, restock=day) for day in days]

    assert date(2026, 12, 1) == restock_date(rows, date(2026, 11, 22))
    assert restock_date(rows[:2], date(2026, 11, 22)) is None


SHIRT = load(TEA_STORE).sizes["shirt"]
SHOES = tuple(
    SizeRow(size=size, ranges={"foot_length": ends}, measurements={}, source=HERE)
    for size, ends in {"40": (246, 250), "41": (252, 256)}.items()
)


@pytest.mark.parametrize(
    ("body", "when", "sizes"),
    [
        ({"height": 160, "weight": 50}, "fit", ("S",)),
        ({"height": 164, "weight": 50}, "fit", ("S",)),
        ({"height": 164, "weight": 54}, "between", ("S", "M")),
        ({"height": 160, "weight": 70}, "between", ("S", "L")),
        ({"height": 178, "weight": 58}, "between", ("M", "L")),
        ({"height": 200, "weight": 60}, "none", ()),
        ({"height": 160, "weight": 120}, "none", ()),
        ({"height": 160}, "fit", ("S",)),
        ({}, "none", ()),
        ({"foot_length": 250}, "none", ()),
    ],
)
def test_size_advice_follows_the_table(
    body: dict[str, float], when: str, sizes: tuple[str, ...]
) -> None:
    """One row that holds all measures fits; two rows or measures apart are between; else none."""
    advice = size_advice(SHIRT, **body)

    assert (when, sizes) == (advice.when, advice.sizes)


@pytest.mark.parametrize(
    ("length", "when", "sizes"),
    [(250, "fit", ("40",)), (251, "between", ("40", "41")), (245, "none", ()), (257, "none", ())],
)
def test_a_foot_in_a_gap_is_between_two_sizes(
    length: float, when: str, sizes: tuple[str, ...]
) -> None:
    """A length that no row holds but its neighbours enclose names both."""
    advice = size_advice(SHOES, foot_length=length)

    assert (when, sizes) == (advice.when, advice.sizes)


def test_size_advice_says_why() -> None:
    """The reason names the body and the range that decided."""
    fit = size_advice(SHIRT, height=160, weight=50)
    apart = size_advice(SHIRT, height=160, weight=70)
    outside = size_advice(SHIRT, height=200, weight=60)

    assert "身高160cm、体重50kg正好在S码的范围里（身高155-165cm、体重45-55kg）。" == fit.text
    assert (
        "按身高160cm是S码，按体重70kg是L码，建议选大的L码，穿着宽松、里面也好叠穿。" == apart.text
    )
    assert "尺码表的范围是身高155-180cm。" == outside.text


@given(height=st.floats(100, 230), weight=st.floats(20, 200))
def test_size_advice_always_names_sizes_of_the_table_in_order(height: float, weight: float) -> None:
    """For any body: known sizes, the smaller first, one for a fit, none without a verdict."""
    advice = size_advice(SHIRT, height=height, weight=weight)

    order = [row.size for row in SHIRT]
    places = [order.index(size) for size in advice.sizes]
    assert sorted(places) == places
    assert {"fit": 1, "between": 2, "none": 0}[advice.when] == len(advice.sizes)
    assert advice.reasons


def test_a_size_table_reads_well_in_a_chat() -> None:
    """One line a size, ranges with units, then the measurements."""
    assert "S：身高155-165cm，体重45-55kg，胸围96" == chart(SHIRT).splitlines()[0]


def test_sizes_that_are_not_sold_are_not_advised(catalogue: Catalogue) -> None:
    """The table may have more sizes than the product."""
    product = catalogue.products["QS-QP-03"]

    assert ["S", "M", "L"] == [row.size for row in catalogue.size_rows(product)]


def test_comparisons_are_found_in_either_order(catalogue: Catalogue) -> None:
    """A pair is a pair."""
    told = catalogue.comparison("QS-LC-02", "QS-HC-01")

    assert told is catalogue.comparison("QS-HC-01", "QS-LC-02")
    assert told is not None
    assert catalogue.comparison("QS-HC-01", "QS-QP-03") is None
