"""Values as staff type them: money, lengths of time, days, clock times; None for what is none."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

FIRST_YEAR, LAST_YEAR = 2000, 2199
MAX_DAYS_IN_RANGE = 60

_MONEY = re.compile(r"[¥￥]?(\d{1,7}(?:\.\d{1,2})?)(元|块)?")
_FEN = re.compile(r"(\d{1,9})分")
_SPAN = re.compile(r"(\d{1,4})(s|秒钟?|m|min|分钟|h|小时|d|天|日)", re.I)
_SECONDS = {
    "s": 1,
    "秒": 1,
    "m": 60,
    "分": 60,
    "h": 3600,
    "小": 3600,
    "d": 86400,
    "天": 86400,
    "日": 86400,
}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
_CLOCK = re.compile(r"(\d{1,2})[:点](\d{2})?分?(?::00)?")
_TRUE = {"是", "对", "要", "true", "yes", "on", "y"}
_FALSE = {"否", "不", "不要", "false", "no", "off", "n"}
_BETWEEN = re.compile(r"\s*(?:至|到|~|—+|–)\s*")


def plain(text: str) -> str:
    """Return ``text`` half-width and without blanks around."""
    return unicodedata.normalize("NFKC", text).strip()


def money(text: str) -> int | None:
    """Return fen of ``8``, ``8元``, ``8.50`` (yuan) or ``850分``."""
    told = plain(text).replace(" ", "")
    fen = _FEN.fullmatch(told)
    if fen:
        return int(fen[1])
    yuan = _MONEY.fullmatch(told)
    return int(Decimal(yuan[1]) * 100) if yuan else None


def span(text: str) -> timedelta | None:
    """Return the length of ``48h``, ``7d``, ``30m``, ``5秒``, ``3天``; ``0`` alone is none at all."""
    told = plain(text).replace(" ", "")
    if told == "0":
        return timedelta(0)
    found = _SPAN.fullmatch(told)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2][0].lower()]) if found else None


def count(text: str, unit: str) -> int | None:
    """Return the whole number of ``7`` or ``7天`` (``unit`` may stand behind it)."""
    told = plain(text).replace(" ", "").removesuffix(unit)
    return int(told) if re.fullmatch(r"\d{1,9}", told) else None


def truth(text: str) -> bool | None:
    """Return 是/否 (yes, no, true, false)."""
    told = plain(text).lower()
    return True if told in _TRUE else False if told in _FALSE else None


def day(text: str) -> date | None:
    """Return the calendar day of ``2027-02-05``, ``2027/2/5`` or ``2027年2月5日``."""
    found = _DAY.fullmatch(plain(text).replace(" ", ""))
    return _made_day(found) if found else None


def _made_day(found: re.Match[str]) -> date | None:
    year, month, number = int(found[1]), int(found[2]), int(found[3])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, number)
    except ValueError:
        return None


def days(text: str) -> list[date] | None:
    """Return the day, or all days of ``2027-02-05 至 2027-02-08``."""
    ends = [day(part) for part in _BETWEEN.split(plain(text))]
    first, last = ends[0], ends[-1]
    if first is None or last is None or len(ends) > 2 or last < first:
        return None
    length = (last - first).days
    if length > MAX_DAYS_IN_RANGE:
        return None
    return [first + timedelta(days=number) for number in range(length + 1)]


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Return the UTC time of ``2026-11-11 24:00`` in ``zone``; a bare day means its midnight."""
    told = plain(text)
    found = _DAY.match(told)
    first = _made_day(found) if found else None
    if found is None or first is None:
        return None
    rest = told[found.end() :].strip().removeprefix("T")
    minutes = _minutes(rest) if rest else 0
    if minutes is None:
        return None
    local = datetime.combine(first, time(), zone) + timedelta(minutes=minutes)
    return local.astimezone(UTC)


def clock(text: str) -> time | None:
    """Return a time of day; 24:00 is midnight, as 00:00 is."""
    minutes = _minutes(plain(text))
    return None if minutes is None else time(minutes // 60 % 24, minutes % 60)


def _minutes(text: str) -> int | None:
    found = _CLOCK.fullmatch(text.replace(" ", ""))
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    total = hour * 60 + minute
    return total if minute <= 59 and total <= 24 * 60 else None
