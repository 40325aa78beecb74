"""Entries of replies/**/*.yaml and products/templates.yaml: nodes to frozen facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from shopbot.kb import fields, values
from shopbot.kb.entry import Entry, Phrasing, Source, Topic, Variant
from shopbot.kb.notes import Notes
from shopbot.kb.phrase_list import is_phrase
from shopbot.kb.tidy import tidy
from shopbot.kb.yaml_nodes import BrokenYaml, Listing, Node, Scalar, Table, items, parse

LONGEST_TEXT = 2_000
"""Characters of one answer or phrasing; longer is a paste gone wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an entry's reading depends on besides its file."""

    zone: tzinfo
    topics: Mapping[str, Topic]


def read(text: str, notes: Notes, setting: Setting, *, template: bool = False) -> list[Entry]:
    """Return the usable entries of a YAML file; ``notes`` tells of the others.

    Broken YAML loses only the items it stands in: the file is then read item by item.
    """
    text = tidy(text, notes)
    found: list[Entry] = []
    for node in _items(text, notes):
        entry = entry_of(node, notes, setting, template=template)
        if entry is not None:
            found.append(entry)
    return found


def _items(text: str, notes: Notes) -> list[Node]:
    try:
        roots = parse(text)
    except BrokenYaml as failure:
        parts = list(items(text))
        if not parts:
            notes.error(failure.code, failure.line, failure.column)
            return []
        return _salvaged(parts, notes)
    return [node for root in roots for node in _listed(root, notes)]


def _salvaged(parts: list[tuple[int, str]], notes: Notes) -> list[Node]:
    found: list[Node] = []
    before = notes.errors
    for line, part in parts:
        try:
            roots = parse(part, line)
        except BrokenYaml as failure:
            notes.error(failure.code, failure.line, failure.column)
        else:
            found += [node for root in roots for node in _listed(root, notes)]
    if (
        notes.errors == before
    ):  # whole it is broken, in pieces it is not: something before the items
        notes.error("bad-yaml", 1)
    return found


def _listed(root: Node, notes: Notes) -> list[Node]:
    if isinstance(root, Listing):
        return root.items
    if isinstance(root, Scalar) and not root.text:
        return []
    notes.error("not-list", root.line, root.column)
    return []


@dataclass(slots=True)
class _Draft:
    """An entry while its fields are read."""

    notes: Notes
    setting: Setting
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)


def entry_of(node: Node, notes: Notes, setting: Setting, *, template: bool = False) -> Entry | None:
    """Return the entry that ``node`` tells, or None after noting why it cannot be used."""
    if not isinstance(node, Table):
        notes.error("not-entry", node.line, node.column)
        return None
    before = notes.errors
    draft = _Draft(notes, setting)
    for known, key, value in values.pairs(node, notes, "entry", "entry"):
        draft.places[known.name] = (value.line, value.column)
        if known.name == "attribute" and not template:
            notes.error("attribute-outside", key.line, key.column)
        _READERS[known.name](draft, known.name, value)
    _complete(draft, node, template)
    source = Source(file=notes.file, line=node.line, column=node.column)
    entry = Entry(source=source, places=draft.places, **draft.values)
    if notes.errors == before:
        return entry
    notes.broken.append(entry)
    return None


def _complete(draft: _Draft, node: Table, template: bool) -> None:
    """Fill what follows from other fields and note what may not be missing."""
    told, notes = draft.values, draft.notes
    told.setdefault("id", "")
    told.setdefault("topic", "")
    if not told["id"] and "id" not in draft.places:
        notes.error("missing-id", node.line, node.column)
    elif not told["id"]:
        notes.error("missing-id", *draft.places["id"])
    fixed = told["id"].startswith("system.") or is_phrase(told["id"])
    finished = told.get("status", "published") == "published"
    if not told["topic"] and not fixed and finished:
        notes.error("missing-topic", node.line, node.column, id=told["id"])
    if finished and not told.get("variants") and not (told.get("action") and told.get("ask")):
        notes.error("no-answer", node.line, node.column, id=told["id"])
    if template:
        _complete_template(draft, node)
    if not told.get("stage"):
        topic = draft.setting.topics.get(told["topic"])
        told["stage"] = topic.stage if topic else "service"


def _complete_template(draft: _Draft, node: Table) -> None:
    if not draft.values.get("attribute"):
        draft.notes.error("missing-attribute", node.line, node.column)
    needs = draft.values.get("needs", ())
    if "product" not in needs:
        draft.values["needs"] = ("product", *needs)


def _text(draft: _Draft, name: str, node: Node) -> None:
    draft.values[name] = values.text(node, draft.notes, name)


def _identifier(draft: _Draft, name: str, node: Node) -> None:
    draft.values[name] = values.identifier(node, draft.notes, name)


def _name(draft: _Draft, name: str, node: Node) -> None:
    draft.values[name] = values.text(node, draft.notes, name).lower()


def _one_of(draft: _Draft, name: str, node: Node) -> None:
    value = values.one_of(node, draft.notes, name)
    if value:
        draft.values[name] = value


def _questions(draft: _Draft, name: str, node: Node) -> None:
    told = values.texts(node, draft.notes, name)
    _mind_length(draft, told)
    draft.values["phrasings"] = tuple(Phrasing(text=t.text, line=t.line) for t in told)
    _place_all(draft, name, told)


def _place_all(draft: _Draft, name: str, told: list[Scalar]) -> None:
    for number, item in enumerate(told):
        draft.places[f"{name}.{number}"] = (item.line, item.column)


def _mind_length(draft: _Draft, told: list[Scalar]) -> None:
    for item in told:
        if len(item.text) > LONGEST_TEXT:
            draft.notes.error("too-long", item.line, item.column, limit=LONGEST_TEXT)


def _answers(draft: _Draft, name: str, node: Node) -> None:
    told = node.items if isinstance(node, Listing) else [node]
    found = [_variant(draft, item) for item in told]
    kept = [variant for variant in found if variant is not None]
    draft.values["variants"] = tuple(variant for variant, _ in kept)
    for number, (_, place) in enumerate(kept):
        draft.places[f"{name}.{number}"] = place


def _variant(draft: _Draft, node: Node) -> tuple[Variant, tuple[int, int]] | None:
    told, place = _variant_fields(draft, node)
    _mind_length(draft, [Scalar(text=told.get("text", ""), line=place[0], column=place[1])])
    if not told.get("text"):
        draft.notes.error("empty-variant", node.line, node.column)
        return None
    return Variant(line=place[0], **told), place


def _variant_fields(draft: _Draft, node: Node) -> tuple[dict[str, str], tuple[int, int]]:
    place = (node.line, node.column)
    lone = isinstance(node, Table) and not any(
        fields.find("variant", k.text) for k, _ in node.pairs
    )
    if not isinstance(node, Table) or lone:
        return {"text": values.text(node, draft.notes, "answers")}, place
    told: dict[str, str] = {}
    for known, _, value in values.pairs(node, draft.notes, "variant", "answers"):
        if known.kind == "name":
            told[known.name] = values.one_of(value, draft.notes, known.name)
        else:
            told[known.name] = values.text(value, draft.notes, known.zh)
        if known.name == "text":
            place = (value.line, value.column)
    return {name: value for name, value in told.items() if value}, place


def _needs(draft: _Draft, name: str, node: Node) -> None:
    told = [
        values.one_of(item, draft.notes, name) for item in values.words(node, draft.notes, name)
    ]
    draft.values[name] = tuple(dict.fromkeys(n for n in told if n))


def _lines(draft: _Draft, name: str, node: Node) -> None:
    told = values.texts(node, draft.notes, name)
    draft.values[name] = tuple(item.text for item in told)
    _place_all(draft, name, told)


def _scope(draft: _Draft, name: str, node: Node) -> None:
    draft.values[name] = values.scope(node, draft.notes)


def _valid(draft: _Draft, name: str, node: Node) -> None:
    draft.values[name] = values.validity(node, draft.notes, draft.setting.zone)


def _priority(draft: _Draft, name: str, node: Node) -> None:
    draft.values[name] = values.number(node, draft.notes, name, -5, 5)


def _promise(draft: _Draft, name: str, node: Node) -> None:
    draft.values[name] = values.promise(node, draft.notes)


_READERS: Mapping[str, Callable[[_Draft, str, Node], None]] = {
    "id": _identifier,
    "topic": _name,
    "stage": _one_of,
    "questions": _questions,
    "answers": _answers,
    "needs": _needs,
    "ask": _text,
    "action": _name,
    "scope": _scope,
    "valid": _valid,
    "attachments": _lines,
    "chips": _lines,
    "owner": _text,
    "status": _one_of,
    "priority": _priority,
    "promise": _promise,
    "attribute": _text,
}
