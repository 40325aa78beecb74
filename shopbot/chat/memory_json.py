"""Memory of a talk to JSON and back. What is missing or strange is left out: a talk must go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from shopbot.chat.situation import Memory, Pending
from shopbot.orders.dialogue import Slots

_PAIRS = ("choices", "answered", "said")
_TEXTS = {"product", "order", "called"}
_COUNTS = {"misses"}
_FLAGS = {"greeted", "notice", "reassured"}


def to_json(memory: Memory) -> dict[str, Any]:
    """Return what differs from an empty memory, as plain JSON values."""
    told = {
        name: value
        for name, value in dataclasses.asdict(memory).items()
        if value and name not in {"pending", "waiting"}
    }
    if memory.pending is not None:
        told["pending"] = _pending_json(memory.pending)
    if memory.waiting:
        told["waiting"] = [_pending_json(one) for one in memory.waiting]
    return told


def from_json(told: Mapping[str, Any]) -> Memory:
    """Return the memory that ``to_json`` told; never fails on what an older version wrote."""
    values: dict[str, Any] = {name: str(told.get(name, "")) for name in _TEXTS}
    values |= {name: _count(told.get(name)) for name in _COUNTS}
    values |= {name: bool(told.get(name)) for name in _FLAGS}
    values |= {name: _pairs(told.get(name), counted=name == "said") for name in _PAIRS}
    values["open_questions"] = tuple(str(one) for one in _list(told.get("open_questions")))
    values["pending"] = _pending(told.get("pending"))
    waiting = (_pending(one) for one in _list(told.get("waiting")))
    values["waiting"] = tuple(one for one in waiting if one is not None)
    return Memory(**values)


def _pending_json(pending: Pending) -> dict[str, Any]:
    told = {k: v for k, v in dataclasses.asdict(pending).items() if v}
    slots = dataclasses.asdict(pending.slots)
    told["slots"] = {k: v for k, v in slots.items() if v not in ("", None, (), False)}
    for name in ("intact", "opened"):
        if slots[name] is not None:
            told["slots"][name] = slots[name]
    return told


def _pending(told: object) -> Pending | None:
    if not isinstance(told, Mapping) or not told.get("action"):
        return None
    asked = told.get("asked")
    return Pending(
        action=str(told["action"]),
        dialogue=str(told.get("dialogue", "")),
        slots=_slots(told.get("slots")),
        asked={str(k): _count(v) for k, v in asked.items()} if isinstance(asked, Mapping) else {},
        waiting_for=str(told.get("waiting_for", "")),
        options=_pairs(told.get("options")),
        confirm_key=str(told.get("confirm_key", "")),
    )


def _slots(told: object) -> Slots:
    if not isinstance(told, Mapping):
        return Slots()
    known = {one.name for one in dataclasses.fields(Slots)}
    values = {k: v for k, v in told.items() if k in known}
    if "pictures" in values:
        values["pictures"] = tuple(str(one) for one in _list(values["pictures"]))
    return Slots(**values)


def _pairs(told: object, *, counted: bool = False) -> tuple[tuple[str, Any], ...]:
    pairs = [one for one in _list(told) if isinstance(one, list | tuple) and len(one) == 2]
    return tuple((str(a), _count(b) if counted else str(b)) for a, b in pairs)


def _list(told: object) -> list[Any]:
    return list(told) if isinstance(told, list | tuple) else []


def _count(told: object) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) else 0
