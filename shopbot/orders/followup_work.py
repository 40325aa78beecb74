"""Due work of follow-ups: each hour buyers whose after-sale work is done, each day those who are lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from shopbot import ids, jobs
from shopbot.errors import NotFound
from shopbot.orders import followup_store, lost_buyers
from shopbot.orders.due_work import Watch
from shopbot.orders.followup_model import (
    EndedCase,
    Followup,
    Why,
    first_convenient,
    last_of_each_order,
    month_of,
    why_asked,
)
from shopbot.orders.followup_steps import write_down
from shopbot.orders.followup_store import FollowupFilter
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction

WATCHES = (
    Watch(kind="followups.pick", every=timedelta(hours=1)),
    Watch(kind="followups.find-lost", every=timedelta(days=1)),
)

_PAGE = 500
NewSeed = Callable[[], str]
_RANDOM: NewSeed = partial(ids.new_id, "seed")


def register(
    made: jobs.Registry, db: Database, rules: Rules, new_seed: NewSeed = _RANDOM
) -> jobs.Registry:
    """Add the functions of follow-ups to ``made`` and return it."""
    made.register("followups.pick", partial(pick, db, rules, new_seed))
    made.register("followups.find-lost", partial(find_lost, db, rules))
    return made


def plan_watches(tx: Transaction, store_id: str, now: datetime) -> int:
    """Plan what comes back, for the present spans; return how many were new."""
    return sum(watch.plan(tx, store_id, now) for watch in WATCHES)


def next_slot(now: datetime) -> datetime:
    """Return when the next watch is due after ``now``."""
    return min(watch.slot(now) + watch.every for watch in WATCHES)


def pick(db: Database, rules: Rules, new_seed: NewSeed, job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle the watch: pick buyers to be asked, let go of those nobody asked in time."""
    if job.store_id != rules.store_id:
        raise NotFound("store")
    cases = last_of_each_order(list_waiting(db, rules, now))
    late = _late(db, rules, now)

    def work(tx: Transaction) -> None:
        for case in cases:
            _open(tx, case, rules, now, new_seed)
        for followup in late:
            _lapse(tx, followup, now)

    return work


def find_lost(db: Database, rules: Rules, job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle the watch: announce buyers who are lost, end what time has ended."""
    if job.store_id != rules.store_id:
        raise NotFound("store")
    with db.snapshot() as reader:
        over = lost_buyers.find_over(reader, rules, now)
        lost = lost_buyers.find_new(reader, rules, now)

    def work(tx: Transaction) -> None:
        for notice in over:
            lost_buyers.end_notice(tx, notice, now, "system")
        lost_buyers.announce(tx, lost, rules, now)

    return work


def list_waiting(db: Database, rules: Rules, now: datetime) -> list[EndedCase]:
    """Return all cases that were done lately and have no follow-up, page by page."""
    since, found, after = now - rules.followups.give_up_after, [], ""
    while True:
        page = followup_store.list_ended_cases(db, rules.store_id, since, after, _PAGE)
        found += page
        if len(page) < _PAGE:
            return found
        after = page[-1].id


def _open(tx: Transaction, case: EndedCase, rules: Rules, now: datetime, new_seed: NewSeed) -> None:
    month = month_of(case.ended_at, rules)
    sample = followup_store.find_sample(tx, rules.store_id, month)
    if sample is None:
        sample = followup_store.ensure_sample(tx, rules.store_id, month, rules, now, new_seed())
    why = why_asked(case, sample, rules)
    if why is None:
        return
    followup = new_followup(case, why, rules, now, ids.new_id("fup"))
    if followup_store.add_followup(tx, followup):
        write_down(tx, followup, "opened", "system", now)


def new_followup(
    case: EndedCase, why: Why, rules: Rules, now: datetime, followup_id: str
) -> Followup:
    """Return a follow-up of a case: at a convenient hour, within the days of the rule. Pure."""
    return Followup(
        id=followup_id,
        store_id=rules.store_id,
        case=case.id,
        order=case.order,
        buyer=case.buyer,
        why=why,
        next_at=first_convenient(now, rules),
        due_at=case.ended_at + rules.followups.within,
        case_ended_at=case.ended_at,
        opened_at=now,
    )


def _late(db: Database, rules: Rules, now: datetime) -> list[Followup]:
    limit = now - rules.followups.give_up_after
    found: list[Followup] = []
    after = None
    while True:
        wanted = FollowupFilter(state="open", after=after, count=_PAGE)
        page = followup_store.list_followups(db, rules.store_id, wanted)
        found += [one for one in page if one.case_ended_at <= limit]
        if len(page) < _PAGE:
            return found
        after = (page[-1].opened_at, page[-1].id)


def _lapse(tx: Transaction, followup: Followup, now: datetime) -> None:
    present = followup_store.get_followup(tx, followup.store_id, followup.id)
    if present.state != "open":
        return
    lapsed = replace(present, state="lapsed", done_by="system", ended_at=now)
    followup_store.update_followup(tx, lapsed)
    write_down(tx, lapsed, "lapsed", "system", now)
