"""Context on top of retrieval, and the order in which agents see suggestions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shopbot.kb.entry import Entry
from shopbot.kb.fusion import Ranked
from shopbot.kb.slots import Slots

PRODUCT_KNOWN = 0.02
"""A fact about the product in view is a little likelier to be what is asked than a general line."""
SCOPE_MATCHED = 0.04
"""An entry written for just this product or category beats the general one of the same words."""
COMPARED = 0.08
"""Two products named in one message are mostly named to be compared."""
PRIORITY = 0.004
"""A step of an entry's ``priority``: it breaks ties, it does not overrule the evidence."""

SURE = 0.85
"""From this probability on, the topic is taken as found, and its other entries may follow. Higher
than where the answer band opens: a second topic on show costs little, a wrong topic alone much."""


def with_context(ranked: Sequence[Ranked], entries: Sequence[Entry], slots: Slots) -> list[Ranked]:
    """Candidates with what the context adds to their scores, best first."""
    moved = [_moved(r, _bonus(entries[r.unit], slots)) for r in ranked]
    return sorted(moved, key=lambda r: -r.fused)


def _moved(ranked: Ranked, bonus: float) -> Ranked:
    return replace(ranked, fused=ranked.fused + bonus) if bonus else ranked


def _bonus(entry: Entry, slots: Slots) -> float:
    bonus = PRIORITY * entry.priority
    if slots.product and entry.attribute:
        bonus += PRODUCT_KNOWN
    if slots.other_product and entry.attribute == "对比":
        bonus += COMPARED
    if (slots.product and slots.product in entry.scope.products) or (
        slots.category and slots.category in entry.scope.categories
    ):
        bonus += SCOPE_MATCHED
    return bonus


def spread(topics: Sequence[str], *, sure: bool) -> list[int]:
    """Positions in the order to be shown. While the topic is in doubt, each topic's best comes
    before any topic's second: five ways to be right instead of one said five times.
    """
    if sure:
        return list(range(len(topics)))
    first: dict[str, int] = {}
    for at, topic in enumerate(topics):
        first.setdefault(topic, at)
    leaders = sorted(first.values())
    return leaders + [at for at in range(len(topics)) if at not in set(leaders)]
