"""What integration tests share: the real model, prepared once."""

from __future__ import annotations

import pytest

from shopbot.config import load_settings
from shopbot.kb.bundled_model import ensure_prepared
from shopbot.kb.model_folder import ModelFolder


@pytest.fixture(scope="session")
def bundled() -> ModelFolder:
    """The bundled model in the machine's own cache (SHOPBOT_CACHE), prepared if it is not there."""
    return ensure_prepared(load_settings().cache_dir())
