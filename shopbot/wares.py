"""The catalogue as orders ask for it: the knowledge's products behind the protocol of dialogue actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shopbot.orders.dialogue import Ware
from shopbot.orders.model import OrderLine
from shopbot.orders.price_protection import PRICE_FRESH, PriceNow
from shopbot.rules import texts

if TYPE_CHECKING:
    from shopbot.kb.entry import Knowledge

_STOCK = "库存"  # the catalogue's name for freshness of stock


class CatalogueWares:
    """The catalogue as orders ask for it: other colours and sizes, stock and prices of today."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge

    def find(self, line: OrderLine, colour: str, size: str, now: datetime) -> Ware:
        """See :class:`shopbot.orders.dialogue.Wares`."""
        from shopbot.kb.product import Catalogue, match_colour, stock_state
        from shopbot.kb.tables import ONE_SIZE

        catalogue = Catalogue(self._knowledge())
        hit = catalogue.find_sku(line.sku) if line.sku else None
        if hit is None:
            return Ware()
        product = hit.product
        names = [known.name for known in product.colours]
        meant = match_colour(names, colour or line.colour or hit.colour)
        fit = _fit(product.sizes, size or line.size or hit.size)
        if (names and not meant) or (product.sizes and not fit):
            return Ware()
        fresh = catalogue.freshness[_STOCK]
        state = stock_state(catalogue.stock_rows(product.sku), meant, fit, now, fresh).state
        price = self.price(line)
        code = next((known.code for known in product.colours if known.name == meant), "")
        return Ware(
            sku="-".join(part for part in (product.sku, code, fit) if part and part != ONE_SIZE),
            unit_fen=price.fen if price and now - price.as_of <= PRICE_FRESH else None,
            in_stock={"in": True, "low": True, "out": False}.get(state),
        )

    def price(self, line: OrderLine) -> PriceNow | None:
        """See :class:`shopbot.orders.dialogue.Wares`."""
        from shopbot.kb.product import Catalogue

        hit = Catalogue(self._knowledge()).find_sku(line.sku) if line.sku else None
        if hit is None or hit.product.price_as_of is None:
            return None
        fen = texts.money(hit.product.price)
        return None if fen is None else PriceNow(fen=fen, as_of=hit.product.price_as_of)


def _fit(sizes: Sequence[str], said: str) -> str:
    """Return the size that was said; the only one there is when none was."""
    from shopbot.kb.product import match_size

    if not said and len(sizes) == 1:
        return sizes[0]
    return match_size(sizes, said)
