"""What integration tests share: the real model and a small store's index, each made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopbot.config import load_settings
from shopbot.kb.bundled_model import ensure_prepared
from shopbot.kb.embedder import OnnxEmbedder
from shopbot.kb.index import IndexFolder
from shopbot.kb.model_folder import ModelFolder
from shopbot.kb.service import KnowledgeBase
from tests.live_store import SECOND_STORE, Kept, Master, Shop


@pytest.fixture(scope="session")
def bundled() -> ModelFolder:
    """The bundled model in the machine's own cache (SHOPBOT_CACHE), prepared if it is not there."""
    return ensure_prepared(load_settings().cache_dir())


@pytest.fixture(scope="session")
def master(bundled: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Master:
    """The small store, built."""
    place = tmp_path_factory.mktemp("master")
    cache = load_settings().cache_dir()
    folder = Path(shutil.copytree(SECOND_STORE, place / "shop"))
    made = Master(folder, place / "index", cache, Kept(OnnxEmbedder(bundled)))
    with KnowledgeBase(folder, IndexFolder(made.index, cache), made.embedder) as base:
        base.refresh()
    return made


@pytest.fixture
def shop(master: Master, tmp_path: Path) -> Iterator[Shop]:
    """A copy of the small store that the test may spoil."""
    copy = master.copy(tmp_path)
    yield copy
    for base in copy.opened:
        base.close()
