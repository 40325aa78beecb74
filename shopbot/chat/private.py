"""Numbers that no shop needs: of an identity card or a bank card. Hidden before they are written down. Pure.

An order number may have eighteen digits too, so only what is surely none is hidden: an identity number whose
date and check digit are right, a bank card that begins with 62 and whose check digit is right, and what
stands behind 身份证号 or 银行卡号.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from shopbot.masking import is_card, is_identity

_GAP = r"[ \-－]?"
_LABEL = r"(?:我的?|本人的?|给你们?)?(?:身份证|证件|银行卡|储蓄卡|信用卡)(?:号码?|卡号)?(?:是|为|[:：])?\s*"
_LONG = re.compile(
    rf"(?P<label>{_LABEL})?(?<![0-9A-Za-z*\-])(?P<number>\d(?:{_GAP}\d){{13,18}}[Xx]?)(?![0-9A-Za-z*\-])"
)
_HIDDEN = re.compile(rf"(?:{_LABEL})?(?:\d{{3}}\*{{9,15}}[\dXx]{{2}}|\d{{4}}\*{{6,12}}\d{{4}})")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_IDENTITY = 18
_KEPT_IDENTITY, _KEPT_CARD = (3, 2), (4, 4)
_FIRST_REGION = frozenset("12345678")


def hide(text: str, is_order: Callable[[str], bool]) -> str:
    """Return ``text`` with such numbers hidden; ``is_order`` tells of a number that it is an order's."""
    return _LONG.sub(lambda found: _hidden(found, is_order), text)


def without(text: str) -> tuple[str, bool]:
    """Return a text without its hidden numbers and what names them, and whether there were any."""
    rest = _HIDDEN.sub(" ", text)
    return (rest.strip(" ,，。:：\n"), True) if rest != text else (text, False)


def _hidden(found: re.Match[str], is_order: Callable[[str], bool]) -> str:
    label, number = found["label"] or "", re.sub(r"\W", "", found["number"]).upper()
    card = is_card(number)
    private = bool(label) or _is_identity(number) or (number.startswith("62") and card)
    if not private or is_order(number):
        return found[0]
    first, last = _KEPT_CARD if card and not is_identity(number) else _KEPT_IDENTITY
    return f"{label}{number[:first]}{'*' * (len(number) - first - last)}{number[-last:]}"


def _is_identity(number: str) -> bool:
    """Tell whether a number is an identity card's, region, date and check digit (GB 11643) looked at."""
    if len(number) != _IDENTITY or number[0] not in _FIRST_REGION or not is_identity(number):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:-1], strict=True))
    return number[-1] == _CHECKS[total % len(_CHECKS)]
