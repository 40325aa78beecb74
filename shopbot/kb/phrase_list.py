"""The closed list of fixed phrases of other modules: entries without questions, known by their id."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

FOLDER = "replies/orders"
"""Where the phrases of a new store stand."""


@cache
def phrases() -> Mapping[str, tuple[str, ...]]:
    """Return the closed list: each phrase with the variables it may use."""
    text = (resources.files("shopbot.kb") / "phrases.yaml").read_text(encoding="utf-8")
    return {name: tuple(told) for name, told in yaml.safe_load(text).items()}


def is_phrase(entry_id: str) -> bool:
    """Tell whether an entry is a phrase: never searched, no questions, no topic needed."""
    return entry_id in phrases()
