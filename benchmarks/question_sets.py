"""Where the question sets lie: those of this repository and, when present, the JDDC sets."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import ROOT

VARIABLE = "SHOPBOT_EVAL_SETS"
STORE = ROOT / "knowledge"
OWN_FILE = STORE / "eval" / "test.jsonl"
FRESH_FILE = ROOT / "tests" / "eval" / "fresh" / "questions.jsonl"
SECOND_STORE = ROOT / "tests" / "eval" / "second_store"


@dataclass(frozen=True, slots=True)
class Jddc:
    """The sets cut from JDDC (Apache-2.0), in the form that benchmarks/README.md describes."""

    folder: Path

    @property
    def corpus(self) -> Path:
        """Standard questions {id, text}."""
        return self.folder / "jddc_faq" / "corpus.jsonl"

    @property
    def distractors(self) -> Path:
        """Other utterances {id, text}."""
        return self.folder / "jddc_faq" / "distractors.jsonl"

    @property
    def queries(self) -> Path:
        """Questions {id, text, relevant}."""
        return self.folder / "jddc_faq" / "queries.jsonl"

    @property
    def candidates(self) -> Path:
        """Fifty candidates a query {query_id, candidates}."""
        return self.folder / "jddc_faq" / "candidates50.jsonl"

    @property
    def pairs(self) -> Path:
        """Pairs with a person's score {a, b, score}."""
        return self.folder / "jddc_similarity" / "pairs.jsonl"

    @property
    def intents(self) -> Path:
        """Utterances with noisy labels {text, intent}."""
        return self.folder / "jddc_intent" / "train.jsonl"


def jddc() -> Jddc | None:
    """The JDDC sets below SHOPBOT_EVAL_SETS or ../shared/eval; None when they are not there."""
    named = os.environ.get(VARIABLE)
    sets = Jddc(Path(named) if named else ROOT.parent / "shared" / "eval")
    return sets if sets.corpus.is_file() else None
