"""What a person has to do for an order: asked for, reminded of, done or given up.

Nothing is done at the platform, the warehouse or the courier from here; a task says that somebody must,
until when, and keeps what came of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from shopbot import audit, ids, jobs
from shopbot.errors import Conflict, NotFound
from shopbot.orders import outgoing, rows, store
from shopbot.orders.cases import step_case
from shopbot.orders.contact import RuleContact
from shopbot.orders.machine import CaseEvent
from shopbot.orders.model import OrderTask
from shopbot.orders.settled import cancelled_by
from shopbot.orders.task_words import ending_phrase, subject_of
from shopbot.orders.transitions import EventName
from shopbot.rules import Rules
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")

TASK = "order.task"
"""The kind of job that reminds of a task nobody has answered; see :func:`task_due`."""

MOST_RESULT = 500  # characters

Outcome = Literal["done", "dropped"]

_STOPS: dict[Outcome, dict[str, EventName]] = {
    "done": {"requested": "approve"},
    "dropped": {"requested": "reject", "approved": "cancel"},
}
"""What becomes of the refund cases of a cancel once somebody knows whether the goods were stopped."""


def get_task(reader: Reader, store_id: str, task_id: str) -> OrderTask:
    """Return a task; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_task, store_id=store_id, id=task_id)
    if found is None:
        raise NotFound("task")
    return rows.task(found)


def add_task(tx: Transaction, task: OrderTask, now: datetime) -> bool:
    """Write an open task with its reminder; False: it is open already and was asked for again."""
    key = {"store_id": task.store_id, "order_number": task.order}
    if tx.run(Q.ask_task_again, **key, kind=task.kind, key=task.key):
        return False
    tx.run(
        Q.add_task,
        **key,
        id=task.id,
        kind=task.kind,
        key=task.key,
        parcel=task.parcel,
        line_no=task.line_no,
        wanted=task.wanted,
        asked_at=ids.to_text(task.asked_at),
        due_at=ids.to_text(task.due_at),
    )
    reminder = jobs.Plan(
        store_id=task.store_id, kind=TASK, key=task.id, due=task.due_at, payload={"id": task.id}
    )
    jobs.plan(tx, reminder, now)
    return True


def task_due(job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle a job of kind :data:`TASK`: nobody has answered, which the order's history tells."""
    task_id = str(job.payload.get("id") or f"task{job.id.removeprefix('job')}")  # as 0003 named it

    def work(tx: Transaction) -> None:
        try:
            task = get_task(tx, job.store_id, task_id)
        except NotFound:
            return
        if task.is_open:
            _write_down(tx, task, "due", "system", now)

    return work


def end_task(
    tx: Transaction,
    task_id: str,
    outcome: Outcome,
    rules: Rules,
    now: datetime,
    who: str,
    *,
    result: str = "",
    tell: bool = True,
) -> OrderTask:
    """Say that a task is done, or could not be; what rests on it follows. Safe to repeat.

    An address change is applied or refused with it; the refunds of a cancel are agreed to, or taken
    back; the buyer is told unless ``tell`` is False. NotFound for an unknown task; Conflict when it
    ended otherwise.
    """
    task = get_task(tx, rules.store_id, task_id)
    if not task.is_open:
        return _ended_before(task, outcome)
    ended = replace(task, state=outcome, done_by=who, result=result[:MOST_RESULT], ended_at=now)
    changed = tx.run(
        Q.end_task,
        store_id=task.store_id,
        id=task.id,
        version=task.version,
        state=ended.state,
        done_by=ended.done_by,
        result=ended.result,
        ended_at=ids.to_text(now),
    )
    if not changed:
        raise Conflict(f"The task {task.id} was changed meanwhile. Load it and decide again.")
    jobs.cancel(tx, store_id=task.store_id, kind=TASK, key=task.id)
    _write_down(tx, ended, outcome, who, now)
    _follow_up(tx, ended, outcome, rules, now, who)
    if tell:
        _tell(tx, ended, outcome, rules, now)
    return get_task(tx, task.store_id, task.id)


def _ended_before(task: OrderTask, outcome: Outcome) -> OrderTask:
    if task.state != outcome:
        raise Conflict(
            f"The task {task.id} has ended as {task.state}. Look at the order before you go on.",
            id=task.id,
        )
    return task


def _follow_up(
    tx: Transaction, task: OrderTask, outcome: Outcome, rules: Rules, now: datetime, who: str
) -> None:
    facts = store.get_facts(tx, task.store_id, task.order)
    if task.kind == "change-address":
        for change in facts.address_changes:
            if change.state == "asked":
                state: Literal["applied", "refused"] = "applied" if outcome == "done" else "refused"
                store.decide_address_change(tx, change, state, now)
    if task.kind == "cancel":
        for case in cancelled_by(task, facts):
            name = _STOPS[outcome].get(case.state)
            if name is not None:
                step_case(tx, case.id, CaseEvent(name=name, who="agent"), rules, now, who)
                outgoing.overtake(tx, store_id=task.store_id, order=task.order, subject=case.id)


def _tell(tx: Transaction, task: OrderTask, outcome: Outcome, rules: Rules, now: datetime) -> None:
    """Plan to tell the buyer once; of a cancel it is told here and not case by case."""
    facts = store.get_facts(tx, task.store_id, task.order)
    words = ending_phrase(task, outcome, facts, rules, now)
    if words is None:
        return
    outgoing.plan_message(
        tx,
        store_id=task.store_id,
        order=task.order,
        subject=subject_of(task),
        phrase=words,
        key=f"{task.id}:{outcome}",
        policy=RuleContact(rules),
        now=now,
    )


def _write_down(tx: Transaction, task: OrderTask, what: str, who: str, now: datetime) -> None:
    name, data = f"order.task-{what}", {"id": task.id, "task": task.kind}
    store.add_event(tx, task.store_id, task.order, name, at=now, who=who, data=data)
    deed = audit.Deed(
        store_id=task.store_id, name=name, who=who, subject=task.order, at=now, data=data
    )
    audit.record(tx, deed)
