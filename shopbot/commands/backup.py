"""Back everything up that cannot be made again, while the store is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbot import messages

if TYPE_CHECKING:
    from shopbot.backup.manifest import Manifest

app = typer.Typer()

_MIB = 1024 * 1024


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Option(help="The folder to write to; default by settings.")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(help="Make none: read this backup whole and tell whether it is good."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Write one verified file: database, media and knowledge."""
    if check is not None:
        from shopbot.backup.making import verify

        _show(check, verify(check), "backup.good", as_json=as_json)
        return
    file, manifest = _make(to)
    _show(file, manifest, "backup.made", as_json=as_json)


def _make(to: Path | None) -> tuple[Path, Manifest]:
    import shopbot
    from shopbot import ids
    from shopbot.backup.daily import write_down
    from shopbot.backup.making import make_backup
    from shopbot.backup.setup import place_of, sources_of
    from shopbot.config import load_settings
    from shopbot.storage import open_database

    settings, now = load_settings(), ids.now()
    sources = sources_of(settings, shopbot.__version__)
    db = open_database(sources.data)
    try:
        made = make_backup(sources, to or place_of(settings), now)
        for store_id in sources.stores:
            db.transaction(lambda tx, store=store_id: write_down(tx, store, made, "cli", now))  # type: ignore[misc]
    finally:
        db.close()
    return made.file, made.manifest


def _show(file: Path, manifest: Manifest, key: str, *, as_json: bool) -> None:
    told = {
        "file": str(file),
        "made_at": manifest.made_at.isoformat(),
        "software": manifest.software,
        "stores": list(manifest.stores),
        "files": len(manifest.files),
        "bytes": manifest.size,
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    megabytes = f"{manifest.size / _MIB:.1f}"
    made = manifest.made_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    typer.echo(
        messages.text(key, file=file, files=len(manifest.files), megabytes=megabytes, made=made)
    )
