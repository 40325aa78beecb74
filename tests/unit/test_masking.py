"""Numbers that tell who somebody is are hidden, wherever they stand; other numbers stay."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shopbot import logs
from shopbot.masking import is_card, mask, mask_all

HIDDEN = [
    ("mobile", "电话13812345512谢谢", "电话138****5512谢谢"),
    ("spaced", "138 1234 5512", "138 **** 5512"),
    ("dashed", "打138-1234-5512", "打138-****-5512"),
    ("country", "+86 13812345512", "+86 138****5512"),
    ("country-glued", "8613812345512", "86138****5512"),
    ("full-width", "１３８１２３４５５１２", "１３８****５５１２"),
    ("landline", "0571-87654321", "057*-****4321"),
    ("identity", "身份证330106199003078811。", "身份证330*************11。"),
    ("identity-x", "11010519491231002X", "110*************2X"),
    ("identity-old", "110105491231002", "110**********02"),
    ("card", "卡号6222021234567890123", ""),
    ("card-16", "4111 1111 1111 1111", "4111 **** **** 1111"),
    ("after-letters", "加V13812345512", "加V138****5512"),
    ("two", "13812345512或13900001111", "138****5512或139****1111"),
]
LEFT = [
    "2611150001",
    "订单 2611150001234567",
    "1234567890123456789",
    "YT8800123456789",
    "SF1400234567890",
    "2026-11-22T05:40:13.123456Z",
    "usr_01m80wzedg2f9r4h3kn1h74bgm",
    "12800元 100斤 175cm",
    "10086",
    "400-800-1234",
    "12812345512",
    "",
]


@pytest.mark.parametrize(
    ("text", "masked"), [row[1:] for row in HIDDEN], ids=[row[0] for row in HIDDEN]
)
def test_a_number_that_tells_who_is_hidden(text: str, masked: str) -> None:
    """Its ends and the words around it stay."""
    if masked:
        assert masked == mask(text)
    else:  # only a real check digit makes it a card
        assert (text != mask(text)) == is_card(text.removeprefix("卡号"))


@pytest.mark.parametrize("text", LEFT)
def test_other_numbers_stay(text: str) -> None:
    """Orders, parcels, times, ids, sums."""
    assert text == mask(text)


def test_a_card_is_known_by_its_check_digit() -> None:
    """One of ten long numbers would pass; the beginning must fit, too."""
    assert [True, False, False] == [
        is_card("6222600260001072444"),
        is_card("6222600260001072445"),
        is_card("9999999999999995"),
    ]


@given(st.text(max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """And never the length."""
    once = mask(text)

    assert (once, len(text)) == (mask(once), len(once))


@given(
    st.integers(13_000_000_000, 19_999_999_999),
    st.text(st.characters(categories=["Lo", "Po"]), max_size=8),
    st.text(st.characters(categories=["Lo", "Po"]), max_size=8),
)
def test_no_mobile_number_gets_through(number: int, before: str, after: str) -> None:
    """Whatever Chinese stands around it."""
    assert str(number) not in mask(f"{before}{number}{after}")


def test_values_of_a_line_are_masked_to_their_depths() -> None:
    """Texts, whole numbers, lists; flags and small numbers stay."""
    told = {"a": ["13812345512", {"b": 13812345512}], "ok": True, "ms": 12.5, "n": 7, "z": None}

    assert {
        "a": ["138****5512", {"b": "138****5512"}], "ok": True, "ms": 12.5, "n": 7, "z": None,
    } == mask_all(told)  # fmt: skip


@pytest.fixture
def restored() -> Iterator[None]:
    """Log as the other tests do afterwards."""
    yield
    logs.configure("info", "json")


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_number_reaches_the_log(
    capsys: pytest.CaptureFixture[str], restored: None, form: str
) -> None:
    """Neither in a fact nor in an exception's message."""
    structlog.reset_defaults()
    logs.configure("info", form)
    log = structlog.get_logger("test")
    try:
        raise ValueError("no parcel for 13812345512")
    except ValueError:
        log.exception("job.failed", phone="13812345512", note="证件330106199003078811")
    told = capsys.readouterr().err

    assert "138****5512" in told
    assert "13812345512" not in told
    assert "330106199003078811" not in told
    if form == "json":
        assert "job.failed" == json.loads(told.splitlines()[0])["event"]


def test_lines_of_other_libraries_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come by the standard logging."""
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "call %s", ("13812345512",), None)

    assert "call 138****5512" == logs._Masked("%(message)s").format(record)
