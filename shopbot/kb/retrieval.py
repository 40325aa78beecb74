"""Hybrid search over phrasings: three legs, fused per phrasing, best phrasing per entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopbot.kb.analysis import Analyser, Question
from shopbot.kb.dense import Dense
from shopbot.kb.fusion import WEIGHTS, Floats, Ranked, Weights, best_per_unit, fuse
from shopbot.kb.pinyin import Speller
from shopbot.kb.sparse import Sparse

DENSE_CANDIDATES = 100
SPARSE_CANDIDATES = 100
"""Phrasings each leg puts forward; all three scores are then computed for their union."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriever:
    """An immutable, searchable set of phrasings; ``units[i]`` is the entry of phrasing ``i``."""

    units: NDArray[np.int32]
    dense: Dense
    words: Sparse
    pinyin: Sparse
    analyser: Analyser
    speller: Speller

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
    ) -> list[Ranked]:
        """The best ``top`` entries for a question and its embedding, best first.

        ``without`` leaves phrasings out (calibration searches each one in the others).
        """
        if not len(self.units) or not question.text:
            return []
        words = self.words.scores(question.words)
        sounds = self.pinyin.scores(question.sounds)
        rows = self._candidates(vector, words, sounds, len(without))
        if len(without):
            rows = rows[~np.isin(rows, np.asarray(without))]
        legs = (self.dense.cosines(vector, rows), words[rows], sounds[rows])
        return best_per_unit(self.units[rows], rows, legs, fuse(*legs, weights), top)

    def _candidates(
        self, vector: Floats, words: Floats, sounds: Floats, extra: int
    ) -> NDArray[np.int64]:
        near, _ = self.dense.search(vector, DENSE_CANDIDATES + extra)
        picked = [near, _best(words, SPARSE_CANDIDATES + extra), _best(sounds, SPARSE_CANDIDATES)]
        return np.unique(np.concatenate(picked))


def _best(scores: Floats, top: int) -> NDArray[np.int64]:
    """Positions of the highest positive scores, unordered."""
    if len(scores) > top:
        chosen = np.argpartition(scores, len(scores) - top)[-top:]
    else:
        chosen = np.arange(len(scores))
    return chosen[scores[chosen] > 0].astype(np.int64)
