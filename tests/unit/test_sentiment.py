"""What the words of a review say, and the sum of the legs, without a model."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from shopbot.orders import sentiment, sentiment_counts, sentiment_words
from shopbot.orders.sentiment import Judge, packaged, probability

ROOT = Path(__file__).resolve().parents[2]
LABELLED = ROOT / "benchmarks" / "labelled" / "reviews.jsonl"
ROWS = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
NEAR = 0.25


def judged(text: str) -> str:
    """Return the sentiment of one text without vectors."""
    return Judge().judge([text])[0].sentiment


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("质量很好，非常满意", "pos", id="praise"),
        pytest.param("质量太差，再也不买了", "neg", id="blame"),
        pytest.param("不好用", "neg", id="denied praise"),
        pytest.param("一点也不好", "neg", id="wholly denied praise"),
        pytest.param("没有想象中好", "neg", id="praise denied from afar"),
        pytest.param("没有色差，没有异味，不掉色", "pos", id="denied blame"),
        pytest.param("价格虽然贵，但是质量非常好，很喜欢", "pos", id="concession, then praise"),
        pytest.param("样子挺好看的，就是不经用，一个月就坏了", "neg", id="praise, then contrast"),
        pytest.param("質量太差，客服態度惡劣", "neg", id="traditional characters"),
        pytest.param("ＹＹＤＳ，五星好评", "pos", id="full-width letters"),
        pytest.param("👍👍👍", "pos", id="faces alone"),
        pytest.param("🤮🤮", "neg", id="angry faces alone"),
        pytest.param("还没用，用了再来评价", "neutral", id="not used yet"),
        pytest.param("。。。", "neutral", id="no letter"),
        pytest.param("", "neutral", id="nothing"),
        pytest.param("此用户没有填写评价", "neutral", id="the platform's own words"),
    ],
)
def test_words_alone_read_what_is_plain(text: str, wanted: str) -> None:
    """Negation, contrast, concession, script, width and faces are understood."""
    assert wanted == judged(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("质量很好，快递有点慢", {"quality": "pos", "logistics": "neg"}),
        ("尺码偏小，客服态度很好", {"size": "neg", "service": "pos"}),
        ("太贵了，不值这个价", {"price": "neg"}),
        ("值得拥有", {}),
    ],
)
def test_aspects_have_the_sentiment_of_their_clause(text: str, wanted: dict[str, str]) -> None:
    """Each is judged by what stands beside it."""
    verdict = Judge().judge([text])[0]

    assert wanted == verdict.aspect_sentiments


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(text: str) -> None:
    """Whatever it holds; the probability is one, and what is told of is listed."""
    verdict = Judge().judge([text])[0]

    assert 0 < verdict.probability < 1
    assert set(verdict.aspect_sentiments) <= set(verdict.aspects)
    assert len(sentiment_words.FEATURES) == len(sentiment_words.read(text).features)


@settings(deadline=None)
@given(st.lists(st.sampled_from([row["text"] for row in ROWS]), min_size=1, max_size=5))
def test_a_verdict_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    """In a batch or alone."""
    alone = [Judge().judge([text])[0] for text in texts]

    assert alone == Judge().judge(texts)


@given(st.floats(allow_nan=False))
def test_probability_is_a_probability(odds: float) -> None:
    """However far the odds, and odds turned round turn it round."""
    assert 0 < probability(odds) < 1
    assert math.isclose(1 - probability(odds), probability(-odds), abs_tol=1e-12)


class Turned:
    """Another sentence model: of the same length, in another direction."""

    def __init__(self, size: int, turn: float) -> None:
        self._size, self._turn = size, turn

    def encode(self, texts: Sequence[str]) -> Any:
        probe = packaged().probe_vector[: self._size]
        return [
            [value * (1 if place % 7 else self._turn) for place, value in enumerate(probe)]
        ] * len(texts)


@pytest.mark.parametrize(
    ("size", "turn", "takes_part"),
    [(384, 1.0, True), (384, -5.0, False), (128, 1.0, False)],
    ids=["same model", "other directions", "other length"],
)
def test_vectors_of_another_model_take_no_part(size: int, turn: float, takes_part: bool) -> None:
    """The weights would mean nothing for them."""
    assert takes_part is Judge(Turned(size, turn)).has_vectors


def test_the_likeliest_cut_is_taken() -> None:
    """Words are cut as they are counted, unknown characters stand alone."""
    counts = sentiment_counts.made(
        {
            "": (100, 100),
            "质量": (30, 30),
            "很好": (30, 2),
            "很": (10, 10),
            "好": (5, 5),
            "量": (1, 1),
        }
    )

    assert ["质量", "很好", "丂"] == counts.cut("质量很好丂")
    assert counts.score("质量很好") > 0


def test_no_polar_word_stands_on_both_sides() -> None:
    """A word cannot praise and blame."""
    told = sentiment_words._file()
    sides = [
        {word for part in told[side].values() for word in part.split()}
        for side in ("positive", "negative")
    ]

    assert set() == sides[0] & sides[1]


def test_the_labelled_reviews_are_many_and_kept_apart() -> None:
    """At least 600, and none of the test split is nearly one that was learnt from."""
    learnt = [row["text"] for row in ROWS if row["split"] == "train"]
    near = [
        (row["text"], known)
        for row in ROWS
        if row["split"] == "test"
        for known in learnt
        if Levenshtein.normalized_distance(row["text"], known, score_cutoff=NEAR) <= NEAR
    ]

    assert [] == near
    assert len(ROWS) >= 600
    assert len(ROWS) == len({row["text"] for row in ROWS})


def test_the_packaged_weights_are_whole() -> None:
    """One a feature, one a dimension of the vector."""
    model = sentiment.packaged()

    assert len(sentiment_words.FEATURES) == len(model.words.weights)
    assert len(model.probe_vector) == len(model.vector.weights)
