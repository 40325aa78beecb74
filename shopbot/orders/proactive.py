"""What is told before anybody asks: which kind it is, and whether agents look at it first. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast, get_args

from shopbot.orders.contact import Ending, after_awake
from shopbot.orders.outgoing import Hold, News
from shopbot.orders.watches import Finding
from shopbot.rules import Rules
from shopbot.rules.proactive import Telling

Kind = Literal[
    "promise-broken",
    "stock-out",
    "not-collected",
    "late",
    "stuck",
    "lost-suspected",
    "lost",
    "damaged",
    "station-overdue",
    "refund-late",
    "restock",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Each has a value of the same name in rules/proactive.yaml."""

_NAMES = {"not-collected-late": "not-collected"}


def kind_of(finding: Finding) -> Kind:
    """Return which kind of news a finding is; ValueError for one that the rules do not name."""
    if finding.event == "order.refund-late":
        return "refund-late"
    if finding.event == "order.promise-broken":
        return "stock-out" if finding.data["state"] == "stock-out" else "promise-broken"
    name = finding.data["trouble"]
    name = _NAMES.get(name, name)
    if name not in KINDS:
        raise ValueError(f"{name} is no kind of news; add it to rules/proactive.yaml")
    return name


def telling_of(kind: Kind, rules: Rules) -> Telling:
    """Return how the shop wants a kind told."""
    found: Telling = getattr(rules.proactive, kind.replace("-", "_"))
    return found


def hold_of(kind: Kind, rules: Rules, now: datetime) -> Hold | None:
    """Return until when agents look at a kind first, None when it is told at once.

    Quiet hours do not count: what is found in the evening is not let go before anybody is up.
    """
    telling = telling_of(kind, rules)
    if telling.tell == "at-once":
        return None
    until = after_awake(now, telling.hold, rules)
    return Hold(until=until, then=cast("Ending", telling.then))


def news_of(number: str, finding: Finding, rules: Rules, now: datetime) -> News | None:
    """Return what the buyer of an order is told of a finding, None where only staff need to know."""
    if finding.phrase is None:
        return None
    kind = kind_of(finding)
    return News(
        store_id=rules.store_id,
        order=number,
        subject=finding.subject,
        kind=kind,
        phrase=finding.phrase,
        key=key_of(number, finding),
        hold=hold_of(kind, rules, now),
    )


def key_of(number: str, finding: Finding) -> str:
    """Return under which key a finding is told once."""
    return f"{number}:{finding.id}"
