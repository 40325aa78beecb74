"""What the figures should reach, and the floors below which a change must not push them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``figure`` of question set ``name``: at least ``must``, better ``wanted``; a test holds it
    at ``floor`` (what is reached, less what chance may take)."""

    name: str
    figure: str
    must: float
    wanted: float | None = None
    floor: float

    def verdict(self, value: float) -> str:
        """In words: reached, wanted not reached, or not reached."""
        if value < self.must:
            return "not reached"
        if self.wanted is not None and value < self.wanted:
            return "must reached, wanted not"
        return "reached"


OWN, FRESH, SECOND = "own test split", "fresh questions", "second store"
FIFTY, FAQ = "jddc_faq 50-way", "jddc_faq 1,157 standards"
WHOLE = "jddc_faq with distractors"
SIMILARITY, INTENT = "jddc_similarity", "jddc_intent"

TARGETS = (
    Target(name=OWN, figure="hit@1", must=0.88, floor=0.85),
    Target(name=OWN, figure="hit@3", must=0.96, floor=0.95),
    Target(name=OWN, figure="precision", must=0.95, floor=0.94),
    Target(name=OWN, figure="coverage", must=0.70, floor=0.68),
    Target(name=OWN, figure="ood_kept", must=0.90, floor=0.88),
    Target(name=FIFTY, figure="hit@1", must=0.80, wanted=0.82, floor=0.80),
    Target(name=SIMILARITY, figure="spearman", must=0.68, wanted=0.70, floor=0.68),
)


def judged(sets: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Target, float, str]]:
    """Each target whose set was measured, with its value and verdict."""
    for target in TARGETS:
        value = sets.get(target.name, {}).get(target.figure)
        if value is not None:
            yield target, float(value), target.verdict(float(value))
