"""What the demo's shoppers buy: the store's own products, in its own colours and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from shopbot.demo.chance import Chance
from shopbot.kb.entry import Product

_ONE_SIZE = "均码"
_PRESALE = "预售"
_SOLD = ("在售", _PRESALE)
_ATTRIBUTES = "颜色分类:{colour};尺码:{size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """One product that can be bought."""

    product: Product
    fen: int

    @property
    def presale(self) -> bool:
        """Tell whether it is made to order."""
        return self.product.status == _PRESALE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One position of an order to be."""

    title: str
    sku: str = ""
    attributes: str = ""
    colour: str = ""
    size: str = ""
    unit_fen: int
    quantity: int = 1
    gift: bool = False

    @property
    def fen(self) -> int:
        """Return its price."""
        return self.unit_fen * self.quantity


def list_goods(products: Iterable[Product]) -> list[Good]:
    """Return what has a price and is sold."""
    found = []
    for product in products:
        try:
            fen = int(Decimal(product.price) * 100)
        except InvalidOperation:
            continue
        if product.status in _SOLD and fen > 0:
            found.append(Good(product=product, fen=fen))
    return sorted(found, key=lambda good: good.product.sku)


def buy(chance: Chance, goods: Sequence[Good], *name: object) -> Bought:
    """Return a product in a colour and size it is sold in, nearly always one piece."""
    good = chance.pick(goods, "product", *name)
    product = good.product
    colour = chance.pick(product.colours, "colour", *name) if product.colours else None
    size = chance.pick(product.sizes, "size", *name) if product.sizes else ""
    tail = [colour.code if colour else "", "" if size == _ONE_SIZE else size]
    return Bought(
        title=product.name,
        sku="-".join(part for part in (product.sku, *tail) if part),
        attributes=_ATTRIBUTES.format(colour=colour.name, size=size) if colour else "",
        colour=colour.name if colour else "",
        size="" if size == _ONE_SIZE else size,
        unit_fen=good.fen,
        quantity=2 if chance.once_in(9, "quantity", *name) else 1,
    )
