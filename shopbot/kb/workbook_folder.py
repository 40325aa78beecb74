"""A store's folder as editable texts: read with their encoding, written back whole and at once."""

from __future__ import annotations

import codecs
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shopbot import messages
from shopbot.errors import KnowledgeError
from shopbot.kb import folder as folders
from shopbot.kb.loader import load
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.storefile import zone_of
from shopbot.kb.textfile import decode
from shopbot.kb.workbook_layout import KINDS
from shopbot.kb.workbook_shelf import Record, Shelf


class NotWritten(KnowledgeError):
    """A knowledge file or workbook cannot be written: no right to, disk full, or it changed meanwhile."""

    code = "knowledge.not-written"

    def __init__(self, file: object, reason: str) -> None:
        super().__init__(
            f"{file} could not be written: {reason}. Nothing in it was changed.",
            file=str(file),
            reason=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a text stands in its file: encoding, byte order mark, line ends."""

    encoding: str = "utf-8"
    mark: bytes = b""
    newline: str = "\n"

    @classmethod
    def of(cls, raw: bytes) -> Form:
        """Tell the form of a file that :func:`shopbot.kb.textfile.decode` could read."""
        newline = "\r\n" if raw.count(b"\r\n") * 2 > raw.count(b"\n") else "\n"
        for mark, name in (
            (codecs.BOM_UTF8, "utf-8"),
            (codecs.BOM_UTF16_LE, "utf-16-le"),
            (codecs.BOM_UTF16_BE, "utf-16-be"),
        ):
            if raw.startswith(mark):
                wide = name.startswith("utf-16")
                return cls(encoding=name, mark=mark, newline="\r\n" if wide else newline)
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return cls(encoding="gb18030", newline=newline)
        return cls(newline=newline)

    def bytes_of(self, text: str) -> bytes:
        """Return the bytes of ``text`` in this form."""
        return self.mark + text.replace("\n", self.newline).encode(self.encoding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One readable knowledge file."""

    file: str
    kind: str
    text: str
    form: Form
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """All that the workbook works on: texts by file name, and how they are to be read."""

    folder: Path
    store: str
    setting: Setting
    texts: Mapping[str, Text]
    unreadable: tuple[str, ...]
    errors: int

    def records(self, kind: str) -> dict[str, list[Record]]:
        """Return the records of a kind of sheet by file."""
        shelf = SHELVES[kind]
        return {
            t.file: shelf.read(t.text, t.file, self.setting)
            for t in self.texts.values()
            if t.kind == kind
        }


SHELVES: Mapping[str, Shelf] = {kind.kind: kind.shelf for kind in KINDS}


def open_shop(folder: Path) -> Shop:
    """Read every knowledge file of ``folder``; raises KnowledgeMissing when there is none."""
    knowledge = load(folder)
    setting = Setting(zone=zone_of(knowledge.store), topics=knowledge.topics)
    texts: dict[str, Text] = {}
    unreadable = []
    for file in folders.files(folder):
        if file.kind not in SHELVES:
            continue
        notes = Notes(file.name)
        raw = folders.read_bytes(file, folder, notes)
        text = decode(raw, notes) if raw is not None else None
        if raw is None or text is None:
            unreadable.append(file.name)
            continue
        form, digest = Form.of(raw), folders.digest(raw)
        texts[file.name] = Text(file=file.name, kind=file.kind, text=text, form=form, digest=digest)
    return Shop(
        folder=folder,
        store=knowledge.store.id,
        setting=setting,
        texts=texts,
        unreadable=tuple(unreadable),
        errors=sum(1 for told in knowledge.problems if told.severity == "error"),
    )


def write_texts(shop: Shop, changed: Mapping[str, str], *, backup: bool = False) -> None:
    """Write the texts back, each file whole or not at all; all are prepared before the first move.

    Raises NotWritten when a file cannot be written or is no longer what was read.
    """
    prepared: list[tuple[Path, Path]] = []
    try:
        for name, text in sorted(changed.items()):
            target = shop.folder / name
            before = shop.texts.get(name)
            _mind_meanwhile(target, before, shop.folder)
            form = before.form if before else Form()
            prepared.append((_prepared(target, form.bytes_of(text)), target))
        for temporary, target in prepared:
            if backup and target.exists():
                target.with_name(f"{target.name}.bak").write_bytes(target.read_bytes())
            os.replace(temporary, target)  # noqa: PTH105
    except OSError as failure:
        name = str(failure.filename or shop.folder)
        raise NotWritten(name, failure.strerror or type(failure).__name__) from failure
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def _mind_meanwhile(target: Path, before: Text | None, folder: Path) -> None:
    if not folders.within(target, folder):
        raise NotWritten(target, messages.text("workbook.reason.outside"))
    now = folders.digest(target.read_bytes()) if target.is_file() else ""
    if now != (before.digest if before else ""):
        raise NotWritten(target, messages.text("workbook.reason.meanwhile"))


def _prepared(target: Path, content: bytes) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    Path(name).chmod(mode)
    return Path(name)
