"""What unit tests of retrieval share: compiled word lists, made once a run."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def word_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for jieba's compiled dictionary and the pinyin table."""
    return tmp_path_factory.mktemp("words")
