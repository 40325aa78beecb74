"""Claims of the simulated month: the courier is held to what was lost or broken, the buyer is paid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from benchmarks.month_desk import Desk
from benchmarks.month_shop import HOUR
from shopbot.orders import claim_payments, claim_store, store
from shopbot.orders.claim_model import Claim, ClaimKind, ClaimStep
from shopbot.orders.claim_steps import open_claim, step_claim
from shopbot.orders.refund_steps import settle_refund


@dataclass(slots=True)
class Claims:
    """What is asked of couriers."""

    desk: Desk

    def open(self, number: str, kind: ClaimKind) -> None:
        """Hold the courier to a parcel, once."""
        parcel = self.desk.world.lives[number].parcel
        if not self.desk.once(f"claim:{parcel}", True):
            return
        claim = self.desk.write(
            lambda tx: open_claim(
                tx, number, parcel, kind, self.desk.rules, self.desk.world.now, "客服小林"
            )
        )
        self.desk.world.counts["claims opened"] += 1
        self._plan_claim(claim)

    def _plan_claim(self, claim: Claim) -> None:
        world, n = self.desk.world, self.desk.world.lives[claim.order].n
        shares = {
            "chasing": (("lost", 60), ("found", 40)), "proving": (("lost", 50), ("found", 50)),
            "established": (("file", 100),),
            "filed": (("won", 55), ("partly", 25), ("refused", 20)),
        }.get(claim.state)  # fmt: skip
        if shares is None:
            return
        low, high = (48, 200) if claim.state == "filed" else (5, 60)
        event = world.draw(shares, 100, "claim", claim.state, n)
        when = world.now + world.hours(low, high, "claim", claim.state, n, "wait")
        world.at(when, partial(self._step_claim, claim.id, event))
        if claim.state == "established":
            world.at(world.now + 2 * HOUR, partial(self._compensate, claim.id))

    def _step_claim(self, claim_id: str, event: Any) -> None:
        claim = claim_store.get_claim(self.desk.db, self.desk.store_id, claim_id)
        papers = (*self.desk.rules.claims.papers, *self.desk.rules.claims.papers_damaged)
        fen = {"file": 10_000, "partly": claim.asked_fen // 2}.get(event, 0)
        step = ClaimStep(event=event, fen=fen, papers=papers if event == "file" else ())
        moved = self.desk.write(
            lambda tx: step_claim(
                tx, claim_id, step, self.desk.rules, self.desk.world.now, "客服小林"
            )
        )
        if event == "found" and claim.kind == "lost":
            life = self.desk.world.lives[claim.order]
            self.desk.world.at(
                self.desk.world.now + self.desk.world.hours(10, 40, "found", life.n), life.sign
            )
        self._plan_claim(moved)

    def _compensate(self, claim_id: str) -> None:
        """Pay the buyer whose goods are gone, where no case does; a supervisor agrees to much."""
        rules, now = self.desk.rules, self.desk.world.now
        claim = claim_store.get_claim(self.desk.db, rules.store_id, claim_id)
        facts = store.get_facts(self.desk.db, rules.store_id, claim.order)
        if facts.cases:
            return
        asked = claim_payments.Asked(claim=claim_id)
        given = self.desk.write(
            lambda tx: claim_payments.compensate(tx, asked, rules, now, "客服小林")
        )
        self.desk.world.counts["compensated"] += 1
        if given.state == "asked":
            self.desk.world.at(now + 6 * HOUR, partial(self._agree, claim_id))
        else:
            self.pay_out(claim.order)

    def _agree(self, claim_id: str) -> None:
        claim = claim_store.get_claim(self.desk.db, self.desk.store_id, claim_id)
        self.desk.write(
            lambda tx: claim_payments.decide(
                tx, claim_id, True, self.desk.rules, self.desk.world.now, "主管老陈"
            )
        )
        self.desk.world.counts["agreed to by a supervisor"] += 1
        self.pay_out(claim.order)

    def pay_out(self, number: str) -> None:
        """Pay what is owed without a case; one in twelve fails first."""
        for refund in store.get_facts(self.desk.db, self.desk.store_id, number).refunds:
            if refund.case_id is None and refund.state == "approved":
                wait = self.desk.world.hours(1, 30, "pays", number)
                if self.desk.world.chance.once_in(12, "fails", number):
                    when = self.desk.world.now + wait / 2
                    self.desk.world.at(when, partial(self._settle, refund.id, "failed"))
                self.desk.world.at(
                    self.desk.world.now + wait, partial(self._settle, refund.id, "paid")
                )

    def _settle(self, refund_id: str, state: Literal["paid", "failed"]) -> None:
        now = self.desk.world.now
        self.desk.write(
            lambda tx: settle_refund(tx, self.desk.store_id, refund_id, state, now, "财务")
        )
