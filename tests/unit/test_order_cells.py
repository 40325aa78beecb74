"""Cells of exported tables: what is read, what is refused and why."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders import cells
from shopbot.orders.cells import BadCell, Rounded


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("2611150001", "2611150001"),
        ("'2611150001", "2611150001"),
        ("'2611150001'", "2611150001"),
        ('="2611150001"', "2611150001"),
        ("\t2611150001 ", "2611150001"),
        ("２６１１１５０００１", "2611150001"),
        ("2611150001.0", "2611150001"),
        ("2.611150001E+09", "2611150001"),
        ("261115-123456789012345", "261115-123456789012345"),
    ],
)
def test_order_numbers_are_unwrapped(cell: str, number: str) -> None:
    """Quotes, formulas that hold text, full width and needless decimals go."""
    assert number == cells.order_number(cell)


@pytest.mark.parametrize("cell", ["2.61116E+09", "2.61E+9", "3.95722456789012E+18"])
def test_rounded_numbers_are_not_taken_for_exact(cell: str) -> None:
    """They come back as what they may have been."""
    assert isinstance(cells.order_number(cell), Rounded)


@given(st.integers(10**9, 10**19 - 1))
def test_rounding_never_loses_the_number_it_hides(number: int) -> None:
    """Whatever Excel shows of a number, the number is among those it may stand for."""
    shown = f"{Decimal(number):.5E}"
    rounded = cells.order_number(shown)

    assert isinstance(rounded, str) or rounded.may_be(str(number))


@pytest.mark.parametrize(
    ("cell", "key"),
    [("", "no-number"), ("--", "no-number"), ("订单", "bad-number"), ("1E+99", "bad-number")],
)
def test_what_is_no_order_number_is_refused(cell: str, key: str) -> None:
    """With the reason."""
    with pytest.raises(BadCell) as told:
        cells.order_number(cell)

    assert key == told.value.key


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("598.00", 59800),
        ("0.1", 10),
        ("¥1,288.00", 128800),
        ("￥89元", 8900),
        ("598.0000", 59800),
        ("", None),
        ("0", 0),
    ],
)
def test_amounts_become_fen(cell: str, fen: int | None) -> None:
    """To the fen, by decimals."""
    assert fen == cells.money(cell)


@given(st.integers(0, 10**11 - 1))
def test_every_amount_survives(fen: int) -> None:
    """No amount in yuan with two decimals loses a fen."""
    assert fen == cells.money(f"{fen // 100}.{fen % 100:02d}")


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("-1.00", "negative"),
        ("1.005", "part-of-fen"),
        ("NaN5", "bad-money"),
        ("1e3", "bad-money"),
        ("免费", "bad-money"),
        ("=1+1", "bad-money"),
    ],
)
def test_bad_amounts_are_refused(cell: str, key: str) -> None:
    """With the reason."""
    with pytest.raises(BadCell) as told:
        cells.money(cell)

    assert key == told.value.key


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-15 09:12:33",
        "2026/11/15 9:12:33",
        "2026.11.15 09:12:33",
        "2026年11月15日 9时12分33秒",
        "2026-11-15T09:12:33+08:00",
        "2026-11-15T01:12:33Z",
        "20261115091233",
        "46341.38371527778",
    ],
)
def test_times_of_any_form_are_the_same_moment(cell: str) -> None:
    """Without a zone it is the store's wall clock."""
    assert datetime(2026, 11, 15, 1, 12, 33, tzinfo=UTC) == cells.moment(cell)


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("2026-02-30 10:00", "impossible-date"),
        ("2026-13-01", "impossible-date"),
        ("2026-11-15 25:00", "impossible-date"),
        ("1926-11-15", "far-date"),
        ("11/12/2026", "bad-date"),
        ("昨天", "bad-date"),
        ("99999", "bad-date"),
    ],
)
def test_impossible_times_are_refused(cell: str, key: str) -> None:
    """With the reason."""
    with pytest.raises(BadCell) as told:
        cells.moment(cell)

    assert key == told.value.key


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("No:SF1400234567890", ("SF1400234567890",)),
        ("yt8800123456789", ("YT8800123456789",)),
        ("YT8800123456789, ZT1234567890；YT8800123456789", ("YT8800123456789", "ZT1234567890")),
        ("", ()),
    ],
)
def test_parcel_numbers_are_unwrapped(cell: str, found: tuple[str, ...]) -> None:
    """Several to a cell, each once."""
    assert found == cells.parcels(cell)


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("浙江省 杭州市 西湖区 **路**号", ("浙江省", "杭州市", "西湖区")),
        ("浙江省杭州市西湖区文三路", ("浙江省", "杭州市", "西湖区")),
        ("新疆维吾尔自治区 乌鲁木齐市 **区 **街", ("新疆维吾尔自治区", "乌鲁木齐市", "")),
        ("北京市朝阳区建国路", ("北京市", "北京市", "朝阳区")),
        ("北京市 北京市 朝阳区 **路", ("北京市", "北京市", "朝阳区")),
        ("浙江杭州市西湖区文三路1号", ("浙江", "杭州市", "西湖区")),
        ("浙江 杭州 西湖区 文三路1号", ("浙江", "杭州", "西湖区")),
        ("广东东莞市南城街道", ("广东", "东莞市", "")),
        ("新疆乌鲁木齐天山路", ("新疆", "", "")),
        ("湖南路88号", ("", "", "")),
        ("西藏北路88号", ("", "", "")),
        ("", ("", "", "")),
    ],
)
def test_regions_are_read_from_addresses(address: str, region: tuple[str, str, str]) -> None:
    """Province, city, district; blank where it is hidden."""
    assert region == cells.region(address)


def test_attributes_tell_colour_and_size() -> None:
    """By their names."""
    told = "颜色分类:曜石黑;尺码：L"

    assert ("曜石黑", "L") == (cells.attribute(told, "颜色"), cells.attribute(told, "尺码"))


@given(st.text(max_size=40))
def test_no_cell_breaks_the_readers(text: str) -> None:
    """Whatever stands there is read or refused."""
    for reader in (cells.order_number, cells.money, cells.count, cells.moment, cells.parcels):
        with suppress(BadCell):
            reader(text)
