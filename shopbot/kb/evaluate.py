"""Retrieval quality as figures: labelled shopper questions, any corpus, sentence pairs.

All go through the product's own retrieval. Confidence intervals are Wilson's (1927) at 95 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from shopbot.kb import dense as dense_leg
from shopbot.kb.analysis import Analyser, Question, Vocabulary
from shopbot.kb.answering import Answerer, Query
from shopbot.kb.embedder import Embedder
from shopbot.kb.focus import Turn
from shopbot.kb.fusion import WEIGHTS, Floats, Weights, fuse
from shopbot.kb.lexicon import Lexicon
from shopbot.kb.pinyin import Sounds, Speller, load_table
from shopbot.kb.retrieval import Retriever
from shopbot.kb.sparse import build

NOT_ANSWERED = frozenset({"out-of-scope", "smalltalk", "human-agent"})
"""First topics that keep an unanswerable question out even in the answer band."""
WORST = 20
Done = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled question: any of ``topics`` is right; an ``ood`` one must not be answered."""

    turns: tuple[Turn, ...]
    topics: frozenset[str]
    ood: bool = False
    style: str = ""
    product: str | None = None

    @property
    def text(self) -> str:
        """The question itself: the last turn."""
        return self.turns[-1].text


def row_of(plain: Mapping[str, Any]) -> Row:
    """A row from its JSON.

    :raises ValueError: when neither ``text`` nor ``turns`` is there, or the topics are no list.
    """
    turns = turns_of(plain)
    topics = plain.get("topics", [])
    if not isinstance(topics, list):
        raise ValueError("topics must be a list")
    return Row(
        turns=turns,
        topics=frozenset(str(topic) for topic in topics),
        ood=bool(plain.get("ood")),
        style=str(plain.get("style", "")),
        product=str(plain["product"]) if plain.get("product") else None,
    )


def turns_of(plain: Mapping[str, Any]) -> tuple[Turn, ...]:
    """``text`` or ``turns`` (strings, or ``{"role", "text"}``) as turns, at least one.

    :raises ValueError: when there is neither, or a turn has another shape.
    """
    if isinstance(plain.get("text"), str):
        return (Turn(text=plain["text"]),)
    given = plain.get("turns")
    if not isinstance(given, list) or not given:
        raise ValueError("give text or turns")
    turns = []
    for turn in given:
        if isinstance(turn, str):
            turns.append(Turn(text=turn))
        elif isinstance(turn, dict) and turn.get("role", "shopper") in {"shopper", "agent", "bot"}:
            turns.append(Turn(role=turn.get("role", "shopper"), text=str(turn.get("text", ""))))
        else:
            raise ValueError("a turn is a string or {role: shopper|agent|bot, text}")
    return tuple(turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What came of one row: topics found, best first, and whether the first was sure."""

    row: Row
    answered: bool
    found: Sequence[str]
    probability: float

    @property
    def rank(self) -> int | None:
        """Place, from 1, of the first suggestion of a right topic."""
        return _rank(self.row.topics, self.found)

    @property
    def kept_out(self) -> bool:
        """True when nothing that looks like an answer was given."""
        return not self.answered or self.found[0] in NOT_ANSWERED


def questions(
    answerer: Answerer, rows: Sequence[Row], at: datetime, done: Done | None = None
) -> dict[str, Any]:
    """The figures of the contract for labelled questions, with intervals.

    Hits, ``mrr``, ``precision`` and ``coverage`` are over the questions in scope; ``precision`` is
    the share of right first topics among those in the answer band, ``coverage`` the band's share;
    ``ood_kept`` is over the others. A figure without a question is ``None``.
    """
    tell = done or (lambda _share: None)
    results = []
    for number, row in enumerate(rows, 1):
        results.append(_result(answerer, row, at))
        tell(number / len(rows))
    asked = [r for r in results if not r.row.ood]
    figures = {
        **_hits([r.rank for r in asked]),
        "precision": [r.rank == 1 for r in asked if r.answered],
        "coverage": [r.answered for r in asked],
        "ood_kept": [r.kept_out for r in results if r.row.ood],
    }
    return {
        "n": len(results),
        **{name: _mean(values) for name, values in figures.items()},
        "mrr": _reciprocal([r.rank for r in asked]),
        "by_topic": _grouped(asked, lambda row: sorted(row.topics)),
        "by_style": _grouped(asked, lambda row: [row.style] if row.style else []),
        "worst": _worst(asked),
        "interval": {name: wilson(values) for name, values in figures.items()},
    }


def _result(answerer: Answerer, row: Row, at: datetime) -> _Result:
    query = Query(text=row.text, turns=row.turns[:-1], product=row.product, at=at)
    part = answerer.answer(query).parts[0]
    return _Result(
        row=row,
        answered=part.band == "answer",
        found=[suggestion.topic for suggestion in part.suggestions],
        probability=part.suggestions[0].probability if part.suggestions else 0.0,
    )


def _hits(ranks: Sequence[int | None]) -> dict[str, list[bool]]:
    return {f"hit@{k}": [rank is not None and rank <= k for rank in ranks] for k in (1, 3, 5)}


def _reciprocal(ranks: Sequence[int | None]) -> float | None:
    return _mean([1 / rank if rank else 0.0 for rank in ranks])


def _rank(right: frozenset[str], found: Sequence[str]) -> int | None:
    return next((at for at, topic in enumerate(found, 1) if topic in right), None)


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def wilson(values: Sequence[bool]) -> list[float] | None:
    """Wilson's 95 % interval of a share, ``[low, high]``; None for no values."""
    n = len(values)
    if not n:
        return None
    z, share = 1.959964, sum(values) / n
    centre = share + z * z / (2 * n)
    spread = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    scale = 1 + z * z / n
    return [round((centre - spread) / scale, 4), round((centre + spread) / scale, 4)]


def _grouped(
    asked: Sequence[_Result], keys: Callable[[Row], Sequence[str]]
) -> dict[str, dict[str, float | int | None]]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for result in asked:
        for key in keys(result.row):
            groups[key].append(result.rank == 1)
    return {key: {"n": len(v), "hit@1": _mean(v)} for key, v in sorted(groups.items())}


def _worst(asked: Sequence[_Result]) -> list[dict[str, Any]]:
    """The misses that were the surest: what to look at first."""
    missed = sorted((r for r in asked if r.rank != 1), key=lambda r: -r.probability)
    return [
        {
            "text": r.row.text,
            "topics": sorted(r.row.topics),
            "found": r.found[0] if r.found else None,
            "probability": round(r.probability, 4),
            "rank": r.rank,
        }
        for r in missed[:WORST]
    ]


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
        ranks.append(_rank(relevant, order))
        tell((number + 1) / len(queries))
    hits = _hits(ranks)
    return {
        "n": len(ranks),
        **{name: _mean(values) for name, values in hits.items()},
        "mrr": _reciprocal(ranks),
        "interval": {name: wilson(values) for name, values in hits.items()},
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
