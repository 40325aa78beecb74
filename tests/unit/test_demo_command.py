"""What ``shopbot demo`` says at the terminal."""

from __future__ import annotations

import pytest

from shopbot.commands.demo import _quiet
from shopbot.config import load_settings


def test_the_links_do_not_scroll_away() -> None:
    """Only what went wrong is logged beside them."""
    assert "warning" == _quiet(load_settings()).log_level


def test_who_asks_for_a_level_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the one that is the default elsewhere."""
    monkeypatch.setenv("SHOPBOT_LOG_LEVEL", "info")

    assert "info" == _quiet(load_settings()).log_level
