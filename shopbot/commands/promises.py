"""See what was promised to shoppers, until when, and how much of it was kept."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON for programs.")
_PROMISE = typer.Argument(metavar="PROMISE", help="Id of a promise.")
_WHO = typer.Option(help="Whose name stands for it.")


@app.command("list")
def list_(
    state: Annotated[
        str, typer.Option(help="due (still to be done), open, kept, broken, withdrawn, all.")
    ] = "due",
    days: Annotated[int, typer.Option(min=1, max=3660, help="Count those of so many days.")] = 30,
    at: Annotated[str | None, typer.Option(help="Look from this time.")] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List promises, the next due first, and count what became of those of the last days."""
    from shopbot.commands import _promises as behind

    with behind.open_desk(at) as desk:
        told = behind.list_promises(desk, state, days)
        behind.show(told, as_json, lambda: behind.lines(told, desk))


@app.command()
def kept(
    promise: Annotated[str, _PROMISE],
    who: Annotated[str, _WHO] = "command",
) -> None:
    """Say that a promise was kept; one that was broken stays so in the count."""
    from shopbot.commands import _promises as behind

    with behind.open_desk() as desk:
        typer.echo(behind.end(desk, promise, "kept", who))


@app.command()
def withdraw(
    promise: Annotated[str, _PROMISE],
    who: Annotated[str, _WHO] = "command",
) -> None:
    """Take a promise back; somebody has told the shopper."""
    from shopbot.commands import _promises as behind

    with behind.open_desk() as desk:
        typer.echo(behind.end(desk, promise, "withdrawn", who))
