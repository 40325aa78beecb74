"""``{变量}`` in answers: a closed list of names, nothing evaluated, nothing expanded twice."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"(?=.*[^\W\d_])\w{1,32}")


class MissingVariable(ValueError):
    """A text names a variable that has no value now."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no value for the variable {name!r}.")
        self.name = name


class BadTemplate(ValueError):
    """A text has braces that are no variable: expressions, formats and stray braces are refused."""

    def __init__(self, fragment: str, column: int) -> None:
        super().__init__(f"{fragment!r} is not a variable.")
        self.fragment = fragment
        self.column = column


def variables(text: str) -> list[tuple[str, int]]:
    """Return (name, 1-based column in ``text``) of each variable; raises BadTemplate."""
    return [(_name(found), found.start() + 1) for found in _BRACES.finditer(text)]


def is_name(text: str) -> bool:
    """Tell whether ``text`` can stand in braces: letters, Chinese characters, digits, ``_``."""
    return _NAME.fullmatch(text) is not None


def _name(found: re.Match[str]) -> str:
    name = found[1]
    if name is None or not is_name(name):
        raise BadTemplate(found.group(), found.start() + 1)
    return name


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with its variables replaced, each value put in as it is.

    Raises MissingVariable for a name without a (non-blank) value, BadTemplate for other braces.
    """

    def value(found: re.Match[str]) -> str:
        name = _name(found)
        told = values.get(name, "")
        if not told:
            raise MissingVariable(name)
        return told

    return _BRACES.sub(value, text)
