"""The rules as the files say now: looked at twice a second at most, read again when one has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from shopbot import ids
from shopbot.rules.loader import FOLDER, load_rules
from shopbot.rules.model import Rules

LOOK_EVERY_MS = 500.0

Stamp = tuple[tuple[str, int, int], ...]


class FreshRules:
    """Gives the rules of a folder; asked for at every turn of every talk. Safe between threads."""

    def __init__(self, folder: Path, look_every_ms: float = LOOK_EVERY_MS) -> None:
        self._folder = folder
        self._look_every_ms = look_every_ms
        self._looked: Callable[[], float] | None = None
        self._guard = threading.Lock()
        self._stamp: Stamp | None = None
        self._rules = Rules()

    def __call__(self) -> Rules:
        """Return the rules."""
        with self._guard:
            if self._looked is None or self._looked() >= self._look_every_ms:
                self._refresh()
            return self._rules

    def _refresh(self) -> None:
        stamp = self._look()
        if stamp != self._stamp:
            self._rules = load_rules(self._folder).rules
            self._stamp = stamp
        self._looked = ids.stopwatch()

    def _look(self) -> Stamp:
        files = [self._folder / "store.yaml"]
        try:
            files += sorted((self._folder / FOLDER).glob("*.yaml"))
        except OSError:
            return ()
        return tuple(one for one in map(_stamp, files) if one is not None)


def _stamp(file: Path) -> tuple[str, int, int] | None:
    try:
        told = file.stat()
    except OSError:
        return None
    return file.name, told.st_mtime_ns, told.st_size
