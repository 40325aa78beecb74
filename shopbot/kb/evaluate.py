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
from shopbot.kb.fusion import WEIGHTS, Weights, fuse
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


def questions(
    answerer: Answerer, rows: Sequence[Row], at: datetime, done: Done | None = None
) -> dict[str, Any]:
    """The figures of the contract for labelled questions, with counts and intervals."""
    tell = done or (lambda _share: None)
    results = []
    for number, row in enumerate(rows):
        query = Query(text=row.text, turns=row.turns[:-1], product=row.product, at=at)
        part = answerer.answer(query).parts[0]
        found = [suggestion.topic for suggestion in part.suggestions]
        sure = part.suggestions[0].probability if part.suggestions else 0.0
        results.append((row, part.band == "answer", found, sure))
        tell((number + 1) / len(rows))
    asked = [r for r in results if not r[0].ood]
    ranks = [_rank(row.topics, found) for row, _, found, _ in asked]
    answered = [(rank == 1) for (_, sure, _, _), rank in zip(asked, ranks, strict=True) if sure]
    strays = [r for r in results if r[0].ood]
    kept = [not (sure and found[0] not in NOT_ANSWERED) for _, sure, found, _ in strays]
    hits = {f"hit@{k}": [rank is not None and rank <= k for rank in ranks] for k in (1, 3, 5)}
    covered = [sure for _, sure, _, _ in asked]
    samples = {**hits, "precision": answered, "coverage": covered, "ood_kept": kept}
    return {
        "n": len(results),
        **{name: _mean(values) for name, values in hits.items()},
        "mrr": _mean([1 / rank if rank else 0.0 for rank in ranks]),
        "precision": _mean(answered),
        "coverage": _mean(covered),
        "ood_kept": _mean(kept),
        "by_topic": _grouped(asked, ranks, lambda row: sorted(row.topics)),
        "by_style": _grouped(asked, ranks, lambda row: [row.style] if row.style else []),
        "worst": _worst(asked, ranks),
        "interval": {name: wilson(values) for name, values in samples.items()},
    }


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
    asked: Sequence[Any], ranks: Sequence[int | None], keys: Callable[[Row], Sequence[str]]
) -> dict[str, dict[str, float | int | None]]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for (row, *_), rank in zip(asked, ranks, strict=True):
        for key in keys(row):
            groups[key].append(rank == 1)
    return {key: {"n": len(v), "hit@1": _mean(v)} for key, v in sorted(groups.items())}


def _worst(asked: Sequence[Any], ranks: Sequence[int | None]) -> list[dict[str, Any]]:
    """The misses that were the surest: what to look at first."""
    missed = [(a, rank) for a, rank in zip(asked, ranks, strict=True) if rank != 1]
    missed.sort(key=lambda item: -item[0][3])
    return [
        {
            "text": row.text,
            "topics": sorted(row.topics),
            "found": found[0] if found else None,
            "probability": round(sure, 4),
            "rank": rank,
        }
        for (row, _, found, sure), rank in missed[:WORST]
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

    def scores(self, question: Question, vector: Any, weights: Weights) -> Any:
        """Fused scores of all rows (float32, ``(n,)``): for choosing among given candidates."""
        retriever = self.retriever
        return fuse(
            retriever.dense.vectors @ vector,
            retriever.words.scores(question.words),
            retriever.pinyin.scores(question.sounds),
            np.zeros(len(self.ids), dtype=np.float32),
            weights,
        )


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
    places = {identity: at for at, identity in enumerate(rows.ids)}
    ranks: list[int | None] = []
    for number, (text, relevant) in enumerate(queries):
        question = rows.retriever.question(text)
        vector = embedder.encode_one(question.text)
        if candidates is None:
            found = rows.retriever.search(question, vector, top=10, weights=weights)
            order = [rows.ids[r.unit] for r in found]
        else:
            scores = rows.scores(question, vector, weights)
            known = [c for c in candidates[number] if c in places]
            order = sorted(known, key=lambda c: -scores[places[c]])
        ranks.append(_rank(relevant, order))
        tell((number + 1) / len(queries))
    hits = {f"hit@{k}": [rank is not None and rank <= k for rank in ranks] for k in (1, 3, 5)}
    return {
        "n": len(ranks),
        **{name: _mean(values) for name, values in hits.items()},
        "mrr": _mean([1 / rank if rank else 0.0 for rank in ranks]),
        "interval": {name: wilson(values) for name, values in hits.items()},
    }


def pairs(
    rows: Sequence[tuple[str, str, float]],
    embedder: Embedder,
    cache: Path,
    weights: Weights = WEIGHTS,
) -> dict[str, Any]:
    """Spearman's rank correlation of :func:`pair_scores` with people's scores."""
    from scipy.stats import spearmanr

    if len(rows) < 2:
        return {"n": len(rows), "spearman": None}
    told = pair_scores(rows, embedder, cache, weights)
    correlation = float(spearmanr(told, [score for _, _, score in rows]).statistic)
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
