"""Which order a number stands for that Excel has rounded: one that fits and is told apart, or none.

``2.61116E+09`` may be any of thousands of orders. It is taken for one only if a single known number
fits, no other row could claim it, and what the row tells agrees with what is known of that order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shopbot.orders import cells
from shopbot.orders.cells import BadCell, Rounded
from shopbot.orders.merge import Value

EXACT_DIGITS = 15  # Excel keeps no more of a number and writes zeros behind them
_ENOUGH_ZEROS = 4  # by chance in one file of ten thousand


@dataclass(slots=True)
class Survey:
    """What the number column of a table holds, read once before anything is written."""

    rows: int = 0
    exact: set[str] = field(default_factory=set)
    rounded: Counter[Rounded] = field(default_factory=Counter)
    cut: bool = False  # long numbers all end in zeros: Excel has cut them

    def read(self, cell: str) -> str | Rounded:
        """Return the order number of a cell in this table; BadCell when there is none."""
        number = cells.order_number(cell)
        if self.cut and isinstance(number, str) and _long(number):
            return _spread_zeros(number)
        return number


def survey(number_cells: Iterable[str]) -> Survey:
    """Read a number column once through."""
    found = Survey()
    for cell in number_cells:
        found.rows += 1
        try:
            number = cells.order_number(cell)
        except BadCell:
            continue
        if isinstance(number, Rounded):
            found.rounded[number] += 1
        else:
            found.exact.add(number)
    long = [number for number in found.exact if _long(number)]
    zeros = sum(len(number) - EXACT_DIGITS for number in long)
    if zeros >= _ENOUGH_ZEROS and all(not n[EXACT_DIGITS:].strip("0") for n in long):
        found.cut = True
        for number in long:
            found.exact.discard(number)
            found.rounded[_spread_zeros(number)] += 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an order that a rounded number may stand for; None: not known."""

    number: str
    titles: frozenset[str] = frozenset()
    goods_fen: int | None = None  # from its lines
    quantity: int | None = None  # from its lines
    created_at: str | None = None
    buyer: str | None = None


def agrees(known: Known, told: Mapping[str, Value]) -> bool:
    """Tell whether a row may be about this order: something matches and nothing contradicts."""
    pairs = [
        (known.goods_fen, told["goods_fen"]),
        (known.quantity, told["quantity"]),
        (known.created_at, told["created_at"]),
        (known.buyer, told["buyer"]),
    ]
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    if known.titles and told["title"] is not None and told["title"] not in known.titles:
        return False
    return bool(both) and all(one == other for one, other in both)


def rivals(candidate: str, rounded: Mapping[Rounded, int]) -> int:
    """Return how many rows of a table may be about ``candidate``."""
    return sum(count for one, count in rounded.items() if one.may_be(candidate))


def fitting(rounded: Rounded, numbers: list[str]) -> list[str]:
    """Return those of ``numbers`` (sorted by length, then text) that may stand behind ``rounded``."""
    first = bisect_left(numbers, _order(str(rounded.low)), key=_order)
    found = []
    for number in numbers[first:]:
        if not rounded.may_be(number):
            break
        found.append(number)
    return found


def sort_numbers(numbers: Iterable[str]) -> list[str]:
    """Return decimal numbers in the order that :func:`fitting` needs."""
    return sorted((number for number in numbers if number.isdecimal()), key=_order)


def _order(number: str) -> tuple[int, str]:
    return len(number), number


def _long(number: str) -> bool:
    return number.isdecimal() and len(number) > EXACT_DIGITS


def _spread_zeros(number: str) -> Rounded:
    return cells.spread(number, int(number), len(number) - EXACT_DIGITS)
