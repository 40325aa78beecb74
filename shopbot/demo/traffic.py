"""Orders that move while one watches: bought, paid, sent, carried, received and reviewed in a few minutes.

They move at the simulated platform and courier, as real ones do, and reach the shop by its connectors. Only
new orders and a few that wait for the warehouse move; the demo's troubles stay as they were laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shopbot.demo.book import stock_of_words
from shopbot.demo.chance import Chance
from shopbot.demo.courier import Courier
from shopbot.demo.platform import Platform
from shopbot.orders.cells import CHINA
from shopbot.orders.model import Order, OrderFacts

NEXT_ORDER_S = (45, 110)
NEXT_STEP_S = (15, 50)
FIRST_STEP_S = (5, 300)
MOST_MOVING = 12
MOST_NEW = 60  # orders of one run: a demo left alone does not fill up
_ON_ROAD = (
    "collected",
    "transit",
    "arrived",
    "delivering",
    "signed",
)  # keys of what couriers write

Push = Callable[[bytes], object]


@dataclass(slots=True)
class _Moving:
    """An order on its way, and what comes next."""

    number: str
    facts: OrderFacts  # whose goods and buyer it has
    next: str
    next_at: datetime
    parcel: str = ""


@dataclass(slots=True)
class Traffic:
    """What goes on at the platform; :meth:`step` lets happen what is due. ``push`` takes a courier's word."""

    platform: Platform
    courier: Courier
    chance: Chance
    samples: Sequence[OrderFacts]  # orders of which new ones are made
    waiting: Sequence[OrderFacts]  # paid orders that the warehouse will send
    push: Push = lambda _body: None
    bought: int = 0
    next_order: datetime | None = None
    here: list[_Moving] = field(default_factory=list)

    def begin(self, now: datetime) -> None:
        """Put the orders there that will move."""
        self.next_order = now + self._seconds(NEXT_ORDER_S, "first")
        for one in self.waiting:
            created = one.order.created_at.isoformat()
            self.platform.put(one.order.number, status="paid", created_at=created)
        self.here = [
            _Moving(one.order.number, one, "send", now + self._seconds(FIRST_STEP_S, "wait", n))
            for n, one in enumerate(self.waiting)
        ]

    def step(self, now: datetime) -> int:
        """Let time pass up to ``now``; return how many things happened; nothing before it begins."""
        happened = 0
        if self.next_order is not None and now >= self.next_order:
            happened += self._buy(now)
        for order in [one for one in self.here if one.next_at <= now]:
            self._go_on(order, now)
            happened += 1
        self.here = [one for one in self.here if one.next]
        return happened

    def _buy(self, now: datetime) -> int:
        self.next_order = now + self._seconds(NEXT_ORDER_S, "order", self.bought)
        if not self.samples or len(self.here) >= MOST_MOVING or self.bought >= MOST_NEW:
            return 0
        sample = self.chance.pick(self.samples, "sample", self.bought)
        self.bought += 1
        number = f"{now.astimezone(CHINA):%y%m%d%H%M%S}{self.bought:02d}"
        self.platform.put(number, **_bought(sample, now))
        pays = not self.chance.once_in(5, "pays", self.bought)
        step = "pay" if pays else ""
        self.here.append(_Moving(number, sample, step, now + self._seconds(NEXT_STEP_S, number)))
        return 1

    def _go_on(self, order: _Moving, now: datetime) -> None:
        done = order.next
        if done == "pay":
            order.next = "send"
            paid = _yuan(order.facts.order.total_fen)
            self.platform.put(order.number, status="paid", paid_at=now.isoformat(), paid=paid)
        elif done == "send":
            order.next = _ON_ROAD[0]
            self._send(order, now)
        elif done in _ON_ROAD:
            order.next = (*_ON_ROAD, "finish")[_ON_ROAD.index(done) + 1]
            self._carry(order, done, now)
        elif done == "finish":
            order.next = "review"
            self.platform.put(order.number, status="finished", finished_at=now.isoformat())
        else:
            order.next = self._review(order, done, now)
        order.next_at = now + self._seconds(NEXT_STEP_S, order.number, done)

    def _send(self, order: _Moving, now: datetime) -> None:
        carrier, start = self.chance.pick(stock_of_words()["couriers"], "courier", order.number)
        width = 15 if start.startswith(("YT", "SF", "JT", "JD")) else 14
        digits = self.chance.below(10 ** (width - len(start)), "parcel", order.number)
        order.parcel = f"{start}{digits:0{width - len(start)}d}"
        self.platform.put(
            order.number,
            status="shipped",
            shipped_at=now.isoformat(),
            parcels=[order.parcel],
            carrier=carrier,
        )

    def _carry(self, order: _Moving, key: str, now: datetime) -> None:
        text = stock_of_words()["courier"][key].format(city=order.facts.order.city)
        self.courier.add(order.parcel, f"{now.astimezone(CHINA):%Y-%m-%d %H:%M:%S}", text)
        self.push(self.courier.push(order.parcel))

    def _review(self, order: _Moving, done: str, now: datetime) -> str:
        """Write a review, or what is added to it; return what comes next, blank for nothing."""
        words, name = stock_of_words(), f"R{order.number}"
        if done == "review":
            stars, text = self.chance.pick(words["reviews"], "review", order.number)
            told = review_of(order.facts.order, order.number, now)
            self.platform.put_review(name, **told, rating=stars, text=text)
            return ("later", "mended", "")[self.chance.below(3, "then", order.number)]
        if done == "later":
            added = self.chance.pick(words["later"], "later", order.number)
            self.platform.put_review(name, follow=added, follow_at=now.isoformat())
        else:
            stars, text = words["mended"]
            self.platform.put_review(name, rating=stars, text=text)
        return ""

    def _seconds(self, between: tuple[int, int], *name: object) -> timedelta:
        low, high = between
        return timedelta(seconds=low + self.chance.below(high - low + 1, *name))


def review_of(order: Order, number: str, at: datetime) -> dict[str, Any]:
    """Return whose review it is, in the contract's fields."""
    return {"number": number, "at": at.isoformat(), "title": order.title, "buyer": order.buyer}


def _bought(sample: OrderFacts, now: datetime) -> dict[str, Any]:
    """Return a new order of the same buyer for the same goods, in the contract's fields."""
    order = sample.order
    return {
        "status": "unpaid",
        "created_at": now.isoformat(),
        "channel": order.channel,
        "buyer": order.buyer,
        "title": order.title,
        "goods": _yuan(order.goods_fen),
        "shipping": _yuan(order.shipping_fen),
        "total": _yuan(order.total_fen),
        "paid": "0.00",
        "quantity": order.quantity,
        "receiver": order.receiver,
        "phone": order.phone,
        "address": order.address,
        "province": order.province,
        "city": order.city,
        "district": order.district,
        "lines": [
            {
                "title": line.title,
                "sku": line.sku,
                "attributes": line.attributes,
                "unit": _yuan(line.unit_fen),
                "quantity": line.quantity,
                "gift": line.gift,
                "status": "normal",
            }
            for line in sample.lines
        ],
    }


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
