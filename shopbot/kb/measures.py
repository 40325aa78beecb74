"""Heights, weights, foot lengths, sizes and colours in a shopper's words. Pure.

Each finder gives spans, so that a follow-up ("那L码呢") can put a new value in the old one's place
and retrieval can compare questions whatever the numbers in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = r"(\d{2,3}(?:\.\d)?)"
_ABOUT = r"(?:左右|上下|多|出头)?"
_HEIGHT = re.compile(
    rf"(?:身高|高)?\s*[:是]?\s*(?<![\d.*×宽长厚深径度])(?<!\dx){_NUMBER}\s*(?:cm|厘米|公分)(?!\s*[长宽高厚])"
    rf"|(?:身高|净高|个子|高)[:是大约有]*\s*{_NUMBER}(?!\s*(?:斤|kg|公斤|\d|[米m]))"
    r"|(?:身高)?\s*(?<![\d.])[1一][米m]([\d一二三四五六七八九零]{1,2})(?!\d)"
    r"|(?:身高[:是大约有]*)?\s*(?<![\d.*×宽长厚深径度])1\.(\d{1,2})\s*[米m](?![a-z]|\s*[长宽高厚])"
)
_WEIGHT = re.compile(
    rf"(?:体重|重)?\s*[:是]?\s*(?<![\d.]){_NUMBER}\s*(kg|公斤|千克|斤)"
    rf"|(?:体重|净重)[:是大约有]*\s*{_NUMBER}(?!\s*(?:[\d.克g吨]|mg|毫克))"
)
_SPOKEN_WEIGHT = re.compile(
    r"(?:体重[:是大约有]*)?(?<![一二三四五六七八九])([一二])百(?:([一二三四五六七八九])十?([一二三四五六七八九])?)?\s*斤"
    r"|体重[:是大约有]*([一二])百(?:([一二三四五六七八九])十?([一二三四五六七八九])?)?"
)
_PAIR = re.compile(
    rf"(?<![\d.a-z-])(1[4-9]\d|20\d){_ABOUT}\s*[/,. 、+-]?\s*(\d{{2,3}})"
    r"(?![\d.a]|\s*(?:cm|元|块|ml|码|l\b|升))"
)
_BARE_HEIGHT = re.compile(r"(?<![\d.])(?:1[4-9]\d|20\d)(?![\d.])")
_BARE_NUMBER = re.compile(r"(?<![\d.])(\d{2,3})(?![\d.]|\s*(?:码|元|块|ml|克|g|%|mm|毫米))")
_RANGE = re.compile(r"\d{2,3}\s*[-~到至]\s*#")
_CHINESE_DIGITS = str.maketrans("零一二三四五六七八九", "0123456789")
_FOOT = re.compile(r"脚长[:是大约有]*\s*(\d{2,3}(?:\.\d)?)\s*(mm|毫米|cm|厘米|公分)?")
_SIZE = re.compile(
    r"(?<![0-9a-z])((?:x{1,4}|[2-6]x)?l|m|x{0,3}s|(?:3[4-9]|4[0-8])(?:\.5)?(?=\s*[码号])|均码)(?![0-9a-z])\s*[码号]?"
    r"|(?<![0-9满减])((?:[89]|1[0-6])0)(?:\s*[码号]|(?=\s*(?:的|呢|有|还有)))|([大中小]|加大|加小)[码号]"
)
_COLOUR = re.compile(
    r"(?:[深浅暗亮荧光]{0,2})([黑白红蓝绿灰粉紫黄橙棕米青]|卡其|藏青|咖啡|驼|杏)(?:色(?:款|的)?|(?=的(?!确|话|士)))"
)

JIN_PER_KG = 2.0
"""A 斤 is half a kilogram."""
MOST_BARE_KG = 90.0
"""A weight without unit or height above this is meant in 斤."""
MIDDLE_BMI = 22.0
"""With a height, a weight without unit is read in whichever of kg and 斤 comes nearer to this
body-mass index (by ratio): 165 52 is in kg, 155 90 and 180 160 in 斤."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of text ``[start, end)`` that tells a ``kind`` of slot, and its value as text."""

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Height in cm, weight in kg, foot length in mm; ``None`` when not said."""

    height: float | None = None
    weight: float | None = None
    foot_length: float | None = None


def body(text: str) -> Body:
    """The body measures said in a normalised text."""
    height, weight = _height(text), _weight(text)
    if height is None and weight is None and (pair := _PAIR.search(text)):
        height = float(pair.group(1))
        weight = _plain_weight(float(pair.group(2)), height)
    elif height is None and weight is not None:
        height = _rest_height(text)
    elif weight is None and height is not None and (lone := _rest_weight(text)):
        weight = _plain_weight(lone, height)
    return Body(height=height, weight=weight, foot_length=_foot(text))


def spans(text: str) -> list[Span]:
    """Sizes, colours and body measures with their places, in order of appearance."""
    found = [_span("size", m, m.group(1) or m.group(2) or m.group(3)) for m in _SIZE.finditer(text)]
    found += [_span("colour", m, m.group(1)) for m in _COLOUR.finditer(text)]
    measured = [m for p in (_HEIGHT, _WEIGHT, _SPOKEN_WEIGHT, _FOOT) for m in p.finditer(text)]
    measured = (
        measured + list(_BARE_HEIGHT.finditer(text)) if measured else list(_PAIR.finditer(text))
    )
    if measured:
        start, end = min(m.start() for m in measured), max(m.end() for m in measured)
        found.append(Span(kind="body", start=start, end=end, value=text[start:end]))
    return sorted(found, key=lambda span: span.start)


def mask(text: str) -> str:
    """Text with sizes, colours and body measures replaced by one example each.

    "有XXL吗" and "有M码吗" are one question to retrieval; the values live in the slots.
    """
    out, at = [], 0
    for span in without_overlaps(spans(text)):
        out += [text[at : span.start], EXAMPLES[span.kind]]
        at = span.end
    return "".join([*out, text[at:]])


EXAMPLES = {"size": "l码", "colour": "黑色", "body": "身高175体重140斤"}


def without_overlaps(found: Sequence[Span]) -> list[Span]:
    """Spans in order, of overlapping ones the longest."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s.start - s.end, s.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _span(kind: str, match: re.Match[str], value: str) -> Span:
    return Span(kind=kind, start=match.start(), end=match.end(), value=value)


def _height(text: str) -> float | None:
    for match in _HEIGHT.finditer(text):
        plain, named, spoken, decimal = match.groups()
        if rest := spoken or decimal:
            return 100.0 + float(rest.translate(_CHINESE_DIGITS)) * (10 if len(rest) == 1 else 1)
        value = float(plain or named)
        if 50 <= value <= 230:
            return value
    return None


def _weight(text: str) -> float | None:
    for match in _WEIGHT.finditer(text):
        plain, unit, named = match.groups()
        value = float(plain or named)
        if unit == "斤":
            return value / JIN_PER_KG
        return value if unit else _plain_weight(value, _height(text))
    if spoken := _SPOKEN_WEIGHT.search(text):
        digits = [d or "零" for d in (spoken.groups()[:3] if spoken[1] else spoken.groups()[3:])]
        return float("".join(digits).translate(_CHINESE_DIGITS)) / JIN_PER_KG
    return None


def _plain_weight(value: float, height: float | None) -> float:
    """A weight without unit in kg; see ``MIDDLE_BMI``."""
    if height is None:
        return value / JIN_PER_KG if value > MOST_BARE_KG else value
    index = value / (height / 100) ** 2
    return value if index * index < JIN_PER_KG * MIDDLE_BMI**2 else value / JIN_PER_KG


def _rest_height(text: str) -> float | None:
    """The first bare number that can only be a height, the weight set aside."""
    lone = _BARE_HEIGHT.search(_WEIGHT.sub(" ", text))
    return float(lone.group(0)) if lone else None


def _rest_weight(text: str) -> float | None:
    """The one bare number besides the height that can be a weight; ranges (160-165cm) are none."""
    rest = _HEIGHT.sub("#", _FOOT.sub(" ", text))
    found = [float(n) for n in _BARE_NUMBER.findall(_RANGE.sub(" ", rest))]
    found = [n for n in found if 35 <= n <= 250]
    return found[0] if len(found) == 1 else None


def _foot(text: str) -> float | None:
    match = _FOOT.search(text)
    if match is None:
        return None
    value, unit = float(match.group(1)), match.group(2)
    return value if unit in {"mm", "毫米"} or value > 100 else value * 10
