"""A month of a shop in virtual time: orders, parcels, cases, claims, reviews, follow-ups, reminders.

``python -m benchmarks.month`` plays it from a seed, checks the laws at the end of each day, and writes
results/month.json with the table of the README. Nothing is waited for: the clock jumps a quarter of an hour
at a time, the platform is read and the due work done at each jump, the watches that look at all orders
work every :data:`WATCH`, the people at their own times in between.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from typing_extensions import override

from benchmarks import month_told, report
from benchmarks.month_desk import Desk
from benchmarks.month_laws import Laws, check_nothing_lost
from benchmarks.month_reviews import Reviews
from benchmarks.month_shop import HOUR, KEY, MINUTE, START, Life, World
from benchmarks.month_staff import Staff
from shopbot import jobs
from shopbot.demo.chance import Chance
from shopbot.demo.loopback import Asked
from shopbot.demo.platform import Faults
from shopbot.orders import (
    due_work,
    followup_work,
    outgoing,
    proactive_work,
    reminder_work,
    review_work,
)
from shopbot.orders.contact import OutgoingMessage, Replies, RuleContact
from shopbot.orders.feed import SyncReport
from shopbot.orders.round import Round, find_round
from shopbot.orders.signing import Signed, sign
from shopbot.orders.source import Page, read_page
from shopbot.orders.source_errors import SourceDown
from shopbot.orders.sync import Around, sync
from shopbot.orders.timing import end_of_day, local_day
from shopbot.orders.truth import StillTrue
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase, Transaction, open_database
from shopbot.worker import Agenda, run_once

SEED, ORDERS, DAYS = 20261122, 3000, 30
STEP = timedelta(minutes=15)
WATCH = timedelta(hours=6)
MORNING = timedelta(hours=8, minutes=30)
MEMORY = Path("/dev/shm")  # noqa: S108 -- no secrets
"""Where the database lies: virtual time does not wait for a disk."""
RESULT = Path(__file__).parent / "results" / "month.json"
STORE = "month"


class Direct:
    """The platform without the wire: signed and as bad as over HTTP."""

    name = "platform"

    def __init__(self, world: World) -> None:
        self._world = world
        self._nonces = count()

    def changes(self, cursor: str, count: int = 200) -> Page:
        """Return what changed."""
        return self._page(f"/orders?since={cursor}&limit={count}")

    def one(self, number: str) -> Page:
        """Return an order."""
        return self._page(f"/orders/{number}")

    def _page(self, target: str) -> Page:
        what = Signed(method="GET", target=target)
        headers = sign(KEY, what, self._world.now, f"nonce-{next(self._nonces):08d}")
        asked = Asked(method="GET", target=target, headers=headers, body=b"")
        given = self._world.platform(asked)
        if given.status != 200:
            raise SourceDown(self.name, f"HTTP {given.status}")
        return read_page(self.name, given.body)


@dataclass(slots=True)
class Written(Replies):
    """When shoppers wrote back."""

    at: dict[str, datetime] = field(default_factory=dict)

    @override
    def last_reply(self, store_id: str, order: str) -> datetime | None:
        return self.at.get(order)


@dataclass(slots=True)
class Month:
    """The month on its way: the world outside, the shop inside, what was counted."""

    db: SqliteDatabase
    world: World
    rules: Rules
    staff: Staff
    reviews: Reviews
    laws: Laws
    source: Direct
    written: Written = field(default_factory=Written)
    sums: Counter[str] = field(default_factory=Counter)
    rounds: list[Counter[str]] = field(default_factory=list)
    missed: dict[str, datetime] = field(default_factory=dict)

    def registry(self) -> jobs.Registry:
        """Return all due work of orders."""
        made = due_work.registry(self.db, self.rules)
        review_work.register(made, self.db, self.rules)
        seed = lambda: f"seed_{SEED}"  # noqa: E731 -- the product draws one; here it is repeatable
        followup_work.register(made, self.db, self.rules, seed)
        proactive_work.register(made, self.db, self.rules)  # lets go what agents did not look at
        means = reminder_work.Means(
            rules=self.rules, replies_of=lambda _reader, _now: self.written, new_seed=seed
        )
        made.register(
            "orders.remind-unpaid",
            lambda job, now: reminder_work.remind(self.db, means, job, now),
        )
        return made

    def plan(self, tx: Transaction, now: datetime) -> None:
        """Plan the reminders at each step, the watches over all orders every six hours."""
        reminder_work.plan_watches(tx, STORE, now)
        if (now - START) % HOUR == timedelta(0):
            proactive_work.plan_watches(tx, STORE, now)
        if (now - START) % WATCH == timedelta(0):
            for work in (due_work, review_work, followup_work):
                work.plan_watches(tx, STORE, now)

    def step(self, now: datetime, agenda: Agenda) -> None:
        """Let a quarter of an hour pass, then read the platform, do what is due, tell the news."""
        self.world.pass_until(now)
        self.add(sync(self.db, self.source, Around(store_id=STORE), lambda: self.world.now))
        tally = run_once(self.db, agenda, worker="month", now=now)
        self.sums["jobs"] += tally.done
        self.sums["jobs tried again"] += tally.retried
        self.deliver(now)

    def add(self, told: SyncReport) -> None:
        """Count what a run of the sync came to."""
        for name in ("pages", "new", "updated", "unchanged", "refused", "events"):
            self.sums[name] += getattr(told, name)
        self.sums["runs"] += 1
        self.sums["runs that failed"] += bool(told.problem)

    def deliver(self, now: datetime) -> None:
        """Tell the shoppers what may be told now."""
        if not outgoing.is_due(self.db, STORE, now):
            return

        def work(tx: Transaction) -> list[OutgoingMessage]:
            policy, truth = RuleContact(self.rules), StillTrue(self.rules)
            going = outgoing.take_due(tx, STORE, policy, self.written, now, truth=truth)
            for message in going:
                outgoing.mark_sent(tx, message, now)
            return going

        for message in self.db.transaction(work):
            self.sums["messages told"] += 1
            self._hear(message)

    def _hear(self, message: OutgoingMessage) -> None:
        """A reminder makes some pay and some write, an invitation some review."""
        world, life = self.world, self.world.lives[message.order]
        if message.phrase.startswith("order.remind."):
            if world.chance.below(100, "moved", message.phrase, life.n) < 22:
                world.at(world.now + world.hours(0, 1, "moved", life.n), life.pay)
            elif world.chance.once_in(15, "writes", message.phrase, life.n):
                self.written.at[message.order] = world.now + 5 * MINUTE
        elif message.phrase == "review.invite" and world.chance.once_in(3, "invited", life.n):
            wait = world.hours(1, 30, "invited", life.n)
            world.at(world.now + wait, lambda: self.reviews.write(life))

    def morning(self, now: datetime) -> None:
        """The round, and the people who go through it."""
        told: Round = find_round(self.db, self.rules, now)
        self.rounds.append(Counter(str(one.section) for one in told.chores))
        for chore in told.of("missed"):
            if chore.subject in self.world.lives:
                self.missed.setdefault(chore.subject, now)
        until = end_of_day(local_day(now, self.rules), self.rules)
        self.reviews.bring_in(now)
        self.staff.morning(told.chores, until)


def play(db: SqliteDatabase, orders: int = ORDERS, days: int = DAYS, seed: int = SEED) -> Month:
    """Play the month and return it as it ended. AssertionError when a law is broken."""
    month = _begin(db, orders, days, seed)
    agenda = Agenda(registry=month.registry, plan=month.plan, next_plan=lambda now: now + STEP)
    now = START
    for _ in range(days * timedelta(days=1) // STEP):
        now += STEP
        month.step(now, agenda)
        clock = (now - START) % timedelta(days=1)
        if clock == MORNING:
            month.morning(now)
        if clock == timedelta(0):
            month.laws.check(now)
    month.world.platform.faults = Faults()
    month.step(now + HOUR, agenda)
    month.laws.check(now + HOUR)
    check_nothing_lost(db, month.rules, month.world)
    return month


def _begin(db: SqliteDatabase, orders: int, days: int, seed: int) -> Month:
    world, rules = World(chance=Chance(seed)), Rules(store_id=STORE)
    staff = Staff(Desk(db=db, world=world, rules=rules))
    reviews = Reviews(db, world, rules)

    def signed(life: Life) -> None:
        staff.cases.wish(life)
        reviews.expect(life)

    world.paid, world.signed = staff.cases.look_after, signed
    for n in range(orders):
        life = Life(world, n)
        world.at(START + days * timedelta(days=1) * n / orders, life.begin)
    laws = Laws(db, rules, START)
    return Month(db, world, rules, staff, reviews, laws, Direct(world))


def main() -> None:
    """Play, write the figures, print the table."""
    began, worked = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        db = open_database(Path(folder))
        told = {"seed": SEED, "orders": ORDERS, "days": DAYS, **month_told.figures(play(db))}
        db.close()
    told["seconds"] = round(time.perf_counter() - began, 1)
    told["cpu_seconds"] = round(time.process_time() - worked, 1)
    told["load"] = [round(one, 1) for one in os.getloadavg()]
    RESULT.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    report.write_readme()
    sys.stdout.write(month_told.table(told) + "\n")


if __name__ == "__main__":
    main()
