"""Figures of retrieval, worked out by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from shopbot.errors import Malformed
from shopbot.kb import evaluate, evaluate_files
from shopbot.kb.answering import Answerer
from shopbot.kb.evaluate import Corpus, Row, row_of, wilson
from shopbot.kb.focus import Turn
from shopbot.kb.fusion import Weights
from shopbot.kb.suggestion import Query
from tests.simulators.embedder import SeededEmbedder

AT = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class _Suggestion:
    topic: str
    probability: float


@dataclass
class _Part:
    band: str
    suggestions: list[_Suggestion]


class _Told:
    """An answerer that says what the table says, and keeps what it was asked."""

    def __init__(self, table: dict[str, tuple[str, str, float]]) -> None:
        self._table = table
        self.asked: list[Query] = []

    def answer(self, query: Query) -> Any:
        """The row of the table: band, topics, probability of the first."""
        self.asked.append(query)
        band, topics, sure = self._table[query.text]
        suggestions = [_Suggestion(topic, sure) for topic in topics.split()]

        class _Answer:
            parts = (_Part(band, suggestions),)

        return _Answer()


def _row(text: str, *topics: str, ood: bool = False, style: str = "") -> Row:
    return Row(turns=(Turn(text=text),), topics=frozenset(topics), ood=ood, style=style)


def _figures(rows: list[Row], table: dict[str, tuple[str, str, float]]) -> dict[str, Any]:
    return evaluate.questions(cast("Answerer", _Told(table)), rows, AT)


TABLE = {
    "right": ("answer", "a b c", 0.9),
    "second": ("answer", "b a c", 0.8),
    "fourth": ("choose", "b c d a", 0.5),
    "missed": ("choose", "b c d e f", 0.6),
    "nothing": ("unknown", "", 0.0),
    "either": ("answer", "c a", 0.7),
    "stray-answered": ("answer", "a", 0.95),
    "stray-polite": ("answer", "smalltalk", 0.95),
    "stray-human": ("answer", "human-agent a", 0.95),
    "stray-scope": ("answer", "out-of-scope", 0.95),
    "stray-offered": ("choose", "a", 0.6),
    "stray-unknown": ("unknown", "", 0.0),
}
ROWS = [
    _row("right", "a", style="短"), _row("second", "a", style="短"), _row("fourth", "a"),
    _row("missed", "a"), _row("nothing", "a"), _row("either", "b", "c"),
    *(_row(text, ood=True) for text in TABLE if text.startswith("stray")),
]  # fmt: skip


def test_figures_of_a_small_set() -> None:
    """Two of six first, three of six in the first three, four in the first five; half of six sure."""
    told = _figures(ROWS, TABLE)

    assert 12 == told["n"]
    assert [round(2 / 6, 4), 0.5, round(4 / 6, 4)] == [told[f"hit@{k}"] for k in (1, 3, 5)]
    assert round((1 + 1 / 2 + 1 / 4 + 0 + 0 + 1) / 6, 4) == told["mrr"]
    assert 0.5 == told["coverage"]
    assert round(2 / 3, 4) == told["precision"]


def test_strays_are_kept_out_unless_answered() -> None:
    """Only the answer band with a first topic that looks like an answer counts as a slip."""
    assert round(5 / 6, 4) == _figures(ROWS, TABLE)["ood_kept"]


def test_figures_are_grouped_by_topic_and_style() -> None:
    """A question with two right topics counts for both; one without style for none."""
    told = _figures(ROWS, TABLE)

    assert {
        "a": {"n": 5, "hit@1": 0.2},
        "b": {"n": 1, "hit@1": 1.0},
        "c": {"n": 1, "hit@1": 1.0},
    } == (told["by_topic"])
    assert {"短": {"n": 2, "hit@1": 0.5}} == told["by_style"]


def test_the_surest_misses_come_first() -> None:
    """What to look at: wrong and sure; what was right is not listed."""
    worst = _figures(ROWS, TABLE)["worst"]

    assert ["second", "missed", "fourth", "nothing"] == [miss["text"] for miss in worst]
    assert {
        "text": "second",
        "topics": ["a"],
        "found": "b",
        "probability": 0.8,
        "rank": 2,
    } == worst[0]
    assert (None, None) == (worst[-1]["found"], worst[-1]["rank"])


def test_no_questions_give_no_figures() -> None:
    """An empty set, or one of strays only, is no division by zero."""
    none = _figures([], {})
    strays = _figures([_row("stray-offered", ood=True)], TABLE)

    assert (0, None, None) == (none["n"], none["hit@1"], none["interval"]["precision"])
    assert (1, None, 1.0) == (strays["n"], strays["coverage"], strays["ood_kept"])


def test_the_talk_and_the_product_go_along() -> None:
    """Earlier turns, the product in view and the moment are what the answerer gets."""
    answerer = _Told({"多久": ("unknown", "", 0.0)})
    row = row_of(
        {
            "turns": ["发货吗", {"role": "agent", "text": "发的"}, "多久"],
            "topics": [],
            "product": "A",
        }
    )

    evaluate.questions(cast("Answerer", answerer), [row], AT)

    (query,) = answerer.asked
    assert ("多久", "A", AT) == (query.text, query.product, query.at)
    assert (Turn(text="发货吗"), Turn(role="agent", text="发的")) == query.turns


@pytest.mark.parametrize(
    "plain",
    [{}, {"text": 3}, {"turns": []}, {"turns": "a"}, {"turns": [3]}, {"turns": [{"role": "boss", "text": "a"}]},
     {"text": "a", "topics": "b"}],
)  # fmt: skip
def test_rows_of_another_shape_are_refused(plain: dict[str, Any]) -> None:
    """Without a question or with topics that are no list."""
    with pytest.raises(ValueError, match=r"turn|topics"):
        row_of(plain)


@pytest.mark.parametrize(
    ("values", "interval"),
    [
        ([True] * 8 + [False] * 2, [0.4902, 0.9433]),
        ([True] * 10, [0.7225, 1.0]),
        ([False] * 10, [0.0, 0.2775]),
        ([], None),
    ],
    ids=["8/10", "10/10", "0/10", "none"],
)
def test_wilsons_interval(values: list[bool], interval: list[float] | None) -> None:
    """Figures as in the textbooks."""
    assert interval == wilson(values)


TEXTS = [("1", "什么时候发货"), ("2", "怎么退货"), ("3", "有优惠券吗"), ("4", "穿什么码")]


def test_a_corpus_finds_its_own_rows(word_cache: Path) -> None:
    """Each text first finds itself; a slip still finds its row; all in one report."""
    embedder = SeededEmbedder()
    rows = Corpus.of(TEXTS, embedder, word_cache)
    queries = [(text, frozenset({identity})) for identity, text in TEXTS]

    told = evaluate.corpus(rows, [*queries, ("优慧券", frozenset({"3"}))], embedder)

    assert (5, 1.0, 1.0) == (told["n"], told["hit@1"], told["mrr"])
    assert wilson([True] * 5) == told["interval"]["hit@1"]


def test_candidates_narrow_the_choice(word_cache: Path) -> None:
    """Only the given ids compete, unknown ones are left out."""
    embedder = SeededEmbedder()
    rows = Corpus.of(TEXTS, embedder, word_cache)
    query = [("怎么退货", frozenset({"2"}))]

    assert 1.0 == evaluate.corpus(rows, query, embedder, [["1", "2", "404"]])["hit@1"]
    assert 0.0 == evaluate.corpus(rows, query, embedder, [["1", "3", "404"]])["hit@5"]
    assert 0.0 == evaluate.corpus(rows, query, embedder, [[]])["hit@5"]


def test_an_empty_corpus_finds_nothing(word_cache: Path) -> None:
    """No rows: no hits and no error."""
    embedder = SeededEmbedder()
    rows = Corpus.of([], embedder, word_cache)

    assert 0.0 == evaluate.corpus(rows, [("发货", frozenset({"1"}))], embedder)["hit@5"]


def test_pairs_are_ranked_like_people_do(word_cache: Path) -> None:
    """More alike scores higher; the order of a pair does not matter; ablation works."""
    rows = [("什么时候发货", "什么时候发货", 5.0), ("什么时候发货", "什么时候能发货", 4.0),
            ("什么时候发货", "怎么退货", 2.0), ("穿什么码", "有优惠券吗", 1.0)]  # fmt: skip
    turned = [(b, a, score) for a, b, score in rows]
    embedder = SeededEmbedder()

    told = evaluate.pairs(rows, embedder, word_cache)

    assert {"n": 4, "spearman": 1.0} == told
    assert evaluate.pair_scores(rows, embedder, word_cache) == pytest.approx(
        evaluate.pair_scores(turned, embedder, word_cache)
    )
    assert 1.0 == evaluate.pairs(rows, embedder, word_cache, Weights(dense=0))["spearman"]


@pytest.mark.parametrize("scores", [[], [3.0], [3.0, 3.0]], ids=["none", "one", "equal"])
def test_pairs_without_an_order_have_no_correlation(scores: list[float], word_cache: Path) -> None:
    """Nothing to correlate is told as such, not as a number."""
    rows = [("发货", f"退货{at}", score) for at, score in enumerate(scores)]

    assert {"n": len(rows), "spearman": None} == evaluate.pairs(rows, SeededEmbedder(), word_cache)


def test_rows_are_read_line_by_line(tmp_path: Path) -> None:
    """Blank lines are nothing, a byte order mark is nothing."""
    path = tmp_path / "a.jsonl"
    path.write_text('\ufeff{"a": 1}\n\n{"a": 2}\n', encoding="utf-8")

    assert [{"a": 1}, {"a": 2}] == evaluate_files.read_rows(path)


@pytest.mark.parametrize(
    ("raw", "place"),
    [(b'{"a": 1}\n{', "a.jsonl:2"), (b"[1]", "a.jsonl:1"), (b"\xff\xfe", "a.jsonl"), (None, "a.jsonl")],
    ids=["json", "list", "bytes", "missing"],
)  # fmt: skip
def test_unreadable_rows_are_named(tmp_path: Path, raw: bytes | None, place: str) -> None:
    """File and line of what cannot be read."""
    path = tmp_path / "a.jsonl"
    if raw is not None:
        path.write_bytes(raw)

    with pytest.raises(Malformed, match=place):
        evaluate_files.read_rows(path)


def test_rows_without_their_fields_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pair without score, or with one that is no number, is told by file."""
    from shopbot.config import load_settings

    monkeypatch.setattr(evaluate_files, "load_embedder", lambda *_, **__: SeededEmbedder())
    settings = load_settings(knowledge=tmp_path, data=tmp_path / "d", cache=tmp_path / "c")
    for row in ({"a": "x", "b": "y"}, {"a": "x", "b": "y", "score": "viel"}):
        path = tmp_path / "p.jsonl"
        path.write_text(json.dumps(row), encoding="utf-8")

        with pytest.raises(Malformed, match=r"p\.jsonl"):
            evaluate_files.pairs_file(settings, path, lambda *_: None)
