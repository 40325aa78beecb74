"""A small store, built once, and the command line in this process: what most tests need."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shopbot import cli
from shopbot.config import load_settings
from shopbot.kb.service import KnowledgeBase
from tests.live_store import SECOND_STORE


@dataclass(frozen=True, slots=True)
class Place:
    """Folders of a store whose index is there; not to be changed."""

    knowledge: Path
    data: Path

    def environ(self) -> dict[str, str]:
        """Return the settings that lead to it."""
        return {"SHOPBOT_KNOWLEDGE": str(self.knowledge), "SHOPBOT_DATA": str(self.data)}


@pytest.fixture(scope="session")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The small store, built with the real model."""
    place = tmp_path_factory.mktemp("tea")
    made = Place(Path(shutil.copytree(SECOND_STORE, place / "shop")), place / "data")
    KnowledgeBase.open(load_settings(knowledge=made.knowledge, data=made.data)).close()
    return made


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as one JSON value."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[Any]:
        """What it printed, a JSON value a line."""
        return [json.loads(line) for line in self.out.split("\n") if line]


Run = Callable[..., Done]


@pytest.fixture
def shopbot(tea: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the small store, or on another by `SHOPBOT_…` arguments."""

    def run(*arguments: object, **environ: object) -> Done:
        for name, value in {**tea.environ(), **environ}.items():
            monkeypatch.setenv(name, str(value))
        capsys.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return run
