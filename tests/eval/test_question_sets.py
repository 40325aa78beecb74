"""The labelled question sets are well formed, broad, and kept apart from what they measure."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from opencc import OpenCC
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from shopbot.kb.lint import lint
from shopbot.kb.loader import load

ROOT = Path(__file__).resolve().parents[2]
KNOWLEDGE = ROOT / "knowledge"
SECOND_STORE = Path(__file__).resolve().parent / "second_store"
NEGATIVES = ROOT / "shopbot" / "kb" / "negatives.txt"

STYLES = frozenset(
    {"plain", "colloquial", "elliptical", "typo", "polite-long", "traditional", "emoji"}
    | {"product", "followup", "multi", "noise", "dialect", "number"}
)
FIELDS = frozenset({"text", "turns", "topics", "ood", "style", "product"})
TOO_NEAR = 0.2  # normalised edit distance at or below which a test item counts as seen
NEGATIVE_TOO_NEAR = 0.3
TODAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

_to_simplified = OpenCC("t2s").convert

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """All rows of a JSON-lines file; raises ValueError on a line that is no JSON object."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path}: each line must be an object")
    return rows


def turn_texts(row: Row) -> list[str]:
    """The texts of a row, oldest first; the last is the question."""
    turns = row["turns"] if "turns" in row else [row["text"]]
    return [turn if isinstance(turn, str) else turn["text"] for turn in turns]


def folded(text: str) -> str:
    """NFKC, lower case, simplified script, letters and digits only (all else if none is left)."""
    plain = _to_simplified(unicodedata.normalize("NFKC", text).lower())
    return "".join(c for c in plain if unicodedata.category(c)[0] in "LN") or plain.strip()


def keys(row: Row) -> set[str]:
    """What an item is compared by: its question alone, and all its turns together."""
    texts = turn_texts(row)
    return {folded(texts[-1]), folded(" ".join(texts))}


def phrasings(store: Path) -> list[str]:
    """Every phrasing that the knowledge of a store was written with, templates included."""
    return [phrasing.text for entry in load(store).entries for phrasing in entry.phrasings]


def near_pairs(items: Iterable[str], others: Iterable[str], limit: float) -> list[str]:
    """Pairs whose normalised edit distance is at most `limit`, as readable lines."""
    left, right = sorted(set(items)), sorted(set(others))
    if not left or not right:
        return []
    table = process.cdist(
        left, right, scorer=Levenshtein.normalized_distance, score_cutoff=limit, dtype="float32"
    )
    rows, columns = (table <= limit).nonzero()
    return [f"{left[i]} ~ {right[j]}" for i, j in zip(rows, columns, strict=True)]


def known_topics(store: Path) -> set[str]:
    """The shipped topics and the store's own."""
    return set(load(store).topics)


def negatives() -> list[str]:
    """The shipped out-of-shop questions."""
    lines = (line.strip() for line in NEGATIVES.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


DEV = KNOWLEDGE / "eval" / "dev.jsonl"
TEST = KNOWLEDGE / "eval" / "test.jsonl"
SECOND = SECOND_STORE / "eval" / "test.jsonl"
SETS = [
    pytest.param(DEV, KNOWLEDGE, 330, 50, id="dev"),
    pytest.param(TEST, KNOWLEDGE, 430, 70, id="test"),
    pytest.param(SECOND, SECOND_STORE, 120, 30, id="second-store"),
]


@pytest.mark.parametrize(("path", "store", "rows_wanted", "ood_wanted"), SETS)
def test_a_set_has_enough_rows_of_both_kinds(
    path: Path, store: Path, rows_wanted: int, ood_wanted: int
) -> None:
    """Each set is large enough, with enough questions that must not be answered."""
    rows = read_rows(path)

    assert rows_wanted <= len(rows)
    assert ood_wanted <= sum(row.get("ood", False) for row in rows)


@pytest.mark.parametrize(("path", "store", "rows_wanted", "ood_wanted"), SETS)
def test_each_row_is_well_formed(
    path: Path, store: Path, rows_wanted: int, ood_wanted: int
) -> None:
    """A row has one text or some turns, known topics, a known style, and no unknown field."""
    topics = known_topics(store)
    wrong = [
        row
        for row in read_rows(path)
        if not row.keys() <= FIELDS
        or ("text" in row) == ("turns" in row)
        or not all(text.strip() for text in turn_texts(row))
        or not row["topics"]
        or not topics.issuperset(row["topics"])
        or row["style"] not in STYLES
        or row.get("ood", True) is not True
    ]

    assert [] == wrong


@pytest.mark.parametrize(("path", "store", "rows_wanted", "ood_wanted"), SETS)
def test_questions_not_to_be_answered_carry_only_refusing_topics(
    path: Path, store: Path, rows_wanted: int, ood_wanted: int
) -> None:
    """A row that must not be answered is out of scope or small talk, nothing else."""
    wrong = [
        row
        for row in read_rows(path)
        if row.get("ood") and not set(row["topics"]) <= {"out-of-scope", "smalltalk"}
    ]

    assert [] == wrong


@pytest.mark.parametrize("path", [pytest.param(DEV, id="dev"), pytest.param(TEST, id="test")])
def test_each_topic_is_asked_for(path: Path) -> None:
    """Each of the 69 topics has at least three questions in both splits."""
    counts = Counter(topic for row in read_rows(path) for topic in row["topics"])

    assert [] == [topic for topic in sorted(known_topics(KNOWLEDGE)) if counts[topic] < 3]


@pytest.mark.parametrize("path", [pytest.param(DEV, id="dev"), pytest.param(TEST, id="test")])
def test_each_style_is_there(path: Path) -> None:
    """Both splits hold every style of writing, so that figures by style mean something."""
    assert set(STYLES) == {row["style"] for row in read_rows(path)}


def test_products_in_view_exist() -> None:
    """A row that names the product in view names one that the store sells."""
    skus = {product.sku for product in load(KNOWLEDGE).products}
    asked = {row["product"] for path in (DEV, TEST) for row in read_rows(path) if "product" in row}

    assert set() == asked - skus


def test_no_test_item_was_written_into_the_knowledge() -> None:
    """No test question is nearly a phrasing of the demo store."""
    items = {key for row in read_rows(TEST) for key in keys(row)}

    assert [] == near_pairs(items, map(folded, phrasings(KNOWLEDGE)), TOO_NEAR)


def test_no_test_item_is_a_dev_item() -> None:
    """No test question is nearly a dev question."""
    items = {key for row in read_rows(TEST) for key in keys(row)}
    seen = {key for row in read_rows(DEV) for key in keys(row)}

    assert [] == near_pairs(items, seen, TOO_NEAR)


def test_no_test_item_is_asked_twice() -> None:
    """No two test questions are nearly the same."""
    rows = read_rows(TEST)
    questions = [folded(" ".join(turn_texts(row))) for row in rows]
    pairs = near_pairs(questions, questions, TOO_NEAR)

    assert len(rows) == len(set(questions))
    assert [] == [pair for pair in pairs if len(set(pair.split(" ~ "))) == 2]


def test_the_second_store_loads_without_a_problem() -> None:
    """The second store is sound and covers about half of the topics."""
    knowledge = load(SECOND_STORE)
    problems = lint(knowledge, SECOND_STORE, at=TODAY)
    wrong = [f"{told.source} {told.message}" for told in problems if told.severity == "error"]

    assert [] == wrong
    assert 35 <= len({entry.topic for entry in knowledge.entries if not entry.is_system})
    assert 8 == len(knowledge.products)


def test_second_store_items_are_not_in_its_knowledge() -> None:
    """The second store's questions, too, are nearly none of its phrasings."""
    items = {key for row in read_rows(SECOND) for key in keys(row)}

    assert [] == near_pairs(items, map(folded, phrasings(SECOND_STORE)), TOO_NEAR)


def test_negatives_are_many_and_distinct() -> None:
    """The shipped negatives are at least 300 different questions."""
    lines = negatives()

    assert 300 <= len(lines)
    assert len(lines) == len({folded(line) for line in lines})


def test_negatives_do_not_give_the_answers_away() -> None:
    """No shipped negative is close to a labelled question of either store."""
    items = {key for path in (DEV, TEST, SECOND) for row in read_rows(path) for key in keys(row)}

    assert [] == near_pairs(map(folded, negatives()), items, NEGATIVE_TOO_NEAR)
