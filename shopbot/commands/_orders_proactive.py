"""``shopbot orders proactive``: what is told before asking, and agents look at first."""

from __future__ import annotations

from typing import Annotated

import typer

from shopbot.errors import EXIT_PROBLEMS

app = typer.Typer(no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON for programs.")
_AT = typer.Option("--at", help="As of this time instead of now.")
_WHO = typer.Option(help="Name to write down.")
_IDS = typer.Argument(metavar="ID…", help="As list shows them.")


@app.command("list")
def list_(
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List the messages that wait for somebody's look, and how many shoppers wait for which goods."""
    from shopbot.commands import _proactive as behind

    with behind.open_desk(at) as desk:
        behind.show_list(desk, as_json=as_json)


@app.command()
def release(
    names: Annotated[list[str], _IDS],
    who: Annotated[str, _WHO] = "command",
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Let held messages go; what is not so any more is dropped instead."""
    from shopbot.commands import _proactive as behind

    with behind.open_desk(at) as desk:
        done = behind.release(desk, names, who, as_json=as_json)
    if not done:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command()
def drop(
    names: Annotated[list[str], _IDS],
    why: Annotated[str, typer.Option(help="Why shoppers are not told it.")],
    who: Annotated[str, _WHO] = "command",
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Do not tell held messages."""
    from shopbot.commands import _proactive as behind

    with behind.open_desk(at) as desk:
        done = behind.drop(desk, names, why, who, as_json=as_json)
    if not done:
        raise typer.Exit(EXIT_PROBLEMS)
