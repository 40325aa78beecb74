"""Check, list, show and move returns, exchanges and repairs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from shopbot import ids, messages
from shopbot.config import load_settings

if TYPE_CHECKING:
    from shopbot.orders.eligibility import Eligibility
    from shopbot.orders.machine import Decision
    from shopbot.orders.model import Case
    from shopbot.rules import Rules
    from shopbot.storage import SqliteDatabase

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
At = Annotated[str, typer.Option(help="As of this time (2026-11-22 10:00 in the store's zone).")]


@contextmanager
def _opened() -> Iterator[tuple[SqliteDatabase, Rules]]:
    from shopbot.rules import load_rules
    from shopbot.storage import open_database

    settings = load_settings()
    loaded = load_rules(settings.knowledge_dir())
    for problem in loaded.problems:
        typer.echo(str(problem), err=True)
    db = open_database(settings.data_dir())
    try:
        yield db, loaded.rules
    finally:
        db.close()


@app.command()
def check(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")],
    line: Annotated[int, typer.Argument(metavar="LINE", min=1, help="Position, from 1.")],
    kind: Annotated[str, typer.Option(help="no-reason, quality, exchange, …")] = "no-reason",
    at: At = "",
    quantity: Annotated[int | None, typer.Option(min=1, help="Pieces; all that are left.")] = None,
    as_json: Json = False,
) -> None:
    """Tell whether a line may come back, with every condition."""
    from shopbot.orders.cases import check_line
    from shopbot.orders.conditions import Claim
    from shopbot.orders.freight import Kind

    asked = _one_of(kind, get_args(Kind), "--kind")
    with _opened() as (db, rules), db.snapshot() as reader:
        now = _moment(at, rules)
        claim = Claim(kind=asked, quantity=quantity)
        found = check_line(reader, order, line, claim, rules, now)
        answer = _answer(order, line, found, rules)
        _show(answer, as_json, lambda: _sentences(answer, found, rules))


@app.command(name="list")
def list_(
    state: Annotated[str, typer.Option(help="Only cases in this state.")] = "",
    kind: Annotated[str, typer.Option(help="return, refund, exchange, repair, resend.")] = "",
    count: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List after-sale cases, oldest first."""
    from shopbot.orders import store
    from shopbot.orders.model import CaseKind, CaseState

    states, kinds = ("", *get_args(CaseState)), ("", *get_args(CaseKind))
    wanted_state, wanted_kind = _one_of(state, states, "--state"), _one_of(kind, kinds, "--kind")
    with _opened() as (db, rules):
        found = store.list_cases(
            db, rules.store_id, kind=wanted_kind or None, state=wanted_state or None, count=count
        )
        _show([_case(c, rules) for c in found], as_json, lambda: [_line(c, rules) for c in found])


@app.command()
def show(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="Case id.")],
    as_json: Json = False,
) -> None:
    """Show a case, what happened to it and what may happen next."""
    from shopbot import audit
    from shopbot.orders import store
    from shopbot.orders.machine import list_events

    with _opened() as (db, rules), db.snapshot() as reader:
        case = store.get_case(reader, rules.store_id, case_id)
        deeds = audit.list_deeds(reader, store_id=rules.store_id, subject=case.id)
        told = _case(case, rules) | {
            "history": [{"at": _iso(d.at, rules), "name": d.name, "who": d.who} for d in deeds],
            "next": list(list_events(case.kind, case.state)),
        }
        _show(told, as_json, lambda: _history(case, deeds, rules))


@app.command()
def step(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="Case id.")],
    event: Annotated[str, typer.Argument(metavar="EVENT", help="approve, receive, pass, refund …")],
    role: Annotated[str, typer.Option("--as", help="buyer, agent, warehouse, finance.")] = "agent",
    who: Annotated[str, typer.Option(help="Name to write down.")] = "cli",
    parcel: Annotated[str, typer.Option(help="Parcel number.")] = "",
    carrier: Annotated[str, typer.Option(help="Courier.")] = "",
    grade: Annotated[str, typer.Option(help="good, opened, worn, faulty.")] = "",
    quote: Annotated[str, typer.Option(help="Price of a repair in yuan.")] = "",
    settle: Annotated[str, typer.Option(help="Agreed refund in yuan.")] = "",
    gift_missing: Annotated[bool, typer.Option(help="The gift was not sent back.")] = False,
    picture: Annotated[list[str] | None, typer.Option(help="Attachment name.")] = None,
    at: At = "",
    as_json: Json = False,
) -> None:
    """Take one step of a case, if it may be taken."""
    from shopbot.errors import EXIT_PROBLEMS
    from shopbot.orders.cases import step_case
    from shopbot.orders.machine import CaseEvent
    from shopbot.orders.stock_back import GRADES
    from shopbot.orders.transitions import ACTORS, EVENTS

    happened = CaseEvent(
        name=_one_of(event, EVENTS, "EVENT"),
        who=_one_of(role, ACTORS, "--as"),
        parcel=parcel,
        carrier=carrier,
        pictures=tuple(picture or ()),
        grade=_one_of(grade, GRADES, "--grade") if grade else None,
        quote_fen=_yuan(quote, "--quote"),
        settle_fen=_yuan(settle, "--settle"),
        gift_missing=gift_missing,
    )
    with _opened() as (db, rules):
        now = _moment(at, rules)
        done = db.transaction(lambda tx: step_case(tx, case_id, happened, rules, now, who))
        _show(_decision(done, rules), as_json, lambda: _step_lines(done, rules))
    if not done.allowed:
        raise typer.Exit(EXIT_PROBLEMS)


def _one_of(told: str, allowed: tuple[Any, ...], option: str) -> Any:
    if told in allowed:
        return told
    named = ", ".join(str(value) for value in allowed if value)
    raise typer.BadParameter(f"{told!r} is none of {named}.", param_hint=option)


def _moment(told: str, rules: Rules) -> datetime:
    from shopbot.rules import texts

    if not told:
        return ids.now()
    found = texts.moment(told, rules.zone)
    if found is not None:
        return found
    try:
        exact = datetime.fromisoformat(told)
    except ValueError:
        raise typer.BadParameter(
            f"{told!r} is no time. Write 2026-11-22 10:00 or 2026-11-22T02:00:00Z.",
            param_hint="--at",
        ) from None
    return ids.as_utc(exact if exact.tzinfo else exact.replace(tzinfo=rules.zone))


def _yuan(told: str, option: str) -> int | None:
    from shopbot.rules import texts

    found = texts.money(told) if told else None
    if told and found is None:
        raise typer.BadParameter(f"{told!r} is no amount. Write 8 or 8.50.", param_hint=option)
    return found


def _iso(moment: datetime | None, rules: Rules) -> str | None:
    return moment.astimezone(rules.zone).isoformat() if moment else None


def _show(told: Any, as_json: bool, lines: Callable[[], list[str]]) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in lines():
        typer.echo(row)


def _answer(order: str, line: int, found: Eligibility, rules: Rules) -> dict[str, Any]:
    return {
        "order": order,
        "line": line,
        "kind": found.kind,
        "at": _iso(found.at, rules),
        "eligible": found.eligible,
        "checks": [row.as_dict() for row in found.checks],
        "refund_fen": found.refund.cash_fen,
        "freight_payer": found.freight_payer,
        "deadline": _iso(found.deadline, rules),
        "next": found.next,
    }


def _sentences(answer: dict[str, Any], found: Eligibility, rules: Rules) -> list[str]:
    from shopbot.orders.timing import told_end, told_money

    values = {
        "order": answer["order"],
        "line": answer["line"],
        "verdict": messages.text(f"returns.eligible.{'yes' if found.eligible else 'no'}"),
        "refund": told_money(found.refund.cash_fen),
        "payer": messages.text(f"orders.freight.{found.freight_payer}"),
        "deadline": told_end(found.deadline, found.at, rules) if found.deadline else "",
    }
    marks = [("✓" if row.ok else "✗", row.reason) for row in found.checks]
    first = "returns.answer" if found.deadline else "returns.answer-open"
    return [
        messages.text(first, **values),
        *(messages.text("returns.check-line", mark=mark, reason=why) for mark, why in marks),
        messages.text(f"returns.next.{found.next}"),
    ]


def _case(case: Case, rules: Rules) -> dict[str, Any]:
    return {
        "id": case.id,
        "order": case.order,
        "line": case.line_no,
        "kind": case.kind,
        "reason": case.reason,
        "state": case.state,
        "quantity": case.quantity,
        "freight_payer": case.freight_payer,
        "return_parcel": case.return_parcel,
        "resend_parcel": case.resend_parcel,
        "restocked": case.restocked,
        "lost": case.lost,
        "deadline": _iso(case.deadline, rules),
        "requested_at": _iso(case.requested_at, rules),
        "version": case.version,
    }


def _line(case: Case, rules: Rules) -> str:
    from shopbot.orders.timing import told_end

    now = ids.now()
    return messages.text(
        "returns.case-line" if case.deadline else "returns.case-line-over",
        id=case.id,
        order=case.order,
        line=case.line_no,
        kind=messages.text(f"orders.case-kind.{case.kind}"),
        state=messages.text(f"orders.staff-state.{case.state}"),
        deadline=told_end(case.deadline, now, rules) if case.deadline else "",
    )


def _history(case: Case, deeds: list[Any], rules: Rules) -> list[str]:
    from shopbot.orders.machine import list_events
    from shopbot.orders.timing import told_time

    now = ids.now()
    events = list_events(case.kind, case.state)
    words = "、".join(messages.text(f"orders.case-event.{event}") for event in events)
    return [
        _line(case, rules),
        *(
            messages.text("returns.deed", at=told_time(d.at, now, rules), who=d.who, name=d.name)
            for d in deeds
        ),
        messages.text("returns.may", events=words) if words else messages.text("returns.over"),
    ]


def _decision(done: Decision, rules: Rules) -> dict[str, Any]:
    return {
        "allowed": done.allowed,
        "case": _case(done.case, rules),
        "checks": [row.as_dict() for row in done.checks],
        "effects": list(done.effects),
        "due": [{"event": due.event, "at": _iso(due.at, rules)} for due in done.due],
        "phrase": done.phrase.id if done.phrase else None,
    }


def _step_lines(done: Decision, rules: Rules) -> list[str]:
    if done.allowed:
        return [_line(done.case, rules)]
    failed = [row.reason for row in done.checks if not row.ok]
    return [messages.text("returns.check-line", mark="✗", reason=why) for why in failed]
