"""Names an entry may use: topics, actions, needs, states; what it must have; when it is valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

from shopbot.kb import fields
from shopbot.kb.entry import Entry, Knowledge, Problem, Source
from shopbot.kb.notes import problem
from shopbot.kb.phrase_list import is_phrase
from shopbot.kb.stock import day_text
from shopbot.kb.storefile import actions, zone_of

WHENS: Mapping[str, tuple[str, ...]] = {
    "库存": ("in", "low", "out", "partial", "gone", "presale"),
    "尺码推荐": ("fit", "between", "none"),
    "对比": ("found", "none"),
}
"""The states a template of a built-in attribute may word."""

_OF_ANY = ("gone", "presale")
"""The states that an entry without an attribute may word: how the product in view is sold."""

MUST_WORD: Mapping[str, tuple[str, ...]] = {
    "库存": ("in", "out", "partial"),
    "尺码推荐": ("fit", "none"),
    "对比": ("found",),
}
"""States without which a shopper gets no answer although the figure is known."""


def lint(knowledge: Knowledge, at: datetime) -> Iterator[Problem]:
    """Yield problems of single entries as of ``at`` (aware)."""
    allowed = actions(knowledge.topics)
    zone = zone_of(knowledge.store)
    for entry in knowledge.entries:
        if entry.status != "published":
            continue
        yield from _names(entry, knowledge, allowed)
        yield from _asks(entry)
        yield from _states(entry)
        yield from _window(entry, at, zone)
        yield from _scope(entry, knowledge)
    yield from _system(knowledge)


def _names(entry: Entry, knowledge: Knowledge, allowed: frozenset[str]) -> Iterator[Problem]:
    topic = knowledge.topics.get(entry.topic)
    if entry.topic and topic is None:
        meant = _topic_guess(entry.topic, knowledge)
        code = "unknown-topic-guess" if meant else "unknown-topic"
        yield problem(code, "error", entry.place("topic"), topic=entry.topic, meant=meant)
    if not entry.action:
        return
    place = entry.place("action")
    if entry.action not in allowed:
        told = "、".join(sorted(allowed))
        yield problem("unknown-action", "error", place, action=entry.action, allowed=told)
    elif topic is not None and topic.action != entry.action:
        told = topic.action
        code = "action-of-other-topic" if told else "action-without-topic"
        yield problem(code, "error", place, action=entry.action, topic=entry.topic, right=told)


def _topic_guess(word: str, knowledge: Knowledge) -> str:
    by_title = {t.zh: t.id for t in knowledge.topics.values()}
    parts = {part: t.id for t in knowledge.topics.values() for part in t.zh.split("、")}
    exact = by_title.get(word) or parts.get(word)
    return exact or fields.guess(word, knowledge.topics)


def _asks(entry: Entry) -> Iterator[Problem]:
    if entry.needs and not entry.ask:
        told = "、".join(fields.NEEDS_ZH[need][0] for need in entry.needs)
        yield problem("needs-without-ask", "error", entry.place("needs"), id=entry.id, needs=told)
    if (entry.is_system or is_phrase(entry.id)) and entry.phrasings:
        yield problem("system-with-questions", "warning", entry.place("questions"), id=entry.id)


def _states(entry: Entry) -> Iterator[Problem]:
    allowed = WHENS.get(entry.attribute, ())
    for number, variant in enumerate(entry.variants):
        if variant.when in _OF_ANY and not entry.attribute:
            continue
        if variant.when and variant.when not in allowed:
            place = entry.place(f"answers.{number}")
            code = "when-of-other" if allowed else "when-outside"
            told = "、".join(allowed)
            yield problem(code, "error", place, when=variant.when, allowed=told)
    worded = {variant.when for variant in entry.variants}
    missing = [
        w for w in MUST_WORD.get(entry.attribute, ()) if w not in worded and "" not in worded
    ]
    if missing:
        told = "、".join(f"{w}（{fields.WHENS[w][0]}）" for w in missing)
        yield problem("missing-when", "warning", entry.place("answers"), id=entry.id, whens=told)


def _window(entry: Entry, at: datetime, zone: tzinfo) -> Iterator[Problem]:
    never = entry.valid.since and entry.valid.until and entry.valid.since >= entry.valid.until
    if entry.valid.until is not None and entry.valid.until <= at and not never:
        last = (entry.valid.until - timedelta(seconds=1)).astimezone(zone)
        told = f"{last.year}年{day_text(last.date(), zone)}"
        yield problem("expired", "warning", entry.place("valid"), id=entry.id, until=told)


def _scope(entry: Entry, knowledge: Knowledge) -> Iterator[Problem]:
    skus = {product.sku for product in knowledge.products}
    categories = {product.category for product in knowledge.products}
    places = [(sku, entry.place("scope")) for sku in entry.scope.products]
    places += [(v.product, entry.place(f"answers.{n}")) for n, v in enumerate(entry.variants)]
    for sku, place in places:
        if sku and sku not in skus:
            meant = fields.guess(sku, {fields.plain(s) for s in skus}).upper()
            yield problem("unknown-product", "error", place, sku=sku, meant=meant or "—")
    named = [(name, entry.place("scope")) for name in entry.scope.categories]
    named += [(v.category, entry.place(f"answers.{n}")) for n, v in enumerate(entry.variants)]
    for name, place in named:
        if name and name not in categories:
            told = "、".join(sorted(c for c in categories if c))
            yield problem("unknown-category", "error", place, category=name, allowed=told)


def _system(knowledge: Knowledge) -> Iterator[Problem]:
    there = {e.id for e in knowledge.entries if e.status == "published"}
    home = Source(file="replies/system.yaml", line=1)
    for name in fields.SYSTEM_REQUIRED:
        if name not in there:
            yield problem("missing-system", "error", home, id=name)
    known = {*fields.SYSTEM_REQUIRED, *fields.SYSTEM_OPTIONAL}
    for entry in knowledge.entries:
        if entry.is_system and entry.id not in known:
            place = entry.place("id")
            yield problem("unknown-system", "warning", place, id=entry.id)
