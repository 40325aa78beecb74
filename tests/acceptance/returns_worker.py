"""A process that takes steps or does due work and says so after each: `returns_worker.py MODE DATA`.

``steps`` approves, receives, passes and refunds every open case; ``jobs`` does what is due, day by day.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from shopbot import jobs
from shopbot.orders import due_work, store
from shopbot.orders.cases import step_case
from shopbot.orders.machine import CaseEvent
from shopbot.orders.transitions import Actor, EventName
from shopbot.storage import SqliteDatabase, open_database
from tests.order_facts import RULES, STORE, at

NOW = at("2026-11-18 10:00")
STEPS: tuple[tuple[EventName, Actor], ...] = (
    ("approve", "agent"),
    ("receive", "warehouse"),
    ("pass", "warehouse"),
    ("refund", "finance"),
)


def tell(*words: object) -> None:
    """Write a line."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def take_steps(db: SqliteDatabase) -> None:
    """Take every step of every return; a step that was taken before is refused and not told."""
    for case in store.list_cases(db, STORE):
        for name, who in STEPS:
            grade = "good" if name == "pass" else None
            event = CaseEvent(name=name, who=who, grade=grade)  # type: ignore[arg-type]
            done = db.transaction(
                lambda tx, e=event, c=case: step_case(tx, c.id, e, RULES, NOW, "test")  # type: ignore[misc]
            )
            if done.allowed:
                tell(case.id, done.case.state, done.case.version)


def do_jobs(db: SqliteDatabase) -> None:
    """Do what is due on each of twenty days; a told job is done for good."""
    registry = due_work.registry(db, RULES)
    for day in range(20):
        now = NOW + timedelta(days=day)
        while claimed := jobs.claim(db, worker="w", now=now, count=1):
            apply = registry.get_handler(claimed[0].kind)(claimed[0], now)
            if db.transaction(lambda tx: jobs._finish(tx, claimed[0], apply, now)):  # noqa: B023
                tell(claimed[0].id)


def main() -> None:
    """Work."""
    db = open_database(Path(sys.argv[2]))
    tell("ready")
    {"steps": take_steps, "jobs": do_jobs}[sys.argv[1]](db)
    db.close()


if __name__ == "__main__":
    main()
