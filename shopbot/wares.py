"""The catalogue as orders ask for it: the knowledge's products behind the protocol of dialogue actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shopbot.orders.dialogue import Ware
from shopbot.orders.model import OrderLine
from shopbot.orders.price_protection import PRICE_FRESH, PriceNow
from shopbot.orders.restock import OnShelf, StockState
from shopbot.rules import texts

if TYPE_CHECKING:
    from shopbot.kb.entry import Knowledge, StockRow
    from shopbot.kb.product import Catalogue

_RELATIVE = re.compile(r"([大小])([一两二12])码")
_STOCK = "库存"  # the catalogue's name for freshness of stock


class CatalogueWares:
    """The catalogue as orders ask for it: other colours and sizes, stock and prices of today."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge
        self._made: tuple[Knowledge, Catalogue] | None = None

    def _catalogue(self) -> Catalogue:
        """Return the catalogue of the knowledge that serves now; made once for each."""
        from shopbot.kb.product import Catalogue

        knowledge, made = self._knowledge(), self._made
        if made is None or made[0] is not knowledge:
            made = self._made = (knowledge, Catalogue(knowledge))
        return made[1]

    def find(self, line: OrderLine, colour: str, size: str, now: datetime) -> Ware:
        """See :class:`shopbot.orders.dialogue.Wares`."""
        from shopbot.kb.product import match_colour, near_colours, stock_state
        from shopbot.kb.tables import ONE_SIZE

        catalogue = self._catalogue()
        hit = catalogue.find_sku(line.sku) if line.sku else None
        if hit is None:
            return Ware()
        product = hit.product
        names = [known.name for known in product.colours]
        meant = match_colour(names, colour or line.colour or hit.colour)
        bought = line.size or hit.size
        fit = _next_to(product.sizes, bought, size) or _fit(product.sizes, size or bought)
        if (names and not meant) or (product.sizes and not fit):
            near = near_colours(names, colour) or tuple(names)
            return Ware(
                colours=near if colour and names and not meant else (),
                sizes=tuple(product.sizes) if size and product.sizes and not fit else (),
            )
        fresh = catalogue.freshness[_STOCK]
        state = stock_state(catalogue.stock_rows(product.sku), meant, fit, now, fresh).state
        price = self.price(line)
        code = next((known.code for known in product.colours if known.name == meant), "")
        return Ware(
            sku="-".join(part for part in (product.sku, code, fit) if part and part != ONE_SIZE),
            colour=meant,
            size=fit,
            unit_fen=price.fen if price and now - price.as_of <= PRICE_FRESH else None,
            in_stock={"in": True, "low": True, "out": False}.get(state),
        )

    def look(self, product: str, colour: str, size: str, now: datetime) -> OnShelf | None:
        """See :class:`shopbot.orders.restock.Shelf`."""
        catalogue = self._catalogue()
        found = catalogue.find(product)
        if found is None:
            return None
        rows = catalogue.stock_rows(found.sku)
        colours = list(dict.fromkeys([*(c.name for c in found.colours), *(r.colour for r in rows)]))
        sizes = list(dict.fromkeys([*found.sizes, *(r.size for r in rows)]))
        meant, fit = _meant(colours, colour), _fit(sizes, size)
        state, as_of = stock_of(rows, meant, fit, now, catalogue.freshness[_STOCK])
        if (colour and not meant) or (size and not fit):
            state, as_of = "no-such", None
        return OnShelf(
            product=found.sku,
            name=found.name,
            colour=meant if len(colours) > 1 else "",
            size=fit if len(sizes) > 1 else "",
            state=state,
            as_of=as_of,
        )

    def price(self, line: OrderLine) -> PriceNow | None:
        """See :class:`shopbot.orders.dialogue.Wares`."""
        hit = self._catalogue().find_sku(line.sku) if line.sku else None
        if hit is None or hit.product.price_as_of is None:
            return None
        fen = texts.money(hit.product.price)
        return None if fen is None else PriceNow(fen=fen, as_of=hit.product.price_as_of)


def stock_of(
    rows: Sequence[StockRow], colour: str, size: str, now: datetime, fresh: int
) -> tuple[StockState, datetime | None]:
    """Return whether a colour and size is there, and as of when."""
    from shopbot.kb.product import stock_state

    exact = [row for row in rows if colour in ("", row.colour) and size in ("", row.size)]
    if not exact:
        return "untold", None
    found = stock_state(exact, colour, size, now, fresh)
    as_of = min((row.as_of for row in found.rows), default=None)
    return _STATES[found.state], as_of


_STATES: dict[str, StockState] = {
    "in": "in",
    "low": "in",
    "out": "out",
    "partial": "partial",
    "stale": "stale",
    "unknown": "untold",
}


def _meant(colours: Sequence[str], said: str) -> str:
    """Return the colour that was said; the only one there is when none was."""
    from shopbot.kb.product import match_colour

    if not said and len(colours) == 1:
        return colours[0]
    return match_colour(colours, said)


def _next_to(sizes: Sequence[str], bought: str, said: str) -> str:
    """Return the size that is meant by 大一码, 小两码; blank where there is none, or it says no such thing."""
    asked, at = _RELATIVE.fullmatch(said), _fit(sizes, bought)
    if asked is None or not at:
        return ""
    steps = (1 if asked[2] in "一1" else 2) * (1 if asked[1] == "大" else -1)
    place = list(sizes).index(at) + steps
    return sizes[place] if 0 <= place < len(sizes) else ""


def _fit(sizes: Sequence[str], said: str) -> str:
    """Return the size that was said; the only one there is when none was."""
    from shopbot.kb.product import match_size

    if not said and len(sizes) == 1:
        return sizes[0]
    return match_size(sizes, said)
