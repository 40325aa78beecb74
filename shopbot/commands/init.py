"""Lay down a new store to fill: all topics with phrasings, blank facts, sample sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shopbot import messages

app = typer.Typer()


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new store.")],
    name: Annotated[str, typer.Option(help="The shop's name.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Add missing files to a folder that is not empty.")
    ] = False,
) -> None:
    """Lay down a store in DIR; files that are there are never changed."""
    from shopbot.kb.initial import lay_down

    done = lay_down(folder, name=name, force=force)
    typer.echo(messages.text("init.done", folder=folder, count=len(done.written)))
    if done.kept:
        typer.echo(messages.text("init.kept", count=len(done.kept)))
    typer.echo(messages.text("init.next", folder=folder).strip())
