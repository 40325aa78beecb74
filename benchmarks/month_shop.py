"""What happens in the simulated month outside of the product: shoppers, the platform, the couriers.

Everything is drawn from one seed. What the product ought to notice is written down in ``seeded`` with the
moment from which on it could: the figures compare it with what was found.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal

from shopbot.demo.chance import Chance
from shopbot.demo.platform import Faults, Platform

START = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # the first of November in Shanghai
KEY = b"the-key-of-a-simulated-month"
FAULTS = Faults(down=12, wrong=40, repeated=8, stale=8, shuffled=3, half=200)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

Way = Literal[
    "fine", "not-collected", "stuck", "lost", "lost-told", "damaged", "refused", "not-received"
]
WAYS: tuple[tuple[Way, int], ...] = (
    ("not-collected", 10), ("stuck", 16), ("lost", 10), ("lost-told", 5), ("damaged", 8),
    ("refused", 7), ("not-received", 7),
)  # fmt: skip
"""How often a parcel goes that way, in a thousand; the others arrive."""

SENDING = (("missed", 8), ("stock-out", 7), ("late", 35), ("cancelled", 16))
"""What may happen between payment and shipping, in a thousand."""

WISHES = (
    ("no-reason", 40), ("exchange", 18), ("quality", 16), ("repair", 8), ("missing", 6),
    ("wrong", 6), ("damaged", 6),
)  # fmt: skip
_PLACES = (
    ("浙江省 杭州市 西湖区", 4, 11),
    ("江苏省 南京市 鼓楼区", 4, 11),
    ("四川省 成都市 锦江区", 8, 20),
)

Deed = Callable[[], object]


@dataclass(slots=True)
class World:
    """The platform, the clock and what is still to happen, in the order of time."""

    chance: Chance
    now: datetime = START
    platform: Platform = field(init=False)
    seeded: dict[str, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))
    counts: Counter[str] = field(default_factory=Counter)
    paid: Callable[[Life], object] = lambda _life: None
    signed: Callable[[Life], object] = lambda _life: None
    lives: dict[str, Life] = field(default_factory=dict)
    _waiting: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.platform = Platform(key=KEY, now=lambda: self.now, chance=self.chance, faults=FAULTS)

    def at(self, when: datetime, deed: Deed) -> None:
        """Let something happen later, or now if that is past."""
        heapq.heappush(self._waiting, (max(when, self.now), next(self._numbers), deed))

    def pass_until(self, end: datetime) -> None:
        """Let happen what does until ``end``; the clock then stands there."""
        while self._waiting and self._waiting[0][0] <= end:
            self.now, _, deed = heapq.heappop(self._waiting)
            deed()
        self.now = end

    def hours(self, low: int, high: int, *name: object) -> timedelta:
        """Draw a span, in minutes, from ``low`` to ``high`` hours."""
        return (60 * low + self.chance.below(60 * (high - low), *name)) * MINUTE

    def draw(self, shares: tuple[tuple[str, int], ...], of: int, *name: object) -> str:
        """Draw one of ``shares``, each so often in ``of``; blank when none of them."""
        place = self.chance.below(of, *name)
        for word, share in shares:
            place -= share
            if place < 0:
                return word
        return ""

    def put(self, number: str, **told: Any) -> None:
        """Change an order at the platform."""
        self.platform.put(number, **told)
        self.counts["changes at the platform"] += 1

    def status(self, number: str) -> str:
        """Return how an order stands at the platform."""
        return str(self.platform.last(number)["status"])


@dataclass(slots=True)
class Life:
    """One order from its creation to its end at the platform."""

    world: World
    n: int
    sending: str = ""
    way: Way = "fine"
    told: list[dict[str, str]] = field(default_factory=list)
    stopped: bool = False  # the warehouse has taken it off its list

    @property
    def number(self) -> str:
        """Return the order's number."""
        return f"2611{self.n:06d}"

    @property
    def parcel(self) -> str:
        """Return the number of its parcel."""
        return f"SF14{self.n:011d}"

    def begin(self) -> None:
        """Create the order; three of four pay at once, the others have to be waited for."""
        world, n, now = self.world, self.n, self.world.now
        chance = world.chance
        world.lives[self.number] = self
        price = f"{59 + chance.below(900, 'price', n)}.00"
        line = {"title": "速干衣", "sku": f"SKU-{chance.below(80, 'sku', n)}", "unit": price}
        world.put(
            self.number, status="unpaid", created_at=now.isoformat(), goods=price, total=price,
            buyer=f"买家{chance.below(1800, 'buyer', n)}",
            address=f"{chance.pick(_PLACES, 'place', n)[0]} 文三路1号", phone="13812345512",
            lines=[{**line, "quantity": 1}],
        )  # fmt: skip
        if not chance.once_in(4, "slow", n):
            world.at(now + (1 + chance.below(13, "paid", n)) * MINUTE, self.pay)
            return
        world.seeded["unpaid"][self.number] = now + 15 * MINUTE
        if chance.below(100, "by itself", n) < 45:
            world.at(now + world.hours(1, 20, "paid", n), self.pay)
        world.at(now + 24 * HOUR, self.close_unpaid)

    def close_unpaid(self) -> None:
        """The platform closes what nobody has paid for."""
        if self.world.status(self.number) == "unpaid":
            self.world.put(self.number, status="closed", closed_at=self.world.now.isoformat())

    def pay(self) -> None:
        """The shopper pays, unless it is too late; the warehouse gets the order, mostly."""
        world, n, now = self.world, self.n, self.world.now
        if world.status(self.number) != "unpaid":
            return
        price = world.platform.last(self.number)["total"]
        world.put(self.number, status="paid", paid=price, paid_at=now.isoformat())
        self.sending = world.draw(SENDING, 1000, "sending", n)
        promised = now + 48 * HOUR
        if self.sending == "missed":
            world.seeded["promise broken"][self.number] = promised
            world.seeded["missed"][self.number] = promised + 24 * HOUR
        elif self.sending == "late":
            world.seeded["promise broken"][self.number] = promised
            world.at(now + world.hours(57, 72, "sent", n), self.ship)
        elif self.sending in ("", "cancelled"):
            world.at(now + world.hours(4, 40, "sent", n), self.ship)
        world.paid(self)

    def ship(self) -> None:
        """The warehouse sends the parcel, unless the order was stopped."""
        world, now = self.world, self.world.now
        if self.stopped or world.status(self.number) != "paid":
            return
        world.put(
            self.number, status="shipped", shipped_at=now.isoformat(), parcels=[self.parcel],
            carrier="顺丰",
        )  # fmt: skip
        self.way = world.draw(WAYS, 1000, "way", self.n) or "fine"  # type: ignore[assignment]
        if self.way == "not-collected":
            world.seeded["not collected"][self.number] = now + 24 * HOUR
            world.at(now + world.hours(30, 50, "collected", self.n), self._collect)
        else:
            world.at(now + self._hop("collected"), self._collect)

    def _hop(self, name: str) -> timedelta:
        low, high = self.world.chance.pick(_PLACES, "place", self.n)[1:]
        return self.world.hours(low, high, name, self.n)

    def _tell(self, text: str) -> None:
        at = self.world.now.isoformat()
        self.told = [*self.told, {"parcel": self.parcel, "at": at, "text": text}]
        self.world.put(self.number, tracking=self.told)

    def _seed(self, kind: str, when: datetime) -> None:
        """Write down what must be noticed of an order that is still under way."""
        if self.world.status(self.number) == "shipped":
            self.world.seeded[kind][self.number] = when

    def _collect(self) -> None:
        self._tell("已揽收")
        self.world.at(self.world.now + self._hop("hub"), self._reach_hub)

    def _reach_hub(self) -> None:
        world, now = self.world, self.world.now
        self._tell("快件到达【杭州转运中心】")
        wait = self._hop("out")
        if self.way in ("stuck", "lost"):
            self._seed("stuck", now + 72 * HOUR)
        if self.way == "stuck":
            wait = world.hours(80, 140, "stands", self.n)
        if self.way == "lost":
            self._seed("lost without a word", now + 7 * 24 * HOUR)
            return
        world.at(now + wait, self._go_on)

    def _go_on(self) -> None:
        world, now = self.world, self.world.now
        endings = {"lost-told": ("lost, told", "抱歉，快件在运输途中丢失"),
                   "damaged": ("damaged", "快件外包装破损，等待处理"),
                   "refused": ("refused", "收件人拒收，快件退回")}  # fmt: skip
        if self.way in endings:
            kind, text = endings[self.way]
            self._seed(kind, now)
            self._tell(text)
            return
        self._tell("正在派送")
        world.at(now + world.hours(1, 8, "signed", self.n), self.sign)

    def sign(self) -> None:
        """The parcel arrives, or is said to; found ones too."""
        world = self.world
        if self.told and self.told[-1]["text"] == "已签收":
            return
        self._tell("已签收")
        world.at(world.now + world.hours(24, 7 * 24, "done", self.n), self.finish)
        world.signed(self)

    def finish(self) -> None:
        """The shopper confirms, or time does."""
        if self.world.status(self.number) == "shipped":
            at = self.world.now.isoformat()
            self.world.put(self.number, status="finished", finished_at=at)

    def close(self) -> None:
        """The platform closes what was paid back whole."""
        if self.world.status(self.number) != "closed":
            at = self.world.now.isoformat()
            self.world.put(self.number, status="closed", closed_at=at)
