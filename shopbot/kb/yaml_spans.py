"""Where things stand in a YAML text, so that a value can be replaced and all else stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml

from shopbot.kb.entry import Entry, Variant
from shopbot.kb.workbook_shelf import NotWritable
from shopbot.kb.yaml_render import Style, scalar, variant_text

LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same scanner that reads the knowledge: the pure one refuses what it takes (tabs in a text)."""


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` becomes ``new``."""

    start: int
    end: int
    new: str


def apply(text: str, spans: Sequence[Span]) -> str:
    """Return ``text`` with the spans replaced; they may not overlap."""
    for span in sorted(spans, key=lambda s: (s.start, s.end), reverse=True):
        text = text[: span.start] + span.new + text[span.end :]
    return text


def compose(text: str) -> dict[int, yaml.MappingNode]:
    """Return the top-level list items that are mappings, by 1-based line.

    Raises NotWritable when the text is not YAML.
    """
    try:
        roots = list(yaml.compose_all(text, Loader=LOADER))
    except yaml.YAMLError as failure:
        raise NotWritable("The file is broken YAML.") from failure
    items = [item for root in roots if isinstance(root, yaml.SequenceNode) for item in root.value]
    return {i.start_mark.line + 1: i for i in items if isinstance(i, yaml.MappingNode)}


def value_span(text: str, node: yaml.Node) -> tuple[int, int]:
    """Return where a node begins and ends, without trailing breaks and comments."""
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return start, value_span(text, last[1] if isinstance(last, tuple) else last)[1]
    while end > start and text[end - 1] in "\n ":
        end -= 1
    return start, end


def end_of_line(text: str, index: int) -> int:
    """Return the index after the line break that follows ``index``."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def list_span(
    text: str, node: yaml.Node, name: str, both: tuple[Entry, Entry], style: Style
) -> Span | None:
    """Return the replacement of a list in which items that stay keep their text and comments.

    None when the list is not written as one item per thing: then it has to be written anew.
    """
    old, new = _items(both[0], name), _items(both[1], name)
    if not isinstance(node, yaml.SequenceNode) or len(node.value) != len(old) or not old:
        return None
    if node.flow_style:
        return None if name == "answers" else _flow(text, node, old, new)
    return _block(text, node, old, new, style)


def _items(entry: Entry, name: str) -> list[Any]:
    if name == "questions":
        return [phrasing.text for phrasing in entry.phrasings]
    if name == "answers":
        return [_content(variant) for variant in entry.variants]
    return list(getattr(entry, name))


def _content(variant: Variant) -> tuple[str, ...]:
    return (
        variant.text,
        variant.tone,
        variant.channel,
        variant.category,
        variant.product,
        variant.when,
    )


def _kept(old: list[Any], new: list[Any]) -> list[tuple[int | None, Any]]:
    """Return (index of the old item whose place it takes, or None; the new item unless the same)."""
    found: list[tuple[int | None, Any]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [(at, None) for at in range(a, b)]
        elif tag in ("replace", "insert"):
            places = [*range(a, b), *[None] * (d - c)] if tag == "replace" else [None] * (d - c)
            found += list(zip(places, new[c:d], strict=False))
    return found


def _flow(text: str, node: yaml.SequenceNode, old: list[Any], new: list[Any]) -> Span:
    leads: list[str] = []
    spans = [value_span(text, item) for item in node.value]
    before = node.start_mark.index + 1
    for start, end in spans:
        gap = text[before:start]
        leads.append(gap.split(",", 1)[-1] if leads else gap)
        before = end
    parts: list[str] = []
    for at, item in _kept(old, new):
        lead = leads[at] if at is not None else " "
        told = (
            text[slice(*spans[at])] if item is None and at is not None else scalar(item, flow=True)
        )
        parts.append(f"{lead if parts else lead.lstrip(' ')}{told}")
    tail = text[before : node.end_mark.index - 1].split(",", 1)[-1]
    return Span(node.start_mark.index, node.end_mark.index, f"[{','.join(parts)}{tail}]")


def _block(
    text: str, node: yaml.SequenceNode, old: list[Any], new: list[Any], style: Style
) -> Span:
    spans = [value_span(text, item) for item in node.value]
    first = text.rfind("\n", 0, spans[0][0]) + 1
    dash = text.index("-", first) - first
    chunks, before = [], first
    for start, end in spans:
        line = text.rfind("\n", before, start) + 1 or before
        after = end_of_line(text, end)
        chunks.append((text[before:line], text[line:after], text[end:after]))
        before = after
    parts = []
    for at, item in _kept(old, new):
        lead, body, tail = chunks[at] if at is not None else ("", "", "\n")
        told = body if item is None else _block_item(item, dash, style) + tail
        parts.append(lead + told)
    return Span(first, before, _joined(parts, text, before))


def _joined(parts: list[str], text: str, end: int) -> str:
    told = "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)
    return told if text[:end].endswith("\n") else told.rstrip("\n")


def _block_item(item: Any, dash: int, style: Style) -> str:
    if isinstance(item, tuple):
        text, tone, channel, category, product, when = item
        variant = Variant(
            text=text, line=0, tone=tone, channel=channel, category=category, product=product,
            when=when,
        )  # fmt: skip
        return variant_text(variant, dash, style).rstrip("\n")
    return variant_text(Variant(text=item, line=0), dash, style).rstrip("\n")
