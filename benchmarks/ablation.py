"""What each leg and each step is worth: off, or alone, on the store's test split and on jddc_faq.

A variant without a leg loses its candidates and its score; topic model and calibration are fitted
again on what is left, so each variant is as good as it can be. Weights stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from benchmarks import machine, question_sets, report, targets
from benchmarks.memo import AT, Memo, memo, opened, settings
from benchmarks.question_sets import OWN_FILE, STORE, Jddc
from shopbot.kb import calibration as calibrating
from shopbot.kb import dense, evaluate, sparse
from shopbot.kb.analysis import Question
from shopbot.kb.answering import Answerer
from shopbot.kb.evaluate_files import read_rows
from shopbot.kb.fitting import fitted
from shopbot.kb.focus import Focus
from shopbot.kb.fusion import WEIGHTS, Floats, Ranked, Weights
from shopbot.kb.generation import Generation
from shopbot.kb.labelled import labelled_questions
from shopbot.kb.pinyin import Speller
from shopbot.kb.retrieval import Retriever

FILE = "ablation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Retriever):
    """A retriever with weights of its own, whatever the caller thinks."""

    own: Weights

    @override
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
        return Retriever.search(
            self, question, vector, top=top, weights=self.own, without=without, near=near
        )

    @override
    def _about(self, question: Question, vector: Floats, units: NDArray[np.int32]) -> Floats:
        if not self.own.topics:  # else calibration would still see it
            return np.zeros(len(units), dtype=np.float32)
        return Retriever._about(self, question, vector, units)


class Plain(Answerer):
    """An answerer that can leave out single steps."""

    context, cutting, joining = True, True, True

    @override
    def _ranked(self, focus: Focus) -> tuple[list[Ranked], Question]:
        if self.context:
            return super()._ranked(focus)
        question = self.generation.retriever.question(focus.text)
        vector = self._vector(question)
        return self.generation.retriever.search(question, vector, top=24), question

    @override
    def _pieces(self, focus: Focus) -> list[Focus]:
        return super()._pieces(focus) if self.cutting else [focus]

    @override
    def _in_context(self, focus: Focus) -> Focus:
        return super()._in_context(focus) if self.joining else focus


class Blind(dense.Dense):
    """A dense leg that finds nothing and scores all the same."""

    @override
    def search(self, query: Floats, top: int) -> tuple[Any, Floats]:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)

    @override
    def search_many(self, queries: Floats, top: int) -> NDArray[np.int64]:
        return np.empty((len(queries), 0), dtype=np.int64)

    @override
    def cosines(self, query: Floats, rows: Any) -> Floats:
        return np.full(len(rows), 0.55, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is left of retrieval."""

    legs: frozenset[str] = frozenset({"dense", "words", "pinyin"})
    topics: bool = True
    speller: bool = True
    context: bool = True
    cutting: bool = True
    joining: bool = True


ALL = Variant()
VARIANTS: Mapping[str, Variant] = {
    "all": ALL,
    "without dense (topic model has it)": replace(ALL, legs=frozenset({"words", "pinyin"})),
    "without words": replace(ALL, legs=frozenset({"dense", "pinyin"})),
    "without pinyin": replace(ALL, legs=frozenset({"dense", "words"})),
    "without topic model": replace(ALL, topics=False),
    "without speller": replace(ALL, speller=False),
    "without context bonus": replace(ALL, context=False),
    "without cutting into parts": replace(ALL, cutting=False),
    "without the question before": replace(ALL, joining=False),
    "words and pinyin alone": Variant(legs=frozenset({"words", "pinyin"}), topics=False),
    "dense and words alone": Variant(legs=frozenset({"dense", "words"}), topics=False),
    "dense alone": Variant(legs=frozenset({"dense"}), topics=False),
    "words alone": Variant(legs=frozenset({"words"}), topics=False),
    "pinyin alone": Variant(legs=frozenset({"pinyin"}), topics=False),
}


def main() -> int:
    """Measure all variants, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="Part of a variant's name.")
    given = parser.parse_args()
    chosen = {
        name: variant
        for name, variant in VARIANTS.items()
        if not given.only or any(part in name for part in given.only)
    }
    with memo() as embedder:
        told = {"machine": {}, "at": AT.isoformat(), "variants": measured(chosen, embedder)}
    told["machine"] = machine.facts()
    print(report.ablation_table(told))
    if not given.only:
        machine.save(FILE, told)
        report.write_readme()
    return 0


def measured(variants: Mapping[str, Variant], embedder: Memo) -> dict[str, Any]:
    """Figures of each variant on each set that is here."""
    told: dict[str, Any] = {name: {} for name in variants}
    rows = [evaluate.row_of(plain) for plain in read_rows(OWN_FILE)]
    with opened(STORE, embedder) as base:
        for name, variant in variants.items():
            print(f"… {name}", file=sys.stderr, flush=True)
            answerer = _answerer(base.generation, variant, embedder)
            told[name]["own"] = _short(evaluate.questions(answerer, rows, AT))
    embedder.save()
    sets = question_sets.jddc()
    if sets is None:
        print(f"skipped: {targets.FIFTY}: no JDDC sets here")
        return told
    corpus = evaluate.Corpus.of(
        [(str(r["id"]), str(r["text"])) for r in read_rows(sets.corpus)],
        embedder,
        settings().cache_dir(),
    )
    for name, variant in variants.items():
        told[name] |= _faq(sets, _cut(corpus, variant), embedder, _weights(variant))
    return told


def _faq(sets: Jddc, corpus: evaluate.Corpus, embedder: Memo, weights: Weights) -> dict[str, Any]:
    asked = read_rows(sets.queries)
    by_query = {str(r["query_id"]): r["candidates"] for r in read_rows(sets.candidates)}
    queries = [(str(row["text"]), frozenset(map(str, row["relevant"]))) for row in asked]
    run: Callable[..., dict[str, Any]] = evaluate.corpus
    fifty = run(corpus, queries, embedder, [by_query[str(r["id"])] for r in asked], weights)
    return {"fifty": fifty, "faq": run(corpus, queries, embedder, None, weights)}


def _short(told: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in told.items() if k not in {"worst", "by_topic"}}


def _answerer(generation: Generation, variant: Variant, embedder: Memo) -> Answerer:
    if variant.legs != ALL.legs or not variant.topics or not variant.speller:
        cut = _trimmed(generation.retriever, variant)
        generation = fitted(
            replace(generation, retriever=cut, calibration=calibrating.unfitted()),
            embedder,
            labelled_questions(STORE),
        )
    answerer = Plain(generation, embedder)
    answerer.context, answerer.cutting = variant.context, variant.cutting
    answerer.joining = variant.joining
    return answerer


def _cut(corpus: evaluate.Corpus, variant: Variant) -> evaluate.Corpus:
    return replace(corpus, retriever=_trimmed(corpus.retriever, variant))


def _trimmed(retriever: Retriever, variant: Variant) -> Weighed:
    """The retriever without the legs that the variant lacks."""
    nothing = sparse.build([{} for _ in range(len(retriever.units))])
    silent = Speller(retriever.speller.sounds, {}, {}, "")
    return Weighed(
        units=retriever.units,
        dense=retriever.dense if "dense" in variant.legs else Blind(None, retriever.dense.vectors),
        words=retriever.words if "words" in variant.legs else nothing,
        pinyin=retriever.pinyin if "pinyin" in variant.legs else nothing,
        analyser=retriever.analyser,
        speller=retriever.speller if variant.speller else silent,
        topics=retriever.topics,
        unit_topics=retriever.unit_topics,
        own=_weights(variant),
    )


def _weights(variant: Variant) -> Weights:
    off = {leg: 0.0 for leg in ("dense", "words", "pinyin") if leg not in variant.legs}
    return replace(WEIGHTS, **off, **({} if variant.topics else {"topics": 0.0}))


if __name__ == "__main__":
    sys.exit(main())
