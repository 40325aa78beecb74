"""What a backup holds, file by file, with digests: written last, read first."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Any

from shopbot import ids

NAME = "manifest.json"
DATABASE = "shopbot.db"
KNOWLEDGE = "knowledge"
MEDIA = "media"
FORMAT = 1
MOST_BYTES = 32 * 1024 * 1024  # of the manifest itself: a hundred thousand files

_CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file of a backup."""

    path: str  # relative, with slashes
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds."""

    made_at: datetime
    software: str
    stores: tuple[str, ...]
    schema: tuple[str, ...]  # migrations that the database has run
    files: tuple[Kept, ...]

    @property
    def size(self) -> int:
        """Return how many bytes the files have together."""
        return sum(one.size for one in self.files)

    def as_json(self) -> bytes:
        """Return what is written."""
        told = {
            "format": FORMAT,
            "made_at": ids.to_text(self.made_at),
            "software": self.software,
            "stores": list(self.stores),
            "schema": list(self.schema),
            "files": {one.path: {"size": one.size, "sha256": one.sha256} for one in self.files},
        }
        return json.dumps(told, ensure_ascii=False, indent=1).encode()


def read_manifest(raw: bytes) -> Manifest:
    """Read what :meth:`Manifest.as_json` wrote; ValueError says what is wrong with it."""
    try:
        told = json.loads(raw)
        if told["format"] != FORMAT:
            raise ValueError(f"its format is {told['format']}, this version knows {FORMAT}")
        return Manifest(
            made_at=ids.from_text(told["made_at"]),
            software=str(told["software"]),
            stores=tuple(map(str, told["stores"])),
            schema=tuple(map(str, told["schema"])),
            files=tuple(_kept(path, one) for path, one in told["files"].items()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"its manifest lacks {error}") from error


def digest_of(stream: IO[bytes], limit: int | None = None) -> tuple[int, str]:
    """Return size and SHA-256 of what a stream holds; stops reading beyond ``limit`` bytes."""
    found, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        found.update(chunk)
        if limit is not None and size > limit:
            break
    return size, found.hexdigest()


def _kept(path: str, told: Any) -> Kept:
    parts = PurePosixPath(path).parts
    if (
        path.startswith("/")
        or "\\" in path
        or ".." in parts
        or PurePosixPath(path).as_posix() != path
    ):
        raise ValueError(f"{path!r} is no path inside a backup")
    if parts[0] not in {DATABASE, KNOWLEDGE, MEDIA} or (parts[0] == DATABASE) != (len(parts) == 1):
        raise ValueError(f"{path!r} does not belong in a backup")
    size, sha256 = told["size"], told["sha256"]
    if not isinstance(size, int) or size < 0 or not _DIGEST.fullmatch(str(sha256)):
        raise ValueError(f"{path!r} has no size and digest")
    return Kept(path=path, size=size, sha256=sha256)
