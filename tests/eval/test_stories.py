"""The demo's stories, played once against the real knowledge and the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shopbot.chat.stories import load_stories
from shopbot.commands import stories as command
from shopbot.config import load_settings
from shopbot.demo.story_play import Played, Workshop, play_all
from shopbot.kb.embedder import load_embedder
from shopbot.kb.index import IndexFolder
from shopbot.kb.service import KnowledgeBase
from shopbot.rules import load_rules
from shopbot.wares import CatalogueWares
from tests.kb_store import DEMO_STORE

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    """The demo's knowledge; its index is kept in the cache, so that only changes are built."""
    told = load_settings()
    index = IndexFolder(told.cache_dir() / "story-index", told.cache_dir())
    embedder = load_embedder(told.model, told.cache_dir())
    with KnowledgeBase(DEMO_STORE, index, embedder) as base:
        base.refresh(
            refit=True
        )  # what is played hangs on what is written, not on when it was fitted
        wares = CatalogueWares(lambda: base.generation.knowledge)
        rules = load_rules(DEMO_STORE).rules
        yield Workshop(kb=base, rules=rules, wares=wares, shelf=wares)


def told(played: Played) -> str:
    """Both sides of a story and what was not as expected."""
    missed = [f"{one.step}: {one.what} / {one.got}" for one in played.missed]
    return "\n".join((f"{played.file} {played.title}", *played.lines, *missed))


def test_every_story_of_the_demo_goes_as_written(workshop: Workshop) -> None:
    """Each order action, hand-over, failure, mode and follow-up."""
    shelf = load_stories(DEMO_STORE, workshop.rules.zone)
    failed = [told(one) for one in play_all(workshop, shelf.stories) if not one.ok]

    assert () == tuple(failed), "\n\n".join(failed)


def test_a_story_that_does_not_hold_shows_both_sides(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was expected and what came; the command fails."""
    text = "故事:\n  - 标题: 错的\n    经过:\n      - 顾客说: 多久发货\n      - 机器人应: {说: 三年, 转人工: 威胁}\n"
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "a.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(KnowledgeBase, "open", lambda *_rest, **_named: _Opened(workshop, tmp_path))
    plain = CliRunner().invoke(command.app, [])
    as_json = CliRunner().invoke(command.app, ["错的", "--json"])
    unknown = CliRunner().invoke(command.app, ["没有这个"])

    assert (1, 1, 2) == (plain.exit_code, as_json.exit_code, unknown.exit_code)
    assert all(words in plain.output for words in ("多久发货", "48小时", "三年", "威胁"))
    (story,) = json.loads(as_json.output)["stories"]
    assert ("错的", False, 2) == (story["title"], story["ok"], len(story["missed"]))


class _Opened:
    """The knowledge that is open already, with another folder to read stories from."""

    def __init__(self, workshop: Workshop, folder: Path) -> None:
        self._workshop = workshop
        self.folder = folder

    @property
    def generation(self) -> object:
        """What serves now."""
        return self._workshop.kb.generation

    def refresh(self, **_named: object) -> bool:
        """Nothing has changed."""
        return False

    def suggest(self, query: object) -> object:
        """Answer a question."""
        return self._workshop.kb.suggest(query)  # type: ignore[arg-type]

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_rest: object) -> None:
        """Leave it open for the others."""
