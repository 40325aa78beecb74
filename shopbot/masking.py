"""Hides phone, identity-card and bank-card numbers in free text: for logs, lists and exports. Pure.

What is hidden keeps its length and its ends, so that two masked numbers can still be told apart:
13812345512 is 138****5512. Order and parcel numbers are left alone unless they look exactly like a card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

_STAR = "*"
_NO_MORE = r"(?![0-9０-９A-Za-z])"
_NO_LESS = r"(?<![0-9０-９A-Za-z])"
_GAP = r"[ \-－—]?"
_MOBILE = re.compile(  # letters may stand beside it: shoppers write "V13812345512"
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?(?P<number>[1１][3-9３-９]\d{_GAP}\d{{4}}{_GAP}\d{{4}})(?!\d)"
)
_LANDLINE = re.compile(rf"{_NO_LESS}0\d{{2,3}}[-－—]\d{{7,8}}{_NO_MORE}")
_LONG = re.compile(rf"{_NO_LESS}\d(?:[ \-]?\d){{11,18}}[Xx]?{_NO_MORE}")

_OLD_IDENTITY, _IDENTITY = 15, 18
_CARD = range(16, 20)
_CARD_STARTS = ("62", "60", "4", "51", "52", "53", "54", "55", "35", "34", "37")
_KEPT_PHONE = (3, 4)
_KEPT_IDENTITY = (3, 2)
_KEPT_CARD = (4, 4)


def mask(text: str) -> str:
    """Return ``text`` with phone, identity-card and bank-card numbers hidden."""
    if not _may_hold(text):
        return text
    text = _LONG.sub(_mask_long, text)
    text = _MOBILE.sub(lambda match: _hide_group(match, "number", _KEPT_PHONE), text)
    return _LANDLINE.sub(lambda match: _hide(match[0], *_KEPT_PHONE), text)


def mask_all(value: Any) -> Any:
    """Return a JSON-like value with every text and whole number in it masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: mask_all(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        hidden = mask(str(value))
        return value if hidden == str(value) else hidden
    return value


def _may_hold(text: str) -> bool:
    """Tell quickly that there is nothing to hide: fewer than eleven digits."""
    return len(text) >= 11 and sum(letter.isdigit() for letter in text) >= 10


def _mask_long(match: re.Match[str]) -> str:
    text = match[0]
    digits = "".join(str(int(one)) if one.isdigit() else one for one in text if one.isalnum())
    if is_identity(digits):
        return _hide(text, *_KEPT_IDENTITY)
    return _hide(text, *_KEPT_CARD) if is_card(digits) else text


def is_identity(digits: str) -> bool:
    """Tell whether a number is built like an identity card's: region, date of birth, serial.

    The check digit is not asked for: a mistyped number still tells who somebody is.
    """
    if len(digits) == _IDENTITY:
        return digits[0] != "0" and _is_date(digits[6:14])
    return len(digits) == _OLD_IDENTITY and digits.isdigit() and _is_date("19" + digits[6:12])


def is_card(digits: str) -> bool:
    """Tell whether a number is a bank card's: its beginning, its length, its check digit (Luhn)."""
    if not digits.isdigit() or len(digits) not in _CARD or not digits.startswith(_CARD_STARTS):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        worth = int(digit) * (1 + place % 2)
        total += worth - 9 * (worth > 9)
    return total % 10 == 0


def _is_date(text: str) -> bool:
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2099


def _hide_group(match: re.Match[str], group: str, kept: tuple[int, int]) -> str:
    start, end = match.span(group)
    whole, offset = match[0], match.start()
    hidden = _hide(match[group], *kept)
    return whole[: start - offset] + hidden + whole[end - offset :]


def _hide(text: str, first: int, last: int) -> str:
    """Put stars over all digits but the first and last ones; gaps stay."""
    places = [place for place, letter in enumerate(text) if letter.isalnum()]
    inner = set(places[first : len(places) - last])
    return "".join(_STAR if place in inner else letter for place, letter in enumerate(text))
