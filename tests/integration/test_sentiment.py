"""Reviews judged with the real sentence model: the figures of docs/reviews.md hold."""

from __future__ import annotations

import pytest

from benchmarks import machine
from benchmarks import sentiment as bench
from shopbot.kb.embedder import OnnxEmbedder
from shopbot.kb.model_folder import ModelFolder
from shopbot.orders.sentiment import Judge

FLOOR, MUST = 0.94, 0.85


@pytest.fixture(scope="module")
def judge(bundled: ModelFolder) -> Judge:
    """A judge with the bundled model."""
    return Judge(OnnxEmbedder(bundled))


def test_held_out_reviews_are_judged_as_measured(judge: Judge) -> None:
    """All legs together, with the model that this machine prepared."""
    told = bench.measure(judge)

    assert judge.has_vectors
    assert told["accuracy"]["all together"]["value"] >= FLOOR
    assert told["accuracy"]["words and counts"]["value"] >= MUST
    assert told["neutral"] <= told["n"] // 50
    assert told["aspects"]["recall"] >= MUST


def test_each_leg_is_worse_than_all_together() -> None:
    """In the committed figures; a leg that adds nothing would have to go."""
    told = {name: one["value"] for name, one in machine.saved(bench.RESULT)["accuracy"].items()}
    together = told.pop("all together")

    assert [] == [name for name, value in told.items() if value > together]


def test_the_page_shows_the_committed_figures() -> None:
    """To the last digit."""
    page = bench.PAGE.read_text(encoding="utf-8")

    assert bench.filled(page, machine.saved(bench.RESULT)) == page
