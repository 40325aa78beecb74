"""store.yaml and topics.yaml: who the shop is, and what its customers write about."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from shopbot.kb import fields, template, timespan, values
from shopbot.kb.entry import OpeningHours, Source, StoreFacts, Topic
from shopbot.kb.notes import Notes
from shopbot.kb.textfile import decode
from shopbot.kb.tidy import tidy
from shopbot.kb.yaml_nodes import BrokenYaml, Listing, Node, Scalar, Table, parse

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
FRESHNESS = {"库存": 48 * 3600, "价格": 7 * 86400}
"""How long a figure may be told when the store says nothing else."""


def zone(name: str) -> tzinfo | None:
    """Return the time zone ``name``, or None; China needs no time zone data on the machine."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return CHINA if name == "Asia/Shanghai" else None


def zone_of(store: StoreFacts) -> tzinfo:
    """Return the store's time zone."""
    return zone(store.timezone) or CHINA


def facts_of(folder: Path) -> StoreFacts:
    """Return the facts of a store's folder alone, nothing else read; defaults if unreadable."""
    notes = Notes("store.yaml")
    try:
        raw = (folder / notes.file).read_bytes()
    except OSError:
        return StoreFacts(id="store", name="")
    text = decode(raw, notes)
    store = read_store(text, notes) if text is not None else None
    return store or StoreFacts(id="store", name="")


def _root(text: str, notes: Notes) -> Table | None:
    try:
        roots = parse(tidy(text, notes, any_key=True))
    except BrokenYaml as failure:
        notes.error(failure.code, failure.line, failure.column)
        return None
    if not roots or (isinstance(roots[0], Scalar) and not roots[0].text):
        return Table(line=1, column=1)
    if isinstance(roots[0], Table):
        return roots[0]
    notes.error("not-mapping", roots[0].line, roots[0].column, field=notes.file)
    return None


def read_store(text: str, notes: Notes) -> StoreFacts | None:
    """Return the shop's facts, or None after noting why they cannot be used."""
    root = _root(text, notes)
    if root is None:
        return None
    found = {known.name: value for known, _, value in values.pairs(root, notes, "store", "store")}
    told = {n: values.text(found[n], notes, n) for n in ("name", "timezone") if n in found}
    name = told.get("name", "")
    if not name:
        notes.error("missing-store-field", root.line, root.column, field="name")
    store_id = values.identifier(found["id"], notes, "id") if "id" in found else ""
    if not store_id:
        notes.error("missing-store-field", root.line, root.column, field="id")
    return StoreFacts(
        id=store_id or "store",
        name=name,
        timezone=_zone_name(told.get("timezone", ""), found.get("timezone"), notes),
        hours=tuple(_hours(found["hours"], notes)) if "hours" in found else (),
        couriers=tuple(s.text for s in values.words(found["couriers"], notes, "couriers"))
        if "couriers" in found
        else (),
        freshness=_freshness(found.get("freshness"), notes),
        facts=_facts(found.get("facts"), notes),
        source=Source(file=notes.file, line=root.line),
    )


def _zone_name(told: str, node: Node | None, notes: Notes) -> str:
    if told and node is not None and zone(told) is None:
        notes.error("bad-timezone", node.line, node.column, value=told)
        return "Asia/Shanghai"
    return told or "Asia/Shanghai"


def _plain_pairs(node: Node | None, notes: Notes, what: str) -> Iterator[tuple[Scalar, Scalar]]:
    """Yield (key, text) of a mapping with keys of the store's own."""
    if node is None or (isinstance(node, Scalar) and not node.text):
        return
    if not isinstance(node, Table):
        notes.error("not-mapping", node.line, node.column, field=what)
        return
    seen: dict[str, int] = {}
    for key, value in node.pairs:
        name = unicodedata.normalize("NFKC", key.text).strip()
        if name in seen:
            notes.error("duplicate-key", key.line, key.column, field=name, first=seen[name])
            continue
        seen[name] = key.line
        text = values.text(value, notes, name)
        yield (
            Scalar(text=name, line=key.line, column=key.column),
            Scalar(text=text, line=value.line, column=value.column),
        )


def _facts(node: Node | None, notes: Notes) -> Mapping[str, str]:
    facts = {}
    for key, value in _plain_pairs(node, notes, "facts"):
        if not template.is_name(key.text):
            notes.warning("bad-fact-name", key.line, key.column, name=key.text)
        facts[key.text] = value.text
    return facts


def _freshness(node: Node | None, notes: Notes) -> Mapping[str, int]:
    found = dict(FRESHNESS)
    for key, value in _plain_pairs(node, notes, "freshness"):
        span = timespan.seconds(value.text)
        if span is None:
            notes.error("bad-span", value.line, value.column, value=value.text)
        elif key.text not in FRESHNESS:
            allowed = "、".join(FRESHNESS)
            notes.warning("bad-freshness", key.line, key.column, name=key.text, allowed=allowed)
        else:
            found[key.text] = span
    return found


def _hours(node: Node, notes: Notes) -> Iterator[OpeningHours]:
    for item in node.items if isinstance(node, Listing) else [node]:
        told = {k.name: v for k, _, v in values.pairs(item, notes, "hours", "hours")}
        days = values.words(told["days"], notes, "days") if "days" in told else []
        ends = [_clock(told.get(name), notes) for name in ("from", "until")]
        numbers = tuple(int(d.text) for d in days if d.text in {*"1234567"})
        if len(numbers) != len(days) or not days or None in ends:
            notes.error("bad-hours", item.line, item.column)
            continue
        yield OpeningHours(days=numbers, opens=ends[0] or "", closes=ends[1] or "")


def _clock(node: Node | None, notes: Notes) -> str | None:
    return timespan.clock_time(values.text(node, notes, "hours")) if node is not None else None


@cache
def base_topics() -> Mapping[str, Topic]:
    """Return the topics every store has."""
    file = resources.files("shopbot.kb") / "topics.yaml"
    return _topics(file.read_text(encoding="utf-8"), Notes("topics.yaml"))


def read_topics(text: str, notes: Notes) -> Mapping[str, Topic]:
    """Return the store's additional topics; the given ones may not be redefined."""
    found = _topics(text, notes)
    for name in found.keys() & base_topics().keys():
        notes.warning("topic-redefined", 1, id=name)
    return {name: topic for name, topic in found.items() if name not in base_topics()}


def _topics(text: str, notes: Notes) -> Mapping[str, Topic]:
    root = _root(text, notes)
    found: dict[str, Topic] = {}
    for key, value in root.pairs if root else []:
        name = values.identifier(key, notes, "topic")
        told = {k.name: v for k, _, v in values.pairs(value, notes, "topic", name)}
        if not name or "zh" not in told:
            notes.error("bad-topic", key.line, key.column, id=key.text)
            continue
        found[name] = Topic(
            id=name,
            zh=values.text(told["zh"], notes, "zh"),
            stage=values.one_of(told["stage"], notes, "stage") if "stage" in told else "service",
            kind=values.one_of(told["kind"], notes, "kind") if "kind" in told else "answer",
            action=values.text(told["action"], notes, "action") if "action" in told else "",
        )
    return found


def actions(topics: Mapping[str, Topic]) -> frozenset[str]:
    """Return the closed list of actions: those that some topic names."""
    return frozenset(fields.plain(t.action) for t in topics.values() if t.action)
