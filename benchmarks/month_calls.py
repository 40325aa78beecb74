"""Calls of the simulated month: about bad reviews within a day, follow-ups at convenient hours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from benchmarks.month_desk import Desk
from benchmarks.month_shop import HOUR
from shopbot.orders import followup_store, review_store
from shopbot.orders.followup_model import Followup, FollowupResult, first_convenient
from shopbot.orders.followup_steps import Form, record
from shopbot.orders.review_calls import Made, record_call
from shopbot.orders.review_model import Call, CallResult

_CALLED: tuple[tuple[str, int], ...] = (
    ("solved", 35), ("apologised", 25), ("no-answer", 25), ("refused", 10), ("wrong-number", 5),
)  # fmt: skip
_ASKED = (("satisfied", 72), ("unsatisfied", 13), ("no-answer", 10), ("declined", 5))
_CAUSES = ("quality", "size", "logistics", "service", "expectation")


@dataclass(slots=True)
class Calls:
    """Who is called, and what comes of it."""

    desk: Desk

    def plan_call(self, call: Call) -> None:
        """Call within a day, mostly."""
        if not self.desk.once(call.id, call.attempts):
            return
        name = ("call", call.order, call.attempts)
        late = self.desk.world.chance.once_in(8, *name)
        left = max(call.due_at - self.desk.world.now, HOUR)
        wait = left + self.desk.world.hours(1, 12, *name) if late else left * 0.8
        self.desk.world.at(self.desk.world.now + wait, partial(self._call, call.id))

    def _call(self, call_id: str) -> None:
        store_id, now = self.desk.store_id, self.desk.world.now
        call = review_store.get_call(self.desk.db, store_id, call_id)
        if not call.is_open:
            return
        chance, name = self.desk.world.chance, ("called", call.order, call.attempts)
        result: CallResult = self.desk.world.draw(_CALLED, 100, *name)  # type: ignore[assignment]
        made = Made(result=result, cause=chance.pick(_CAUSES, *name))  # type: ignore[arg-type]
        if not call.attempts:
            self.desk.world.counts[
                "calls within 24 h" if now <= call.due_at else "calls later"
            ] += 1
        after = self.desk.write(
            lambda tx: record_call(tx, call.review, made, self.desk.rules, now, "客服小周")
        )
        if after.is_open:
            self.plan_call(after)

    def plan_followup(self, followup: Followup) -> None:
        """Ask at a convenient hour, or give the answer that was promised."""
        if not self.desk.once(followup.id, (followup.state, followup.attempts)):
            return
        soon = max(followup.next_at, self.desk.world.now) + self.desk.world.hours(
            0, 5, followup.order
        )
        when = first_convenient(soon, self.desk.rules)
        self.desk.world.at(when, partial(self._ask, followup.id))

    def _ask(self, followup_id: str) -> None:
        store_id, now = self.desk.store_id, self.desk.world.now
        one = followup_store.get_followup(self.desk.db, store_id, followup_id)
        if not one.is_open:
            return
        drawn = self.desk.world.draw(_ASKED, 100, "asked", one.order, one.attempts)
        result: FollowupResult = "answered" if one.state == "promised" else drawn  # type: ignore[assignment]
        self.desk.world.counts[f"follow-ups: {result}"] += 1
        form = Form(result=result, problem="speed" if result == "unsatisfied" else "")
        after = self.desk.write(
            lambda tx: record(tx, followup_id, form, self.desk.rules, now, "客服小周")
        )
        if after.is_open:
            self.plan_followup(after)
