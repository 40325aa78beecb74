"""Notices what other processes (an import, a backup) have written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from typing_extensions import override

from shopbot.storage.sqlite import connect_reader

EVERY_S = 0.2  # so that a change is seen within 250 ms


class DataWatch(threading.Thread):
    """Calls ``on_change`` after each commit by anyone; a hint to look, nothing more."""

    def __init__(self, file: Path, on_change: Callable[[], object]) -> None:
        super().__init__(name="shopbot-data-watch", daemon=True)
        self._file = file
        self._on_change = on_change
        self._stop_asked = threading.Event()

    @override
    def run(self) -> None:
        connection = connect_reader(self._file)
        try:
            seen = self._version(connection)
            while not self._stop_asked.wait(EVERY_S):
                now = self._version(connection)
                if now != seen:
                    seen = now
                    self._on_change()
        finally:
            connection.close()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stop_asked.set()
        self.join()

    @staticmethod
    def _version(connection: object) -> object:
        return connection.execute("PRAGMA data_version").fetchone()  # type: ignore[attr-defined]
