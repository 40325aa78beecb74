"""Prices that fall after the purchase in the simulated month: buyers ask for the difference back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from shopbot.orders.dialogue import Ware, Wares
from shopbot.orders.model import OrderLine
from shopbot.orders.price_protection import PriceNow


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen(Wares):
    """A catalogue in which everything costs ``percent`` of what it was bought at."""

    percent: int
    now: datetime

    @override
    def find(self, line: OrderLine, colour: str, size: str, now: datetime) -> Ware:
        return Ware()

    @override
    def price(self, line: OrderLine) -> PriceNow | None:
        return PriceNow(fen=line.unit_fen * self.percent // 100, as_of=self.now)
