"""A question with what was said before it and the topics that are right for it, from its JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopbot.kb.focus import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled question: any of ``topics`` is right; an ``ood`` one must not be answered."""

    turns: tuple[Turn, ...]
    topics: frozenset[str]
    ood: bool = False
    style: str = ""
    product: str | None = None

    @property
    def text(self) -> str:
        """The question itself: the last turn."""
        return self.turns[-1].text


def row_of(plain: Mapping[str, Any]) -> Row:
    """A row from its JSON.

    :raises ValueError: when neither ``text`` nor ``turns`` is there, or the topics are no list.
    """
    turns = turns_of(plain)
    topics = plain.get("topics", [])
    if not isinstance(topics, list):
        raise ValueError("topics must be a list")
    return Row(
        turns=turns,
        topics=frozenset(str(topic) for topic in topics),
        ood=bool(plain.get("ood")),
        style=str(plain.get("style", "")),
        product=str(plain["product"]) if plain.get("product") else None,
    )


def turns_of(plain: Mapping[str, Any]) -> tuple[Turn, ...]:
    """``text`` or ``turns`` (strings, or ``{"role", "text"}``) as turns, at least one.

    :raises ValueError: when there is neither, or a turn has another shape.
    """
    if isinstance(plain.get("text"), str):
        return (Turn(text=plain["text"]),)
    given = plain.get("turns")
    if not isinstance(given, list) or not given:
        raise ValueError("give text or turns")
    turns = []
    for turn in given:
        if isinstance(turn, str):
            turns.append(Turn(text=turn))
        elif isinstance(turn, dict) and turn.get("role", "shopper") in {"shopper", "agent", "bot"}:
            turns.append(Turn(role=turn.get("role", "shopper"), text=str(turn.get("text", ""))))
        else:
            raise ValueError("a turn is a string or {role: shopper|agent|bot, text}")
    return tuple(turns)
