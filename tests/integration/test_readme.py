"""The README's program runs as printed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from shopbot.kb.model_folder import ModelFolder

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_program_of_the_readme_suggests_replies(
    bundled: ModelFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Beside a small store's folder, it prints replies with probability, file and line."""
    shutil.copytree(ROOT / "tests" / "data" / "tea-store", tmp_path / "knowledge")
    monkeypatch.chdir(tmp_path)
    (program,) = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    exec(compile(program, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102

    lines = capsys.readouterr().out.splitlines()

    assert lines
    assert re.fullmatch(r"\d+% .+ \S+:\d+(:\d+)?", lines[0])
