"""Any corpus and any sentence pairs through the product's own retrieval, without a store's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shopbot.kb import dense as dense_leg
from shopbot.kb.analysis import Analyser, Question, Vocabulary
from shopbot.kb.embedder import Embedder
from shopbot.kb.figures import hits, mean, rank, reciprocal, wilson
from shopbot.kb.fusion import WEIGHTS, Floats, Weights, fuse
from shopbot.kb.lexicon import Lexicon
from shopbot.kb.pinyin import Sounds, Speller, load_table
from shopbot.kb.retrieval import Retriever
from shopbot.kb.sparse import build

Done = Callable[[float], None]
"""Told the share done, 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Any set of texts behind the product's retrieval: a row an entry, no store words."""

    ids: tuple[str, ...]
    retriever: Retriever

    @classmethod
    def of(
        cls,
        rows: Sequence[tuple[str, str]],
        embedder: Embedder,
        cache: Path,
        done: Done | None = None,
    ) -> Corpus:
        """A corpus of (id, text) rows."""
        analyser = Analyser(Lexicon(cache), Sounds.of(load_table(cache)))
        prepared = [analyser.prepare(text) for _, text in rows]
        count = max(len(prepared), 1)
        tell = done or (lambda _share: None)
        vectors = embedder.encode(prepared, done=lambda n: tell(n / count))
        words, sounds = Vocabulary(), Vocabulary()
        often: dict[str, float] = {}
        for text in prepared:
            for word in analyser.lexicon.words(text):
                often[word] = often.get(word, 0.0) + 1.0
        retriever = Retriever(
            units=np.arange(len(rows), dtype=np.int32),
            dense=dense_leg.build(vectors),
            words=words.index([words.row(analyser.words(text)) for text in prepared]),
            pinyin=sounds.index([sounds.row(analyser.spelled(text)) for text in prepared]),
            analyser=analyser,
            speller=Speller.of(analyser.sounds, often, prepared),
        )
        return cls(ids=tuple(identity for identity, _ in rows), retriever=retriever)

    def scores(self, question: Question, vector: Floats, weights: Weights) -> Floats:
        """Fused scores of all rows (float32, ``(n,)``): for choosing among given candidates."""
        retriever = self.retriever
        return fuse(
            retriever.dense.vectors @ vector,
            retriever.words.scores(question.words),
            retriever.pinyin.scores(question.sounds),
            np.zeros(len(self.ids), dtype=np.float32),
            weights,
        )

    def among(
        self, ids: Sequence[str], question: Question, vector: Floats, weights: Weights
    ) -> list[str]:
        """The given ids in the order of their scores, best first; unknown ones are left out."""
        scores = self.scores(question, vector, weights)
        places = {identity: at for at, identity in enumerate(self.ids)}
        return sorted((i for i in ids if i in places), key=lambda i: -scores[places[i]])


def corpus(
    rows: Corpus,
    queries: Sequence[tuple[str, frozenset[str]]],
    embedder: Embedder,
    candidates: Sequence[Sequence[str]] | None = None,
    weights: Weights = WEIGHTS,
    done: Done | None = None,
) -> dict[str, Any]:
    """Hits of (text, relevant ids) queries over the corpus, or among each one's candidates."""
    tell = done or (lambda _share: None)
    ranks: list[int | None] = []
    for number, (text, relevant) in enumerate(queries):
        question = rows.retriever.question(text)
        vector = embedder.encode_one(question.text)
        if candidates is None:
            found = rows.retriever.search(question, vector, top=10, weights=weights)
            order = [rows.ids[r.unit] for r in found]
        else:
            order = rows.among(candidates[number], question, vector, weights)
        ranks.append(rank(relevant, order))
        tell((number + 1) / len(queries))
    found_at = hits(ranks)
    return {
        "n": len(ranks),
        **{name: mean(values) for name, values in found_at.items()},
        "mrr": reciprocal(ranks),
        "interval": {name: wilson(values) for name, values in found_at.items()},
    }


def pairs(
    rows: Sequence[tuple[str, str, float]],
    embedder: Embedder,
    cache: Path,
    weights: Weights = WEIGHTS,
) -> dict[str, Any]:
    """Spearman's rank correlation of :func:`pair_scores` with people's scores.

    It is ``None`` where there is none: all scores of one side are equal.
    """
    from scipy.stats import spearmanr

    people = [score for _, _, score in rows]
    told = pair_scores(rows, embedder, cache, weights)
    if len(set(told)) < 2 or len(set(people)) < 2:
        return {"n": len(rows), "spearman": None}
    correlation = float(spearmanr(told, people).statistic)
    return {"n": len(rows), "spearman": round(correlation, 4)}


def pair_scores(
    rows: Sequence[tuple[str, str, float]],
    embedder: Embedder,
    cache: Path,
    weights: Weights = WEIGHTS,
) -> list[float]:
    """The fused dense + words score of each (text, text, people's score) pair.

    IDF comes from all texts of the file; the score is the mean of both directions.
    """
    analyser = Analyser(Lexicon(cache), Sounds.of(load_table(cache)))
    texts = list(dict.fromkeys(text for a, b, _ in rows for text in (a, b)))
    places = {text: at for at, text in enumerate(texts)}
    prepared = [analyser.prepare(text) for text in texts]
    vectors = embedder.encode(prepared)
    terms = [analyser.words(text) for text in prepared]
    index = build(terms)
    told = []
    for a, b, _ in rows:
        left, right = places[a], places[b]
        words = (index.scores(terms[left])[right] + index.scores(terms[right])[left]) / 2
        one = np.asarray([vectors[left] @ vectors[right]], dtype=np.float32)
        zero = np.zeros(1, dtype=np.float32)
        fused = fuse(one, np.asarray([words], dtype=np.float32), zero, zero, weights)
        told.append(float(fused[0]))
    return told
