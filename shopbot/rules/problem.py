"""What is wrong in a rule file, in the staff's language, at its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from shopbot import messages

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProblem:
    """One slip: where it is (1-based line and column), what it is, what to do."""

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str
    hint: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.message}{self.hint}"


class Slips:
    """Problems of one file while it is read; the words are ``rules.CODE`` and ``rules.CODE.hint``."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[RuleProblem] = []

    def error(self, code: str, line: int, column: int = 1, **values: object) -> None:
        """Write down something that keeps a value from being used."""
        self._add(code, "error", line, column, values)

    def warning(self, code: str, line: int, column: int = 1, **values: object) -> None:
        """Write down something to mend that does no harm yet."""
        self._add(code, "warning", line, column, values)

    def _add(
        self, code: str, severity: Severity, line: int, column: int, values: dict[str, object]
    ) -> None:
        hint = f"rules.{code}.hint"
        self.problems.append(
            RuleProblem(
                file=self.file,
                line=line,
                column=column,
                severity=severity,
                code=code,
                message=messages.text(f"rules.{code}", **values),
                hint=messages.text(hint, **values) if messages.has(hint) else "",
            )
        )
