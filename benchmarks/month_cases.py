"""After-sale cases of the simulated month, and what comes of paid orders before they leave.

Shoppers and staff only use what the product offers, each step in a transaction of its own and at its own
time. What they do next is drawn from the month's seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmarks.month_claims import Claims
from benchmarks.month_desk import Desk
from benchmarks.month_prices import Fallen
from benchmarks.month_shop import WISHES, Life
from shopbot.orders import store
from shopbot.orders.access import Asker
from shopbot.orders.acting import Ask, act_within
from shopbot.orders.cases import CaseRequest, open_case, step_case
from shopbot.orders.conditions import Claim
from shopbot.orders.dialogue import WHOLE, Confirm, Slots, Wares
from shopbot.orders.machine import CaseEvent
from shopbot.orders.model import Case
from shopbot.orders.stock_outs import STOCK_OUT
from shopbot.orders.tasks import end_task
from shopbot.orders.transitions import Actor, EventName
from shopbot.storage import Transaction

DIFFERENCE = "price-difference"


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that is taken in ``share`` of a hundred, ``low`` to ``high`` hours after the last."""

    event: EventName
    share: int
    low: int
    high: int
    who: Actor = "agent"


_BACK = (Choice("ship_back", 84, 5, 60, "buyer"), Choice("receive", 5, 60, 120, "warehouse"))
CASES: dict[tuple[str, str], tuple[Choice, ...]] = {
    ("", "requested"): (
        Choice("approve", 85, 1, 30), Choice("ask_pictures", 8, 1, 10), Choice("reject", 4, 1, 20),
        Choice("cancel", 3, 1, 10, "buyer"),
    ),
    ("", "need_pictures"): (Choice("add_pictures", 80, 2, 40, "buyer"),),
    ("", "approved"): _BACK,
    ("refund", "approved"): (
        Choice("refund", 85, 2, 48, "finance"), Choice("refund", 15, 170, 200, "finance"),
    ),
    ("resend", "approved"): (Choice("resend", 100, 5, 60, "warehouse"),),
    ("", "shipped_back"): (Choice("receive", 100, 30, 90, "warehouse"),),
    ("", "received"): (
        Choice("pass", 90, 3, 40, "warehouse"), Choice("dispute", 10, 3, 30, "warehouse"),
    ),
    ("repair", "received"): (
        Choice("pass", 50, 3, 40, "warehouse"), Choice("quote", 50, 3, 40),
    ),
    ("", "disputed"): (Choice("settle", 70, 5, 60), Choice("reject", 30, 5, 60)),
    ("", "quoted"): (
        Choice("accept", 70, 3, 60, "buyer"), Choice("decline", 20, 3, 60, "buyer"),
    ),
    ("return", "inspected"): (
        Choice("refund", 90, 1, 40, "finance"), Choice("refund", 10, 170, 200, "finance"),
    ),
    ("exchange", "inspected"): (
        Choice("resend", 92, 3, 50, "warehouse"), Choice("refund", 8, 3, 50, "finance"),
    ),
    ("repair", "inspected"): (
        Choice("repair", 60, 3, 40), Choice("resend", 40, 3, 40, "warehouse"),
    ),
    ("", "repairing"): (Choice("resend", 100, 24, 200, "warehouse"),),
    ("", "resent"): (Choice("confirm", 60, 48, 96, "buyer"),),
}  # fmt: skip
"""What comes next by kind (blank: any) and state; the rest of a hundred is left to time."""


@dataclass(slots=True)
class Cases:
    """Wishes of shoppers and the cases they become."""

    desk: Desk
    claims: Claims

    def look_after(self, life: Life) -> None:
        """What comes of a paid order before it leaves."""
        world, number = self.desk.world, life.number
        if life.sending == "stock-out":
            world.at(world.now + world.hours(5, 20, "stock", life.n), partial(self._lack, number))
        if life.sending == "cancelled":
            wait = world.hours(1, 4, "cancel", life.n)
            world.at(world.now + wait, partial(self._cancel, life))
        if world.chance.once_in(30, "price", life.n):
            wait = world.hours(10, 400, "price", life.n)
            world.at(world.now + wait, partial(self._get_cheaper, life))

    def _get_cheaper(self, life: Life) -> None:
        """The price has fallen, or risen: the buyer asks for the difference back."""
        world, number = self.desk.world, life.number
        percent = 70 + world.chance.below(40, "percent", life.n)
        world.counts["price differences asked for"] += 1
        self.act("order.price_protect", number, Fallen(percent=percent, now=world.now), line=1)
        facts = store.get_facts(self.desk.db, self.desk.store_id, number)
        given = [one for one in facts.refunds if one.reason == DIFFERENCE]
        world.counts["price differences paid back"] += len(given)
        self.claims.pay_out(number)

    def _lack(self, number: str) -> None:
        world = self.desk.world
        world.seeded["promise broken"][number] = world.now
        self.desk.write(
            lambda tx: store.add_event(
                tx, self.desk.store_id, number, STOCK_OUT, at=world.now, who="仓库", data={}
            )
        )
        life = world.lives[number]
        world.at(world.now + world.hours(4, 40, "gives up", life.n), partial(self._cancel, life))

    def _cancel(self, life: Life) -> None:
        """The shopper cancels in a dialogue; the warehouse stops it, finance pays back."""
        if self.desk.world.status(life.number) != "paid":
            return
        self.act("order.cancel", life.number, line=WHOLE)
        facts = store.get_facts(self.desk.db, self.desk.store_id, life.number)
        self.desk.world.counts["cancelled before shipping"] += bool(facts.cases)
        self._mind_cases(life.number)
        for task in facts.tasks:
            wait = self.desk.world.hours(1, 6, "task", task.order)
            self.desk.world.at(
                self.desk.world.now + wait, partial(self._finish, task.id, task.order)
            )

    def _mind_cases(self, number: str) -> None:
        """Go on with the refunds of a cancel, whoever has agreed to them."""
        for case in store.get_facts(self.desk.db, self.desk.store_id, number).cases:
            if case.is_open:
                self._seed_refund(case)
                self.plan(case)

    def act(self, action: str, number: str, wares: Wares | None = None, **said: Any) -> None:
        """Take a dialogue's action to its end, agreeing to what is asked."""
        wanted = Ask(
            action=action, slots=Slots(order=number, **said), dialogue=f"month:{action}:{number}",
            asker=Asker(store_id=self.desk.store_id, visitor="", address="month"),
            who="shopper", trusted=True,
        )  # fmt: skip

        def work(tx: Transaction) -> None:
            rules, now = self.desk.rules, self.desk.world.now
            plan = act_within(tx, wanted, rules, now, wares).plan
            if isinstance(plan, Confirm):
                agreed = Slots(order=number, **said, confirmed=plan.key)
                act_within(tx, replace(wanted, slots=agreed), rules, now, wares)

        self.desk.write(work)

    def _finish(self, task_id: str, number: str) -> None:
        self.desk.write(
            lambda tx: end_task(
                tx, task_id, "done", self.desk.rules, self.desk.world.now, "客服小林"
            )
        )
        self.desk.world.lives[number].stopped = True
        self._mind_cases(number)

    # --- after the sale ------------------------------------------------------------------------------

    def wish(self, life: Life) -> None:
        """One buyer in nine wants something after the parcel came."""
        world, n = self.desk.world, life.n
        if life.way == "not-received":
            wait = world.hours(4, 60, "misses it", n)
            world.at(world.now + wait, partial(self.claims.open, life.number, "not-received"))
        elif world.chance.once_in(9, "wish", n):
            kind = world.draw(WISHES, 100, "kind", n)
            world.at(world.now + world.hours(2, 110, "asks", n), partial(self._open, life, kind))

    def _open(self, life: Life, kind: Any) -> None:
        shown = ("month.jpg",) if kind not in ("no-reason", "exchange", "repair") else ()
        request = CaseRequest(
            order=life.number, line_no=1, pictures=shown,
            claim=Claim(kind=kind, quantity=1, pictures=len(shown), gift_returned=True),
        )  # fmt: skip
        opened = self.desk.write(
            lambda tx: open_case(tx, request, self.desk.rules, self.desk.world.now, "shopper")
        )
        self.desk.world.counts["wishes after the sale"] += 1
        if opened.decision is None:
            self.desk.world.counts["wishes refused by the rules"] += 1
            return
        self.plan(opened.decision.case)
        if kind == "damaged":
            self.claims.open(life.number, "damaged")

    def plan(self, case: Case) -> None:
        """Plan the next step of a case, once for each of its versions."""
        if not case.is_open or not self.desk.once(case.id, case.version):
            return
        choices = CASES.get((case.kind, case.state)) or CASES[("", case.state)]
        name = ("case", case.order, case.line_no, case.version)
        place = self.desk.world.chance.below(100, *name)
        for choice in choices:
            place -= choice.share
            if place < 0:
                when = self.desk.world.now + self.desk.world.hours(
                    choice.low, choice.high, *name, "wait"
                )
                self.desk.world.at(when, partial(self._step, case.id, case.version, choice))
                return

    def _step(self, case_id: str, version: int, choice: Choice) -> None:
        case = store.get_case(self.desk.db, self.desk.store_id, case_id)
        if case.version != version:
            return
        event = self._event(case, choice)
        now = self.desk.world.now
        decision = self.desk.write(
            lambda tx: step_case(tx, case_id, event, self.desk.rules, now, f"员工{choice.who}")
        )
        assert decision.allowed, (case, choice, decision.checks)
        moved = decision.case
        self._seed_refund(moved)
        self.plan(moved)
        if moved.state == "refunded":
            self.desk.world.lives[moved.order].close()

    def _event(self, case: Case, choice: Choice) -> CaseEvent:
        sends = choice.event in ("ship_back", "resend")
        graded = choice.event in ("pass", "settle") and case.kind != "repair"
        return CaseEvent(
            name=choice.event, who=choice.who,
            parcel=f"SF15{case.order}" if sends else "", carrier="顺丰" if sends else "",
            pictures=("more.jpg",) if choice.event == "add_pictures" else (),
            grade="opened" if graded else None,
            quote_fen=5000 if choice.event == "quote" else None,
            settle_fen=3000 if choice.event == "settle" and case.kind == "return" else None,
        )  # fmt: skip

    def _seed_refund(self, case: Case) -> None:
        """Write down from when on the refund of a case is late, as long as nobody pays it."""
        limit = self.desk.rules.returns.refund_limit
        seeded, now = self.desk.world.seeded["refund late"], self.desk.world.now
        if case.kind == "refund" and case.state == "approved":
            seeded[case.order] = now + limit
        if case.kind == "return" and case.state == "inspected":
            seeded[case.order] = (case.received_at or now) + limit
        if case.state == "refunded" and seeded.get(case.order, now) >= now:
            seeded.pop(case.order, None)
