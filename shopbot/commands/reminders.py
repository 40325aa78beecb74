"""Reminders of unpaid orders: who is reminded, and what it has brought."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
At = Annotated[str, typer.Option(help="As of this time: 2026-11-22 10:00 in the store's zone.")]


@app.command(name="list")
def list_(
    only_open: Annotated[bool, typer.Option("--open", help="Only those not paid yet.")] = False,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List the orders that could be reminded, newest first, those held out too."""
    from shopbot.commands import _reminders as behind

    with behind.open_desk() as desk:
        behind.show_list(desk, only_open=only_open, count=count, as_json=as_json)


@app.command()
def report(
    since: Annotated[str, typer.Option("--from", help="Entered from then on; 30 days.")] = "",
    until: Annotated[str, typer.Option("--to", help="Entered before.")] = "",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Compare how many paid in time: reminded against held out, with the interval."""
    from shopbot.commands import _reminders as behind

    with behind.open_desk(at or None) as desk:
        behind.show_report(desk, since, until, as_json=as_json)
