"""What a shopper may want changed before the goods arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressWish:
    """Send it elsewhere (or to another person, another phone)."""

    province: str = ""  # blank: the same
    only_phone: bool = False  # phone or name alone: nothing else moves


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWish:
    """Another colour or size, or another article."""

    line_no: int
    unit_fen: int | None  # what the wanted one costs now; None: unknown
    in_stock: bool | None  # None: not known, the warehouse is asked
    same_style: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityWish:
    """More or fewer pieces of a line."""

    line_no: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWish:
    """A remark for the warehouse."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWish:
    """Do not want it any more, or one line of it."""

    line_no: int | None = None  # None: the whole order


Wish = AddressWish | ItemWish | QuantityWish | NoteWish | CancelWish

Window = Literal[
    "unpaid",
    "paid",  # not yet at the packing table
    "packing",  # the warehouse must be asked
    "shipped",  # the courier must be asked
    "ended",  # received, finished or closed
]

Outcome = Literal[
    "do",  # may be carried out at once
    "ask-warehouse",
    "ask-courier",
    "buyer-does",  # on the order page, before paying
    "new-order",
    "after-receipt",  # exchange or return when it has come
    "refuse",
]
