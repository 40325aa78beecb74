"""What is asked and what is suggested: queries, suggestions, and their JSON by contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbot.kb.calibration import Band
from shopbot.kb.entry import Source
from shopbot.kb.focus import Turn
from shopbot.kb.fusion import Ranked
from shopbot.kb.slots import NO_SLOTS, Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One request: ``text`` is the question, ``turns`` what was said before it, oldest first.

    ``at`` (aware) is the moment to answer for; ``product`` a SKU or link on view or ``None``.
    """

    text: str
    at: datetime
    turns: tuple[Turn, ...] = ()
    product: str | None = None
    top: int = 5
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One text that may be sent, where it stands and why it is suggested."""

    entry: str
    version: str
    topic: str
    text: str
    probability: float
    source: Source
    phrasing: str
    words: tuple[str, ...]
    ranked: Ranked
    action: str = ""
    needs: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the contract; optional fields only when they say something."""
        told: dict[str, Any] = {
            "entry": self.entry,
            "version": self.version,
            "topic": self.topic,
            "text": self.text,
            "probability": round(self.probability, 4),
            "source": {"file": self.source.file, "line": self.source.line},
            "matched": {"phrasing": self.phrasing, "words": list(self.words)},
            "scores": {
                "dense": round(self.ranked.dense, 4),
                "words": round(self.ranked.words, 4),
                "pinyin": round(self.ranked.pinyin, 4),
                "topic": round(self.ranked.topic, 4),
                "fused": round(self.ranked.fused, 4),
            },
        }
        optional: dict[str, Any] = {
            "action": self.action,
            "needs": list(self.needs),
            "chips": list(self.chips),
            "attachments": list(self.attachments),
            "reasons": list(self.reasons),
        }
        return told | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One question of a message with its band and suggestions, best first."""

    text: str
    band: Band
    suggestions: tuple[Suggestion, ...]
    slots: Slots = NO_SLOTS
    carried: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the contract."""
        told: dict[str, Any] = {
            "text": self.text,
            "band": self.band,
            "suggestions": [s.as_dict() for s in self.suggestions],
        }
        return told | ({"follows": self.carried} if self.carried else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a query; there is always at least one part. ``ms`` is the time it took."""

    query: str
    parts: tuple[Part, ...]
    ms: float
    traditional: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the contract: top level = the first part's band and suggestions."""
        parts = [part.as_dict() for part in self.parts]
        return {
            "query": self.query,
            "band": parts[0]["band"],
            "suggestions": parts[0]["suggestions"],
            "parts": parts,
            "ms": round(self.ms, 2),
        }
