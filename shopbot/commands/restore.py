"""Lay a backup into a data folder, after reading all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shopbot import messages

app = typer.Typer()


@app.command()
def restore(
    place: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="A backup, or its unpacked folder.")
    ],
    to: Annotated[Path, typer.Option(help="The data folder to fill.")],
    force: Annotated[
        bool, typer.Option(help="Also where there is something; it is kept in before-restore-….")
    ] = False,
) -> None:
    """Restore database, media and knowledge; everybody signs in anew afterwards."""
    from shopbot import ids
    from shopbot.backup.manifest import KNOWLEDGE
    from shopbot.backup.restoring import restore as lay_out

    now = ids.now()
    manifest = lay_out(place, to, now, force=force)
    _finish(to, place.name, manifest.stores)
    made = manifest.made_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    typer.echo(messages.text("restore.done", folder=to, made=made))
    typer.echo(messages.text("restore.knowledge", folder=to / KNOWLEDGE))


def _finish(folder: Path, name: str, stores: tuple[str, ...]) -> None:
    """Bring the schema up to date, end all sessions (some were ended since), write it down."""
    from shopbot import audit, ids
    from shopbot.accounts import sessions
    from shopbot.storage import Transaction, open_database

    now = ids.now()

    def work(tx: Transaction) -> None:
        ended = sessions.end_all(tx)
        for store_id in stores:
            audit.record(
                tx,
                audit.Deed(
                    store_id=store_id,
                    name="backup.restored",
                    who="cli",
                    subject=name,
                    at=now,
                    data={"sessions_ended": ended},
                ),
            )

    db = open_database(folder)
    try:
        db.transaction(work)
    finally:
        db.close()
