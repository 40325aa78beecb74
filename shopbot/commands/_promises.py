"""What ``shopbot promises`` does behind its options."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import typer

from shopbot import messages
from shopbot.chat import promises
from shopbot.chat.model import Promise
from shopbot.commands._desk import Desk, open_desk
from shopbot.commands._returns import show

__all__ = ["end", "lines", "list_promises", "open_desk", "show"]

STATES = ("due", "open", "kept", "broken", "withdrawn", "all")


def list_promises(desk: Desk, state: str, days: int) -> dict[str, Any]:
    """Return the promises of a state and the counts of the last days."""
    if state not in STATES:
        raise typer.BadParameter(f"{state!r} is none of {', '.join(STATES)}.", param_hint="--state")
    wanted = "" if state == "all" else state
    since = desk.now - timedelta(days=days)
    with desk.db.snapshot() as reader:
        found = promises.list_promises(reader, desk.store_id, state=wanted)
        counts = promises.count_promises(
            reader, desk.store_id, since, desk.now + timedelta(microseconds=1)
        )
    return {"promises": [_told(one, desk) for one in found], "days": days, "counts": counts}


def lines(told: dict[str, Any], desk: Desk) -> list[str]:
    """Return a line for each promise and one for the counts."""
    rows = [messages.text("promises.line", **one) for one in told["promises"]]
    counts = messages.text("promises.counts", days=told["days"], **told["counts"])
    return [*(rows or [messages.text("promises.none")]), counts]


def end(desk: Desk, promise: str, ending: promises.Ending, who: str) -> str:
    """End a promise; return the sentence that says so."""
    ended = desk.db.transaction(
        lambda tx: promises.end_promise(tx, desk.store_id, promise, ending, who=who, now=desk.now)
    )
    late = ended.state == "broken"
    key = "promises.ended-late" if late else f"promises.ended-{ending}"
    return messages.text(key, what=ended.what)


def _told(one: Promise, desk: Desk) -> dict[str, Any]:
    settled = one.closed_at is not None
    state = "made-up" if one.state == "broken" and settled else one.state
    return {
        "id": one.id,
        "what": one.what,
        "until": desk.clock(one.until),
        "state": one.state,
        "state_text": messages.text(f"promises.state.{state}"),
        "conversation": one.conversation,
        "entry": one.entry,
        "made_by": one.made_by,
        "made_at": desk.clock(one.made_at),
        "closed_by": one.closed_by,
        "closed_at": desk.clock(one.closed_at),
    }
