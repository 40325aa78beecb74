"""Small knowledge folders for tests: a copy of the tea shop, or files written on the spot."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from shopbot.kb.entry import Knowledge, Problem

TEA_STORE = Path(__file__).parent / "data" / "tea-store"
DEMO_STORE = Path(__file__).parent.parent / "knowledge"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

STORE = "id: tea\nname: 茶铺\nfacts: {店名: 茶铺, 电话: ''}\n"


def tea_store(folder: Path) -> Path:
    """Return a copy of the tea shop that a test may spoil."""
    return Path(shutil.copytree(TEA_STORE, folder / "tea-store"))


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write ``files`` (and a plain store.yaml) below ``folder`` and return it."""
    for name, told in {"store.yaml": STORE, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(told.encode() if isinstance(told, str) else told)
    return folder


def codes(problems: Knowledge | tuple[Problem, ...]) -> list[str]:
    """Return the codes of the problems, in order."""
    told = problems.problems if isinstance(problems, Knowledge) else problems
    return [problem.code for problem in told]


def places(problems: tuple[Problem, ...]) -> list[tuple[str, str, int]]:
    """Return (code, file, line) of the problems."""
    return [(told.code, told.source.file, told.source.line) for told in problems]
