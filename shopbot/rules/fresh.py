"""The rules as the files say now, read again only when a file has changed."""

from __future__ import annotations

import threading
from pathlib import Path

from shopbot.rules.loader import FOLDER, load_rules
from shopbot.rules.model import Rules

Stamp = tuple[tuple[str, int, int], ...]


class FreshRules:
    """Gives the rules of a folder; looks at the files' times at each call. Safe between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._stamp: Stamp | None = None
        self._rules = Rules()

    def __call__(self) -> Rules:
        """Return the rules."""
        stamp = self._look()
        with self._guard:
            if stamp != self._stamp:
                self._rules = load_rules(self._folder).rules
                self._stamp = stamp
            return self._rules

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
