"""Hybrid search over a handful of phrasings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shopbot.kb import dense as dense_leg
from shopbot.kb import topic_model
from shopbot.kb.analysis import Analyser, Vocabulary
from shopbot.kb.fusion import Weights
from shopbot.kb.lexicon import Lexicon
from shopbot.kb.pinyin import Sounds, Speller, load_table
from shopbot.kb.retrieval import Retriever, with_topics
from tests.simulators.embedder import SeededEmbedder

PHRASINGS = ["什么时候发货", "多久能发货", "怎么退货", "我要退货", "有优惠券吗", "穿什么码"]
UNITS = [0, 0, 1, 1, 2, 3]
TOPICS = ["shipping", "return", "coupon", "size"]
EMBEDDER = SeededEmbedder()


def _retriever(cache: Path, phrasings: list[str], units: list[int]) -> Retriever:
    analyser = Analyser(Lexicon(cache, synonyms=[["优惠券", "劵子"]]), Sounds.of(load_table(cache)))
    prepared = [analyser.prepare(text) for text in phrasings]
    words, sounds = Vocabulary(), Vocabulary()
    often = {"发货": 9.0, "退货": 9.0, "优惠券": 5.0}
    return Retriever(
        units=np.array(units, np.int32),
        dense=dense_leg.build(EMBEDDER.encode(prepared)),
        words=words.index([words.row(analyser.words(text)) for text in prepared]),
        pinyin=sounds.index([sounds.row(analyser.spelled(text)) for text in prepared]),
        analyser=analyser,
        speller=Speller.of(analyser.sounds, often, prepared),
    )


@pytest.fixture(scope="module")
def retriever(word_cache: Path) -> Retriever:
    """Four entries of six phrasings."""
    return _retriever(word_cache, PHRASINGS, UNITS)


def _found(retriever: Retriever, text: str, **named: object) -> list[tuple[int, int]]:
    question = retriever.question(text)
    vector = EMBEDDER.encode_one(question.text)
    ranked = retriever.search(question, vector, **named)  # type: ignore[arg-type]
    return [(r.unit, r.phrasing) for r in ranked]


@pytest.mark.parametrize(
    ("text", "best"),
    [("什么时候发货", (0, 0)), ("你好，请问什么時候發貨呀", (0, 0)), ("什么时候发或", (0, 0)), ("我要退活", (1, 3)),
     ("有yhq吗", (2, 4)), ("有劵子吗", (2, 4)), ("zenme tuihuo", (1, 2)), ("穿啥码", (3, 5))],
)  # fmt: skip
def test_the_right_phrasing_comes_first(
    retriever: Retriever, text: str, best: tuple[int, int]
) -> None:
    """Courtesies, script, slips, initials, synonyms and typed pinyin do not hide it."""
    assert best == _found(retriever, text)[0]


def test_an_entry_comes_once(retriever: Retriever) -> None:
    """Both phrasings of an entry match, one place is taken."""
    units = [unit for unit, _ in _found(retriever, "发货")]

    assert sorted(set(units)) == sorted(units)
    assert 0 == units[0]


def test_top_bounds_the_answer(retriever: Retriever) -> None:
    """No more entries than asked for."""
    assert 2 == len(_found(retriever, "发货", top=2))


def test_phrasings_can_be_left_out(retriever: Retriever) -> None:
    """A left-out phrasing is not found, its entry still is by another."""
    assert (0, 1) in _found(retriever, "什么时候发货", without=[0])
    assert 0 not in [unit for unit, _ in _found(retriever, "什么时候发货", without=[0, 1])]


@pytest.mark.parametrize("text", ["", "😀", "   "])
def test_nothing_asked_finds_nothing(retriever: Retriever, text: str) -> None:
    """An empty question has no answer."""
    assert [] == _found(retriever, text)


def test_an_empty_store_finds_nothing(word_cache: Path) -> None:
    """No phrasings at all: no error."""
    assert [] == _found(_retriever(word_cache, [], []), "什么时候发货")


def test_unknown_text_is_answered_without_error(retriever: Retriever) -> None:
    """Text of which no leg knows a thing gives weak candidates, never a failure."""
    question = retriever.question("∑qwrtz 9")
    ranked = retriever.search(question, EMBEDDER.encode_one(question.text))

    assert all(0.0 == r.words == r.pinyin for r in ranked)


def test_a_leg_can_find_what_the_others_miss(word_cache: Path) -> None:
    """With a dense leg that sees nothing, the words still bring the entry up, and show it."""
    retriever = _retriever(word_cache, PHRASINGS, UNITS)
    question = retriever.question("怎么退货")

    best = retriever.search(question, np.zeros(EMBEDDER.dim, np.float32), weights=Weights())[0]

    assert (1, 2) == (best.unit, best.phrasing)
    assert 0.0 == best.dense
    assert best.words > 0.9


def test_topics_are_judged_beside_the_legs(retriever: Retriever) -> None:
    """With a topic model each candidate carries its topic's score; unknown topics have none."""
    texts = [retriever.analyser.prepare(text) for text in PHRASINGS[:4]]
    terms = [
        topic_model.hash_terms(retriever.analyser.words(text), retriever.words) for text in texts
    ]
    labels = np.array([TOPICS[unit] for unit in UNITS[:4]])
    model = topic_model.fit(EMBEDDER.encode(texts), terms, labels)
    judged = with_topics(retriever, model, TOPICS)
    question = judged.question("怎么退货")

    scores = {r.unit: r.topic for r in judged.search(question, EMBEDDER.encode_one(question.text))}

    assert scores[1] > scores[0]
    assert 0.0 == scores.get(2, 0.0) == scores.get(3, 0.0)
    assert [-1, -1] == judged.unit_topics.tolist()[2:]  # type: ignore[union-attr]
    assert with_topics(judged, None, TOPICS).topics is None
