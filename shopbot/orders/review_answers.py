"""Answers to reviews: suggested from the knowledge by what the review says, checked, kept.

Public, read by later shoppers: so nothing of the order, no names, nothing promised beyond the phrase.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shopbot.orders import review_store
from shopbot.orders.phrases import Phrases, Said
from shopbot.orders.review_errors import AnswerBlocked, Answered
from shopbot.orders.review_log import write_down
from shopbot.orders.review_model import Review, mood
from shopbot.orders.sentiment_words import Aspect
from shopbot.rules import Rules
from shopbot.storage import Transaction

Banned = Callable[[str], Sequence[tuple[str, str]]]
"""Finds what may not be said: kind and word, in the order found."""

MOST_ASPECTS = 2  # more would read like a form
MOST_ANSWER = 500  # characters; platforms take no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An answer that could be published, with where each part was written."""

    text: str  # blank: nobody wrote the phrases
    phrases: tuple[str, ...]
    sources: tuple[str, ...]
    missing: tuple[str, ...]  # phrases that nobody wrote, or that cannot be said now
    stops: tuple[str, ...]  # why it may not be published


def as_dict(suggested: Suggestion) -> dict[str, object]:
    """Return a suggested answer for programs."""
    return {
        "text": suggested.text,
        "phrases": list(suggested.phrases),
        "sources": list(suggested.sources),
        "missing": list(suggested.missing),
        "stops": list(suggested.stops),
    }


def phrase_ids(review: Review, rules: Rules) -> tuple[str, ...]:
    """Return the phrases that answer a review: thanks or regret, then what it speaks of. Pure."""
    tone = mood(review, rules)
    if tone == "neutral":
        return ("review.answer.neutral",)
    fitting: list[Aspect] = [name for name, told in review.aspects.items() if told == tone]
    named = [f"review.answer.{tone}.{name}" for name in fitting[:MOST_ASPECTS]]
    return (f"review.answer.{tone}", *named)


def suggest(
    review: Review, rules: Rules, words: Phrases, banned: Banned, now: datetime, pick: int = 0
) -> Suggestion:
    """Return an answer in the shop's own words; ``pick`` rotates between equal wordings."""
    wanted = phrase_ids(review, rules)
    spoken: dict[str, Said] = {}
    for name in wanted:
        said = words.say(name, {}, now=now, pick=pick)
        if said is not None:
            spoken[name] = said
    text = "".join(said.text for said in spoken.values())
    return Suggestion(
        text=text,
        phrases=tuple(spoken),
        sources=tuple(str(said.source) for said in spoken.values()),
        missing=tuple(name for name in wanted if name not in spoken),
        stops=check_answer(text, banned) if text else (),
    )


def check_answer(text: str, banned: Banned) -> tuple[str, ...]:
    """Return why ``text`` may not be published: banned words, unfilled variables, length. Pure."""
    stops = [f"{kind}·{word}" for kind, word in banned(text)]
    if not text.strip():
        stops.append("blank")
    if "{" in text or "}" in text:
        stops.append("unfilled-variable")
    if len(text) > MOST_ANSWER:
        stops.append("too-long")
    return tuple(stops)


def record_answer(
    tx: Transaction,
    review_id: str,
    text: str,
    banned: Banned,
    rules: Rules,
    now: datetime,
    who: str,
) -> Review:
    """Keep what was answered; the same again changes nothing.

    NotFound for an unknown review, AnswerBlocked for a text that may not be published, Answered when
    another answer stands.
    """
    review = review_store.get_review(tx, rules.store_id, review_id)
    told = text.strip()
    if review.answer == told and told:
        return review
    if review.answer:
        raise Answered(review_id)
    stops = check_answer(told, banned)
    if stops:
        raise AnswerBlocked(stops)
    review_store.update_review(tx, replace(review, answer=told, answered_at=now, answered_by=who))
    write_down(tx, review, "answered", {"length": len(told)}, who=who, now=now)
    return review_store.get_review(tx, review.store_id, review_id)
