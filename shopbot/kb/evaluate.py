"""Retrieval quality as figures: labelled shopper questions, any corpus, sentence pairs.

All go through the product's own retrieval.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbot.kb.answering import Answerer
from shopbot.kb.evaluate_texts import Corpus, Done, corpus, pair_scores, pairs
from shopbot.kb.figures import hits, mean, rank, reciprocal, wilson
from shopbot.kb.question_rows import Row, row_of, turns_of
from shopbot.kb.suggestion import Query

__all__ = [
    "Corpus", "Row", "corpus", "pair_scores", "pairs", "questions", "row_of", "turns_of", "wilson",
]  # fmt: skip

NOT_ANSWERED = frozenset({"out-of-scope", "smalltalk", "human-agent"})
"""First topics that keep an unanswerable question out even in the answer band."""
WORST = 20


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
        return rank(self.row.topics, self.found)

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
        **hits([r.rank for r in asked]),
        "precision": [r.rank == 1 for r in asked if r.answered],
        "coverage": [r.answered for r in asked],
        "ood_kept": [r.kept_out for r in results if r.row.ood],
    }
    return {
        "n": len(results),
        **{name: mean(values) for name, values in figures.items()},
        "mrr": reciprocal([r.rank for r in asked]),
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


def _grouped(
    asked: Sequence[_Result], keys: Callable[[Row], Sequence[str]]
) -> dict[str, dict[str, float | int | None]]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for result in asked:
        for key in keys(result.row):
            groups[key].append(result.rank == 1)
    return {key: {"n": len(v), "hit@1": mean(v)} for key, v in sorted(groups.items())}


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
