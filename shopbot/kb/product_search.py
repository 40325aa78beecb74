"""Products by a few letters of their SKU, name, alias or link: what a picker offers. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from shopbot.kb import text as texts
from shopbot.kb.entry import Product
from shopbot.kb.product import link_id

OFF_SHELF = "下架"
_NOWHERE = 9


def matching(products: Iterable[Product], text: str, limit: int) -> list[Product]:
    """The ``limit`` products that ``text`` may mean, best first; blank text means any.

    A whole SKU or link comes first, then what begins with the text, then what holds all its words;
    off-shelf products come last among equals, else the order of the sheets stays.
    """
    asked = texts.normalise(text).strip()
    words = asked.split()
    link = link_id(text)  # of the text as it came: normalising leaves links out
    placed = [(_place(product, asked, words, link), product) for product in products]
    found = [(place, p.status == OFF_SHELF, p) for place, p in placed if place < _NOWHERE]
    return [product for *_, product in sorted(found, key=lambda one: one[:2])][:limit]


def _place(product: Product, asked: str, words: list[str], link: str) -> int:
    """How well a product fits: 0 it is named outright … 3 all words stand somewhere, else nowhere."""
    sku = product.sku.lower()
    if asked == sku or link in map(link_id, product.links):
        return 0
    names = [sku, *(texts.normalise(name) for name in (product.name, *product.aliases))]
    if not words and link:
        return _NOWHERE
    if any(name.startswith(asked) for name in names):
        return 1
    whole = " ".join([*names, texts.normalise(product.category)])
    if asked in whole:
        return 2
    return 3 if words and all(word in whole for word in words) else _NOWHERE
