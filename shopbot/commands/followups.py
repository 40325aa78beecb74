"""Ask buyers how they were served: whom to call, what came of it, who is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
At = Annotated[str, typer.Option(help="As of this time: 2026-11-22 10:00 in the store's zone.")]
Id = Annotated[str, typer.Argument(metavar="FOLLOWUP", help="Follow-up id.")]


@app.command()
def due(at: At = "", as_json: Json = False) -> None:
    """List whom to call now, and whom an answer was promised."""
    from shopbot.commands import _followups as behind

    with behind.open_desk(at or None) as desk:
        behind.show_due(desk, as_json=as_json)


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="open, promised, done, declined, …")] = "",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    at: At = "",
    as_json: Json = False,
) -> None:
    """List follow-ups, the longest open first."""
    from shopbot.commands import _followups as behind
    from shopbot.orders.followup_model import FollowupState

    wanted = behind.one_of(state, ("", *get_args(FollowupState)), "--state") or None
    with behind.open_desk(at or None) as desk:
        behind.show_list(desk, wanted, count, as_json=as_json)


@app.command()
def show(followup: Id, at: At = "", as_json: Json = False) -> None:
    """Show a follow-up with its case and what is said in both branches."""
    from shopbot.commands import _followups as behind

    with behind.open_desk(at or None) as desk:
        behind.show_story(desk, followup, as_json=as_json)


@app.command()
def record(
    followup: Id,
    result: Annotated[str, typer.Option(help="satisfied, unsatisfied, no-answer, answered, …")],
    score: Annotated[int | None, typer.Option(min=1, max=5, help="1 to 5.")] = None,
    problem: Annotated[str, typer.Option(help="speed, result, attitude, product, …")] = "",
    suggestion: Annotated[str, typer.Option(help="What the buyer suggests.")] = "",
    note: Annotated[str, typer.Option(help="In a sentence.")] = "",
    who: Annotated[str, typer.Option(help="Name to write down.")] = "command",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Fill in the form after a call."""
    from shopbot.commands import _followups as behind
    from shopbot.orders.followup_steps import PROBLEMS, RESULTS, Form

    form = Form(
        result=behind.one_of(result, RESULTS, "--result"),
        score=score,
        problem=behind.one_of(problem, ("", *PROBLEMS), "--problem"),
        suggestion=suggestion,
        note=note,
    )
    with behind.open_desk(at or None) as desk:
        behind.fill_in(desk, followup, form, who, as_json=as_json)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook to write.")],
    since: Annotated[str, typer.Option("--from", help="Opened at or after.")] = "",
    until: Annotated[str, typer.Option("--to", help="Opened before.")] = "",
    at: At = "",
) -> None:
    """Write the record of follow-ups as XLSX, with a summary by month and who is lost."""
    from shopbot.commands import _followups as behind
    from shopbot.errors import EXIT_PROBLEMS

    with behind.open_desk(at or None) as desk:
        done = behind.export(desk, file, since, until)
    if not done:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command()
def members(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Table of members, CSV or XLSX.")],
    pair: Annotated[
        list[str] | None,
        typer.Option("--map", help="COLUMN=FIELD for this list only."),
    ] = None,
    who: Annotated[str, typer.Option(help="Name to write down.")] = "command",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Tell who the shop's members are, by a list that takes the place of the one before."""
    from shopbot.commands import _followups as behind

    with behind.open_desk(at or None) as desk:
        behind.bring_members(desk, file, pair or (), who, as_json=as_json)


@app.command()
def lost(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    at: At = "",
    as_json: Json = False,
) -> None:
    """List buyers who used to come and have not for long, those who spent most first."""
    from shopbot.commands import _followups as behind

    with behind.open_desk(at or None) as desk:
        behind.show_lost(desk, count, as_json=as_json)


@app.command("lost-done")
def lost_done(
    notice: Annotated[str, typer.Argument(metavar="NOTICE", help="Id from orders round or due.")],
    result: Annotated[str, typer.Option(help="contacted or given-up.")] = "contacted",
    note: Annotated[str, typer.Option(help="In a sentence.")] = "",
    who: Annotated[str, typer.Option(help="Name to write down.")] = "command",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Say that a lost buyer was asked, or will not be."""
    from shopbot.commands import _followups as behind
    from shopbot.orders.lost_buyers import RESULTS

    told = behind.one_of(result, RESULTS, "--result")
    with behind.open_desk(at or None) as desk:
        behind.end_lost(desk, notice, told, note, who, as_json=as_json)
