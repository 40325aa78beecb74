"""What staff and shoppers read, from one message file (and its parts ``zh-*.yaml``).

Keys are dotted and stable; texts take plain ``{names}`` only.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from shopbot.errors import ShopbotError

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def text(key: str, **values: object) -> str:
    """Return the message of ``key`` with ``values`` put in.

    KeyError for an unknown key or a missing value: both are bugs, so they are loud.
    """
    return _all()[key].format_map(values)


def of_error(error: ShopbotError) -> str:
    """Return the sentence for staff: Chinese if there is a message ``error.CODE``, else English."""
    key = f"error.{error.code}"
    values = {name: _joined(error.code, value) for name, value in error.values.items()}
    return text(key, **values) if has(key) else error.message


def _joined(code: str, value: object) -> object:
    """Return a list of reasons as one text; what is no list stays."""
    if not isinstance(value, list | tuple):
        return value
    return text("error.and").join(why(code, str(one)) for one in value)


def why(code: str, reason: str) -> str:
    """Return one reason of an error in words: the message ``error.CODE.why.REASON``, else itself.

    What follows a colon in ``reason`` is put in as ``{name}``.
    """
    told, _, name = reason.partition(":")
    key = f"error.{code}.why.{told}"
    return text(key, name=name) if has(key) else reason


def has(key: str) -> bool:
    """Tell whether there is a message of this key."""
    return key in _all()


def known() -> list[str]:
    """Return all keys, sorted."""
    return sorted(_all())


def templates(prefix: str) -> dict[str, str]:
    """Return the unfilled messages whose keys begin with ``prefix``, for a page to fill."""
    return {key: _all()[key] for key in known() if key.startswith(prefix)}


@cache
def _all() -> Mapping[str, str]:
    merged: dict[str, str] = {}
    folder = resources.files(__package__)
    files = (f for f in folder.iterdir() if f.name.startswith("zh") and f.name.endswith(".yaml"))
    for file in sorted(files, key=lambda f: f.name):
        part = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {}  # noqa: S506
        for key, template in part.items():
            if key in merged:
                raise ValueError(f"{file.name}: the message {key} stands in two files")
            merged[key] = check_template(f"{file.name}: {key}", template)
    return merged


def check_template(where: str, template: object) -> str:
    """Return ``template`` if it is text with plain names only, else raise ValueError."""
    if not isinstance(template, str):
        raise ValueError(f"{where} is not text")
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise ValueError(f"{where}: {{{name}}} is not a plain name")
    return template
