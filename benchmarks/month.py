"""A month of a shop in virtual time: orders over a bad platform, due work, the morning's round.

``python -m benchmarks.month`` plays it from a seed and writes results/month.json. Nothing is waited for:
the platform is read four times a day, the watches and the morning's round run once.
"""

from __future__ import annotations

import heapq
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from shopbot.demo.chance import Chance
from shopbot.demo.loopback import Asked
from shopbot.demo.platform import Faults, Platform
from shopbot.orders import due_work, source_store, store
from shopbot.orders.feed import SyncReport
from shopbot.orders.round import find_round
from shopbot.orders.signing import Signed, sign
from shopbot.orders.source import Page, read_page
from shopbot.orders.source_errors import SourceDown
from shopbot.orders.states import ORDER_RANK
from shopbot.orders.sync import Around, sync
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase, open_database
from shopbot.worker import Agenda, run_once

SEED, ORDERS, DAYS = 20261122, 3000, 30
START = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # the first of November in Shanghai
STEP = timedelta(hours=6)
RESULT = Path(__file__).parent / "results" / "month.json"
KEY = b"the-key-of-a-simulated-month"
FAULTS = Faults(down=6, wrong=40, repeated=4, stale=3, shuffled=3, half=30)
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Month:
    """The platform with what is still to happen at it, and the clock."""

    chance: Chance
    now: datetime = START
    waiting: list[tuple[datetime, int, str, dict[str, Any]]] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    def at(self, when: datetime, number: str, **told: Any) -> None:
        """Let something happen to an order later."""
        heapq.heappush(self.waiting, (when, next(self.numbers), number, told))

    def hours(self, low: int, high: int, *name: object) -> timedelta:
        """Draw a span, in minutes, from ``low`` to ``high`` hours."""
        return timedelta(minutes=60 * low + self.chance.below(60 * (high - low), *name))

    def order(self, n: int, created: datetime) -> None:
        """Plan the life of an order."""
        number, chance = f"2611{n:06d}", self.chance
        price = f"{59 + chance.below(900, 'price', n)}.00"
        line = {"title": "速干衣", "sku": f"SKU-{chance.below(80, 'sku', n)}", "unit": price}
        base = {
            "status": "unpaid", "created_at": created.isoformat(), "goods": price, "total": price,
            "buyer": f"买家{chance.below(1800, 'buyer', n)}", "address": "浙江省 杭州市 西湖区 文三路1号",
            "phone": "13812345512", "lines": [{**line, "quantity": 1}],
        }  # fmt: skip
        self.at(created, number, **base)
        if chance.once_in(12, "unpaid", n):
            self.at(created + 24 * _HOUR, number, status="closed")
            return
        paid = created + self.hours(0, 2, "paid", n)
        self.at(paid, number, status="paid", paid=price, paid_at=paid.isoformat())
        if not chance.once_in(100, "missed", n):
            late = chance.once_in(20, "late", n)
            self._send(n, number, paid + self.hours(*((55, 90) if late else (3, 40)), "sent", n))

    def _send(self, n: int, number: str, sent: datetime) -> None:
        parcel = f"SF14{n:011d}"
        self.at(
            sent, number, status="shipped", shipped_at=sent.isoformat(), parcels=[parcel],
            carrier="顺丰",
        )  # fmt: skip
        words = ["已揽收", "快件到达【杭州转运中心】", "正在派送", "已签收"]
        if self.chance.once_in(40, "stuck", n):
            words = words[:2]
        told: list[dict[str, str]] = []
        when = sent
        for word in words:
            when += self.hours(3, 30, word, n)
            told = [*told, {"parcel": parcel, "at": when.isoformat(), "text": word}]
            self.at(when, number, tracking=told)
        if len(words) == 4:
            done = when + self.hours(24, 7 * 24, "done", n)
            self.at(done, number, status="finished", finished_at=done.isoformat())


class Direct:
    """The platform without the wire: signed and as bad as over HTTP."""

    name = "platform"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._nonces = count()

    def changes(self, cursor: str, count: int = 200) -> Page:
        """Return what changed."""
        return self._page(f"/orders?since={cursor}&limit={count}")

    def one(self, number: str) -> Page:
        """Return an order."""
        return self._page(f"/orders/{number}")

    def _page(self, target: str) -> Page:
        what = Signed(method="GET", target=target)
        headers = sign(KEY, what, self._platform.now(), f"nonce-{next(self._nonces):08d}")
        given = self._platform(Asked(method="GET", target=target, headers=headers, body=b""))
        if given.status != 200:
            raise SourceDown(self.name, f"HTTP {given.status}")
        return read_page(self.name, given.body)


def play(db: SqliteDatabase, orders: int = ORDERS, seed: int = SEED) -> dict[str, Any]:
    """Play the month; return its figures. AssertionError when a law is broken."""
    month, rules = Month(chance=Chance(seed)), Rules(store_id="month")
    platform = Platform(key=KEY, now=lambda: month.now, chance=month.chance, faults=FAULTS)
    for n in range(orders):
        month.order(n, START + DAYS * timedelta(days=1) * n / orders)
    agenda = Agenda(
        registry=lambda: due_work.registry(db, rules),
        plan=lambda tx, now: due_work.plan_watches(tx, rules.store_id, now),
        next_plan=due_work.next_slot,
    )
    source, sums = Direct(platform), Counter[str]()
    rounds: list[Counter[str]] = []
    ranks: dict[str, int] = {}
    for step in range(1, DAYS * 4 + 1):
        end = START + step * STEP
        sums["changes"] += _happen(month, platform, end)
        _add(sums, sync(db, source, Around(store_id=rules.store_id), lambda: month.now))
        if step % 4 == 0:  # each midnight: what the watches would find by the hour
            sums["jobs"] += run_once(db, agenda, worker="month", now=end).done
            told = find_round(db, rules, end)
            rounds.append(Counter(str(one.section) for one in told.chores))
            ranks = check_no_step_back(db, rules, ranks)
    _catch_up(db, month, platform, source, sums)
    check_nothing_lost(db, rules, platform)
    return _figures(db, orders, seed, sums, rounds)


def _happen(month: Month, platform: Platform, end: datetime) -> int:
    done = 0
    while month.waiting and month.waiting[0][0] <= end:
        month.now, _, number, told = heapq.heappop(month.waiting)
        platform.put(number, **told)
        done += 1
    month.now = end
    return done


def _add(sums: Counter[str], report: SyncReport) -> None:
    for name in ("pages", "new", "updated", "unchanged", "refused", "events"):
        sums[name] += getattr(report, name)
    sums["failed"] += bool(report.problem)


def _catch_up(
    db: SqliteDatabase, month: Month, platform: Platform, source: Direct, sums: Counter[str]
) -> None:
    """Read what is left once the platform behaves."""
    platform.faults = Faults()
    month.now += timedelta(hours=1)
    _add(sums, sync(db, source, Around(store_id="month"), lambda: month.now))


def check_no_step_back(db: SqliteDatabase, rules: Rules, before: dict[str, int]) -> dict[str, int]:
    """Return how far each order has come; AssertionError when one went back."""
    wanted = store.OrderFilter(count=100_000)
    known = store.list_orders(db, rules.store_id, wanted)
    ranks = {one.number: ORDER_RANK[one.status] for one in known}
    back = [number for number, rank in before.items() if ranks.get(number, -1) < rank]
    assert not back, back
    return ranks


def check_nothing_lost(db: SqliteDatabase, rules: Rules, platform: Platform) -> None:
    """AssertionError unless every order stands here as at the platform, with all its events."""
    for number in platform.list_numbers():
        told, facts = platform.last(number), store.get_facts(db, rules.store_id, number)
        events = sum(len(parcel.events) for parcel in facts.parcels)
        assert told["status"] == facts.order.status, number
        assert len(told.get("tracking", [])) == events, number
        assert not facts.refunds, number


def _figures(
    db: SqliteDatabase, orders: int, seed: int, sums: Counter[str], rounds: list[Counter[str]]
) -> dict[str, Any]:
    known = store.list_orders(db, "month", store.OrderFilter(count=100_000))
    names = sorted({name for one in rounds for name in one})
    state = source_store.get_source(db, "month", Direct.name)
    return {
        "seed": seed,
        "orders": orders,
        "days": DAYS,
        "sync": dict(sums),
        "states": dict(Counter(one.status for one in known)),
        "round": {
            name: {
                "mean": round(sum(one[name] for one in rounds) / len(rounds), 1),
                "most": max(one[name] for one in rounds),
            }
            for name in names
        },
        "as_of": state.as_of.isoformat() if state.as_of else None,
    }


def main() -> None:
    """Play, write the figures, print them."""
    began, worked = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        db = open_database(Path(folder))
        told = play(db)
        db.close()
    told["seconds"] = round(time.perf_counter() - began, 1)
    told["cpu_seconds"] = round(time.process_time() - worked, 1)
    told["load"] = [round(one, 1) for one in os.getloadavg()]
    text = json.dumps(told, ensure_ascii=False, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
