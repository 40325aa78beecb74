"""How a rule value is declared: its Chinese name, unit, limits or closed list beside its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

Fen = NewType("Fen", int)
"""Money in 1/100 yuan; written in the files as yuan (``8元``)."""

KEY = "setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What staff may write for one value."""

    zh: str  # the name in Chinese; the file may use it instead of the English one
    unit: str = ""  # what may stand behind a whole number: 天, 次, 件, 个月, %
    low: int = 0
    high: int = 3650
    choices: Mapping[str, str] | None = None  # value -> Chinese word
    whole: bool = False  # of a list: a text alone is one item, its commas belong to it


def rule(
    zh: str,
    default: Any,
    *,
    unit: str = "",
    low: int = 0,
    high: int = 3650,
    choices: Mapping[str, str] | None = None,
    whole: bool = False,
) -> Any:
    """Declare a value that has a default."""
    made = Setting(zh=zh, unit=unit, low=low, high=high, choices=choices, whole=whole)
    return field(default=default, metadata={KEY: made})


def needed(
    zh: str,
    *,
    unit: str = "",
    low: int = 0,
    high: int = 3650,
    choices: Mapping[str, str] | None = None,
) -> Any:
    """Declare a value that a list item cannot do without."""
    made = Setting(zh=zh, unit=unit, low=low, high=high, choices=choices)
    return field(metadata={KEY: made})
