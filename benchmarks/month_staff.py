"""The people of the simulated month's shop: each morning they go through the round's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from benchmarks.month_calls import Calls
from benchmarks.month_cases import Cases
from benchmarks.month_claims import Claims
from benchmarks.month_desk import Desk
from benchmarks.month_shop import Life
from shopbot import messages
from shopbot.orders import followup_store, outgoing, proactive_work, review_store, store
from shopbot.orders.chores import Chore
from shopbot.orders.claim_model import ClaimKind
from shopbot.orders.truth import StillTrue

_CLAIMED: dict[str, ClaimKind] = {"lost": "lost", "lost-suspected": "lost", "damaged": "damaged"}
_SAYS = {messages.text(f"due.state.parcel.{name}"): kind for name, kind in _CLAIMED.items()}


@dataclass(slots=True)
class Staff:
    """Everybody who works in the shop."""

    desk: Desk
    claims: Claims = field(init=False)
    cases: Cases = field(init=False)
    calls: Calls = field(init=False)

    def __post_init__(self) -> None:
        self.claims, self.calls = Claims(self.desk), Calls(self.desk)
        self.cases = Cases(self.desk, self.claims)

    def morning(self, chores: Sequence[Chore], until: datetime) -> None:
        """Go through the round's list and what else waits."""
        db, store_id = self.desk.db, self.desk.store_id
        for state in ("inspected", "requested", "disputed"):
            for case in store.list_cases(db, store_id, state=state):  # type: ignore[arg-type]
                self.cases.plan(case)
        wanted = followup_store.FollowupFilter(due=until, count=1000)
        for one in followup_store.list_followups(db, store_id, wanted):
            self.calls.plan_followup(one)
        for call in review_store.list_open_calls(db, store_id):
            self.calls.plan_call(call)
        for chore in chores:
            life = self.desk.world.lives.get(chore.subject)
            if life is not None:
                self._mind(chore, life)

    def _mind(self, chore: Chore, life: Life) -> None:
        world = self.desk.world
        if chore.section == "missed" and self.desk.once(f"missed:{life.number}", True):
            world.counts["missed orders sent after the round"] += 1
            world.at(world.now + world.hours(3, 12, "sent at last", life.n), life.ship)
        elif chore.section == "parcels" and chore.says in _SAYS:
            self.claims.open(life.number, _SAYS[chore.says])
        elif chore.section == "news" and not world.chance.once_in(5, "left", life.n):
            wait = world.hours(0, 3, "looks", life.n)
            world.at(world.now + wait, partial(self._look_at_news, chore.ref))

    def _look_at_news(self, message: str) -> None:
        """Let go what agents see first, if it is still held and still so."""
        desk, now = self.desk, self.desk.world.now
        if outgoing.get_message(desk.db, desk.store_id, message).state == "held":
            truth = StillTrue(desk.rules)
            desk.write(
                lambda tx: proactive_work.release(tx, message, truth, desk.rules, now, "客服小林")
            )
            desk.world.counts["news let go by an agent"] += 1
