"""What buyers of the simulated month write about their orders, brought in as a file each morning."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks.month_shop import Life, World
from shopbot.orders.review_import import ReviewRequest, import_reviews
from shopbot.orders.sentiment import Judge
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase

_STARS = ((5, 72), (4, 12), (3, 7), (2, 3), (1, 6))
_GOOD = ("质量很好，穿着舒服，推荐购买", "很喜欢，尺码合适，物流也快", "面料不错，做工好，满意")
_BAD = (
    "质量太差，穿一次就破了，非常失望",
    "物流太慢，等了很久，差评",
    "尺码偏小，客服态度很差，不满意",
)
_HEADER = ("评价ID", "订单编号", "评价时间", "评分", "评价内容")


@dataclass(slots=True)
class Reviews:
    """Reviews on their way from the buyers to the shop."""

    db: SqliteDatabase
    world: World
    rules: Rules
    _rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    _written: set[str] = field(default_factory=set)

    def expect(self, life: Life) -> None:
        """One buyer in six writes without being asked."""
        if self.world.chance.once_in(6, "reviews", life.n):
            wait = self.world.hours(20, 6 * 24, "reviews", life.n)
            self.world.at(self.world.now + wait, partial(self.write, life))

    def write(self, life: Life) -> None:
        """A buyer writes, once; one in ten gives no stars."""
        if life.number in self._written:
            return
        self._written.add(life.number)
        world, now = self.world, self.world.now
        shares = tuple((str(stars), share) for stars, share in _STARS)
        stars = int(world.draw(shares, 100, "stars", life.n))
        bad = stars <= self.rules.reviews.bad_up_to
        text = world.chance.pick(_BAD if bad else _GOOD, "text", life.n)
        silent = stars != 3 and world.chance.once_in(10, "no stars", life.n)
        if bad:
            world.seeded["bad review"][life.number] = now
        world.counts["reviews written"] += 1
        at = now.astimezone(self.rules.zone).strftime("%Y-%m-%d %H:%M:%S")
        self._rows.append((f"R{life.number}", life.number, at, "" if silent else str(stars), text))

    def bring_in(self, now: datetime) -> None:
        """Import what was written since, as staff do with the platform's file; yesterday's rows again."""
        if not self._rows:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"reviews-{now:%Y%m%d}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(_HEADER)
                writer.writerows(self._rows)
            request = ReviewRequest(file=path, as_of=now)
            import_reviews(self.db, request, Judge(), self.rules, now, who="客服小周")
        self._rows = self._rows[-20:]
