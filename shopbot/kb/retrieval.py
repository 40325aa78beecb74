"""Hybrid search over phrasings: three legs, fused per phrasing, best phrasing per entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shopbot.kb.analysis import Analyser, Question
from shopbot.kb.dense import Dense
from shopbot.kb.fusion import WEIGHTS, Floats, Ranked, Weights, best_per_unit, fuse
from shopbot.kb.pinyin import Speller
from shopbot.kb.sparse import Sparse
from shopbot.kb.topic_model import TopicModel

DENSE_CANDIDATES = 100
SPARSE_CANDIDATES = 100
"""Phrasings each leg puts forward; all three scores are then computed for their union."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriever:
    """An immutable, searchable set of phrasings; ``units[i]`` is the entry of phrasing ``i``.

    ``unit_topics`` are the entries' positions in the topic model's topics, -1 for unknown ones.
    """

    units: NDArray[np.int32]
    dense: Dense
    words: Sparse
    pinyin: Sparse
    analyser: Analyser
    speller: Speller
    topics: TopicModel | None = None
    unit_topics: NDArray[np.int32] | None = None

    def question(self, raw: str) -> Question:
        """A shopper's text as the legs take it."""
        return self.analyser.question(raw, self.speller)

    def search(
        self,
        question: Question,
        vector: Floats,
        *,
        top: int = 10,
        weights: Weights = WEIGHTS,
        without: Sequence[int] = (),
        near: NDArray[np.int64] | None = None,
    ) -> list[Ranked]:
        """The best ``top`` entries for a question and its embedding, best first.

        ``without`` leaves phrasings out (calibration searches each one in the others); ``near`` are
        the dense leg's candidates when they were searched in a batch.
        """
        if not len(self.units) or not question.text:
            return []
        words = self.words.scores(question.words)
        sounds = self.pinyin.scores(question.sounds)
        extra = len(without)
        if near is None:
            near = self.dense.search(vector, DENSE_CANDIDATES + extra)[0]
        rows = self._candidates(near, words, sounds, extra)
        if len(without):
            rows = rows[~np.isin(rows, np.asarray(without))]
        units = self.units[rows]
        topics = self._about(question, vector, units)
        legs = (self.dense.cosines(vector, rows), words[rows], sounds[rows], topics)
        return best_per_unit(units, rows, legs, fuse(*legs, weights), top)

    def _about(self, question: Question, vector: Floats, units: NDArray[np.int32]) -> Floats:
        """The topic model's score of each candidate's topic; zeros without a model."""
        if self.topics is None or self.unit_topics is None:
            return np.zeros(len(units), dtype=np.float32)
        told = np.append(self.topics.scores(vector, question.words, self.words), np.float32(0.0))
        return np.asarray(told[self.unit_topics[units]], dtype=np.float32)

    def _candidates(
        self, near: NDArray[np.int64], words: Floats, sounds: Floats, extra: int
    ) -> NDArray[np.int64]:
        picked = [near, _best(words, SPARSE_CANDIDATES + extra), _best(sounds, SPARSE_CANDIDATES)]
        return np.unique(np.concatenate(picked))


def with_topics(retriever: Retriever, model: TopicModel | None, topics: Sequence[str]) -> Retriever:
    """The retriever judging with a topic model; ``topics`` are those of the units, in order."""
    if model is None:
        return replace(retriever, topics=None, unit_topics=None)
    places = {topic: at for at, topic in enumerate(model.topics)}
    return replace(
        retriever,
        topics=model,
        unit_topics=np.array([places.get(topic, -1) for topic in topics], dtype=np.int32),
    )


def _best(scores: Floats, top: int) -> NDArray[np.int64]:
    """Positions of the highest positive scores, unordered."""
    positive = np.flatnonzero(scores)
    if len(positive) <= top:
        return positive
    chosen = np.argpartition(scores[positive], len(positive) - top)[-top:]
    return np.asarray(positive[chosen], dtype=np.int64)
