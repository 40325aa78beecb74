"""Dates, windows and lengths of time as staff write them, in the store's time zone."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo

from shopbot.kb.entry import Validity

FIRST_YEAR, LAST_YEAR = 2000, 2199

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_TIME = re.compile(r"(\d{1,2})\s*(?:[:点时]\s*(?:(\d{1,2})\s*分?)?)(?::\d{2})?")
_SPAN = re.compile(r"(\d{1,4})\s*(m|min|分钟?|h|小时|d|天|日)", re.I)
_SECONDS = {"m": 60, "分": 60, "h": 3600, "小": 3600, "d": 86400, "天": 86400, "日": 86400}
_BETWEEN = re.compile(r"\s*(?:至|到|~|—+|–|--)\s*")
_QUOTES = dict.fromkeys(map(ord, "\"'“”‘’「」"))


def plain(text: str) -> str:
    """Return ``text`` half-width, without quotes, without spaces around."""
    return unicodedata.normalize("NFKC", text).translate(_QUOTES).strip()


def moment(text: str, zone: tzinfo) -> tuple[datetime, bool] | None:
    """Return (UTC time, whether a whole day was meant), or None for no date.

    Takes 2026-11-01, 2026/11/1, 2026年11月1日, each with 20:00 or 20点; 24:00 is the next midnight.
    """
    told = plain(text).replace("T", " ")
    day = _DAY.match(told)
    if day is None:
        return None
    rest = told[day.end() :].strip()
    clock = _TIME.fullmatch(rest) if rest else None
    if rest and clock is None:
        return None
    hour, minute = (int(clock[1]), int(clock[2] or 0)) if clock else (0, 0)
    start = _midnight(int(day[1]), int(day[2]), int(day[3]), zone)
    if start is None or minute > 59 or hour * 60 + minute > 24 * 60:
        return None
    local = start + timedelta(hours=hour, minutes=minute)
    return local.astimezone(UTC), not rest


def _midnight(year: int, month: int, day: int, zone: tzinfo) -> datetime | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime(year, month, day, tzinfo=zone)
    except ValueError:
        return None


def day(text: str) -> date | None:
    """Return the calendar day of ``text``, or None."""
    found = moment(text, UTC)
    return found[0].date() if found else None


def since(text: str, zone: tzinfo) -> datetime | None:
    """Return the first moment of a window, UTC, or None for no date."""
    found = moment(text, zone)
    return found[0] if found else None


def until(text: str, zone: tzinfo) -> datetime | None:
    """Return the first moment after a window, UTC, or None for no date.

    A whole day is included to its end. 23:59 is how people write "until midnight", so a time at
    minute 59 reaches to the full hour.
    """
    found = moment(text, zone)
    if found is None:
        return None
    end, whole_day = found
    if whole_day:
        local = end.astimezone(zone) + timedelta(days=1)
        return local.astimezone(UTC)
    return end + timedelta(minutes=1) if end.minute == 59 else end


def window(text: str, zone: tzinfo) -> Validity | None:
    """Return the window told in one line (``2026-10-20 至 2026-11-14``, ``… 起``, ``至 …``)."""
    told = plain(text)
    if told in ("", "长期", "长期有效", "永久"):
        return Validity()
    told = told.removeprefix("从").removesuffix("止")
    parts = _BETWEEN.split(told, maxsplit=1)
    first, last = (parts[0], parts[1]) if len(parts) == 2 else (told, "")
    if len(parts) == 1:
        if not told.endswith("起"):
            return None
        first = told
    first = first.removesuffix("起").strip()
    if first[:4].isdigit() and last and not last[:4].isdigit():
        last = f"{first[:4]}-{last}"  # 2026年10月20日至11月14日
    start = since(first, zone) if first else None
    end = until(last, zone) if last else None
    if (first and start is None) or (last and end is None) or not (first or last):
        return None
    return Validity(since=start, until=end)


def seconds(text: str) -> int | None:
    """Return the length of ``48h``, ``7d``, ``30m``, ``48小时``, ``3天``, ``30分钟`` in seconds."""
    told = _SPAN.fullmatch(plain(text))
    return int(told[1]) * _SECONDS[told[2][0].lower()] if told else None


def clock_time(text: str) -> str | None:
    """Return ``HH:MM`` (00:00 to 24:00) of a time of day, or None."""
    told = _TIME.fullmatch(plain(text))
    if told is None:
        return None
    hour, minute = int(told[1]), int(told[2] or 0)
    fine = minute <= 59 and hour * 60 + minute <= 24 * 60
    return f"{hour:02d}:{minute:02d}" if fine else None
