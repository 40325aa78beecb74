"""Attachments: files below the folder's media/, and really there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shopbot.kb.entry import Entry, Knowledge, Problem, Source
from shopbot.kb.folder import MEDIA, names_media, within
from shopbot.kb.notes import problem

TABLE = "{尺码表}"


def lint(knowledge: Knowledge, folder: Path) -> Iterator[Problem]:
    """Yield attachments and product pictures that are missing or lie outside media/."""
    for entry in knowledge.entries:
        if entry.status == "published":
            for number, path in enumerate(entry.attachments):
                place = entry.place(f"attachments.{number}")
                yield from _attachment(entry, path, place, knowledge, folder)
    for product in knowledge.products:
        if product.image and not product.image.startswith(("http://", "https://")):
            yield from _file(product.image, product.source, folder)


def _attachment(
    entry: Entry, path: str, place: Source, knowledge: Knowledge, folder: Path
) -> Iterator[Problem]:
    if not entry.attribute or TABLE not in path:
        yield from _file(path, place, folder)
        return
    for name in sorted({p.size_table for p in knowledge.products if p.size_table}):
        yield from _file(path.replace(TABLE, name), place, folder)


def _file(path: str, place: Source, folder: Path) -> Iterator[Problem]:
    if allowed(path, folder) is None:
        yield problem("attachment-outside", "error", place, path=path)
    elif not (folder / path).is_file():
        yield problem("attachment-missing", "error", place, path=path)


def allowed(path: str, folder: Path) -> Path | None:
    """Return the real file of an attachment, or None when it is not below ``media/``."""
    if not names_media(path):
        return None
    file = folder / path
    return file.resolve() if within(file, folder / MEDIA) else None
