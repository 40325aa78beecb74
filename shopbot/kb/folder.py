"""Which files of a store's folder are knowledge, read safely: nothing outside is followed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from shopbot.errors import KnowledgeMissing
from shopbot.kb.notes import Notes
from shopbot.kb.textfile import MAX_BYTES

Kind = Literal[
    "store", "topics", "replies", "templates", "policies", "products", "stock", "compare", "sizes",
    "lexicon", "synonyms", "banned", "stray",
]  # fmt: skip

MEDIA = "media"
_FIXED: dict[str, Kind] = {
    "store.yaml": "store",
    "topics.yaml": "topics",
    "products/templates.yaml": "templates",
    "products/stock.csv": "stock",
    "products/compare.csv": "compare",
    "words/lexicon.txt": "lexicon",
    "words/synonyms.txt": "synonyms",
    "words/banned.csv": "banned",
}
_FOLDERS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "replies": ("replies", (".yaml", ".yml")),
    "policies": ("policies", (".md", ".markdown")),
    "products": ("products", (".csv", ".tsv")),
    "words": ("stray", ()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeFile:
    """One file: its path below the folder (``/`` separated), what it holds, and where it is."""

    name: str
    kind: Kind
    path: Path


def files(folder: Path) -> list[KnowledgeFile]:
    """Return the knowledge files in reading order: the store first, then by name.

    Raises KnowledgeMissing when there is no such folder or it cannot be listed.
    """
    if not folder.is_dir():
        raise KnowledgeMissing(folder)
    try:
        found = list(_walk(folder))
    except OSError as failure:
        raise KnowledgeMissing(folder) from failure
    order = {"store": 0, "topics": 1}
    return sorted(found, key=lambda file: (order.get(file.kind, 2), file.name))


def _walk(folder: Path) -> Iterator[KnowledgeFile]:
    for name in ("store.yaml", "topics.yaml"):
        if (folder / name).exists() or (folder / name).is_symlink():
            yield KnowledgeFile(name=name, kind=_FIXED[name], path=folder / name)
    with os.scandir(folder) as listing:  # a folder that cannot be listed says so here
        next(listing, None)
    for top in _FOLDERS:
        for root, folders, names in os.walk(folder / top):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in names:
                path = Path(root, name)
                kind = kind_of(path.relative_to(folder).as_posix())
                if kind:
                    relative = path.relative_to(folder).as_posix()
                    yield KnowledgeFile(name=relative, kind=kind, path=path)


def kind_of(name: str) -> Kind | None:
    """Return what the file ``name`` (below the folder) holds; None for what is passed over."""
    base = name.rsplit("/", 1)[-1]
    if base.startswith((".", "~", "#")) or base.endswith(("~", ".swp", ".tmp", ".bak")):
        return None
    if name in _FIXED:
        return _FIXED[name]
    top = name.split("/", 1)[0]
    if name.startswith("products/sizes/"):
        return "sizes" if base.lower().endswith((".csv", ".tsv")) else "stray"
    kind, endings = _FOLDERS[top]
    return kind if base.lower().endswith(endings) and endings else "stray"


def read_bytes(file: KnowledgeFile, folder: Path, notes: Notes) -> bytes | None:
    """Return the bytes of ``file`` (at most one over the limit), or None after noting why not."""
    if not within(file.path, folder):
        notes.error("outside-folder", 1)
        return None
    try:
        with file.path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as failure:
        notes.error("unreadable", 1, reason=failure.strerror or type(failure).__name__)
        return None


def within(path: Path, folder: Path) -> bool:
    """True when ``path`` really lies below ``folder``, links followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


def names_media(path: str) -> bool:
    """True when ``path`` is written as a file below ``media/``; links are not looked at."""
    parts = PurePosixPath(path).parts
    inside = len(parts) > 1 and parts[0] == MEDIA and ".." not in parts
    return inside and "\\" not in path and "\x00" not in path


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(raw).hexdigest()
