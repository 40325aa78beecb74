"""A record of a talk in words: for lists, tables and Excel. Shoppers' ids are cut to their ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbot import messages
from shopbot.chat.records import Record
from shopbot.kb.storefile import base_topics

COLUMNS = (
    "closed", "started", "shopper", "channel", "topics", "questions", "open", "product", "order",
    "outcome", "reason", "agents", "messages", "first_answer", "first_human", "note",
    "conversation",
)  # fmt: skip
"""In the order of the table; titles are messages records.column.NAME."""

WIDTHS = {"topics": 24, "questions": 48, "open": 32, "note": 32, "order": 20, "conversation": 34}
USUAL_WIDTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How times and people are written."""

    clock: Callable[[datetime], str]
    name_of: Callable[[str], str]  # user id: what colleagues call them


def told(one: Record, tongue: Tongue) -> dict[str, Any]:
    """Return a record by :data:`COLUMNS`; lists stay lists."""
    return {
        "closed": tongue.clock(one.closed_at),
        "started": tongue.clock(one.started_at),
        "shopper": shopper_of(one),
        "channel": one.channel,
        "topics": [topic_words(name) for name in one.topics],
        "questions": list(one.questions),
        "open": list(one.open_questions),
        "product": one.product,
        "order": one.order,
        "outcome": outcome_words(one.outcome),
        "reason": reason_words(one.reason),
        "agents": [tongue.name_of(agent) for agent in one.agents],
        "messages": sum(one.messages.values()),
        "first_answer": _seconds(one.first_answer_ms),
        "first_human": _seconds(one.first_human_ms),
        "note": one.note,
        "conversation": one.conversation,
    }


def cells(row: dict[str, Any]) -> list[str]:
    """Return a row of the table, a text a cell."""
    return [_cell(row[name]) for name in COLUMNS]


def shopper_of(one: Record) -> str:
    """Return the shop's own id of a customer, else the end of the visitor's."""
    return one.customer or one.visitor[-4:]


def topic_words(name: str) -> str:
    """Return a topic in the shop's words."""
    topics = base_topics()
    return topics[name].zh if name in topics else name


def outcome_words(outcome: str) -> str:
    """Return what came of a talk, in words."""
    return messages.text(f"record.outcome.{outcome}")


def reason_words(reason: str) -> str:
    """Return why a person was called, in words; as it stands when there are none."""
    key = f"record.reason.{reason}"
    return messages.text(key) if messages.has(key) else reason


def _cell(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _seconds(ms: int | None) -> str:
    return "" if ms is None else f"{ms / 1000:.1f}"
