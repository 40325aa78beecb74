"""A store laid down to be filled: the packaged skeleton copied, nothing of the owner's overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from shopbot import messages
from shopbot.errors import KnowledgeError
from shopbot.kb.folder import within
from shopbot.kb.yaml_render import scalar

DEFAULT_ID = "my-store"
DEFAULT_NAME = "我的店铺"


class FolderNotEmpty(KnowledgeError):
    """A store is to be laid down where something already is."""

    code = "knowledge.not-empty"

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"{folder} is not an empty folder; nothing was changed. "
            "Choose another folder, or add only the missing files with --force.",
            folder=str(folder),
        )


class NotLaidDown(KnowledgeError):
    """The folder for a new store cannot be made or written."""

    code = "knowledge.not-laid-down"

    def __init__(self, folder: object, reason: str) -> None:
        super().__init__(
            f"{folder} could not be written: {reason}. "
            "Mend that and run the same command again with --force.",
            folder=str(folder),
            reason=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidDown:
    """Files (below the folder) that were written, and those that were there and stay."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def lay_down(folder: Path, *, name: str = "", force: bool = False) -> LaidDown:
    """Write the skeleton of a store into ``folder``; with ``force`` only what is missing.

    Raises FolderNotEmpty without ``force`` when anything but hidden files is there, NotLaidDown when
    the folder cannot be written.
    """
    try:
        _mind_contents(folder, force)
        written, kept = _copied(folder, name)
    except OSError as failure:
        raise NotLaidDown(folder, failure.strerror or type(failure).__name__) from failure
    return LaidDown(folder=folder, written=tuple(written), kept=tuple(kept))


def _mind_contents(folder: Path, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise FolderNotEmpty(folder)
    if folder.is_dir() and not force and any(not p.name.startswith(".") for p in folder.iterdir()):
        raise FolderNotEmpty(folder)


def _copied(folder: Path, name: str) -> tuple[list[str], list[str]]:
    written, kept = [], []
    for relative, file in _skeleton(resources.files("shopbot.kb") / "skeleton", ""):
        target = folder / relative
        if target.exists() or target.is_symlink():
            kept.append(relative)
            continue
        if not within(target, folder):
            raise NotLaidDown(target, messages.text("workbook.reason.outside"))
        content = file.read_bytes()
        if relative == "store.yaml":
            content = _named(content.decode("utf-8"), folder, name).encode("utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.tmp")
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        written.append(relative)
    return written, kept


def _skeleton(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            yield from _skeleton(item, f"{above}{item.name}/")
        else:
            yield f"{above}{item.name}", item


def _named(text: str, folder: Path, name: str) -> str:
    """Return store.yaml with the store's id (from the folder's name) and its name put in."""
    told = folder.resolve().name.lower()
    store_id = re.sub(r"[^a-z0-9]+", "-", told).strip("-") if told.isascii() else ""
    if store_id and store_id != "knowledge":
        text = text.replace(f"id: {DEFAULT_ID}\n", f"id: {scalar(store_id)}\n", 1)
    told = " ".join(name.split())
    return text.replace(f"name: {DEFAULT_NAME}\n", f"name: {scalar(told)}\n", 1) if told else text
