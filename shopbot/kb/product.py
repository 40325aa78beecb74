"""The catalogue: products by SKU, SKU of a variant, link; their colours, sizes, stock, comparisons."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopbot.kb.entry import Comparison, Knowledge, Product, SizeRow, StockRow
from shopbot.kb.sizing import Advice, size_advice
from shopbot.kb.stock import Stock, stock_state
from shopbot.kb.storefile import FRESHNESS, zone_of

__all__ = ["Advice", "Catalogue", "SkuHit", "Stock", "size_advice", "stock_state"]

_LINK_ID = re.compile(r"[?&](?:id|item_?id|goods_id)=(\d{4,})|(\d{6,})(?:\.html)?(?:[?#/]|$)", re.I)
_SIZE_WORD = re.compile(r"[码号]$")
_XL = re.compile(r"(X{2,5})(L|S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuHit:
    """What a SKU names: the product, and the colour and size if its tail tells them."""

    product: Product
    colour: str = ""
    size: str = ""


class Catalogue:
    """Look-ups over one reading of the knowledge; holds no state of its own."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.products: Mapping[str, Product] = {p.sku: p for p in knowledge.products}
        self.zone = zone_of(knowledge.store)
        self.freshness: Mapping[str, int] = {**FRESHNESS, **knowledge.store.freshness}
        self._sizes = knowledge.sizes
        self._links = {link_id(link): p for p in knowledge.products for link in p.links}
        self._stock: dict[str, list[StockRow]] = defaultdict(list)
        for row in knowledge.stock:
            self._stock[row.sku].append(row)
        self._compared = {
            frozenset((told.first, told.second)): told for told in knowledge.comparisons
        }

    def find(self, sku: str) -> Product | None:
        """Return the product of exactly this 款号, or None."""
        return self.products.get(sku.strip().upper())

    def find_sku(self, text: str) -> SkuHit | None:
        """Return what a SKU names; LS-JK-01-BK-L is LS-JK-01 in black, size L."""
        parts = unicodedata.normalize("NFKC", text).strip().upper().split("-")
        for count in range(len(parts), 0, -1):
            product = self.products.get("-".join(parts[:count]))
            if product is not None:
                return _tail(product, parts[count:])
        return None

    def find_link(self, link: str) -> Product | None:
        """Return the product of a link or item id, or None."""
        return self._links.get(link_id(link))

    def stock_rows(self, sku: str) -> Sequence[StockRow]:
        """Return the stock rows of a product."""
        return self._stock.get(sku, ())

    def size_rows(self, product: Product) -> Sequence[SizeRow]:
        """Return the product's size table, only the sizes it is sold in."""
        rows = self._sizes.get(product.size_table, ())
        sold = [row for row in rows if row.size in product.sizes]
        return sold or rows

    def comparison(self, first: str, second: str) -> Comparison | None:
        """Return what tells two products apart, in either order."""
        return self._compared.get(frozenset((first, second)))


def link_id(link: str) -> str:
    """Return the item id of a link (or the bare id), else the link itself."""
    told = unicodedata.normalize("NFKC", link).strip()
    found = _LINK_ID.search(told)
    return (found[1] or found[2]) if found else told


def _tail(product: Product, parts: list[str]) -> SkuHit:
    colour = next((c.name for c in product.colours if c.code and c.code in parts), "")
    sizes = {size_name(size): size for size in product.sizes}
    size = next((sizes[size_name(p)] for p in parts if size_name(p) in sizes), "")
    return SkuHit(product=product, colour=colour, size=size)


def size_name(text: str) -> str:
    """Return a size as sizes are compared: L码 → L, XXL → 2XL."""
    told = unicodedata.normalize("NFKC", text).strip().upper()
    if len(told) > 1:
        told = _SIZE_WORD.sub("", told)
    return _XL.sub(lambda found: f"{len(found[1])}X{found[2]}", told)


def match_size(sizes: Sequence[str], said: str) -> str:
    """Return the size of the product that was said, or blank."""
    return next((size for size in sizes if said and size_name(size) == size_name(said)), "")


def match_colour(names: Sequence[str], said: str) -> str:
    """Return the colour of the product that was said (黑 → 曜石黑), blank when none or several fit."""
    near = near_colours(names, said)
    return near[0] if len(near) == 1 else ""


def near_colours(names: Sequence[str], said: str) -> tuple[str, ...]:
    """Return every colour that a shopper's word may mean (绿色 → 松石绿, 墨绿)."""
    told = unicodedata.normalize("NFKC", said).strip()
    if told in names:
        return (told,)
    short = told.removesuffix("的").removesuffix("色")
    if not short:
        return ()
    loose = tuple(name for name in names if short in name or name.removesuffix("色") in told)
    if not loose and len(short) > 1:
        loose = tuple(name for name in names if name.endswith(short[-1]))
    return loose
