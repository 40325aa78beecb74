"""An entry that was asked for but may not be said now makes all others less likely. Pure.

Staff wrote an entry for just this question (春节还发货吗), and today it may not speak: its time is over or
not yet there, or a fact it tells is missing. What else was found is then an answer to another question,
however near; without this rule it would be sent for sure.
"""

from __future__ import annotations

from dataclasses import dataclass

from shopbot.kb.fusion import Ranked
from shopbot.kb.reply import Keeping, Withheld

LEAD = 0.05
"""Fused score by which a silent entry must be ahead: nearer than that, both were written for it."""
TRUST = 0.6
"""What the others' probabilities are worth then: they tell that the topic is right, and it is, but not
that the answer is. Less than where the answer band opens, so that none is sent unasked."""
SILENCING: frozenset[Keeping] = frozenset({"not-yet", "expired", "missing-fact"})
"""Reasons for silence that leave the question open; out of scope, another entry is meant instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """The silent entry: how well it met the question, its id, and why it may not be said."""

    ranked: Ranked
    entry: str
    reason: Keeping

    @property
    def why(self) -> str:
        """The reason as a suggestion carries it."""
        return f"{self.reason}:{self.entry}"


def is_silenced(told: Withheld) -> bool:
    """True when the question stays open although an entry for it is there."""
    return told.reason in SILENCING


def leads(silenced: Silenced | None, best: Ranked) -> bool:
    """True when the silent entry meets the question clearly better than the best that may be said."""
    return silenced is not None and silenced.ranked.fused - best.fused > LEAD
