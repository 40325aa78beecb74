"""Tells when something in a knowledge folder may have changed, whatever happens to the folder.

The system's notices come at once. Beside them a look every ``POLL_S`` finds what they miss: what
changed before the first notice could come, network drives, a folder removed and put back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles import watch

from shopbot.errors import KnowledgeMissing
from shopbot.kb.folder import files

POLL_S = 1.0
DEBOUNCE_MS = 200
STEP_MS = 50
"""A change is told when nothing more came for ``STEP_MS``, at the latest after ``DEBOUNCE_MS``."""

Look = tuple[tuple[str, int, int, int], ...] | None


def follow(folder: Path, changed: Callable[[], None], stop: threading.Event) -> None:
    """Call ``changed`` once at the start and after each change, until ``stop`` is set.

    A call may turn out to be for nothing; changes during a call lead to another one.
    """
    told: list[Look] = []

    def look(noticed: bool) -> None:
        now = seen(folder)
        if noticed or told != [now]:
            told[:] = [now]
            changed()

    while not stop.is_set():
        try:
            _listen(folder, look, stop)
        except (OSError, RuntimeError):  # no folder, or the system's watches are used up
            look(False)
        stop.wait(POLL_S)


def _listen(folder: Path, look: Callable[[bool], None], stop: threading.Event) -> None:
    """Look at every notice and every ``POLL_S``; return when the watched folder is another one."""
    place = folder.stat().st_ino
    # no filter: watchfiles' own passes over whole folders such as site-packages and .venv
    notices = watch(
        folder,
        watch_filter=None,
        debounce=DEBOUNCE_MS,
        step=STEP_MS,
        rust_timeout=int(POLL_S * 1000),
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
    )
    for notice in notices:
        look(bool(notice))
        if folder.stat().st_ino != place:
            return


def seen(folder: Path) -> Look:
    """Names, times, sizes and inodes of the knowledge files; None when the folder is gone."""
    try:
        found = files(folder)
    except KnowledgeMissing:
        return None
    told = []
    for file in found:
        try:
            facts = file.path.stat()
            told.append((file.name, facts.st_mtime_ns, facts.st_size, facts.st_ino))
        except OSError:
            told.append((file.name, 0, 0, 0))
    return tuple(told)
