"""Cells of exported tables to values: quoted numbers, mixed dates, amounts to the fen. Pure.

Each reader raises :class:`BadCell` with a message key (``orders.cell.KEY``) that says what is wrong.
Blank means "not told" and gives None.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

_BLANK = frozenset({"", "-", "--", "null", "none", "nan", "\\n", "#n/a"})
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,63}")
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})")
_WHOLE_FLOAT = re.compile(r"(\d{4,15})\.0+")
_MONEY = re.compile(r"-?\d{1,11}(?:\.\d{1,8})?")
_COUNT = re.compile(r"-?\d{1,9}(?:\.0+)?")
_PARCEL = re.compile(r"[A-Z0-9][A-Z0-9-]{5,39}")
_PARCEL_PREFIX = re.compile(r"^(?:NO|单号|运单号|快递单号)\s*[:：.]?\s*", re.IGNORECASE)
_PARCELS = re.compile(r"[,，;；、|/\s]+")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:\.\d+)?)?\s*秒?)?分?\s*"
    r"(Z|[+-]\d{2}:?\d{2})?"
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?()")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock; the zone is added afterwards
_SERIALS = (36526, 73050)  # the years 2000 to 2099
_YEARS = range(2000, 2100)
_EXACT_DIGITS = 15  # Excel keeps no more of a number
_YES = frozenset({"1", "是", "有", "true", "yes", "y", "已投保", "已购买"})
_NO = frozenset({"0", "否", "无", "没有", "false", "no", "n"})


class BadCell(ValueError):
    """A cell that cannot be read; ``key`` names the message, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Rounded:
    """An order number that Excel has rounded: all that is left of it.

    ``low`` and ``high`` bound the numbers it may have been (both inclusive).
    """

    shown: str
    low: int
    high: int

    def may_be(self, number: str) -> bool:
        """Tell whether ``number`` would be shown like this after Excel had rounded it."""
        return number.isdecimal() and self.low <= int(number) <= self.high

    def ranges(self) -> list[tuple[str, str]]:
        """Return the bounds as texts of equal length, one pair per count of digits."""
        lengths = range(len(str(self.low)), len(str(self.high)) + 1)
        return [
            (str(max(self.low, 10 ** (size - 1))), str(min(self.high, 10**size - 1)))
            for size in lengths
        ]


def clean(cell: str) -> str:
    """Return the text of a cell without the wrappings that keep Excel from spoiling numbers."""
    text = cell.strip(" \t\r\n\u3000\ufeff\u200b\xa0")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    if text[:1] in {"'", "‘", "’", "`"}:
        text = text[1:]
        text = text.removesuffix("'")
    text = text.strip()
    return "" if text.lower() in _BLANK else text


def order_number(cell: str) -> str | Rounded:
    """Return the order number, or what Excel's rounding left of it."""
    text = unicodedata.normalize("NFKC", clean(cell)).removeprefix("#")
    if not text:
        raise BadCell("no-number")
    whole = _WHOLE_FLOAT.fullmatch(text)
    if whole:
        return whole[1]
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific:
        return _rounded(text, scientific)
    if not _NUMBER.fullmatch(text):
        raise BadCell("bad-number")
    return text


def _rounded(text: str, match: re.Match[str]) -> str | Rounded:
    digits, power = match[1] + (match[2] or ""), int(match[3])
    if power > 30 or match[1] == "0":
        raise BadCell("bad-number")
    missing = power + 1 - len(digits)
    if missing < 0:
        raise BadCell("bad-number")
    value = int(digits) * 10**missing
    if missing == 0 and len(digits) <= _EXACT_DIGITS:
        return str(value)
    return spread(text, value, missing or 1)


def spread(shown: str, value: int, missing: int) -> Rounded:
    """Return the numbers that ``value`` may stand for when its last ``missing`` digits are gone.

    Excel rounds what it shows (half up) and cuts what it stores beyond 15 digits: both are covered.
    """
    unit = 10**missing
    return Rounded(shown=shown, low=value - unit // 2, high=value + unit - 1)


def money(cell: str) -> int | None:
    """Return fen; negative amounts and parts of a fen are refused."""
    text = unicodedata.normalize("NFKC", clean(cell))
    if not text:
        return None
    text = text.lstrip("¥$RMBrmb ").removesuffix("元").replace(",", "").strip()
    if not _MONEY.fullmatch(text):
        raise BadCell("bad-money")
    fen = Decimal(text) * 100
    if fen < 0:
        raise BadCell("negative")
    if fen != int(fen):
        raise BadCell("part-of-fen")
    return int(fen)


def count(cell: str) -> int | None:
    """Return a whole number, zero or more."""
    text = unicodedata.normalize("NFKC", clean(cell)).replace(",", "").removesuffix("件")
    if not text:
        return None
    if not _COUNT.fullmatch(text):
        raise BadCell("bad-count")
    value = int(text.partition(".")[0])
    if value < 0:
        raise BadCell("negative")
    return value


@lru_cache(maxsize=8192)  # sources tell the same times again with every change of an order
def moment(cell: str, zone: tzinfo = CHINA) -> datetime | None:
    """Return an aware UTC time; a time without a zone is the store's wall clock."""
    text = unicodedata.normalize("NFKC", clean(cell))
    if not text:
        return None
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match is None:
        return _serial(text, zone)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if year not in _YEARS:
        raise BadCell("far-date")
    try:
        told = datetime(year, month, day, hour, minute, second, tzinfo=_zone(match[7]) or zone)
    except ValueError:
        raise BadCell("impossible-date") from None
    return told.astimezone(UTC)


def is_day(cell: str) -> bool:
    """Tell whether a cell names a day without a time of day."""
    text = unicodedata.normalize("NFKC", clean(cell))
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    return match is not None and match[4] is None


def _serial(text: str, zone: tzinfo) -> datetime:
    """Read Excel's own form of a date: days since 1899-12-30."""
    if not _SERIAL.fullmatch(text) or not _SERIALS[0] <= float(text) < _SERIALS[1]:
        raise BadCell("bad-date")
    seconds = round(Decimal(text) * 86400)
    return (_EXCEL_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=zone).astimezone(UTC)


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)


def phone(cell: str) -> str:
    """Return a phone number as told (perhaps masked); blank when Excel has spoiled it."""
    text = unicodedata.normalize("NFKC", clean(cell))
    if _SCIENTIFIC.fullmatch(text):
        raise BadCell("rounded-phone")
    whole = _WHOLE_FLOAT.fullmatch(text)
    text = whole[1] if whole else text
    plain = re.sub(r"[\s-]", "", text.removeprefix("+86"))
    return plain if plain.isdecimal() else text


def parcels(cell: str) -> tuple[str, ...]:
    """Return the parcel numbers of a cell, without ``No:``, quotes and repeats."""
    text = unicodedata.normalize("NFKC", cell).strip()
    found: dict[str, None] = {}
    for part in _PARCELS.split(_PARCEL_PREFIX.sub("", clean(text))):
        number = _PARCEL_PREFIX.sub("", clean(part)).upper()
        if not number:
            continue
        if _SCIENTIFIC.fullmatch(number):
            raise BadCell("rounded-parcel")
        if not _PARCEL.fullmatch(number):
            raise BadCell("bad-parcel")
        found[number] = None
    return tuple(found)


def flag(cell: str) -> bool | None:
    """Return yes or no."""
    text = unicodedata.normalize("NFKC", clean(cell)).lower()
    if not text:
        return None
    if text not in _YES | _NO:
        raise BadCell("bad-flag")
    return text in _YES


def attribute(attributes: str, *names: str) -> str:
    """Return the value of the first attribute whose name holds one of ``names``.

    ``attribute("颜色分类:曜石黑;尺码:L", "颜色")`` is ``"曜石黑"``.
    """
    for pair in re.split(r"[;；]", attributes):
        name, colon, value = pair.replace("：", ":").partition(":")
        if colon and any(known in name for known in names):
            return value.strip()
    return ""


_REGION = re.compile(
    r"(?P<province>.{2,8}?(?:省|自治区|特别行政区)|(?:北京|上海|天津|重庆)市?)"
    r"(?P<city>.{1,12}?(?:市|自治州|地区|盟))?"
    r"(?P<district>.{1,12}?(?:区|县|市|旗))?"
)
_REGION_PARTS = 3
_MUNICIPALITIES = frozenset({"北京", "上海", "天津", "重庆"})
_PROVINCES = (
    "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
    "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾",
    "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门",
)  # fmt: skip
_CITY = re.compile(r"(?P<city>.{1,8}?(?:市|自治州|地区|盟))(?P<district>.{1,12}?(?:区|县|市|旗))?")
_STREET = re.compile(r"[东西南北中大一二三四]{0,2}[路街巷弄道]")


def region(address: str) -> tuple[str, str, str]:
    """Return province, city and district of an address; blank where it does not tell."""
    parts = address.split()
    begins = parts and (_REGION.match(parts[0]) or parts[0] in _PROVINCES)
    if len(parts) >= _REGION_PARTS and begins:  # "省 市 区 …", as exports write
        province, city, district = parts[:3]
    else:
        match = _REGION.match(address.replace(" ", ""))
        if match is None:
            return _short_region(address.replace(" ", ""))
        province, city, district = match["province"], match["city"] or "", match["district"] or ""
    if province.removesuffix("市") in _MUNICIPALITIES:
        city = city or province
    return province, city, district if len(district.replace("*", "")) > 1 else ""


def _short_region(address: str) -> tuple[str, str, str]:
    """Return the region of an address that leaves out 省 or 自治区; a street's name is none (湖南路)."""
    province = next((name for name in _PROVINCES if address.startswith(name)), "")
    rest = address[len(province) :]
    if not province or _STREET.match(rest):
        return "", "", ""
    match = _CITY.match(rest)
    if match is None:
        return province, "", ""
    district = match["district"] or ""
    return province, match["city"], district if len(district.replace("*", "")) > 1 else ""
