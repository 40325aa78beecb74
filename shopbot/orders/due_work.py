"""All due work of orders, registered in one place: case limits, promises, parcels, tidying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from shopbot import ids, jobs
from shopbot.errors import NotFound
from shopbot.idempotency import KEEP
from shopbot.orders import access, claim_work, facts_store, outgoing, store
from shopbot.orders.cases import step_due
from shopbot.orders.contact import RuleContact
from shopbot.orders.freshness import read_standing
from shopbot.orders.machine import CaseEvent
from shopbot.orders.model import OrderFacts
from shopbot.orders.proactive import news_of
from shopbot.orders.stock_outs import is_lacking
from shopbot.orders.tasks import TASK, task_due
from shopbot.orders.transitions import EventName
from shopbot.orders.watches import (
    WATCHED_FOR,
    Finding,
    find_breach,
    find_late_refunds,
    find_troubles,
)
from shopbot.rules import Rules
from shopbot.storage import Database, Statement, Transaction, load_queries
from shopbot.storage.database import Reader, Row

Q = load_queries("shopbot.orders")
GROUND = load_queries("shopbot.storage")

HALF_DAY = timedelta(hours=6)
"""A file of the morning tells what has left the house until about noon; couriers collect later."""

_KEEP_DONE = timedelta(days=30)
_PAGE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Work that comes back: once in each ``every``, however many workers there are."""

    kind: str
    every: timedelta

    def slot(self, now: datetime) -> datetime:
        """Return the beginning of the span in which ``now`` lies."""
        return _EPOCH + (now - _EPOCH) // self.every * self.every

    def plan(self, tx: Transaction, store_id: str, now: datetime) -> bool:
        """Plan the work of the present span; False when it was planned before."""
        slot = self.slot(now)
        job = jobs.Plan(
            store_id=store_id, kind=self.kind, key=ids.to_text(slot), due=slot, payload={}
        )
        return jobs.plan(tx, job, now)


WATCHES = (
    Watch(kind="orders.watch-promises", every=timedelta(hours=1)),
    Watch(kind="orders.watch-parcels", every=timedelta(hours=2)),
    Watch(kind="orders.tidy", every=timedelta(days=1)),
)


def registry(db: Database, rules: Rules) -> jobs.Registry:
    """Return the functions of all kinds of due work of orders."""
    made = jobs.Registry()
    made.register("case.remind", partial(_step_case, rules, "remind"))
    made.register("case.expire", partial(_step_case, rules, "expire"))
    made.register("orders.watch-promises", partial(_watch_promises, db, rules))
    made.register("orders.watch-parcels", partial(_watch_parcels, db, rules))
    made.register("orders.tidy", partial(_tidy, rules))
    made.register(TASK, task_due)
    claim_work.register(made)
    return made


def plan_watches(tx: Transaction, store_id: str, now: datetime) -> int:
    """Plan what comes back, for the present spans; return how many were new."""
    return sum(watch.plan(tx, store_id, now) for watch in WATCHES)


def next_slot(now: datetime) -> datetime:
    """Return when the next watch is due after ``now``."""
    return min(watch.slot(now) + watch.every for watch in WATCHES)


def _step_case(rules: Rules, name: EventName, job: jobs.Job, now: datetime) -> jobs.Apply:
    _check_store(job, rules)
    event = CaseEvent(name=name, who="system")
    case_id, version = str(job.payload["case"]), int(job.payload["version"])
    return lambda tx: step_due(tx, case_id, version, event, rules, now)


def _watch_promises(db: Database, rules: Rules, job: jobs.Job, now: datetime) -> jobs.Apply:
    _check_store(job, rules)
    found: list[tuple[str, Finding]] = []
    standing = read_standing(db, rules, now)
    for facts, out in each_with_stock(db, Q.unsent_orders, store_id=rules.store_id):
        known = standing.until(facts.order) is None and (
            out or standing.is_current(facts.order, HALF_DAY)
        )
        if not known:
            continue  # its source cannot be read, or its file is old: it may have left the house
        breach = find_breach(facts, rules, now, stock_out=out)
        if breach is not None:
            found.append((facts.order.number, breach))
    late = each_order(db, Q.late_refund_orders, store_id=rules.store_id, now=ids.to_text(now))
    for facts in late:
        found += [(facts.order.number, one) for one in find_late_refunds(facts, now)]
    return _writing(db, rules, found, now)


def _watch_parcels(db: Database, rules: Rules, job: jobs.Job, now: datetime) -> jobs.Apply:
    _check_store(job, rules)
    since = ids.to_text(now - WATCHED_FOR)
    found = [
        (facts.order.number, finding)
        for facts in _each_travelling(db, rules.store_id, since)
        for finding in find_troubles(facts, rules, now)
    ]
    return _writing(db, rules, found, now)


def is_out_of_stock(reader: Reader, facts: OrderFacts) -> bool:
    """Tell whether staff have written down that the order cannot be shipped."""
    order = facts.order
    return is_lacking(store.list_events(reader, order.store_id, order.number))


def each_order(db: Database, statement: Statement, **values: str) -> Iterator[OrderFacts]:
    """Yield orders page by page, each page read at one moment."""
    for facts, _ in each_with_stock(db, statement, **values):
        yield facts


def _each_travelling(db: Database, store_id: str, since: str) -> Iterator[OrderFacts]:
    after = ""
    while True:
        with db.snapshot() as reader:
            span = {"store_id": store_id, "since": since, "after": after}
            rows = reader.all(Q.travelling_orders, **span, count=_PAGE)
            numbers = [str(row["number"]) for row in rows]
            page = list(facts_store.list_parcels(reader, store_id, numbers))
        yield from page
        if len(rows) < _PAGE:
            return
        after = numbers[-1]


def each_with_stock(
    db: Database, statement: Statement, **values: str
) -> Iterator[tuple[OrderFacts, bool]]:
    """Yield orders as :func:`each_order` does, each with whether it cannot be shipped."""
    after, store_id = "", values["store_id"]
    while True:
        with db.snapshot() as reader:
            rows: list[Row] = reader.all(statement, **values, after=after, count=_PAGE)
            numbers = [str(row["number"]) for row in rows]
            page = list(facts_store.list_facts(reader, store_id, numbers))
            lacking = facts_store.list_stock_outs(reader, store_id, numbers)
        yield from ((facts, facts.order.number in lacking) for facts in page)
        if len(rows) < _PAGE:
            return
        after = rows[-1]["number"]


def _writing(
    db: Database, rules: Rules, found: Iterable[tuple[str, Finding]], now: datetime
) -> Callable[[Transaction], None]:
    """Return what writes the new findings; those known before cost the writer nothing."""
    with db.snapshot() as reader:
        new = [(number, one) for number, one in found if not _known(reader, rules, number, one)]

    def write(tx: Transaction) -> None:
        for number, finding in new:
            _write(tx, rules, number, finding, now)

    return write


def _known(reader: Reader, rules: Rules, number: str, finding: Finding) -> bool:
    key = {"store_id": rules.store_id, "order_number": number, "finding": finding.id}
    return reader.maybe_one(Q.has_finding, **key) is not None


def _write(tx: Transaction, rules: Rules, number: str, finding: Finding, now: datetime) -> None:
    key = {"store_id": rules.store_id, "order_number": number, "finding": finding.id}
    if tx.run(Q.add_finding, **key, at=ids.to_text(now)) == 0:
        return
    data = {**finding.data, "told": finding.phrase is not None}
    name = finding.event
    store.add_event(tx, rules.store_id, number, name, at=now, who="system", data=data)
    policy = RuleContact(rules)
    news = news_of(number, finding, rules, now)
    if news is not None:
        outgoing.plan(tx, news, policy, now)


def _tidy(rules: Rules, job: jobs.Job, now: datetime) -> jobs.Apply:
    _check_store(job, rules)

    def write(tx: Transaction) -> None:
        access.forget_in(tx, now)
        tx.run(GROUND.forget_done_jobs, before=ids.to_text(now - _KEEP_DONE))
        tx.run(GROUND.forget_answers, before=ids.to_text(now - KEEP))

    return write


def _check_store(job: jobs.Job, rules: Rules) -> None:
    if job.store_id != rules.store_id:
        raise NotFound("store")
