"""Which courier a parcel number may belong to, and how sure that is.

Letters in front are printed by one courier only; bare digits are shared between couriers, so they
are never more than likely. Patterns: the couriers' own waybill forms as of 2026.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Confidence = Literal["sure", "likely", "possible"]

CARRIERS: dict[str, tuple[str, ...]] = {
    "SF": ("顺丰速运", "顺丰", "sf", "shunfeng"),
    "YTO": ("圆通速递", "圆通", "yto", "yuantong"),
    "ZTO": ("中通快递", "中通", "zto", "zhongtong"),
    "STO": ("申通快递", "申通", "sto", "shentong"),
    "YD": ("韵达快递", "韵达", "yunda", "yd"),
    "JT": ("极兔速递", "极兔", "jtexpress", "jt"),
    "JD": ("京东快递", "京东", "jd", "jingdong"),
    "EMS": ("邮政EMS", "邮政", "ems", "youzheng", "中国邮政"),
    "DB": ("德邦快递", "德邦", "dpk", "debang"),
    "CN": ("菜鸟速递", "菜鸟", "丹鸟", "cainiao"),
}
"""Our code, the name we tell, and how files and platforms write it."""

_PATTERNS: tuple[tuple[str, Confidence, str], ...] = (
    ("SF", "sure", r"SF[A-Z0-9]\d{12}"),
    ("YTO", "sure", r"YT[A-Z0-9]\d{12}"),
    ("JT", "sure", r"JT\d{13}"),
    ("JD", "sure", r"JD[A-Z0-9]{2}\d{11}(-\d+-\d+-?)?"),
    ("ZTO", "sure", r"ZTO\d{10,14}"),
    ("STO", "sure", r"STO\d{10,15}"),
    ("YD", "sure", r"YD[A-Z0-9]?\d{12,13}"),
    ("DB", "sure", r"DPK\d{12}"),
    ("EMS", "sure", r"[A-Z]{2}\d{9}CN"),
    ("EMS", "likely", r"P[A-Z]\d{11}"),
    ("ZTO", "likely", r"7[3-68]\d{12}"),
    ("STO", "likely", r"77\d{13}"),
    ("CN", "likely", r"621\d{12}"),
    ("YD", "likely", r"[34]\d{14}"),
    ("EMS", "likely", r"(1[0-3]|9[0-9])\d{11}"),
    ("STO", "possible", r"43\d{13}"),
    ("STO", "possible", r"(268|888|58|468)\d{9,10}"),
    ("YD", "possible", r"(5|3[1289]|4[36])\d{11,12}"),
    ("SF", "possible", r"\d{12}"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One courier a number may belong to."""

    carrier: str
    confidence: Confidence


def clean_number(text: str) -> str:
    """Return a parcel number without ``No:``, quotes, blanks; upper case, half width."""
    told = unicodedata.normalize("NFKC", text).strip().strip("'\"`")
    told = re.sub(r"^(no|单号|运单号|快递单号)\s*[:.]?\s*", "", told, flags=re.I)
    return re.sub(r"\s", "", told).upper()


def guess_carriers(number: str) -> tuple[Guess, ...]:
    """Return the couriers whose form ``number`` has, the surest first; nothing when there is none.

    Two that are equally likely are each only possible: we do not know.
    """
    told = clean_number(number)
    found: dict[str, Confidence] = {}
    for carrier, confidence, pattern in _PATTERNS:
        if re.fullmatch(pattern, told) and carrier not in found:
            found[carrier] = confidence
    sure = [carrier for carrier, confidence in found.items() if confidence == "sure"]
    if sure:
        return (Guess(carrier=sure[0], confidence="sure"),)
    if len(found) > 1:
        return tuple(Guess(carrier=carrier, confidence="possible") for carrier in found)
    return tuple(Guess(carrier=c, confidence=confidence) for c, confidence in found.items())


def find_carrier(told: str, number: str = "") -> str | None:
    """Return our code of a courier as a file names it, else what the number surely or likely says."""
    named = _named(told)
    if named is not None:
        return named
    guesses = guess_carriers(number) if number else ()
    return guesses[0].carrier if guesses and guesses[0].confidence != "possible" else None


@lru_cache(maxsize=256)
def _named(told: str) -> str | None:
    name = unicodedata.normalize("NFKC", told).strip().lower()
    if name:
        for carrier, names in CARRIERS.items():
            if any(_names(known.lower(), name) for known in names):
                return carrier
    return None


def _names(known: str, told: str) -> bool:
    return told == known if known.isascii() else known in told


def shown_carrier(told: str, number: str = "") -> str:
    """Return the name to tell: ours, else as told, else blank."""
    found = find_carrier(told, number)
    return CARRIERS[found][0] if found else told.strip()
