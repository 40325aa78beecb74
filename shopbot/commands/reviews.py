"""Import reviews, judge them, call unhappy buyers, answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.callback()
def reviews() -> None:
    """Import reviews, judge them, call unhappy buyers, answer."""


@app.command()
def classify(
    file: Annotated[Path, typer.Argument(metavar="IN", help="JSON lines; - is standard input.")],
    as_json: Json = False,
) -> None:
    """Tell praise from complaint, and what each review speaks of."""
    from shopbot.commands import _reviews_classify as behind

    behind.classify(file, as_json=as_json)
