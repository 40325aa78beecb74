"""What is wrong with a store's rules, told by ``shopbot kb check`` beside its knowledge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from shopbot.kb.check import CheckReport
from shopbot.kb.entry import Problem, Source
from shopbot.rules import RuleProblem, due_warnings, load_rules
from shopbot.rules.loader import FOLDER


def with_rules(report: CheckReport, folder: Path, at: datetime) -> CheckReport:
    """Return the report with the slips in ``rules/`` and what the calendar will soon lack.

    A store without rules of its own is not troubled: the documented defaults hold.
    """
    if not (folder / FOLDER).is_dir():
        return report
    return replace(report, problems=(*report.problems, *map(_problem, _found(folder, at))))


def _found(folder: Path, at: datetime) -> Iterator[RuleProblem]:
    loaded = load_rules(folder)
    yield from loaded.problems
    yield from due_warnings(loaded.rules, at.astimezone(loaded.rules.zone).date())


def _problem(told: RuleProblem) -> Problem:
    return Problem(
        code=f"rules.{told.code}",
        severity=told.severity,
        source=Source(file=told.file, line=told.line, column=told.column),
        message=told.message,
        hint=told.hint,
    )
