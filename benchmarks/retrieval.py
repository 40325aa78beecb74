"""`make eval`: how good retrieval is, beside what was asked for. Runs what `shopbot kb eval` runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine, question_sets, report, targets
from benchmarks.intervals import spearman_interval
from benchmarks.memo import AT, Memo, memo, opened, settings
from benchmarks.question_sets import FRESH_FILE, OWN_FILE, SECOND_STORE, STORE, Jddc
from shopbot.kb import evaluate
from shopbot.kb.evaluate_files import read_rows

FILE = "retrieval.json"
INTENT_SAMPLE = 1000
INTENT_VOTES = 5

Figures = dict[str, Any]


def main() -> int:
    """Measure, print, and keep the result under benchmarks/results; exit 0 whatever it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="Part of a set's name.")
    parser.add_argument("--no-save", action="store_true", help="Leave the committed file alone.")
    given = parser.parse_args()
    wanted = lambda name: not given.only or any(o in name for o in given.only)  # noqa: E731
    with memo() as embedder:
        sets, skipped = measured(embedder, wanted)
    told = {"machine": machine.facts(), "at": AT.isoformat(), "sets": sets, "skipped": skipped}
    print(report.retrieval_table(told))
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}")
    if not given.no_save:
        kept = machine.saved(FILE).get("sets", {}) if given.only else {}
        machine.save(FILE, told | {"sets": kept | sets})
        report.write_readme()
    return 0


def measured(embedder: Memo, wanted: Callable[[str], bool]) -> tuple[Figures, dict[str, str]]:
    """Figures by set name, and why others were left out."""
    jobs: dict[str, Callable[[], Figures]] = dict(_store_jobs(embedder))
    skipped: dict[str, str] = {}
    sets = question_sets.jddc()
    names = (targets.FIFTY, targets.FAQ, targets.WHOLE, targets.SIMILARITY, targets.INTENT)
    if sets is None:
        reason = f"the JDDC sets are not here; name their folder in {question_sets.VARIABLE}"
        skipped = dict.fromkeys(filter(wanted, names), reason)
    else:
        jobs |= _jddc_jobs(embedder, sets)
    figures = {}
    for name, job in jobs.items():
        if wanted(name):
            print(f"… {name}", file=sys.stderr, flush=True)
            figures[name] = job()
            embedder.save()
    return figures, skipped


def _store_jobs(embedder: Memo) -> Mapping[str, Callable[[], Figures]]:
    second = SECOND_STORE / "eval" / "test.jsonl"
    return {
        targets.OWN: lambda: questions(STORE, OWN_FILE, embedder),
        targets.FRESH: lambda: questions(STORE, FRESH_FILE, embedder),
        targets.SECOND: lambda: questions(SECOND_STORE, second, embedder),
    }


def _jddc_jobs(embedder: Memo, sets: Jddc) -> Mapping[str, Callable[[], Figures]]:
    return {
        targets.FIFTY: lambda: faq(sets, embedder, fifty=True),
        targets.FAQ: lambda: faq(sets, embedder),
        targets.WHOLE: lambda: faq(sets, embedder, distractors=True),
        targets.SIMILARITY: lambda: similarity(sets, embedder),
        targets.INTENT: lambda: intents(sets, embedder),
    }


def questions(folder: Path, file: Path, embedder: Memo) -> Figures:
    """Figures for labelled questions over a store, without the list of its worst misses."""
    rows = [evaluate.row_of(plain) for plain in read_rows(file)]
    with opened(folder, embedder) as base:
        told = evaluate.questions(base.answerer, rows, AT)
        told["phrasings"] = len(base.generation.phrasings)
        told["entries"] = len(base.generation.entries)
    told.pop("worst")
    return told


def faq(sets: Jddc, embedder: Memo, *, fifty: bool = False, distractors: bool = False) -> Figures:
    """Figures of the jddc_faq queries: among 50 candidates each, or over a corpus."""
    files = [sets.corpus, sets.distractors] if distractors else [sets.corpus]
    rows = [(str(r["id"]), str(r["text"])) for file in files for r in read_rows(file)]
    asked = read_rows(sets.queries)
    by_query = {str(r["query_id"]): r["candidates"] for r in read_rows(sets.candidates)}
    given = [by_query[str(row["id"])] for row in asked] if fifty else None
    built = evaluate.Corpus.of(rows, embedder, settings().cache_dir())
    queries = [(str(row["text"]), frozenset(map(str, row["relevant"]))) for row in asked]
    told = evaluate.corpus(built, queries, embedder, given)
    return told | {"corpus": len(rows)}


def similarity(sets: Jddc, embedder: Memo) -> Figures:
    """Spearman's correlation with people's scores."""
    rows = [(str(r["a"]), str(r["b"]), float(r["score"])) for r in read_rows(sets.pairs)]
    cache = settings().cache_dir()
    told = evaluate.pairs(rows, embedder, cache)
    scores = evaluate.pair_scores(rows, embedder, cache)
    interval = spearman_interval(scores, [score for _, _, score in rows])
    return told | {"interval": {"spearman": interval}}


def intents(sets: Jddc, embedder: Memo) -> Figures:
    """Each of a sample left out and named after its five nearest; labels are noisy, no target."""
    plain = read_rows(sets.intents)
    rows = [(str(at), str(row["text"])) for at, row in enumerate(plain)]
    labels = [str(row["intent"]) for row in plain]
    corpus = evaluate.Corpus.of(rows, embedder, settings().cache_dir())
    sample = np.random.default_rng(0).permutation(len(rows))[:INTENT_SAMPLE]
    nearest, voted = [], []
    for at in map(int, sample):
        question = corpus.retriever.question(rows[at][1])
        vector = embedder.encode_one(question.text)
        found = corpus.retriever.search(question, vector, top=INTENT_VOTES, without=[at])
        votes: dict[str, float] = {}
        for ranked in found:
            label = labels[ranked.unit]
            votes[label] = votes.get(label, 0.0) + ranked.fused
        nearest.append(bool(found) and labels[found[0].unit] == labels[at])
        voted.append(bool(votes) and max(votes, key=votes.__getitem__) == labels[at])
    return {
        "n": len(sample),
        "labels": len(set(labels)),
        "nearest": round(float(np.mean(nearest)), 4),
        "5-nearest": round(float(np.mean(voted)), 4),
        "interval": {"nearest": evaluate.wilson(nearest), "5-nearest": evaluate.wilson(voted)},
    }


if __name__ == "__main__":
    sys.exit(main())
