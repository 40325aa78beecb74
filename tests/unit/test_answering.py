"""What is suggested for a message, over a small real folder and an embedder without a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shopbot.kb.answering import Answer, Answerer, Query
from shopbot.kb.generation import build
from shopbot.kb.loader import load
from tests.kb_store import NOW, TEA_STORE, tea_store
from tests.simulators.embedder import SeededEmbedder

Ask = Callable[..., Answer]


def _asking(folder: Path, cache: Path) -> Ask:
    embedder = SeededEmbedder()
    answerer = Answerer(build(load(folder), embedder, cache), embedder)
    return lambda text, **more: answerer.answer(Query(text=text, at=NOW, **more))


@pytest.fixture(scope="module")
def ask(word_cache: Path) -> Ask:
    """Ask the tea shop."""
    return _asking(TEA_STORE, word_cache)


@pytest.mark.parametrize(
    ("text", "entry"),
    [("？", "system.unclear"), ("?!…", "system.unclear"), ("。。。", "system.unclear"),
     ("😀", "system.emoji"), ("[微笑]", "system.emoji")],
)  # fmt: skip
def test_a_message_without_a_word_gets_its_line(ask: Ask, text: str, entry: str) -> None:
    """A lone mark is a question that did not come through, a lone smiley a smiley."""
    part = ask(text).parts[0]

    assert [entry] == [suggestion.entry for suggestion in part.suggestions]
    assert "choose" == part.band


def test_a_store_without_that_line_takes_the_smiley_one(tmp_path: Path, word_cache: Path) -> None:
    """Stores that were set up before need not be changed."""
    folder = tea_store(tmp_path)
    system = folder / "replies" / "system.yaml"
    lines = system.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "system.unclear" not in line]
    system.write_text("".join(kept), encoding="utf-8")
    asking = _asking(folder, word_cache)

    assert ["system.emoji"] == [one.entry for one in asking("？").parts[0].suggestions]


def test_nothing_at_all_gets_nothing(ask: Ask) -> None:
    """An empty message has no reply to suggest."""
    assert ((), "unknown") == (ask("").parts[0].suggestions, ask("").parts[0].band)
