"""The topic of a question, judged from all phrasings at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from shopbot.kb.analysis import Vocabulary
from shopbot.kb.sparse import Sparse, build, counted
from shopbot.kb.topic_model import TopicModel, fit, hash_rows, hash_terms, standardise
from tests.simulators.embedder import SeededEmbedder

TEXTS = {
    "shipping": ["什么时候发货", "多久发货", "今天能发货吗", "几天发货"],
    "return": ["怎么退货", "可以退货吗", "退货流程", "我要退货"],
    "size": ["穿什么码", "尺码怎么选", "多大尺码", "尺码偏大吗"],
}
EMBEDDER = SeededEmbedder()


def _model(topics: list[str]) -> tuple[TopicModel | None, Sparse]:
    rows = [(topic, text) for topic in topics for text in TEXTS[topic]]
    terms = [counted(text) for _, text in rows]
    index = build(terms)
    vectors = EMBEDDER.encode([text for _, text in rows])
    hashed = [hash_terms(each, index) for each in terms]
    return fit(vectors, hashed, np.array([topic for topic, _ in rows])), index


def _scores(model: TopicModel, index: Sparse, text: str) -> NDArray[np.float32]:
    return model.scores(EMBEDDER.encode_one(text), counted(text), index)


@pytest.mark.parametrize("topics", [["shipping", "return"], ["shipping", "return", "size"]])
def test_a_new_phrasing_finds_its_topic(topics: list[str]) -> None:
    """Two topics (one row of weights in scikit-learn) or more: the right one scores highest."""
    model, index = _model(topics)

    assert model is not None
    assert sorted(topics) == list(model.topics)
    for text, topic in (("啥时发货", "shipping"), ("想退货", "return")):
        assert topic == model.topics[int(_scores(model, index, text).argmax())]


def test_scores_are_log_probabilities_in_a_fixed_range() -> None:
    """Mapped back, the topics' probabilities sum to one; nothing lies outside 0..1."""
    model, index = _model(["shipping", "return", "size"])
    assert model is not None

    scores = _scores(model, index, "什么时候发货")

    assert 0.0 <= float(scores.min()) <= float(scores.max()) <= 1.0
    assert 1.0 == pytest.approx(float(np.exp((scores - 1.0) * 8.0).sum()), abs=0.01)


def test_one_topic_needs_no_model() -> None:
    """With nothing to tell apart there is no model."""
    assert _model(["shipping"])[0] is None


def test_a_question_of_unknown_words_still_has_scores() -> None:
    """No term known, nothing embedded: the topics' prior, finite."""
    model, index = _model(["shipping", "return"])
    assert model is not None

    scores = model.scores(np.zeros(EMBEDDER.dim, np.float32), {"?": 1.0}, index)

    assert np.isfinite(scores).all()
    assert 0 == len(hash_terms({"?": 1.0}, index)[0])


def test_hashed_terms_have_unit_length() -> None:
    """Long and short questions weigh alike."""
    index = build([counted("发货"), counted("退货")])

    _, values = hash_terms({"发": 3.0, "退": 1.0}, index)

    assert 1.0 == pytest.approx(float(np.linalg.norm(values)))


def test_equal_vectors_are_no_division_by_zero() -> None:
    """A spread of nothing has a tiny scale instead."""
    centre, scale = standardise(np.ones((3, 4), np.float32))

    assert [1.0] * 4 == centre.tolist()
    assert scale > 0


def test_rows_of_an_index_are_hashed_as_their_terms_are() -> None:
    """What a build keeps of its phrasings gives the model the same numbers as the words would."""
    terms = [counted(text) for texts in TEXTS.values() for text in texts]
    vocabulary = Vocabulary()
    rows = [vocabulary.row(each) for each in terms]
    index = vocabulary.index(rows)

    kept = hash_rows(rows, index)

    for (places, values), each in zip(kept, terms, strict=True):
        wanted_places, wanted = hash_terms(each, index)
        assert wanted_places.tolist() == places.tolist()
        assert wanted.tolist() == pytest.approx(values.tolist(), rel=1e-5)
