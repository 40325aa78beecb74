"""Where readers of knowledge files write down what is wrong, in the staff's language."""

from __future__ import annotations

from shopbot import messages
from shopbot.kb.entry import Entry, Problem, Severity, Source


def problem(code: str, severity: Severity, source: Source, **values: object) -> Problem:
    """Return the problem ``code`` at ``source``, worded by ``check.CODE`` and ``check.CODE.hint``."""
    key = f"check.{code}"
    hint = messages.text(f"{key}.hint", **values) if messages.has(f"{key}.hint") else ""
    message = messages.text(key, **values)
    return Problem(code=code, severity=severity, source=source, message=message, hint=hint)


class Notes:
    """Problems of one file while it is read.

    ``errors`` counts those that make a record unusable: a reader compares it before and after a
    record. Warnings never keep anything from being served. ``broken`` are entries that cannot be used
    as they are: the checks look at the rest of them, so that all is told at once.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.errors = 0
        self.broken: list[Entry] = []

    def error(self, code: str, line: int, column: int = 1, **values: object) -> None:
        """Write down an error at the 1-based ``line`` and ``column``."""
        self.errors += 1
        self._add(code, "error", line, column, values)

    def warning(self, code: str, line: int, column: int = 1, **values: object) -> None:
        """Write down something to mend that does no harm yet."""
        self._add(code, "warning", line, column, values)

    def _add(
        self, code: str, severity: Severity, line: int, column: int, values: dict[str, object]
    ) -> None:
        source = Source(file=self.file, line=line, column=column)
        self.problems.append(problem(code, severity, source, **values))
