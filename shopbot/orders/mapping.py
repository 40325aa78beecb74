"""Which column of an export is which field: built-in names and a store's own saved mappings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import yaml

Kind = Literal["orders", "lines", "tracking", "reviews", "members"]
Columns = Mapping[str, str]  # column name -> field

_PUNCTUATION = re.compile(r"[\W_]+")


@cache
def builtin() -> Mapping[str, Any]:
    """Return the packaged names (mappings.yaml)."""
    file = resources.files("shopbot.orders") / "mappings.yaml"
    loaded: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded


def fields(kind: Kind) -> tuple[str, ...]:
    """Return the fields that a table of this kind can tell."""
    return tuple(builtin()[kind])


def required(kind: Kind) -> tuple[str, ...]:
    """Return the fields without which a table of this kind says nothing."""
    return tuple(builtin()["required"][kind])


def title_of(kind: Kind, field: str) -> str:
    """Return the usual column name of a field, for messages."""
    return str(builtin()[kind][field][0])


def plain(name: str) -> str:
    """Return a column name for comparing: no width, case, spaces or marks."""
    return unicodedata.normalize("NFKC", name).strip(" \t\ufeff'\"*:").replace(" ", "").lower()


def find_columns(kind: Kind, header: Iterable[str], own: Columns | None = None) -> dict[str, int]:
    """Return field -> position in ``header``; the store's own names come before the built-in."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(plain(name), place)
    found: dict[str, int] = {}
    for name, field in (own or {}).items():
        if field in builtin()[kind] and plain(name) in places:
            found[field] = places[plain(name)]
    for field, names in builtin()[kind].items():
        place_or_none = next((places[plain(n)] for n in names if plain(n) in places), None)
        if field not in found and place_or_none is not None:
            found[field] = place_or_none
    return found


def missing(kind: Kind, found: Mapping[str, int]) -> list[str]:
    """Return the usual names of required columns that are not there."""
    return [title_of(kind, field) for field in required(kind) if field not in found]


def find_field(word: str) -> str | None:
    """Return the field that staff mean by ``word``: a field's name or any of its column names."""
    wanted = plain(word)
    for kind in get_args(Kind):
        for field, names in builtin()[kind].items():
            if wanted == field or wanted in map(plain, names):
                return str(field)
    return None


def parse_pairs(pairs: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Read ``列=字段`` pairs; return the mapping and the pairs that cannot be used."""
    mapped: dict[str, str] = {}
    bad = []
    for pair in pairs:
        column, equals, word = pair.partition("=")
        field = find_field(word)
        if equals and column.strip() and field is not None:
            mapped[column.strip()] = field
        else:
            bad.append(pair)
    return mapped, bad


@cache
def _words(table: str) -> Mapping[str, str]:
    states = builtin()[table].items()
    return {_letters(word): state for state, words in states for word in (state, *words)}


def find_state(table: Literal["order_status", "line_status"], word: str) -> str | None:
    """Return our state for a platform's word, None when it is not known."""
    return _words(table).get(_letters(word))


def ends_refund(word: str) -> bool:
    """Tell whether a line's state says that a refund was asked for and came to nothing.

    It has come as far as an open refund: of the two the later file is right.
    """
    return bool(word) and _letters(word) in _ends()


@cache
def _ends() -> frozenset[str]:
    return frozenset(map(_letters, builtin()["ended_refund"]))


def _letters(word: str) -> str:
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", word)).lower()
