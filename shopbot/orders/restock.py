"""Shoppers who wait for goods (到货通知): what they wait for, and what becomes of it. Pure.

A wish is open until the goods are there again; then its message is on the way (due), and it is open again
when they are gone before that could be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, get_args

from shopbot.orders.contact import MessageState, Why
from shopbot.orders.model import OrderLine
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.timing import ONE_DAY, told_time
from shopbot.rules import Rules

StockState = Literal[
    "in",
    "out",
    "partial",  # some colours or sizes are there; which one is meant was not said
    "stale",  # what is known is too old to be told
    "untold",  # nobody writes down how many there are
    "no-such",  # it does not come in that colour or size
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnShelf:
    """What is known of goods now: the same fact that answers go by."""

    product: str  # 款号
    name: str
    colour: str = ""  # as the catalogue names it; blank: not said, or there is only one
    size: str = ""
    state: StockState
    as_of: datetime | None = None

    @property
    def title(self) -> str:
        """Return the goods as a shopper would call them."""
        told = "，".join(part for part in (self.colour, self.size) if part)
        return f"{self.name}（{told}）" if told else self.name


class Shelf(Protocol):
    """The catalogue, as far as waiting for goods needs it."""

    def look(self, product: str, colour: str, size: str, now: datetime) -> OnShelf | None:
        """Return what is there; blank colour or size: not said. None: there is no such product."""
        ...


WishState = Literal["open", "due", "told", "bought", "stopped", "lapsed", "dropped"]
WishEvent = Literal["back", "gone", "sent", "failed", "buy", "stop", "expire"]
ENDS: frozenset[WishState] = frozenset({"told", "bought", "stopped", "lapsed", "dropped"})

TABLE: Mapping[tuple[WishState, WishEvent], WishState] = {
    ("open", "back"): "due",
    ("open", "buy"): "bought",
    ("open", "stop"): "stopped",
    ("open", "expire"): "lapsed",
    ("due", "gone"): "open",
    ("due", "sent"): "told",
    ("due", "failed"): "dropped",
    ("due", "buy"): "bought",
    ("due", "stop"): "stopped",
}
EVENTS: tuple[WishEvent, ...] = get_args(WishEvent)

_AGAIN: frozenset[Why] = frozenset({"not-true", "too-old"})
"""Why a message was not told that leaves the shopper waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One shopper waits for one thing; blank colour or size: any."""

    id: str
    store_id: str
    visitor: str
    product: str
    name: str
    colour: str = ""
    size: str = ""
    state: WishState = "open"
    message: str = ""  # the one that tells it
    times: int = 0  # how often the goods were back
    why: str = ""
    asked_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether the shopper still waits."""
        return self.state not in ENDS

    @property
    def title(self) -> str:
        """Return what is waited for as a shopper would call it."""
        told = "，".join(part for part in (self.colour, self.size) if part)
        return f"{self.name}（{told}）" if told else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of a wish at a moment: the goods, its message, what the shopper has bought."""

    shelf: OnShelf | None
    bought: bool = False
    message: MessageState | None = None  # of a due one
    why: str = ""  # of a dropped message


def is_back(shelf: OnShelf | None) -> bool:
    """Tell whether what is waited for may be told to be there: only by a fresh figure."""
    return shelf is not None and shelf.state in ("in", "partial")


def next_event(wish: Wish, seen: Seen, now: datetime) -> WishEvent | None:
    """Return what has happened to an open wish, None for nothing."""
    if wish.state == "due" and seen.message == "sent":
        return "sent"
    if seen.bought:
        return "buy"
    if wish.state == "due":
        if seen.message == "dropped":
            return "gone" if seen.why in _AGAIN else "failed"
        return None if is_back(seen.shelf) else "gone"
    if now >= wish.expires_at:
        return "expire"
    return "back" if is_back(seen.shelf) else None


def stepped(state: WishState, event: WishEvent) -> WishState:
    """Return the state after an event; ValueError for one that cannot happen in it."""
    found = TABLE.get((state, event))
    if found is None:
        raise ValueError(f"{event} cannot happen to a wish that is {state}")
    return found


def is_bought(wish: Wish, lines: Iterable[OrderLine]) -> bool:
    """Tell whether one of the lines (of orders made since) is what is waited for."""
    return any(_is_it(wish, line) for line in lines)


def _is_it(wish: Wish, line: OrderLine) -> bool:
    if line.status in ("refunded", "closed"):
        return False
    if line.sku != wish.product and not line.sku.startswith(f"{wish.product}-"):
        return False
    return _fits(wish.colour, line.colour) and _fits(wish.size, line.size)


def _fits(wanted: str, got: str) -> bool:
    """Tell whether a colour or size may be the wanted one; what is not told may be it."""
    bare = got.upper().removesuffix("码")
    return not wanted or not bare or wanted.upper().removesuffix("码") == bare


def words_of(shelf: OnShelf, rules: Rules, now: datetime) -> Phrase:
    """Return what is told when goods are back; dated, for it may be read tomorrow."""
    as_of = told_time(shelf.as_of, now + ONE_DAY, rules) if shelf.as_of else ""
    return phrase("stock.notice.back", {"商品": shelf.title, "截至": as_of})
