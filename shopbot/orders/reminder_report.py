"""What reminding has brought: paid within the rule's time, reminded against held out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from shopbot import ids
from shopbot.orders.reminder_plan import ENOUGH, Group, ReminderKind, difference
from shopbot.orders.reminder_work import Q
from shopbot.rules import Rules
from shopbot.storage import Row
from shopbot.storage.database import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Both groups of a kind, as they were chosen: who could not be reached counts as reminded."""

    kind: ReminderKind
    reminded: Group
    held_out: Group

    @property
    def enough(self) -> bool:
        """Tell whether both groups are large enough to say anything."""
        return min(self.reminded.orders, self.held_out.orders) >= ENOUGH

    def as_dict(self) -> dict[str, Any]:
        """Return the effect as programs read it; shares from 0 to 1."""
        found = difference(self.reminded, self.held_out)
        names = ("difference", "low", "high")
        told = dict.fromkeys(names) if found is None else dict(zip(names, found, strict=True))
        rounded = {k: None if v is None else round(v, 4) for k, v in told.items()}
        return {
            "kind": self.kind,
            "reminded": self.reminded.as_dict(),
            "held_out": self.held_out.as_dict(),
            **rounded,
            "enough": self.enough,
        }


def measure(
    reader: Reader, rules: Rules, since: datetime, until: datetime, now: datetime
) -> list[Effect]:
    """Return the effect on the orders entered in a time whose hours of measuring are over."""
    ripe = min(until, now - rules.reminders.measure)
    span = {"since": ids.to_text(since), "until": ids.to_text(ripe)}
    rows = reader.all(Q.measured_entries, store_id=rules.store_id, **span) if ripe > since else []
    return [_effect(kind, rows, rules) for kind in get_args(ReminderKind)]


def _effect(kind: ReminderKind, rows: Iterable[Row], rules: Rules) -> Effect:
    own = [row for row in rows if row["kind"] == kind]
    return Effect(
        kind=kind,
        reminded=_group([row for row in own if not row["held_out"]], rules),
        held_out=_group([row for row in own if row["held_out"]], rules),
    )


def _group(rows: list[Row], rules: Rules) -> Group:
    return Group(orders=len(rows), paid=sum(_paid(row, rules) for row in rows))


def _paid(row: Row, rules: Rules) -> bool:
    deposit = row["deposit_paid_at"] if row["kind"] == "pay" else None
    at = deposit or row["paid_at"]
    if at is None:
        return False
    return ids.from_text(at) < ids.from_text(row["entered_at"]) + rules.reminders.measure
