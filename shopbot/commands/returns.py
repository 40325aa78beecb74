"""Check, list, show and move returns, exchanges and repairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
At = Annotated[str, typer.Option(help="As of this time: 2026-11-22 10:00 in the store's zone.")]


@app.command()
def check(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")],
    line: Annotated[int, typer.Argument(metavar="LINE", min=1, help="Position, from 1.")],
    kind: Annotated[str, typer.Option(help="no-reason, quality, exchange, …")] = "no-reason",
    quantity: Annotated[int | None, typer.Option(min=1, help="Pieces; all that are left.")] = None,
    at: At = "",
    as_json: Json = False,
) -> None:
    """Tell whether a line may come back, with every condition."""
    from shopbot.commands import _returns as behind
    from shopbot.orders.access import plain_number
    from shopbot.orders.cases import check_line
    from shopbot.orders.conditions import Claim
    from shopbot.orders.freight import Kind

    asked = behind.one_of(kind, get_args(Kind), "--kind")
    with behind.open_desk(at or None) as desk, desk.db.snapshot() as reader:
        claim, number = Claim(kind=asked, quantity=quantity), plain_number(order)
        with behind.or_tell("returns.no-line", order=number, line=line):
            found = check_line(reader, number, line, claim, desk.rules, desk.now)
        answer = behind.answer(number, line, found, desk.rules)
        behind.show(answer, as_json, lambda: behind.sentences(answer, found, desk.rules))


@app.command(name="list")
def list_(
    state: Annotated[str, typer.Option(help="Only cases in this state.")] = "",
    kind: Annotated[str, typer.Option(help="return, refund, exchange, repair, resend.")] = "",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List after-sale cases, oldest first."""
    from shopbot.commands import _returns as behind
    from shopbot.orders import store
    from shopbot.orders.states import CaseKind, CaseState

    states, kinds = ("", *get_args(CaseState)), ("", *get_args(CaseKind))
    wanted = behind.one_of(state, states, "--state") or None
    of_kind = behind.one_of(kind, kinds, "--kind") or None
    with behind.open_desk() as desk:
        found = store.list_cases(desk.db, desk.store_id, kind=of_kind, state=wanted, count=count)
        told = [behind.case_dict(case, desk.rules) for case in found]
        behind.show(told, as_json, lambda: [behind.case_line(case, desk) for case in found])


@app.command()
def show(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="Case id.")],
    as_json: Json = False,
) -> None:
    """Show a case, what happened to it and what may happen next."""
    from shopbot import audit
    from shopbot.commands import _returns as behind
    from shopbot.orders import store

    with behind.open_desk() as desk, desk.db.snapshot() as reader:
        with behind.or_tell("returns.no-case", id=case_id):
            case = store.get_case(reader, desk.store_id, case_id)
        deeds = audit.list_deeds(reader, store_id=desk.store_id, subject=case.id)
        told = behind.case_story(case, deeds, desk.rules)
        behind.show(told, as_json, lambda: behind.case_lines(case, deeds, desk))


@app.command()
def step(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="Case id.")],
    event: Annotated[str, typer.Argument(metavar="EVENT", help="approve, receive, pass, refund …")],
    role: Annotated[str, typer.Option("--as", help="buyer, agent, warehouse, finance.")] = "agent",
    who: Annotated[str, typer.Option(help="Name to write down.")] = "command",
    parcel: Annotated[str, typer.Option(help="Parcel number.")] = "",
    carrier: Annotated[str, typer.Option(help="Courier.")] = "",
    grade: Annotated[str, typer.Option(help="good, opened, worn, faulty.")] = "",
    quote: Annotated[str, typer.Option(help="Price of a repair in yuan.")] = "",
    settle: Annotated[str, typer.Option(help="Agreed refund in yuan.")] = "",
    freight: Annotated[
        str, typer.Option(help="What the buyer laid out for the way back, in yuan.")
    ] = "",
    gift_missing: Annotated[bool, typer.Option(help="The gift was not sent back.")] = False,
    picture: Annotated[list[str] | None, typer.Option(help="Attachment name.")] = None,
    at: At = "",
    as_json: Json = False,
) -> None:
    """Take one step of a case, if it may be taken."""
    from shopbot.commands import _returns as behind
    from shopbot.errors import EXIT_PROBLEMS
    from shopbot.orders.cases import step_case
    from shopbot.orders.machine import CaseEvent
    from shopbot.orders.stock_back import GRADES
    from shopbot.orders.transitions import ACTORS, EVENTS

    happened = CaseEvent(
        name=behind.one_of(event, EVENTS, "EVENT"),
        who=behind.one_of(role, ACTORS, "--as"),
        parcel=parcel,
        carrier=carrier,
        pictures=tuple(picture or ()),
        grade=behind.one_of(grade, GRADES, "--grade") if grade else None,
        quote_fen=behind.yuan(quote, "--quote"),
        settle_fen=behind.yuan(settle, "--settle"),
        freight_fen=behind.yuan(freight, "--freight"),
        gift_missing=gift_missing,
    )
    with behind.open_desk(at or None) as desk, behind.or_tell("returns.no-case", id=case_id):
        done = desk.db.transaction(
            lambda tx: step_case(tx, case_id, happened, desk.rules, desk.now, who)
        )
        told = behind.decision_dict(done, desk.rules)
        behind.show(told, as_json, lambda: behind.decision_lines(done, desk))
    if not done.allowed:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook to write.")],
    since: Annotated[str, typer.Option("--from", help="Requested at or after.")] = "",
    until: Annotated[str, typer.Option("--to", help="Requested before.")] = "",
) -> None:
    """Write the register of returns and exchanges as XLSX, with sums by month."""
    from shopbot import messages
    from shopbot.commands import _returns as behind
    from shopbot.commands._desk import read_time
    from shopbot.errors import EXIT_PROBLEMS
    from shopbot.orders import register_sheet

    with behind.open_desk() as desk:
        begin, end = read_time(since, desk.rules), read_time(until, desk.rules)
        with desk.db.snapshot() as reader:
            entries = register_sheet.gather(reader, desk.rules, begin, end)
        try:
            register_sheet.write(file, entries, desk.rules)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            typer.echo(messages.text("register.failed", file=file, reason=reason), err=True)
            raise typer.Exit(EXIT_PROBLEMS) from None
    typer.echo(messages.text("register.done", file=file, count=len(entries)))
