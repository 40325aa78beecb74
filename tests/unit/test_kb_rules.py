"""`shopbot kb check` tells what is wrong with the rules too."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from shopbot.commands._kb_rules import with_rules
from shopbot.kb.check import CheckReport, check
from tests.kb_store import DEMO_STORE, written
from tests.order_facts import at

NOW = at("2026-11-22 12:00")


def report(folder: Path, when: datetime = NOW) -> CheckReport:
    """Check a folder without the search, its rules included."""
    return with_rules(check(folder, at=when), folder, when)


def told(found: CheckReport) -> set[tuple[str, str, str]]:
    """Return code, severity and file of what was found in the rules."""
    return {
        (one.code, one.severity, one.source.file)
        for one in found.problems
        if one.source.file.startswith("rules/")
    }


@pytest.mark.parametrize(
    ("files", "expected", "line"),
    [
        ({"rules/shipping.yaml": "promise: soon\n"}, ("error", "rules/shipping.yaml"), 1),
        (
            {"rules/returns.yaml": "# 说明\nno_reason_days: 七\n"},
            ("error", "rules/returns.yaml"),
            2,
        ),
        ({"rules/returns.yaml": "refund_limit: 30d\n"}, ("warning", "rules/returns.yaml"), 1),
    ],
    ids=["wrong-value", "wrong-value-below", "against-the-law"],
)
def test_slips_of_the_rules_are_told(
    tmp_path: Path, files: dict[str, str], expected: tuple[str, str], line: int
) -> None:
    """With file, line and what to do; errors count."""
    folder = written(tmp_path, files)
    plain, found = check(folder, at=NOW), report(folder)
    [problem] = [p for p in found.problems if p.source.file == expected[1]]

    assert expected == (problem.severity, problem.source.file)
    assert line == problem.source.line
    assert problem.code.startswith("rules.")
    assert problem.message
    assert plain.errors + (expected[0] == "error") == found.errors


def test_the_calendar_warns_before_its_year_ends() -> None:
    """Sixty days ahead, as of the day that is judged; it is no error."""
    before, near = report(DEMO_STORE, at("2026-10-01 12:00")), report(DEMO_STORE)

    assert set() == told(before)
    assert {("rules.calendar-ends", "warning", "rules/calendar.yaml")} == told(near)
    assert any("2027" in one.message for one in near.problems)
    assert before.errors == near.errors


def test_a_store_without_rules_is_not_troubled(tmp_path: Path) -> None:
    """The defaults hold."""
    folder = written(tmp_path, {"replies/a.yaml": "[]\n"})

    assert check(folder, at=NOW) == report(folder)
