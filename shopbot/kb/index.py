"""The generations of a store on disk: each an immutable folder, a pointer file replaced atomically.

A start reads the current generation instead of parsing, analysing and embedding. The pointer holds
the SHA-256 of the folder's manifest, the manifest that of every other file, and all are checked on
load; a folder that is damaged, of another version or half-written is ignored and built anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from shopbot.kb import generation_files
from shopbot.kb.entry import Knowledge
from shopbot.kb.generation import Generation
from shopbot.kb.generation_files import UNUSABLE, Damaged

__all__ = ["Damaged", "IndexFolder"]

KEPT = 2
"""Generations left in the folder: the current one, and its predecessor for other processes that
have just begun to read it."""
WAIT_S = 120.0
"""How long to wait for another process that is writing its generation."""
TRIES = 3
_POINTER = "current"
_PARTIAL = "partial-"


@dataclass(frozen=True, slots=True)
class IndexFolder:
    """The generations of one store below the data folder."""

    root: Path
    cache: Path

    def current(self) -> Generation | None:
        """The generation the pointer names, verified; ``None`` when there is none.

        :raises Damaged: when it is there but cannot be used.
        """
        for _ in range(TRIES):
            named = self._pointer()
            if named is None:
                return None
            try:
                name, digest = _parts(named)
                return generation_files.read(self.root / name, self.cache, digest)
            except UNUSABLE as error:
                if self._pointer() == named:  # else another process has just replaced it
                    raise Damaged(f"{named}: {error}") from error
        raise Damaged("replaced again and again")

    def last_knowledge(self) -> Knowledge | None:
        """What was last read of the store's files, from any version of the program; or None.

        Gives the last good version of files that are broken now; counts no file as read.
        """
        for folder in self._generations():
            try:
                return generation_files.knowledge_in(folder)
            except UNUSABLE:
                continue
        return None

    def save(self, generation: Generation) -> None:
        """Write a generation and make it the current one; readers see the old or the new.

        :raises OSError: when it cannot be written; the old generation then stays current.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        from filelock import FileLock  # here: most starts write nothing

        with FileLock(self.root / ".lock", timeout=WAIT_S):  # two processes may build at once
            partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self.root))
            try:
                digest = generation_files.write(partial, generation)
                name = f"{generation.id}-{partial.name.removeprefix(_PARTIAL)}"
                partial.rename(self.root / name)
                _replace(self.root / _POINTER, f"{name} {digest}\n")
            finally:
                self._sweep()

    def _pointer(self) -> str | None:
        try:
            return (self.root / _POINTER).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return None

    def _generations(self) -> list[Path]:
        """Whole generations, the current one first, then the youngest."""
        current = (self._pointer() or "").partition(" ")[0]
        try:
            found = [(p, p.stat().st_mtime) for p in self.root.iterdir() if p.is_dir()]
        except OSError:
            return []
        whole = [(path, age) for path, age in found if not path.name.startswith(_PARTIAL)]
        return [p for p, age in sorted(whole, key=lambda w: (w[0].name == current, w[1]))][::-1]

    def _sweep(self) -> None:
        """Remove generations nobody needs any more, and what a killed build left behind."""
        partial = [p for p in self.root.glob(f"{_PARTIAL}*") if p.is_dir()]
        for folder in [*self._generations()[KEPT:], *partial]:
            shutil.rmtree(folder, ignore_errors=True)
        for left in self.root.glob(f"{_POINTER}.*"):
            left.unlink(missing_ok=True)


def _parts(named: str) -> tuple[str, str]:
    """Folder and digest of a pointer; it must not lead out of the index."""
    name, _, digest = named.partition(" ")
    if not name or Path(name).name != name or name.startswith("."):
        raise Damaged("the pointer names no generation")
    return name, digest


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(path)
    generation_files.sync(path.parent)
