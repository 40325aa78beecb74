"""Which reminder of an unpaid order is due, who is held out, what reminding has brought. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any, Literal

from shopbot.orders.contact import Why
from shopbot.orders.model import Order
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.timing import told_end
from shopbot.rules import Rules

ReminderKind = Literal["pay", "balance"]

SUBJECT = "remind:"
"""What messages that remind speak of, with their kind behind it."""

_BUCKETS = 10_000
_Z = 1.959964  # two-sided 95 %
ENOUGH = 30  # orders in each group before a figure is worth reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """A reminder that may go now."""

    kind: ReminderKind
    phrase: Phrase
    until: datetime  # afterwards it is another one's turn, or nobody's


def kind_of(order: Order) -> ReminderKind | None:
    """Return what an order still waits for; None when nothing is to be paid."""
    kinds: dict[str, ReminderKind] = {"unpaid": "pay", "deposit_paid": "balance"}
    return kinds.get(order.status)


def find_nudge(order: Order, rules: Rules, now: datetime) -> Nudge | None:
    """Return the reminder whose window ``now`` lies in; None between windows and after the end."""
    kind = kind_of(order)
    if kind is None or not rules.reminders.remind:
        return None
    return _pay(order, rules, now) if kind == "pay" else _balance(order, rules, now)


def against(order: Order, subject: str, phrase_id: str, rules: Rules, now: datetime) -> Why | None:
    """Return why a reminder that was planned must not go any more, None while it may.

    Nobody who has paid is asked to pay, and nobody is told outside of the window that it was planned for.
    """
    kind = kind_of(order)
    if kind is None or subject != f"{SUBJECT}{kind}":
        return "not-true"
    nudge = find_nudge(order, rules, now)
    return None if nudge is not None and nudge.phrase.id == phrase_id else "too-old"


def _pay(order: Order, rules: Rules, now: datetime) -> Nudge | None:
    told, born = rules.reminders, order.created_at
    end = born + rules.changes.unpaid_close
    windows = (
        ("last", end - told.last_from, end - told.last_until),
        ("first", born + told.first_from, born + told.first_until),
        ("second", born + told.second_from, born + told.second_until),
    )
    return _within("pay", windows, end, rules, now)


def _balance(order: Order, rules: Rules, now: datetime) -> Nudge | None:
    told, paid = rules.reminders, order.deposit_paid_at
    for one in told.balances:
        if paid is None or not one.deposit_from <= paid < one.deposit_until:
            continue
        windows = (
            ("last", one.until - told.last_from, one.until - told.last_until),
            ("first", one.since + told.first_from, one.since + told.first_until),
            ("second", one.since + told.second_from, one.since + told.second_until),
        )
        return _within("balance", windows, one.until, rules, now)
    return None


def _within(
    kind: ReminderKind,
    windows: Iterable[tuple[str, datetime, datetime]],
    end: datetime,
    rules: Rules,
    now: datetime,
) -> Nudge | None:
    for name, since, until in windows:
        if since <= now < min(until, end):
            words = phrase(f"order.remind.{kind}-{name}", {"截止时间": told_end(end, now, rules)})
            return Nudge(kind=kind, phrase=words, until=min(until, end))
    return None


def is_held_out(seed: str, who: str, share: int) -> bool:
    """Tell whether somebody belongs to the ``share`` percent that is left alone; the same for ever."""
    digest = hashlib.sha256(f"{seed}|{who}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _BUCKETS < share * _BUCKETS // 100


# --- the effect ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Orders of one group, and how many of them were paid in time."""

    orders: int = 0
    paid: int = 0

    @property
    def rate(self) -> float | None:
        """Return the share that was paid, None without orders."""
        return self.paid / self.orders if self.orders else None

    def as_dict(self) -> dict[str, Any]:
        """Return the group as programs read it."""
        rate = None if self.rate is None else round(self.rate, 4)
        return {"orders": self.orders, "paid": self.paid, "rate": rate}


def wilson(group: Group) -> tuple[float, float]:
    """Return the 95 % interval of a rate (Wilson 1927): 0 to 1 without orders."""
    n = group.orders
    if n == 0:
        return 0.0, 1.0
    p, z2 = group.paid / n, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(reminded: Group, held_out: Group) -> tuple[float, float, float] | None:
    """Return how much more of the reminded was paid, with its 95 % interval (Newcombe 1998, no. 10).

    None when a group is empty.
    """
    p1, p2 = reminded.rate, held_out.rate
    if p1 is None or p2 is None:
        return None
    (low1, high1), (low2, high2) = wilson(reminded), wilson(held_out)
    low = p1 - p2 - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return p1 - p2, low, high
