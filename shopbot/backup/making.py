"""Making a backup while the store is served: database, media, knowledge, in one file."""

from __future__ import annotations

import errno
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shopbot.backup.archive import check_files, manifest_of, opened
from shopbot.backup.errors import BackupDamaged
from shopbot.backup.manifest import DATABASE, KNOWLEDGE, MEDIA, NAME, Kept, Manifest, digest_of
from shopbot.errors import StorageError, StorageFull, StorageReadOnly
from shopbot.storage.copying import check_database, copy_database, schema_of

FOLDER = "backups"  # below the data folder
_LEVEL = 3  # of gzip: texts shrink well at once, pictures not at all
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is backed up."""

    data: Path
    knowledge: Path  # a store's folder, or the folder of several stores
    stores: tuple[str, ...]  # their ids
    software: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was written and read again."""

    file: Path
    manifest: Manifest


def make_backup(sources: Sources, place: Path, now: datetime) -> Made:
    """Write ``place``/shopbot-TIME.tar.gz, verify it, return it; nothing half-written stays.

    Serving may go on meanwhile: the database is copied in one state, before the media that it
    names. Raises StorageError or BackupDamaged.
    """
    with _told(place):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=place) as work:
            database = Path(work) / DATABASE
            copy_database(sources.data, database)
            partial = Path(work) / "backup.tar.gz"
            _write(partial, database, sources, now)
            made = verify(partial, room=Path(work))
            file = _free_name(place, now)
            os.replace(partial, file)  # noqa: PTH105 - the same as Path.replace, and said so
        _sync_folder(place)
    return Made(file=file, manifest=made)


def verify(place: Path, room: Path | None = None) -> Manifest:
    """Read a whole backup, its database too; BackupDamaged, StorageDamaged or StorageTooNew.

    ``room`` is where its database is unpacked meanwhile; default the system's temporary folder.
    """
    with opened(place) as archive:
        manifest = manifest_of(archive, place)
        check_files(archive, manifest, place)
        if DATABASE not in archive.names():
            raise BackupDamaged(place, "it has no database")
        with tempfile.TemporaryDirectory(prefix=".verifying-", dir=room) as work:
            copy = Path(work) / DATABASE
            with closing(archive.open(DATABASE)) as stream, copy.open("xb") as target:
                shutil.copyfileobj(stream, target)
            check_database(copy)
    return manifest


def _write(target: Path, database: Path, sources: Sources, now: datetime) -> None:
    with target.open("xb") as raw:
        os.fchmod(raw.fileno(), 0o600)
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=_LEVEL) as tar:
            files = [_add_large(tar, DATABASE, database, now)]
            for path, file in _files(sources):
                with suppress(FileNotFoundError):  # erased since we looked
                    content = file.read_bytes()  # whole, so that digest and content agree
                    files.append(_add(tar, path, content, now))
            manifest = Manifest(
                made_at=now,
                software=sources.software,
                stores=sources.stores,
                schema=tuple(schema_of(database)),
                files=tuple(files),
            )
            _add(tar, NAME, manifest.as_json(), now)
        raw.flush()
        os.fsync(raw.fileno())


def _files(sources: Sources) -> Iterator[tuple[str, Path]]:
    yield from _below(sources.knowledge, KNOWLEDGE)
    yield from _below(sources.data / MEDIA, MEDIA)


def _below(root: Path, name: str) -> Iterable[tuple[str, Path]]:
    """Return plain files below a folder; hidden ones (.git, editors' leavings) are left out."""
    top = root.resolve()
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if any(part.startswith((".", "~$")) for part in parts) or not path.is_file():
            continue
        if path.resolve().is_relative_to(top):
            yield f"{name}/{'/'.join(parts)}", path


def _add(tar: tarfile.TarFile, path: str, content: bytes, now: datetime) -> Kept:
    tar.addfile(_member(path, len(content), now), io.BytesIO(content))
    size, sha256 = digest_of(io.BytesIO(content))
    return Kept(path=path, size=size, sha256=sha256)


def _add_large(tar: tarfile.TarFile, path: str, file: Path, now: datetime) -> Kept:
    with file.open("rb") as stream:
        size, sha256 = digest_of(stream)
        stream.seek(0)
        tar.addfile(_member(path, size, now), stream)
    return Kept(path=path, size=size, sha256=sha256)


def _member(path: str, size: int, now: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.size, member.mode, member.mtime = size, 0o600, int(now.timestamp())
    return member


def file_name(now: datetime) -> str:
    """Return what a backup of this time is called."""
    return f"shopbot-{now.strftime(_STAMP)}.tar.gz"


def made_at(file: Path) -> datetime | None:
    """Return the time in a backup's name, None for another file."""
    try:
        return datetime.strptime(f"{file.name}+0000", f"shopbot-{_STAMP}.tar.gz%z")
    except ValueError:
        return None


def _free_name(place: Path, now: datetime) -> Path:
    file = place / file_name(now)
    if file.exists():
        raise StorageError(file, "a backup of this second is there already")
    return file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_error(place, error) from error


def storage_error(place: Path, error: OSError) -> StorageError:
    """Return what went wrong with the disk in the product's terms."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull(place, error.strerror or "")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return StorageReadOnly(place, error.strerror or "")
    return StorageError(place, str(error))
