"""What ``shopbot returns`` shows: answers, cases and decisions, as JSON or as sentences for staff."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from shopbot import messages
from shopbot.audit import Deed
from shopbot.commands._desk import Desk, open_desk
from shopbot.errors import EXIT_USAGE, NotFound
from shopbot.orders.case_views import answer, case_dict, case_story, decision_dict
from shopbot.orders.eligibility import Eligibility
from shopbot.orders.machine import Decision, list_events
from shopbot.orders.model import Case
from shopbot.orders.timing import told_end, told_money, told_time
from shopbot.rules import Rules, texts

__all__ = [
    "answer",
    "case_dict",
    "case_line",
    "case_lines",
    "case_story",
    "decision_dict",
    "decision_lines",
    "one_of",
    "open_desk",
    "or_tell",
    "sentences",
    "show",
    "yuan",
]


def one_of(told: str, allowed: tuple[Any, ...], option: str) -> Any:
    """Return ``told`` if it is allowed; a usage error lists what is."""
    if told in allowed:
        return told
    named = ", ".join(str(value) for value in allowed if value)
    raise typer.BadParameter(f"{told!r} is none of {named}.", param_hint=option)


@contextmanager
def or_tell(key: str, **values: object) -> Iterator[None]:
    """Say in words for staff what is not there, and leave as with a usage error."""
    try:
        yield
    except NotFound:
        typer.echo(messages.text(key, **values), err=True)
        raise typer.Exit(EXIT_USAGE) from None


def yuan(told: str, option: str) -> int | None:
    """Return the fen of an amount in yuan, None for none."""
    found = texts.money(told) if told else None
    if told and found is None:
        raise typer.BadParameter(f"{told!r} is no amount. Write 8 or 8.50.", param_hint=option)
    return found


def show(told: Any, as_json: bool, lines: Callable[[], list[str]]) -> None:
    """Print JSON or sentences."""
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in lines():
        typer.echo(row)


def sentences(told: dict[str, Any], found: Eligibility, rules: Rules) -> list[str]:
    """Return the answer for staff: the verdict, each condition, the next step."""
    values = {
        "order": told["order"],
        "line": told["line"],
        "verdict": messages.text(f"returns.eligible.{'yes' if found.eligible else 'no'}"),
        "refund": told_money(found.refund.cash_fen),
        "payer": messages.text(f"orders.freight.{found.freight_payer}"),
        "deadline": told_end(found.deadline, found.at, rules) if found.deadline else "",
    }
    marks = [("✓" if row.ok else "✗", row.reason) for row in found.checks]
    key = "returns.answer" if found.deadline else "returns.answer-open"
    return [
        messages.text(key if found.eligible else "returns.answer-no", **values),
        *(messages.text("returns.check-line", mark=mark, reason=why) for mark, why in marks),
        messages.text(f"returns.next.{found.next}"),
    ]


def case_line(case: Case, desk: Desk) -> str:
    """Return a case in one line."""
    return messages.text(
        "returns.case-line" if case.deadline else "returns.case-line-over",
        id=case.id,
        order=case.order,
        line=case.line_no,
        kind=messages.text(f"orders.case-kind.{case.kind}"),
        state=messages.text(f"orders.staff-state.{case.state}"),
        deadline=told_end(case.deadline, desk.now, desk.rules) if case.deadline else "",
    )


def case_lines(case: Case, deeds: Sequence[Deed], desk: Desk) -> list[str]:
    """Return a case, its history and what may be done."""
    events = list_events(case.kind, case.state)
    may = "、".join(messages.text(f"orders.case-event.{event}") for event in events)
    history = [
        messages.text(
            "returns.deed",
            at=told_time(deed.at, desk.now, desk.rules),
            who=deed.who,
            name=_deed_words(deed),
        )
        for deed in deeds
    ]
    last = messages.text("returns.may", events=may) if may else messages.text("returns.over")
    return [case_line(case, desk), *history, last]


def _deed_words(deed: Deed) -> str:
    """Return what happened in words: ``order.return.shipped-back`` is 买家已寄回."""
    what = deed.name.rpartition(".")[2].replace("-", "_")
    if what == "reminded":
        return messages.text("orders.case-event.remind")
    key = f"orders.staff-state.{what}"
    return messages.text(key) if messages.has(key) else deed.name


def decision_lines(done: Decision, desk: Desk) -> list[str]:
    """Return the case after a step, or why it was not taken."""
    if done.allowed:
        return [case_line(done.case, desk)]
    failed = [row.reason for row in done.checks if not row.ok]
    return [messages.text("returns.check-line", mark="✗", reason=why) for why in failed]
