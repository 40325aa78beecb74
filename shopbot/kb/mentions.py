"""Which products and regions a text names: all names in one pass (Aho-Corasick)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from typing import Any

from shopbot.kb import text as texts
from shopbot.kb.entry import Product
from shopbot.kb.measures import Span, without_overlaps

GENERIC, OTHER, COLOUR = "这款", "那款", "黑色"
"""Stand in for a product's name, a second one's, and a colour's when questions are compared."""


_COLOUR_WORD = re.compile(
    "色(?!差)"
)  # of 卡其色, when the sheet says 卡其; 色差 is a word of its own
_KINDS = ("product", "region", "colour", "category")  # what a name means first if it means several


class Names:
    """Product names, aliases and SKUs, categories, and regions of China, found in normalised text.

    A span's ``value`` is the SKU for ``product`` (or ``""`` when several products share the name),
    the category for ``category``, the colour or region itself for ``colour`` and ``region``.
    """

    def __init__(self, products: Iterable[Product]) -> None:
        owners: dict[tuple[str, str], set[str]] = defaultdict(set)
        for product in products:
            for name in (product.name, product.sku, *product.aliases):
                owners["product", texts.normalise(name)].add(product.sku)
            for colour in product.colours:
                owners["colour", texts.normalise(colour.name)].add(colour.name)
            if product.category:
                owners["category", texts.normalise(product.category)].add(product.category)
        for region in regions():
            owners["region", region].add(region)
        self._owners = {key: value for key, value in owners.items() if len(key[1]) > 1}

    @cached_property
    def _automaton(self) -> Any:
        import ahocorasick

        automaton = ahocorasick.Automaton()
        by_name: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for (kind, name), values in self._owners.items():
            by_name[name].append((kind, next(iter(values)) if len(values) == 1 else ""))
        for name, meanings in by_name.items():
            automaton.add_word(name, (len(name), min(meanings, key=lambda m: _KINDS.index(m[0]))))
        automaton.make_automaton()
        return automaton

    def find(self, text: str) -> list[Span]:
        """All names in a normalised text, the longest where they overlap, in order."""
        if not self._owners:
            return []
        found = []
        for last, (size, (kind, value)) in self._automaton.iter(text):
            start, end = last - size + 1, last + 1
            if not _inside_word(text, start, end):
                end += kind == "colour" and bool(_COLOUR_WORD.match(text, end))
                found.append(Span(kind=kind, start=start, end=end, value=value))
        return without_overlaps(found)


def _inside_word(text: str, start: int, end: int) -> bool:
    """True when a Latin or numeric name is only a piece of a longer run (ls-jk-01 in ls-jk-012)."""
    before = start > 0 and _joined(text[start - 1], text[start])
    return before or (end < len(text) and _joined(text[end - 1], text[end]))


def _joined(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def regions() -> tuple[str, ...]:
    """Provinces and larger cities of China, one a line in regions.txt."""
    text = resources.files("shopbot.kb").joinpath("regions.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.split() if line)
