"""Serve the demo store, with everything the demo seeders make."""

from __future__ import annotations

from typing import Annotated

import typer

from shopbot import ids
from shopbot.config import Settings, load_settings

app = typer.Typer()

_SEED = 20261122


@app.command()
def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Lay out the demo and serve it until Ctrl+C."""
    from shopbot.commands.serve import run_server

    settings = load_settings(host=host, port=port)
    for line in _lay_out(settings):
        typer.echo(line)
    run_server(settings)


def _lay_out(settings: Settings) -> list[str]:
    from shopbot.demo import Stage, lay_out
    from shopbot.rules import load_rules
    from shopbot.storage import open_database

    folder = settings.knowledge_dir()
    rules = load_rules(folder).rules
    db = open_database(settings.data_dir())
    try:
        return lay_out(Stage(db=db, folder=folder, rules=rules, now=ids.now(), seed=_SEED))
    finally:
        db.close()
