"""What `pip install .` installs: the program with everything it reads, and the demo store."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = {"__pycache__", ".DS_Store"}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        return set(content.namelist())


def files_below(folder: str, packed_as: str) -> set[str]:
    """Return the names that a folder's files should have in the wheel."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {
        f"{packed_as}/{path.relative_to(ROOT / folder).as_posix()}"
        for path in found
        if not MADE & set(path.parts)
    }


@pytest.mark.parametrize(
    ("folder", "packed_as"),
    [("shopbot", "shopbot"), ("knowledge", "shopbot/_knowledge")],
    ids=["program", "demo store"],
)
def test_the_wheel_carries_every_file(packed: set[str], folder: str, packed_as: str) -> None:
    """SQL, messages, skeleton, word lists, page and the demo store among them."""
    assert set() == files_below(folder, packed_as) - packed


def test_the_wheel_carries_nothing_else(packed: set[str]) -> None:
    """No tests, no data, no tools."""
    rest = {name for name in packed if not name.startswith("shopbot")}

    assert set() == rest
