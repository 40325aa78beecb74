"""Several processes on one database, and processes that die in the middle of a write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shopbot.storage import open_database
from tests.acceptance.writer import ALL, SCHEMA

WRITER = Path(__file__).with_name("writer.py")


def start(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    """Start a writing process."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.writer", str(folder), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=WRITER.parents[2],
    )


def kept(folder: Path) -> list[str]:
    """Return the rows that are on disk."""
    db = open_database(folder, [SCHEMA])
    try:
        return [row["id"] for row in db.all(ALL)]
    finally:
        db.close()


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """A thousand writes by two processes: none fails, none is lost."""
    writers = [start(tmp_path, name, 500) for name in ("a", "b")]
    told = [writer.communicate(timeout=100)[0].split() for writer in writers]

    assert [0, 0] == [writer.returncode for writer in writers]
    assert (1000, sorted(told[0] + told[1])) == (len(rows := kept(tmp_path)), rows)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_minus_nine_loses_nothing_that_was_told(tmp_path: Path) -> None:
    """Thirty times a writer is killed midway; every row it had reported is there afterwards."""
    told: list[str] = []
    for number in range(30):
        writer = start(tmp_path, f"{number:02}", 100_000)
        assert writer.stdout is not None
        told += [writer.stdout.readline().strip() for _ in range(5 + 7 * number)]
        writer.kill()
        told += writer.stdout.read().split("\n")[:-1]  # whole lines only: the last may be torn
        writer.wait()
        writer.stdout.close()
    rows = set(kept(tmp_path))

    assert [] == [row for row in told if row not in rows]
