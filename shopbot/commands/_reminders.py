"""What ``shopbot reminders`` does behind its options."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shopbot import messages
from shopbot.commands._desk import Desk, open_desk, read_time
from shopbot.commands._returns import show
from shopbot.orders.reminder_plan import Group, difference
from shopbot.orders.reminder_report import Effect, measure
from shopbot.orders.reminder_work import Entry, list_entries

__all__ = ["open_desk"]

_MONTH = timedelta(days=30)


def show_list(desk: Desk, *, only_open: bool, count: int, as_json: bool) -> None:
    """Print the orders that could be reminded."""
    found = list_entries(desk.db, desk.store_id, only_open=only_open, count=count)
    show([_entry(desk, one) for one in found], as_json, lambda: _lines(desk, found))


def _entry(desk: Desk, one: Entry) -> dict[str, Any]:
    ended = one.ended_at
    return {
        "order": one.order,
        "kind": one.kind,
        "held_out": one.held_out,
        "entered_at": one.entered_at.astimezone(desk.rules.zone).isoformat(),
        "ended_at": None if ended is None else ended.astimezone(desk.rules.zone).isoformat(),
    }


def _lines(desk: Desk, found: list[Entry]) -> list[str]:
    if not found:
        return [messages.text("reminders.none")]
    return [
        messages.text(
            "reminders.line",
            order=one.order,
            kind=messages.text(f"reminders.kind.{one.kind}"),
            group=messages.text(f"reminders.group.{'held-out' if one.held_out else 'reminded'}"),
            at=desk.clock(one.entered_at),
            state=messages.text(f"reminders.state.{'ended' if one.ended_at else 'open'}"),
        )
        for one in found
    ]


def show_report(desk: Desk, since: str, until: str, *, as_json: bool) -> None:
    """Print what reminding has brought."""
    end = read_time(until, desk.rules) or desk.now
    begin = read_time(since, desk.rules) or end - _MONTH
    found = measure(desk.db, desk.rules, begin, end, desk.now)
    hours = desk.rules.reminders.measure / timedelta(hours=1)
    told = {
        "from": begin.astimezone(desk.rules.zone).isoformat(),
        "to": end.astimezone(desk.rules.zone).isoformat(),
        "hours": hours,
        "effects": [one.as_dict() for one in found],
    }
    show(told, as_json, lambda: [row for one in found for row in _effect(one, hours)])


def _effect(one: Effect, hours: float) -> list[str]:
    rows = [
        messages.text(
            "reminders.effect",
            kind=messages.text(f"reminders.kind.{one.kind}"),
            hours=f"{hours:g}",
            reminded=_group(one.reminded),
            held_out=_group(one.held_out),
        )
    ]
    found = difference(one.reminded, one.held_out)
    if found is not None and one.enough:
        more, low, high = (f"{100 * value:+.1f}" for value in found)
        rows.append(messages.text("reminders.difference", more=more, low=low, high=high))
    else:
        rows.append(messages.text("reminders.too-few"))
    return rows


def _group(group: Group) -> str:
    rate = "—" if group.rate is None else f"{100 * group.rate:.1f}%"
    return messages.text("reminders.rate", paid=group.paid, orders=group.orders, rate=rate)
