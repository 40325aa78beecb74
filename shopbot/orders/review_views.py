"""Reviews as JSON for programs, with what a person who calls needs to know. Names masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from shopbot import audit, messages
from shopbot.errors import NotFound
from shopbot.orders import masking, review_store, store, views
from shopbot.orders.model import OrderFacts
from shopbot.orders.phrases import Phrases
from shopbot.orders.review_model import Call, Review, mood
from shopbot.rules import Rules
from shopbot.storage.database import Reader

SCRIPT = ("review.call.opening", "review.call.ask", "review.call.solve", "review.call.closing")
"""What is said on the phone, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A review with everything around it."""

    review: Review
    calls: Sequence[Call]
    others: Sequence[Review]  # further reviews of the order
    facts: OrderFacts | None  # None: the order is not there yet
    deeds: Sequence[audit.Deed]


def gather(reader: Reader, rules: Rules, review_id: str) -> Story:
    """Read all about a review; NotFound when there is none."""
    review = review_store.get_review(reader, rules.store_id, review_id)
    others = review_store.list_of_order(reader, rules.store_id, review.order)
    try:
        facts: OrderFacts | None = store.get_facts(reader, rules.store_id, review.order)
    except NotFound:
        facts = None
    return Story(
        review=review,
        calls=review_store.list_calls(reader, rules.store_id, review_id),
        others=[one for one in others if one.id != review_id],
        facts=facts,
        deeds=audit.list_deeds(reader, store_id=rules.store_id, subject=review_id),
    )


def review_dict(review: Review, rules: Rules) -> dict[str, Any]:
    """Return a review; the buyer's name masked, numbers in the text hidden."""
    told = {name: value for name, value in asdict(review).items() if name != "store_id"}
    told |= {
        "buyer": masking.nick(review.buyer),
        "text": masking.free_text(review.text),
        "pictures": list(review.pictures),
        "mood": mood(review, rules),
    }
    return {name: _time(value) for name, value in told.items()}


def call_dict(call: Call) -> dict[str, Any]:
    """Return a call, numbers in its note hidden."""
    told = {name: value for name, value in asdict(call).items() if name != "store_id"}
    told |= {"note": masking.free_text(call.note)}
    return {name: _time(value) for name, value in told.items()}


def call_words(review: Review, call: Call) -> str:
    """Return what a call is about and how often it was tried, for staff."""
    if review.rating is None:
        return messages.text("round.review-unrated", attempts=call.attempts)
    return messages.text("round.review", stars=review.rating, attempts=call.attempts)


def story_dict(story: Story, rules: Rules, words: Phrases, now: datetime) -> dict[str, Any]:
    """Return a review with its order, cases, calls and what is said on the phone."""
    facts = story.facts
    shown = None if facts is None else masking.facts(facts)
    return {
        "review": review_dict(story.review, rules),
        "calls": [call_dict(call) for call in story.calls],
        "others": [review_dict(one, rules) for one in story.others],
        "order": None if shown is None else views.order_view(shown.order),
        "lines": [] if shown is None else views.facts_view(shown)["lines"],
        "cases": [] if shown is None else views.facts_view(shown)["cases"],
        "script": script(words, now),
        "history": [
            {"at": _time(one.at), "who": one.who, "name": one.name, "data": dict(one.data)}
            for one in story.deeds
        ],
    }


def script(words: Phrases, now: datetime) -> list[dict[str, str]]:
    """Return what is said on the phone; phrases that nobody wrote are left out."""
    found = []
    for name in SCRIPT:
        said = words.say(name, {}, now=now)
        if said is not None:
            found.append({"phrase": name, "text": said.text, "source": str(said.source)})
    return found


def _time(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
