"""What ``shopbot jobs`` does behind its options."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import typer

from shopbot import ids, jobs, messages
from shopbot.app import due_work
from shopbot.commands._desk import Desk, open_desk, read_time
from shopbot.commands._returns import show
from shopbot.worker import run_until

__all__ = ["do_due_work", "job_lines", "list_jobs", "open_desk", "run_lines", "show", "states"]

STATES = ("waiting", "running", "done", "dead")
_OPEN = ("running", "waiting", "dead")


def do_due_work(desk: Desk, until: str | None) -> dict[str, Any]:
    """Do what is due, or falls due up to a time; return what it came to."""
    end = read_time(until, desk.rules) or desk.now
    start = min(desk.now, end)
    worker = ids.new_id("wrk")
    totals = run_until(
        desk.db, due_work(desk.settings, desk.db), worker=worker, start=start, until=end
    )
    counts = {name: getattr(totals, name) for name in ("done", "retried", "dead", "lost")}
    return {"until": end.astimezone(desk.rules.zone).isoformat(), **counts}


def run_lines(told: dict[str, Any]) -> list[str]:
    """Return what was done, for staff."""
    lines = [messages.text("jobs.ran", done=told["done"], retried=told["retried"])]
    if told["dead"]:
        lines.append(messages.text("jobs.died", dead=told["dead"]))
    return lines


def states(state: str, *, dead: bool) -> Sequence[str]:
    """Return which states are asked for; a usage error lists what there is."""
    if dead:
        return ("dead",)
    if state and state not in STATES:
        raise typer.BadParameter(f"{state!r} is none of {', '.join(STATES)}.", param_hint="--state")
    return (state,) if state else _OPEN


def list_jobs(desk: Desk, wanted: Sequence[str], count: int) -> list[dict[str, Any]]:
    """Return jobs without their payload."""
    names = ("id", "kind", "idempotency_key", "state", "due_at", "attempts", "last_error")
    with desk.db.snapshot() as reader:
        rows = [
            row
            for state in wanted
            for row in jobs.list_jobs(reader, store_id=desk.store_id, state=state, count=count)
        ]
    return [{name.removeprefix("idempotency_"): row[name] for name in names} for row in rows]


def job_lines(told: Sequence[dict[str, Any]], desk: Desk) -> list[str]:
    """Return a line for each job."""
    if not told:
        return [messages.text("jobs.none")]
    return [_line(row, desk) for row in told]


def _line(row: dict[str, Any], desk: Desk) -> str:
    due: datetime = ids.from_text(row["due_at"])
    key = f"jobs.kind.{row['kind']}"
    values = {
        "id": row["id"],
        "kind": messages.text(key) if messages.has(key) else row["kind"],
        "state": messages.text(f"jobs.state.{row['state']}"),
        "due": desk.clock(due),
        "attempts": row["attempts"],
    }
    if row["last_error"]:
        return messages.text("jobs.line-failed", **values, reason=row["last_error"])
    return messages.text("jobs.line", **values)
