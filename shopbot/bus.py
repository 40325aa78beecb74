"""Carries hints between threads of one process. Lost hints do no harm: readers look anyway."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from shopbot.events import Hint

log = structlog.get_logger(__name__)

Listener = Callable[[Hint], object]


class Bus:
    """Tells every listener of a topic; listeners are quick (they set an event, no more)."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._listeners: dict[str, tuple[Listener, ...]] = {}

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` for each hint of ``topic``; the result ends it."""
        with self._guard:
            self._listeners[topic] = (*self._listeners.get(topic, ()), listener)

        def unsubscribe() -> None:
            with self._guard:
                rest = tuple(one for one in self._listeners[topic] if one is not listener)
                self._listeners[topic] = rest

        return unsubscribe

    def publish(self, hint: Hint) -> None:
        """Tell the listeners; one that fails is logged and stops no other."""
        for listener in self._listeners.get(hint.topic, ()):
            try:
                listener(hint)
            except Exception:
                log.exception("bus.listener-failed", topic=hint.topic)
