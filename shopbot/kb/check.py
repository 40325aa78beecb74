"""`kb check`: read a folder, judge it, tell it to a person or a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopbot import messages
from shopbot.errors import EXIT_PROBLEMS
from shopbot.kb.entry import Problem
from shopbot.kb.lint import lint
from shopbot.kb.lint_search import Search
from shopbot.kb.loader import load
from shopbot.kb.readiness import Readiness, readiness

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {"error": "bold red", "warning": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found; ``searched`` is false when retrieval was not asked."""

    problems: tuple[Problem, ...]
    topics: Readiness
    entries: int
    products: int
    searched: bool

    @property
    def errors(self) -> int:
        """How many problems must be mended."""
        return sum(1 for told in self.problems if told.severity == "error")

    @property
    def warnings(self) -> int:
        """How many problems should be looked at."""
        return len(self.problems) - self.errors

    @property
    def ready(self) -> int:
        """How many topics can be answered."""
        return len(self.topics.ready)

    @property
    def total(self) -> int:
        """How many topics there are."""
        return self.topics.total

    @property
    def exit_code(self) -> int:
        """1 with errors, else 0."""
        return EXIT_PROBLEMS if self.errors else 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "ok": not self.errors,
            "errors": self.errors,
            "warnings": self.warnings,
            "entries": self.entries,
            "products": self.products,
            "searched": self.searched,
            "topics": {
                "ready": self.ready,
                "total": self.total,
                "missing": [topic.id for topic in self.topics.missing],
            },
            "problems": [_problem(told) for told in self.problems],
        }

    def render(self, console: Console) -> None:
        """Write the report to a terminal: problems by file, then the sums."""
        from rich.text import Text

        for file, told in groupby(self.problems, key=lambda problem: problem.source.file):
            console.print(Text(file, style="bold"))
            for problem in told:
                console.print(_line(problem))
                if problem.hint:
                    hint = messages.text("check.render.hint", hint=problem.hint)
                    console.print(Text(f"      {hint}", style="dim"))
            console.print()
        for line in self.summary():
            console.print(Text(line))

    def summary(self) -> list[str]:
        """Return the closing lines: counts, topics ready and missing, what was left out."""
        lines = [
            messages.text("check.render.counts", entries=self.entries, products=self.products,
                          errors=self.errors, warnings=self.warnings),
            messages.text("check.render.topics", ready=self.ready, total=self.total),
        ]  # fmt: skip
        if self.topics.missing:
            told = "、".join(f"{topic.id}（{topic.zh}）" for topic in self.topics.missing)
            lines.append(messages.text("check.render.missing", topics=told))
        if not self.searched:
            lines.append(messages.text("check.render.unsearched"))
        return lines


def _problem(told: Problem) -> dict[str, object]:
    return {
        "code": told.code,
        "severity": told.severity,
        "file": told.source.file,
        "line": told.source.line,
        "column": told.source.column,
        "message": told.message,
        "hint": told.hint,
    }


def _line(problem: Problem) -> Any:
    from rich.text import Text

    source = problem.source
    label = messages.text(f"check.render.{problem.severity}")
    line = Text(f"  {source.file}:{source.line}:{source.column} ")
    line.append(label, style=COLOURS[problem.severity])
    line.append(f" {problem.message}")
    return line


def check(
    folder: Path,
    *,
    at: datetime,
    search: Search | None = None,
    also: Sequence[Problem] = (),
) -> CheckReport:
    """Read and judge the knowledge in ``folder`` as of ``at`` (aware).

    Raises KnowledgeMissing when there is no such folder; everything else is in the report.
    """
    knowledge = load(folder)
    return CheckReport(
        problems=lint(knowledge, folder, at=at, search=search, also=also),
        topics=readiness(knowledge, at),
        entries=len(knowledge.entries),
        products=len(knowledge.products),
        searched=search is not None,
    )
