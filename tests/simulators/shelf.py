"""A shelf whose goods come and go, and a knowledge that knows which goods a shopper speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from typing_extensions import override

from shopbot.kb.slots import Slots
from shopbot.kb.suggestion import Answer, Query
from shopbot.orders.restock import OnShelf, Shelf, StockState
from tests.simulators.talk import QuickKnowledge, said_entry, shop_knowledge

JACKET, DOWN = "LS-JK-01", "LS-DW-02"
COLOURS, SIZES = ("黑", "绿"), ("L", "XL")


@dataclass
class Rack(Shelf):
    """One jacket in two colours and sizes, all gone; and down coats that nobody counts."""

    there: set[tuple[str, str]] = field(default_factory=set)
    stale: bool = False
    as_of: datetime | None = None

    @override
    def look(self, product: str, colour: str, size: str, now: datetime) -> OnShelf | None:
        """Return what is there."""
        if product not in (JACKET, DOWN):
            return None
        state = self._state(product, colour, size)
        return OnShelf(
            product=product,
            name="冲锋衣" if product == JACKET else "羽绒服",
            colour=colour if colour in COLOURS else "",
            size=size if size in SIZES else "",
            state=state,
            as_of=None if state == "untold" else self.as_of or now,
        )

    def _state(self, product: str, colour: str, size: str) -> StockState:
        if product == DOWN:
            return "untold"
        if colour not in ("", *COLOURS) or size not in ("", *SIZES):
            return "no-such"
        if self.stale:
            return "stale"
        wanted = {(c, s) for c in COLOURS for s in SIZES if colour in ("", c) and size in ("", s)}
        found = wanted & self.there
        if not found:
            return "out"
        return "in" if len(wanted) == 1 else "partial"


class Counter(QuickKnowledge):
    """Hears goods, colours and sizes in a question; a product in view is meant when none is named."""

    @override
    def suggest(self, query: Query) -> Answer:
        """See :class:`shopbot.chat.ports.Knowing`."""
        told = super().suggest(query)
        product = JACKET if "冲锋衣" in query.text else DOWN if "羽绒服" in query.text else ""
        slots = Slots(
            product=product or query.product or "",
            colour=next((one for one in (*COLOURS, "紫") if one in query.text), ""),
            size="XL" if "XL" in query.text else "L" if "L" in query.text else "",
        )
        parts = told.parts
        if not parts[0].suggestions and slots.colour:  # goods without a question: perhaps this
            found = super()._part("有货吗", self.entries["fact.stock"], query)
            parts = (replace(found, text=query.text, band="choose"),)
        return replace(told, parts=tuple(replace(part, slots=slots) for part in parts))


def counter() -> Counter:
    """Return a knowledge by which shoppers may wait for goods."""
    known = shop_knowledge()
    made = Counter(entries=known.entries, words=known.words)
    made.add("叫我", said_entry("restock.notify", "亲，发款名给我~", topic="restock"))
    made.add("别叫", said_entry("restock.stop", "亲，哪一款~", topic="restock"))
    made.add("有货吗", said_entry("fact.stock", "亲，暂时没货~", topic="stock"))
    return made
