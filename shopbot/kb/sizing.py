"""Which size fits a body: a rule over the size table, with the ranges it was decided by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shopbot import messages
from shopbot.kb.entry import SizeRow

Verdict = Literal["fit", "between", "none"]
MEASURES: Mapping[str, str] = {"height": "cm", "weight": "kg", "foot_length": "mm"}
_OPEN = 9_999.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The sizes to take (smaller first) and why; ``text`` is the reason as told to a shopper."""

    sizes: tuple[str, ...]
    when: Verdict
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        """The reasons as one sentence."""
        return "".join(self.reasons)


def measures_of(rows: Iterable[SizeRow]) -> tuple[str, ...]:
    """Return the measures that the table has ranges for, in a fixed order."""
    named = {name for row in rows for name in row.ranges}
    return tuple(name for name in MEASURES if name in named)


def size_advice(
    rows: Sequence[SizeRow],
    height: float | None = None,
    weight: float | None = None,
    foot_length: float | None = None,
) -> Advice:
    """Return the size for a body (cm, kg, mm); rows are ordered from small to large.

    One row that holds every measure is a fit. Several such rows, measures that point to different
    rows, and values in a gap of the table are ``between``: both sizes are named and the larger one
    advised for a loose fit or layers. A value beyond the table is ``none``.
    """
    said = {"height": height, "weight": weight, "foot_length": foot_length}
    known = {n: v for n in measures_of(rows) if (v := said[n]) is not None}
    if not known:
        return Advice(sizes=(), when="none", reasons=())
    places = {name: _places(rows, name, value) for name, value in known.items()}
    if not all(places.values()):
        return Advice(sizes=(), when="none", reasons=(_outside(rows, known, places),))
    common = sorted(set.intersection(*(set(found) for found in places.values())))
    if len(common) == 1:
        row = rows[common[0]]
        return _fit(row, {n: v for n, v in known.items() if _holds(row, n, v)})
    if common:
        return _between(rows, common[0], common[-1], known)
    return _divided(rows, places, known)


def _holds(row: SizeRow, name: str, value: float) -> bool:
    low, high = row.ranges.get(name, (1.0, 0.0))
    return low <= value <= high


def _places(rows: Sequence[SizeRow], name: str, value: float) -> list[int]:
    """Return the rows that hold ``value``; for one in a gap its neighbours; beyond the table none."""
    inside = [i for i, row in enumerate(rows) if _holds(row, name, value)]
    if inside:
        return inside
    below = [i for i, row in enumerate(rows) if name in row.ranges and row.ranges[name][1] < value]
    above = [i for i, row in enumerate(rows) if name in row.ranges and row.ranges[name][0] > value]
    return [max(below), min(above)] if below and above else []


def _fit(row: SizeRow, known: Mapping[str, float]) -> Advice:
    ranges = "、".join(_range(name, row.ranges[name]) for name in known)
    reason = messages.text("reply.size.fit", body=_body(known), size=row.size, ranges=ranges)
    return Advice(sizes=(row.size,), when="fit", reasons=(reason,))


def _between(rows: Sequence[SizeRow], low: int, high: int, known: Mapping[str, float]) -> Advice:
    small, large = rows[low].size, rows[high].size
    key = "reply.size.between-shoes" if "foot_length" in known else "reply.size.between"
    reason = messages.text(key, body=_body(known), small=small, large=large)
    return Advice(sizes=(small, large), when="between", reasons=(reason,))


def _divided(
    rows: Sequence[SizeRow], places: Mapping[str, list[int]], known: Mapping[str, float]
) -> Advice:
    """Measures that point to different sizes: the nearest pair, the larger one advised."""
    (one, first), (other, second) = list(places.items())[:2]
    a, b = min(((i, j) for i in first for j in second), key=lambda pair: abs(pair[0] - pair[1]))
    small, large = rows[min(a, b)].size, rows[max(a, b)].size
    reason = messages.text(
        "reply.size.divided",
        one=_body({one: known[one]}),
        first=rows[a].size,
        other=_body({other: known[other]}),
        second=rows[b].size,
        large=large,
    )
    return Advice(sizes=(small, large), when="between", reasons=(reason,))


def _outside(
    rows: Sequence[SizeRow], known: Mapping[str, float], places: Mapping[str, list[int]]
) -> str:
    told = []
    for name in known:
        if places[name]:
            continue
        lows, highs = zip(*(row.ranges[name] for row in rows if name in row.ranges), strict=True)
        told.append(_range(name, (min(lows), max(highs))))
    return messages.text("reply.size.none", ranges="、".join(told))


def _range(name: str, ends: tuple[float, float]) -> str:
    low, high = ends
    label, unit = messages.text(f"reply.measure.{name}"), MEASURES[name]
    if high >= _OPEN:
        return messages.text("reply.range.from", label=label, low=f"{low:g}", unit=unit)
    return messages.text(
        "reply.range.both", label=label, low=f"{low:g}", high=f"{high:g}", unit=unit
    )


def _body(known: Mapping[str, float]) -> str:
    parts = (
        f"{messages.text(f'reply.measure.{name}')}{value:g}{MEASURES[name]}"
        for name, value in known.items()
    )
    return "、".join(parts)


def chart(rows: Iterable[SizeRow]) -> str:
    """Return the size table as lines a shopper can read in a chat."""
    lines = []
    for row in rows:
        told = [_range(name, ends) for name, ends in row.ranges.items()]
        told += [f"{name}{value}" for name, value in row.measurements.items()]
        lines.append(f"{row.size}：{'，'.join(told)}")
    return "\n".join(lines)
