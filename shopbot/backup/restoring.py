"""The way back: a verified backup is laid out beside, then put in its place."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from datetime import datetime
from pathlib import Path

from shopbot.backup.archive import Archive, opened
from shopbot.backup.errors import BackupDamaged, TargetNotEmpty
from shopbot.backup.making import FOLDER, storage_error, verify
from shopbot.backup.manifest import Manifest
from shopbot.storage.lock import server_lock

_STAMP = "%Y%m%dT%H%M%SZ"
_LOCK = "server.lock"
_STAYS = frozenset({_LOCK, FOLDER})  # neither in the way nor covered
_ASIDE, _STAGED = "before-restore-", ".restoring-"


def restore(place: Path, target: Path, now: datetime, *, force: bool = False) -> Manifest:
    """Lay the backup ``place`` into the data folder ``target``.

    Verified before anything is touched. With ``force`` what is there is kept in
    ``target``/before-restore-TIME. The knowledge comes to ``target``/knowledge. Raises
    BackupDamaged, TargetNotEmpty, DataFolderInUse (a server runs), StorageError.
    """
    if not place.exists():
        raise BackupDamaged(place, "there is no such file")
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        with server_lock(target):
            manifest = verify(place, room=target)
            present = [one for one in target.iterdir() if _is_in_the_way(one.name)]
            if present and not force:
                raise TargetNotEmpty(target)
            _lay_out(place, manifest, target, present, now)
    except OSError as error:
        raise storage_error(target, error) from error
    return manifest


def _is_in_the_way(name: str) -> bool:
    return name not in _STAYS and not name.startswith((_ASIDE, _STAGED))


def _lay_out(
    place: Path, manifest: Manifest, target: Path, present: list[Path], now: datetime
) -> None:
    stamp = now.strftime(_STAMP)
    staged = target / f"{_STAGED}{stamp}"
    try:
        with opened(place) as archive:
            for kept in manifest.files:
                _unpack(archive, kept.path, staged / kept.path)
        for folder in (one for one in staged.rglob("*") if one.is_dir()):
            folder.chmod(0o700)
        if present:
            aside = target / f"{_ASIDE}{stamp}"
            aside.mkdir(mode=0o700)
            for one in present:
                one.replace(aside / one.name)
        for one in sorted(staged.iterdir(), key=lambda path: path.is_file()):  # database last
            one.replace(target / one.name)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _unpack(archive: Archive, name: str, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, closing(archive.open(name)) as stream:
        shutil.copyfileobj(stream, file)
        file.flush()
        os.fsync(file.fileno())
