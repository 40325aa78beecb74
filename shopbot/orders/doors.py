"""The last part of an address: house, building, unit, floor, room. Found, read and replaced. Pure."""

from __future__ import annotations

import re

_N = r"[0-9０-９A-Za-z一二三四五六七八九十百]{1,6}"
_DASH = r"[-－—]"
_PARTS: tuple[tuple[int, str], ...] = (
    (1, rf"{_N}(?:号楼|栋|幢|座)"),
    (2, rf"{_N}单元"),
    (3, rf"{_N}(?:楼|层)"),
    (4, rf"{_N}(?:室|户|号房|房)"),
    (0, rf"{_N}(?:号院|号)"),
    (5, rf"[0-9０-９A-Za-z]{{1,6}}(?:{_DASH}[0-9０-９A-Za-z]{{1,6}}){{0,3}}"),
)
"""Level and form of a part, the higher the further in; 5 is a number alone: 302, 3-2-501."""
_PART = re.compile("|".join(f"(?P<L{level}>{form})" for level, form in _PARTS))
_BARE = 5
_FILL = " ,，、#"
_STREET = re.compile(r"[省市县镇乡街路巷村道弄]|自治区|小区|大厦|花园|广场|胡同|苑|城")
_NAMES_IT = re.compile(r"门牌号?|房号|房间号|楼号|楼栋号?|栋号|室号|单元号|几栋|几单元")
_MEANT = re.compile(r"(?:改成|改为|换成|应该是|应为|其实是|写成|是|为|改)[:：,，\s]*")
_NOT = re.compile(r"(?:不是|而不是|原来是|写成了?|写的是|填成了?|填的是)[^,，。;；!！\s]*")


def find_door(text: str) -> str:
    """Return the door that a shopper names without the rest of an address; blank when none is."""
    told = _NOT.sub(" ", text)
    named = bool(_NAMES_IT.search(told))
    told = _NAMES_IT.sub(" ", told)
    pieces = [one for part in _MEANT.split(told) for one in re.split(r"[\s,，。;；!！?？]+", part)]
    doors = [one for one in pieces if one and _is_door(one, named=named)]
    return doors[-1] if doors and not any(map(_STREET.search, pieces)) else ""


def _is_door(piece: str, *, named: bool) -> bool:
    levels = [level for level, _, _ in _read(piece)]
    whole = "".join(text for _, _, text in _read(piece)) == piece
    told = named or any(level not in (0, _BARE) for level in levels)
    return bool(levels) and whole and told and any(one.isdecimal() for one in piece)


def with_door(address: str, door: str) -> str:
    """Return an address with its last parts replaced by ``door``.

    What stands further out than the door stays, and what stands further in when the door names one
    part alone: 12号 in 文一路21号3栋501室 is the house.
    """
    head, old = _split(address)
    new = [level for level, _, _ in _read(door)]
    if not new:
        return address
    inner = max(new) if len(new) > 1 or _BARE in new else None
    first, last = min(new), max(new)
    outer = [text for level, _, text in old if _rank(level) < _rank(first)]
    kept = [text for level, _, text in old if inner is None and _rank(level) > _rank(last)]
    return f"{head}{''.join(outer)}{door}{''.join(kept)}"


def _rank(level: int) -> int:
    return 4 if level == _BARE else level


def _read(text: str) -> list[tuple[int, int, str]]:
    """Return the parts of a door as (level, place, text)."""
    return [
        (int(str(found.lastgroup)[1:]), found.start(), found[0]) for found in _PART.finditer(text)
    ]


def _split(address: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return an address as what is no door, and the parts at its end."""
    parts = _read(address)
    tail: list[tuple[int, int, str]] = []
    end = begin = len(address)
    for level, place, text in reversed(parts):
        if address[place + len(text) : end].strip(_FILL):
            break
        tail.insert(0, (level, place, text))
        end = begin = place
    return address[:begin], tail
