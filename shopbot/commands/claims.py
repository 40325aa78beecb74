"""Lost and damaged parcels: chase, claim from the courier, compensate the buyer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
At = Annotated[str, typer.Option(help="As of this time: 2026-11-22 10:00 in the store's zone.")]
Who = Annotated[str, typer.Option(help="Name to write down.")]
Id = Annotated[str, typer.Argument(metavar="CLAIM", help="Claim id.")]


@app.command(name="list")
def list_(
    state: Annotated[str, typer.Option(help="Only in this state: chasing, filed, won, …")] = "",
    order: Annotated[str, typer.Option(help="Only of this order.")] = "",
    only_open: Annotated[bool, typer.Option("--open", help="Only those that go on.")] = False,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    at: At = "",
    as_json: Json = False,
) -> None:
    """List claims, newest first."""
    from shopbot.commands import _claims as behind
    from shopbot.orders.claim_model import ClaimState
    from shopbot.orders.claim_store import ClaimFilter

    wanted = ClaimFilter(
        state=behind.one_of(state, ("", *get_args(ClaimState)), "--state") or None,
        order=order,
        only_open=only_open,
        count=count,
    )
    with behind.open_desk(at or None) as desk:
        behind.show_list(desk, wanted, as_json=as_json)


@app.command()
def show(claim: Id, at: At = "", as_json: Json = False) -> None:
    """Show a claim: its next steps, missing papers, what the buyer may get, its history."""
    from shopbot.commands import _claims as behind

    with behind.open_desk(at or None) as desk:
        behind.show_story(desk, claim, as_json=as_json)


@app.command(name="open")
def open_(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")],
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="Parcel number.")],
    kind: Annotated[str, typer.Option(help="lost, damaged, not-received.")] = "lost",
    note: Annotated[str, typer.Option(help="In a sentence.")] = "",
    who: Who = "command",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Open a claim about a parcel, or show the one that is open."""
    from shopbot.commands import _claims as behind
    from shopbot.orders.claim_model import ClaimKind

    told = behind.one_of(kind, get_args(ClaimKind), "--kind")
    with behind.open_desk(at or None) as desk:
        behind.open_one(desk, order, parcel, told, note=note, who=who, as_json=as_json)


@app.command()
def step(
    claim: Id,
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT",
            help="found, lost, file, won, partly, refused, drop; compensate, agree, deny.",
        ),
    ],
    amount: Annotated[str, typer.Option(help="Yuan: asked for, won, or paid to the buyer.")] = "",
    paper: Annotated[list[str] | None, typer.Option(help="A paper handed in; repeat it.")] = None,
    note: Annotated[str, typer.Option(help="In a sentence.")] = "",
    supervisor: Annotated[bool, typer.Option(help="A supervisor says so.")] = False,
    who: Who = "command",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Take a step of a claim, or compensate its buyer; more than an agent may give waits."""
    from shopbot.commands import _claims as behind

    behind.one_of(event, behind.EVENTS, "EVENT")
    fen = behind.yuan(amount, "--amount")
    with behind.open_desk(at or None) as desk:
        taken = behind.Taken(
            claim=claim,
            event=event,
            fen=fen,
            papers=tuple(paper or ()),
            note=note,
            supervisor=supervisor,
            who=who,
        )
        behind.take(desk, taken, as_json=as_json)


@app.command()
def sums(as_json: Json = False) -> None:
    """Sums by courier: open, won, not won, paid to buyers."""
    from shopbot.commands import _claims as behind

    with behind.open_desk() as desk:
        behind.show_sums(desk, as_json=as_json)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook to write.")],
) -> None:
    """Write all claims as XLSX, with the sums by courier."""
    from shopbot.commands import _claims as behind

    with behind.open_desk() as desk:
        behind.export(desk, file)
