"""What people at the desk still have to do: written once, seen by all of them, ended by one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from shopbot import audit, ids
from shopbot.desk.model import Task, TaskKind, TaskState
from shopbot.errors import Conflict, NotFound
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.desk")

MOST_RESULT = 500  # characters


def add_task(tx: Transaction, task: Task) -> bool:
    """Write a task; False when there was one of this kind and key before, done or not."""
    added = tx.run(
        Q.add_desk_task,
        store_id=task.store_id,
        id=task.id,
        kind=task.kind,
        dedupe_key=task.key,
        conversation=task.conversation,
        order_number=task.order,
        audience=task.audience,
        agent=task.agent,
        data=json.dumps(dict(task.data), ensure_ascii=False, sort_keys=True),
        made_at=ids.to_text(task.made_at),
        due_at=ids.to_text(task.due_at),
    )
    if added:
        _write_down(tx, task, "desk.task-made", "system", task.made_at)
    return added == 1


def get_task(reader: Reader, store_id: str, task_id: str) -> Task:
    """Return a task; NotFound when the store has none of this id."""
    row = reader.maybe_one(Q.get_desk_task, store_id=store_id, id=task_id)
    if row is None:
        raise NotFound("task")
    return _task(row)


def list_tasks(
    reader: Reader,
    store_id: str,
    *,
    state: TaskState = "open",
    kind: TaskKind | None = None,
    order: str = "",
    count: int = 500,
) -> list[Task]:
    """Return tasks of a state (and kind, and order), the most pressing first."""
    key = {"store_id": store_id, "state": state, "kind": kind or "", "order_number": order}
    return [_task(row) for row in reader.all(Q.list_desk_tasks, **key, count=count)]


def tasks_of(reader: Reader, store_id: str, conversation: str) -> list[Task]:
    """Return every task of a talk, oldest first."""
    rows = reader.all(Q.tasks_of_talk, store_id=store_id, conversation=conversation)
    return [_task(row) for row in rows]


def end_task(
    tx: Transaction,
    store_id: str,
    task_id: str,
    outcome: Literal["done", "dropped"],
    *,
    who: str,
    now: datetime,
    result: str = "",
) -> Task:
    """Say that a task is done, or will not be. Safe to repeat; Conflict when it ended otherwise."""
    task = get_task(tx, store_id, task_id)
    if task.state != "open":
        if task.state != outcome:
            raise Conflict(f"The task {task_id} has ended as {task.state}.", id=task_id)
        return task
    tx.run(
        Q.end_desk_task,
        store_id=store_id,
        id=task_id,
        state=outcome,
        done_by=who,
        done_at=ids.to_text(now),
        result=result[:MOST_RESULT],
    )
    _write_down(tx, task, f"desk.task-{outcome}", who, now)
    return get_task(tx, store_id, task_id)


def settle(
    tx: Transaction,
    store_id: str,
    conversation: str,
    kinds: frozenset[str],
    who: str,
    now: datetime,
) -> int:
    """End the open tasks of a talk that ``who`` has answered by what they did; return how many."""
    ripe = [
        task
        for task in tasks_of(tx, store_id, conversation)
        if task.state == "open" and task.kind in kinds
    ]
    for task in ripe:
        end_task(tx, store_id, task.id, "done", who=who, now=now)
    return len(ripe)


def _write_down(tx: Transaction, task: Task, name: str, who: str, now: datetime) -> None:
    deed = audit.Deed(
        store_id=task.store_id,
        name=name,
        who=who,
        subject=task.conversation or task.order or task.id,
        at=now,
        data={"id": task.id, "kind": task.kind},
    )
    audit.record(tx, deed)


def _task(row: Row) -> Task:
    done_at = row["done_at"]
    return Task(
        store_id=row["store_id"],
        id=row["id"],
        kind=row["kind"],
        key=row["dedupe_key"],
        conversation=row["conversation"],
        order=row["order_number"],
        audience=row["audience"],
        agent=row["agent"],
        data=json.loads(row["data"]),
        made_at=ids.from_text(row["made_at"]),
        due_at=ids.from_text(row["due_at"]),
        state=row["state"],
        done_by=row["done_by"],
        done_at=None if done_at is None else ids.from_text(done_at),
        result=row["result"],
    )
