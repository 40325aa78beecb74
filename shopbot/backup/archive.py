"""A backup as it lies there: one .tar.gz, or the folder that it was unpacked to."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO, Protocol

from shopbot.backup.errors import BackupDamaged
from shopbot.backup.manifest import MOST_BYTES, NAME, Manifest, digest_of, read_manifest

_CHUNK = 1024 * 1024
_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, KeyError)


class Archive(Protocol):
    """Files by name."""

    def names(self) -> set[str]:
        """Return the names of all files; whatever is no plain file is left out."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open a file; KeyError when there is none."""
        ...


class _Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members = {one.name: one for one in tar.getmembers() if one.isreg()}

    def names(self) -> set[str]:
        return set(self._members)

    def open(self, name: str) -> IO[bytes]:
        stream = self._tar.extractfile(self._members[name])
        if stream is None:
            raise KeyError(name)
        return stream


class _Folder:
    def __init__(self, root: Path) -> None:
        self._files = {
            path.relative_to(root).as_posix(): path
            for path in root.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def names(self) -> set[str]:
        return set(self._files)

    def open(self, name: str) -> IO[bytes]:
        return self._files[name].open("rb")


@contextmanager
def opened(place: Path) -> Iterator[Archive]:
    """Open a backup; BackupDamaged when it is none."""
    if place.is_dir():
        yield _Folder(place)
        return
    with ExitStack() as stack:
        with _told(place):
            _read_through(place)
            found = _Tar(stack.enter_context(tarfile.open(place, "r:gz")))
        yield found


def manifest_of(archive: Archive, place: Path) -> Manifest:
    """Return what a backup says it holds; BackupDamaged when it does not say."""
    if NAME not in archive.names():
        raise BackupDamaged(place, f"it has no {NAME}")
    with _told(place), closing(archive.open(NAME)) as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise BackupDamaged(place, f"its {NAME} is too large")
    try:
        return read_manifest(raw)
    except ValueError as error:
        raise BackupDamaged(place, str(error)) from error


def check_files(archive: Archive, manifest: Manifest, place: Path) -> None:
    """Read everything; BackupDamaged names the first file that is not as it was written."""
    names = archive.names() - {NAME}
    told = {one.path for one in manifest.files}
    if names != told:
        odd = sorted(names ^ told)[0]
        state = "missing" if odd in told else "not in the manifest"
        raise BackupDamaged(place, f"{odd} is {state}")
    for one in manifest.files:
        with _told(place), closing(archive.open(one.path)) as stream:
            found = digest_of(stream, one.size)
        if found != (one.size, one.sha256):
            raise BackupDamaged(place, f"{one.path} is not as it was written")


def _read_through(place: Path) -> None:
    """Read to the very end, where gzip's own check sum stands; tarfile stops before it."""
    with gzip.open(place) as stream:
        while stream.read(_CHUNK):
            pass


@contextmanager
def _told(place: Path) -> Iterator[None]:
    """Say of what cannot be read that it is no good."""
    try:
        yield
    except _BROKEN as error:
        raise BackupDamaged(place, f"it cannot be read ({error})") from error
