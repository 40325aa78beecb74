"""Simulated people and parcels act beside a server, once a second, until it stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from shopbot.errors import ShopbotError
from shopbot.ids import Clock

log = structlog.get_logger(__name__)

STEP_S = 1.0


class Ticking:
    """Calls ``step`` with the time, once a second, in a thread of its own."""

    def __init__(self, name: str, step: Callable[[datetime], object], clock: Clock) -> None:
        self._name, self._step, self._clock = name, step, clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"demo-{name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End within a step."""
        self._stop.set()
        self._thread.join(timeout=5 * STEP_S)

    def _run(self) -> None:
        while not self._stop.wait(STEP_S):
            try:
                self._step(self._clock.now())
            except ShopbotError as error:  # a busy shop: it is tried again
                log.warning("demo.step", who=self._name, error=error.code)
