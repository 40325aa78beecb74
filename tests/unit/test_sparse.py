"""Laws of the words leg."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot.kb.analysis import Vocabulary
from shopbot.kb.sparse import Sparse, build, counted

TERMS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([0.6, 1.0, 2.0]), max_size=6)
TEXTS = st.lists(TERMS, max_size=8)
SETS = st.lists(st.frozensets(st.sampled_from("abcdefgh"), min_size=1), min_size=1, max_size=8)
FULL = st.lists(TERMS.filter(bool), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(texts=FULL, query=TERMS)
def test_scores_lie_in_a_fixed_range(
    texts: list[dict[str, float]], query: dict[str, float]
) -> None:
    """Whatever the lengths, scores can be mixed with cosines: never negative, never far above 1."""
    scores = build(texts).scores(query)

    assert (len(texts),) == scores.shape
    assert np.float32 == scores.dtype
    assert float(scores.min()) >= 0.0
    assert float(scores.max()) <= 2.0


@settings(max_examples=100, deadline=None)
@given(texts=SETS)
def test_nothing_beats_the_text_itself(texts: list[frozenset[str]]) -> None:
    """A text without repeated words finds itself, or one that says the same, first."""
    rows = [counted(sorted(text)) for text in texts]
    index = build(rows)

    for at, terms in enumerate(rows):
        scores = index.scores(terms)
        best = {frozenset(rows[int(i)]) for i in np.flatnonzero(scores >= scores.max() - 1e-4)}
        assert texts[at] in best, (texts, at, scores)


@settings(max_examples=100, deadline=None)
@given(texts=SETS)
def test_comparing_is_nearly_symmetric(texts: list[frozenset[str]]) -> None:
    """Without repeated words, a question in the place of a phrasing scores about as the phrasing in
    its place, and no score is far above 1."""
    rows = [counted(sorted(text)) for text in texts]
    index = build(rows)
    scores = np.array([index.scores(terms) for terms in rows])

    assert np.allclose(scores, scores.T, rtol=0, atol=0.2)
    assert float(scores.max()) <= 1.2


@settings(max_examples=100, deadline=None)
@given(texts=TEXTS, query=TERMS, earlier=TERMS)
def test_a_growing_vocabulary_indexes_the_same(
    texts: list[dict[str, float]], query: dict[str, float], earlier: dict[str, float]
) -> None:
    """Rows kept from an earlier build (whose words may be gone) score as an index made anew."""
    vocabulary = Vocabulary()
    vocabulary.row(earlier)
    grown = vocabulary.index([vocabulary.row(text) for text in texts])
    fresh = build(texts)

    for terms in ({}, query, *texts):
        known = {t: w for t, w in terms.items() if fresh.weight(t)}
        assert np.allclose(fresh.scores(known), grown.scores(known), atol=1e-5)


@pytest.mark.parametrize("index", [build([]), Vocabulary().index([])], ids=["built", "grown"])
def test_an_empty_index_has_no_scores(index: Sparse) -> None:
    """No texts: an empty answer, no warning, no error."""
    assert (0,) == index.scores({"a": 1.0}).shape
    assert 0.0 == index.weight("a")


def test_an_empty_query_matches_nothing() -> None:
    """Without terms, or with unknown ones alone, all scores are zero."""
    index = build([{"a": 1.0}, {}])

    assert [0.0, 0.0] == index.scores({}).tolist()
    assert [0.0, 0.0] == index.scores({"z": 1.0}).tolist()


def test_rare_words_weigh_more() -> None:
    """A word that every text has tells little."""
    index = build([{"发": 1.0, "货": 1.0}, {"发": 1.0, "票": 1.0}, {"发": 1.0}])

    assert 0.0 < index.weight("发") < index.weight("货")
    assert index.scores({"货": 1.0})[0] > index.scores({"发": 1.0})[0]


def test_an_unknown_word_lowers_all_scores() -> None:
    """A query that also says something unheard of is a weaker match."""
    index = build([{"a": 1.0, "b": 1.0}, {"c": 1.0}])

    assert index.scores({"a": 1.0, "z": 1.0})[0] < index.scores({"a": 1.0})[0]


def test_a_text_that_merely_holds_the_query_does_not_win() -> None:
    """The short text that says just this comes before the long one that also says it."""
    scores = build([dict.fromkeys("abcdefgh", 1.0), {"a": 1.0, "b": 1.0}]).scores(
        {"a": 1.0, "b": 1.0}
    )

    assert scores[1] > scores[0]


def test_terms_are_counted_in_order() -> None:
    """Counts keep the order of first appearance."""
    assert [("b", 2), ("a", 1)] == list(counted("bab").items())
