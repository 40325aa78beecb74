"""YAML nodes to the dataclasses of :mod:`shopbot.rules.model`: one value, one place, one slip.

A wrong value keeps its default; a wrong list item is left out; nothing stops the rest of the file.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml

from shopbot.rules import texts
from shopbot.rules.problem import Slips
from shopbot.rules.setting import KEY, Fen, Setting

_KIND = {
    bool: "bad-truth",
    timedelta: "bad-span",
    time: "bad-clock",
    date: "bad-day",
    datetime: "bad-moment",
    Fen: "bad-money",
}


class Binder:
    """Reads the values of one file."""

    def __init__(self, slips: Slips, zone: tzinfo) -> None:
        self._slips = slips
        self._zone = zone

    def bind(self, made: Any, node: yaml.MappingNode) -> Any:
        """Return ``made`` with what ``node`` tells; None when something needed is missing."""
        values: dict[str, Any] = {}
        for name, value in self._pairs(made, node):
            setting = _settings(made)[name]
            found = self._value(_hints(made)[name], setting, value)
            if found is not None:
                values[name] = found
        missing = [s.zh for n, s in _settings(made).items() if n in _needed(made) - values.keys()]
        if missing:
            self._slip("missing", node, names="、".join(missing))
            return None
        return made(**values)

    def _pairs(self, made: type, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
        seen: dict[str, int] = {}
        for key, value in node.value:
            told = texts.plain(key.value) if isinstance(key, yaml.ScalarNode) else ""
            name = _names(made).get(told)
            if name is None:
                self._unknown(made, key, told)
            elif name in seen:
                self._slip("twice", key, name=told, first=seen[name])
            else:
                seen[name] = key.start_mark.line + 1
                yield name, value

    def _unknown(self, made: type, key: yaml.Node, told: str) -> None:
        near = difflib.get_close_matches(told, list(_names(made)), n=1, cutoff=0.6)
        known = "、".join(setting.zh for setting in _settings(made).values())
        code = "unknown-guess" if near else "unknown"
        self._slip(code, key, name=told, meant=near[0] if near else "", known=known)

    def _value(self, hint: Any, setting: Setting, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode) and not node.value.strip():
            return None  # left open: the default
        if get_origin(hint) in (types.UnionType, Union):  # X | None; a NewType gives the latter
            hint = get_args(hint)[0]
        if get_origin(hint) is tuple:
            return self._list(get_args(hint)[0], setting, node)
        if dataclasses.is_dataclass(hint):
            return self._table(hint, setting, node)
        return self._scalar(hint, setting, node)

    def _table(self, made: Any, setting: Setting, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.bind(made, node)
        self._slip("not-table", node, name=setting.zh)
        return None

    def _list(self, hint: Any, setting: Setting, node: yaml.Node) -> tuple[Any, ...] | None:
        if isinstance(node, yaml.SequenceNode):
            nodes = node.value
        elif isinstance(node, yaml.ScalarNode):
            nodes = [node] if setting.whole else _split(node)
        else:
            self._slip("not-list", node, name=setting.zh)
            return None
        found: list[Any] = []
        for item in nodes:
            value = self._days(setting, item) if hint is date else self._one(hint, setting, item)
            found.extend(value)
        return tuple(found)

    def _one(self, hint: Any, setting: Setting, node: yaml.Node) -> list[Any]:
        value = self._value(hint, setting, node)
        return [] if value is None else [value]

    def _days(self, setting: Setting, node: yaml.Node) -> list[date]:
        found = texts.days(node.value) if isinstance(node, yaml.ScalarNode) else None
        if found is None:
            self._slip("bad-days", node, name=setting.zh, value=_shown(node))
        return found or []

    def _scalar(self, hint: Any, setting: Setting, node: yaml.Node) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            self._slip("not-one", node, name=setting.zh)
            return None
        if setting.choices is not None:
            return self._choice(setting, setting.choices, node)
        if hint is str:
            return texts.plain(node.value)
        if hint is int:
            return self._number(setting, node)
        found = self._reader(hint)(node.value)
        if found is None:
            self._slip(_KIND[hint], node, name=setting.zh, value=node.value)
        return found

    def _reader(self, hint: Any) -> Callable[[str], Any]:
        readers: dict[Any, Callable[[str], Any]] = {
            bool: texts.truth,
            timedelta: texts.span,
            time: texts.clock,
            date: texts.day,
            datetime: lambda text: texts.moment(text, self._zone),
            Fen: texts.money,
        }
        return readers[hint]

    def _number(self, setting: Setting, node: yaml.ScalarNode) -> int | None:
        found = texts.count(node.value, setting.unit)
        if found is not None and setting.low <= found <= setting.high:
            return found
        code = "bad-number-unit" if setting.unit else "bad-number"
        self._slip(
            code, node, name=setting.zh, value=node.value,
            low=setting.low, high=setting.high, unit=setting.unit,
        )  # fmt: skip
        return None

    def _choice(self, setting: Setting, choices: Any, node: yaml.ScalarNode) -> str | None:
        told = texts.plain(node.value)
        for value, word in choices.items():
            if told in (value, word):
                return str(value)
        allowed = "、".join(f"{value}（{word}）" for value, word in choices.items())
        self._slip("bad-choice", node, name=setting.zh, value=told, allowed=allowed)
        return None

    def _slip(self, code: str, node: yaml.Node, **values: object) -> None:
        mark = node.start_mark
        self._slips.error(code, mark.line + 1, mark.column + 1, **values)


def _split(node: yaml.ScalarNode) -> list[yaml.ScalarNode]:
    """Return the parts of ``新疆、西藏`` as nodes at the same place."""
    parts = [p for p in texts.plain(node.value).replace("、", ",").split(",") if p.strip()]
    return [
        yaml.ScalarNode(node.tag, part.strip(), node.start_mark, node.end_mark) for part in parts
    ]


def _shown(node: yaml.Node) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else ""


@cache
def _hints(made: Any) -> dict[str, Any]:
    return get_type_hints(made)


@cache
def _settings(made: Any) -> dict[str, Setting]:
    return {f.name: f.metadata[KEY] for f in dataclasses.fields(made)}


@cache
def _needed(made: Any) -> frozenset[str]:
    return frozenset(f.name for f in dataclasses.fields(made) if f.default is dataclasses.MISSING)


@cache
def _names(made: Any) -> dict[str, str]:
    """Return what a key may be called, English or Chinese, to the field's name."""
    english = {name: name for name in _settings(made)}
    return english | {setting.zh: name for name, setting in _settings(made).items()}
