"""What went wrong beside answering: noted for staff, forgotten when it works again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shopbot import messages
from shopbot.errors import ShopbotError
from shopbot.kb.entry import Problem, Source
from shopbot.kb.notes import problem


class Troubles:
    """At most one trouble of each kind; safe to use from several threads."""

    def __init__(self) -> None:
        self._told: dict[str, Problem] = {}

    def __contains__(self, code: str) -> bool:
        """Tell whether the last work of this kind failed."""
        return code in self._told

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong now."""
        return tuple(self._told.copy().values())

    @contextmanager
    def noted(self, code: str) -> Iterator[None]:
        """Note a failure of the work inside as the problem ``code``; a success takes it back."""
        try:
            yield
        except Exception as error:
            from shopbot import logs

            reason = _reason(error)
            logs.tell("warning", f"kb.{code}", reason=reason, kind=type(error).__name__)
            place = Source(file="store.yaml", line=1)
            self._told[code] = problem(code, "warning", place, reason=reason)
        else:
            self._told.pop(code, None)


def _reason(error: Exception) -> str:
    if isinstance(error, ShopbotError):
        return messages.of_error(error)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
