"""The calls that docs/operations.md shows to operators work as printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from shopbot.ids import FixedClock
from shopbot.kb.store import record_versions
from shopbot.storage import open_database
from tests.conftest import START
from tests.simulators.catalogue import entry

DOC = Path(__file__).parents[2] / "docs" / "operations.md"
CALLS = re.findall(r"^(sqlite-utils .+)$", DOC.read_text(encoding="utf-8"), re.MULTILINE)


def test_a_look_into_the_database_is_shown() -> None:
    """There is something to try."""
    assert 3 == len(CALLS)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.split()[1])
def test_the_database_can_be_looked_into_while_it_is_open(call: str, tmp_path: Path) -> None:
    """Each call reads a database that another process has open, and tells what stands in it."""
    (tmp_path / "data").mkdir()
    database = open_database(tmp_path / "data")
    try:
        known = entry("coupon.default", "coupon", "优惠券在哪领")
        record_versions(database, "test", [known], FixedClock(START).now())
        program = Path(sys.executable).with_name("sqlite-utils")
        done = subprocess.run(
            [program, *shlex.split(call)[1:]], cwd=tmp_path, capture_output=True, text=True,
            encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
    finally:
        database.close()

    assert (0, "") == (done.returncode, done.stderr)
    assert "kb_entry_versions" in done.stdout or known.version in done.stdout
