"""What an entry says now, for this shopper: pure, with the reasons for saying or keeping it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from shopbot.kb import template
from shopbot.kb.entry import Entry, Product, Source, Variant
from shopbot.kb.facts import ALWAYS, Told, gather
from shopbot.kb.folder import names_media
from shopbot.kb.product import Catalogue
from shopbot.kb.slots import NO_SLOTS, Slots

Keeping = Literal[
    "not-published", "not-yet", "expired", "out-of-scope", "no-ask", "missing-fact", "stale-fact",
    "no-variant",
]  # fmt: skip

DEFAULT_TONE = "warm"
STANDS_IN = {"low": "in", "between": "fit"}
"""Where a template has no wording of a state, the wording of this one is true as well."""

_TABLE_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A text ready to be sent.

    ``needs`` is not empty when the text is the entry's question for what is still unknown.
    ``variant`` is the number of the wording (-1 for the question); ``source`` the line of the
    product fact told, else of the wording; ``reasons`` are stable codes such as
    ``product:LS-JK-01``, ``when:in`` and ``fact:products/jackets.csv:3``.
    """

    text: str
    source: Source
    variant: int
    needs: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Why an entry may not be said now; ``names`` are the facts or needs it is about."""

    reason: Keeping
    names: tuple[str, ...] = ()


def compose(
    entry: Entry,
    slots: Slots,
    catalogue: Catalogue,
    facts: Mapping[str, str],
    *,
    now: datetime,
    channel: str = "",
    tone: str = "",
    pick: int = 0,
) -> Reply | Withheld:
    """Return what ``entry`` says at ``now`` (aware UTC), or why it stays unsaid.

    ``facts`` are the store's; ``pick`` rotates between wordings that fit equally well. An unknown
    need is asked for; only a fact that is missing or too old withholds an entry.
    """
    closed = _closed(entry, now)
    if closed:
        return closed
    product = catalogue.find(slots.product) if slots.product else None
    outside = _outside(entry, slots, product, channel)
    if outside:
        return (
            outside if outside.reason != "no-ask" else _question(entry, outside.names, facts, slots)
        )
    told = gather(entry, slots, catalogue, facts, now=now)
    unknown = _unknown(entry, slots, told)
    if unknown:
        return _question(entry, unknown, facts, slots)
    if told.too_old:
        return Withheld(reason="stale-fact", names=(told.too_old,))
    if told.missing:
        return Withheld(reason="missing-fact", names=(told.missing,))
    if not entry.variants:  # an action alone: its module words the outcome, this asks for the rest
        return _question(entry, (), facts)
    return _answer(entry, told, product, slots, channel, tone or DEFAULT_TONE, pick)


def _closed(entry: Entry, now: datetime) -> Withheld | None:
    if entry.status != "published":
        return Withheld(reason="not-published", names=(entry.status,))
    if entry.valid.covers(now):
        return None
    early = entry.valid.since is not None and now < entry.valid.since
    return Withheld(reason="not-yet" if early else "expired")


def _outside(entry: Entry, slots: Slots, product: Product | None, channel: str) -> Withheld | None:
    """Return why the entry does not apply; ``no-ask`` when the product decides and is unknown."""
    scope = entry.scope
    if scope.channels and channel not in scope.channels:
        return Withheld(reason="out-of-scope", names=("channel",))
    category = product.category if product else slots.category
    if scope.products and product and product.sku not in scope.products:
        return Withheld(reason="out-of-scope", names=("product",))
    if scope.categories and category and category not in scope.categories:
        return Withheld(reason="out-of-scope", names=("category",))
    undecided = (scope.products and not product) or (scope.categories and not category)
    if undecided and entry.ask:
        return Withheld(reason="no-ask", names=("product",))
    return Withheld(reason="out-of-scope", names=("product",)) if undecided else None


def _unknown(entry: Entry, slots: Slots, told: Told) -> tuple[str, ...]:
    """Return the needs not known yet; a size table itself tells which measures it needs."""
    measures = ("height", "weight", "foot_length") if entry.attribute == "尺码推荐" else ()
    known = slots.known() if entry.needs else frozenset()
    plain = [need for need in entry.needs if need not in known and need not in measures]
    return tuple(dict.fromkeys((*plain, *told.ask)))


def _question(
    entry: Entry, needs: tuple[str, ...], facts: Mapping[str, str], slots: Slots = NO_SLOTS
) -> Reply | Withheld:
    told = slots.foot_length or (slots.height and slots.weight)
    again = entry.attribute == "尺码推荐" and told and needs == ("product",)
    if not entry.ask or again:  # its own question would ask for the measures that were told
        return Withheld(reason="no-ask", names=needs)
    try:
        text = template.fill(entry.ask, facts)
    except template.MissingVariable as missing:
        return Withheld(reason="missing-fact", names=(missing.name,))
    except template.BadTemplate:
        return Withheld(reason="no-ask", names=needs)
    reasons = tuple(f"need:{need}" for need in needs)
    return Reply(
        text=text,
        source=entry.place("ask"),
        variant=-1,
        needs=needs,
        chips=entry.chips if not needs else (),
        reasons=reasons,
    )


def _answer(
    entry: Entry,
    told: Told,
    product: Product | None,
    slots: Slots,
    channel: str,
    tone: str,
    pick: int,
) -> Reply | Withheld:
    category = product.category if product else slots.category
    sku = product.sku if product else ""
    lacking: list[str] = []
    for equal in _ranked(entry, told.when, sku, category, channel, tone):
        turned = [*equal[pick % len(equal) :], *equal[: pick % len(equal)]]
        for number, variant in turned:
            text = _filled(variant, told, lacking)
            if text:
                return _reply(entry, number, variant, text, told, product)
    if not lacking:
        return Withheld(reason="no-variant", names=(told.when,) if told.when else ())
    names = tuple(dict.fromkeys(lacking))
    stale = tuple(name for name in names if name in told.stale)
    return Withheld(reason="stale-fact" if stale else "missing-fact", names=stale or names)


def _ranked(
    entry: Entry, when: str, sku: str, category: str, channel: str, tone: str
) -> Iterator[list[tuple[int, Variant]]]:
    """Yield the wordings that may be said, best first, those that fit equally well together."""

    def rank(item: tuple[int, Variant]) -> tuple[bool, ...]:
        variant = item[1]
        return (
            variant.when != when,
            not variant.product,
            not variant.category,
            not variant.channel,
            variant.tone != tone,
            variant.tone != DEFAULT_TONE,
        )

    fitting = [
        (number, variant)
        for number, variant in enumerate(entry.variants)
        if variant.when in ("", when, STANDS_IN.get(when, ""))
        and variant.product in ("", sku)
        and variant.category in ("", category)
        and variant.channel in ("", channel)
    ]
    for _, equal in groupby(sorted(fitting, key=rank), key=rank):
        yield list(equal)


def _filled(variant: Variant, told: Told, lacking: list[str]) -> str:
    """Return the text, or blank after adding to ``lacking`` the variable without a value."""
    try:
        return template.fill(variant.text, told.values)
    except template.MissingVariable as missing:
        lacking.append(missing.name)
    except template.BadTemplate as bad:
        lacking.append(bad.fragment)
    return ""


def _reply(
    entry: Entry, number: int, variant: Variant, text: str, told: Told, product: Product | None
) -> Reply:
    used = [name for name, _ in template.variables(variant.text) if name not in ALWAYS]
    fact = next((told.sources[name] for name in used if name in told.sources), None)
    reasons = [f"product:{product.sku}"] if product else []
    reasons += [f"when:{told.when}"] if told.when else []
    reasons += [f"fact:{fact}"] if fact else []
    source = fact or Source(file=entry.source.file, line=variant.line)
    return Reply(
        text=text,
        source=source,
        variant=number,
        attachments=_attachments(entry, product),
        chips=entry.chips,
        reasons=tuple(reasons),
    )


def _attachments(entry: Entry, product: Product | None) -> tuple[str, ...]:
    """Return the pictures; ``{尺码表}`` in a path is the name of the product's size table.

    What lies outside media/ is an error of the check and never handed out.
    """
    table = product.size_table if product else ""
    named = table if _TABLE_NAME.fullmatch(table) else ""
    paths = (path.replace("{尺码表}", named) if named else path for path in entry.attachments)
    return tuple(path for path in paths if "{" not in path and names_media(path))
