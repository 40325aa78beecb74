"""Retrieval does not fall below its floors, and the committed figures are told as they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from benchmarks import machine, report, targets
from benchmarks.intervals import spearman_interval
from benchmarks.targets import Target
from benchmarks.timing import Times, cpu_ratio, ratio, row
from shopbot.config import load_settings
from shopbot.kb import evaluate
from shopbot.kb.embedder import load_embedder
from shopbot.kb.evaluate_files import read_rows
from shopbot.kb.index import IndexFolder
from shopbot.kb.service import KnowledgeBase

ROOT = Path(__file__).resolve().parents[2]
AT = datetime.fromisoformat("2026-11-22T12:00+08:00")
OWN = [t for t in targets.TARGETS if t.name == targets.OWN]


def _named(target: Target) -> str:
    return f"{target.name} {target.figure}"


@pytest.mark.parametrize("target", targets.TARGETS, ids=_named)
def test_the_committed_figure_is_not_below_its_floor(target: Target) -> None:
    """A commit that lowers a figure beyond chance must say so by lowering the floor."""
    value = machine.saved("retrieval.json")["sets"][target.name][target.figure]

    assert value >= target.floor


def test_the_readme_shows_the_committed_figures() -> None:
    """The tables are those of the results files, to the last digit."""
    text = report.README.read_text(encoding="utf-8")

    assert report.filled(text) == text


def test_a_figure_below_what_was_asked_is_told_so() -> None:
    """Neither a missed must nor a missed wish is called reached."""
    target = Target(name="set", figure="hit@1", must=0.8, wanted=0.82, floor=0.7)
    told = [target.verdict(value) for value in (0.79, 0.81, 0.82)]

    assert told == ["not reached", "must reached, wanted not", "reached"]


def test_a_ratio_is_the_median_of_its_rounds() -> None:
    """One round disturbed by a neighbour does not decide."""
    bare = Times(np.full((3, 4), 2.0), np.full((3, 4), 2.0))
    slow = np.array([[3.0] * 4, [3.0] * 4, [90.0] * 4])
    suggest = Times(slow, slow)

    assert (ratio(suggest, bare, 50), cpu_ratio(suggest, bare)) == (1.5, 1.5)


@pytest.mark.parametrize(
    ("value", "verdict"), [(1.2, "reached"), (1.5, "reached"), (1.51, "not reached")]
)
def test_a_row_tells_whether_its_bound_holds(value: float, verdict: str) -> None:
    """The bound itself still counts as reached."""
    assert row("suggest / bare", value, "×", most=1.5)[""] == verdict


def test_the_interval_of_a_correlation_holds_it() -> None:
    """The bootstrap lies around the correlation and is the same at each run."""
    people = list(range(200))
    told = [value + 60 * math.sin(value * 7) for value in people]
    low, high = spearman_interval(told, people)

    assert low < evaluate_spearman(told, people) < high
    assert spearman_interval(told, people) == [low, high]


def evaluate_spearman(told: list[float], people: list[int]) -> float:
    """Spearman's correlation by scipy."""
    from scipy.stats import spearmanr

    return float(spearmanr(told, people).statistic)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, float]]:
    """The figures of the store's own test split, measured now."""
    told = load_settings()
    place = tmp_path_factory.mktemp("index")
    index = IndexFolder(place, told.cache_dir())
    rows = [evaluate.row_of(r) for r in read_rows(ROOT / "knowledge" / "eval" / "test.jsonl")]
    embedder = load_embedder(told.model, told.cache_dir())
    with KnowledgeBase(ROOT / "knowledge", index, embedder) as base:
        base.refresh()
        yield evaluate.questions(base.answerer, rows, AT)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("target", OWN, ids=_named)
def test_the_own_test_split_stays_above_its_floors(
    target: Target, measured: dict[str, float]
) -> None:
    """Knowledge and retrieval as they are now, built anew, still reach the floors."""
    assert measured[target.figure] >= target.floor
