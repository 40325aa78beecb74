"""Read the records of talks (咨询即时记录) and write them out as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON for programs.")
_FROM = typer.Option("--from", help="Talks that ended from this time on; by default the last day.")
_TO = typer.Option("--to", help="Talks that ended before this time; by default now.")


@app.command("list")
def list_(
    since: Annotated[str | None, _FROM] = None,
    until: Annotated[str | None, _TO] = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List what talks were about and what came of them, oldest first."""
    from shopbot.commands import _records as behind

    with behind.open_desk() as desk:
        found = behind.find(desk, since, until, count)
        told = [behind.told(one, desk) for one in found]
        behind.show(told, as_json, lambda: behind.lines(told))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="CSV file to write, for Excel.")],
    since: Annotated[str | None, _FROM] = None,
    until: Annotated[str | None, _TO] = None,
) -> None:
    """Write the records as a CSV file that Excel opens; no cell of it is a formula."""
    from shopbot.commands import _records as behind

    with behind.open_desk() as desk:
        found = behind.find(desk, since, until, behind.MOST)
        typer.echo(behind.export(desk, found, file))
