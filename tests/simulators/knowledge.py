"""A knowledge base that answers from a table, for tests of what stands around the real one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shopbot.errors import ShopbotError
from shopbot.kb.entry import Problem, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """As shopbot.kb.service.KbStatus."""

    entries: int = 2
    topics_ready: int = 1
    topics_total: int = 69
    problems: tuple[Problem, ...] = ()
    generation: str = "gen-1"
    model: str = "fake"


def suggestion(text: str, **changes: Any) -> dict[str, Any]:
    """Return one suggestion of the documented shape."""
    return {
        "entry": "shipping-time.default",
        "version": "0123456789ab",
        "topic": "shipping-time",
        "text": text,
        "probability": 0.93,
        "source": {"file": "replies/delivery/shipping-time.yaml", "line": 7},
        "matched": {"phrasing": "什么时候发货", "words": ["发货"]},
        "scores": {"dense": 0.91, "words": 7.5, "pinyin": None, "fused": 1.23},
        **changes,
    }


def answer(
    query: str, band: str, texts: list[str], parts: list[str] | None = None
) -> dict[str, Any]:
    """Return one answer of the documented shape."""
    suggestions = [suggestion(text) for text in texts]
    return {
        "query": query,
        "band": band,
        "suggestions": suggestions,
        "parts": [
            {"text": part, "band": band, "suggestions": suggestions} for part in parts or [query]
        ],
        "ms": 1.5,
    }


class _Answer:
    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def as_dict(self) -> dict[str, Any]:
        return self._body


@dataclass
class FakeKnowledge:
    """Answers every question with `texts`; keeps what it was asked."""

    band: str = "answer"
    texts: list[str] = field(default_factory=lambda: ["亲，现货订单付款后48小时内发出~"])
    parts: list[str] | None = None
    error: ShopbotError | Exception | None = None
    told: Status = field(default_factory=Status)
    asked: list[Any] = field(default_factory=list)
    hold: threading.Event | None = None
    folder: Path = field(default_factory=Path)
    products: tuple[Product, ...] = ()
    extras: dict[str, Any] = field(default_factory=dict)  # more fields for every suggestion

    def suggest(self, query: Any) -> Any:
        """Answer one question."""
        self.asked.append(query)
        if self.hold is not None:
            self.hold.wait(10)
        if self.error is not None:
            raise self.error
        told = answer(query.text, self.band, self.texts, self.parts)
        for part in (told, *told["parts"]):
            part["suggestions"] = [{**one, **self.extras} for one in part["suggestions"]]
        return _Answer(told)

    def status(self) -> Any:
        """Tell what serves."""
        return self.told
