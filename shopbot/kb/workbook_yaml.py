"""Entries put into a YAML file by hand's rule: only what changed is touched, comments stay.

Spans of the text are replaced, not a tree dumped anew: a dumper would re-wrap and re-indent every
entry of the file, and staff would no longer find their own hand in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import yaml

from shopbot.kb import fields
from shopbot.kb.entry import Entry
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.tidy import tidy
from shopbot.kb.workbook_shelf import NotWritable
from shopbot.kb.yaml_render import Style, entry_text, field_text, field_value
from shopbot.kb.yaml_spans import Span, apply, compose, end_of_line, list_span, value_span

Change = tuple[Entry | None, Entry | None]
LISTS = ("questions", "answers", "attachments", "chips")


def edited(text: str, changes: Sequence[Change], setting: Setting) -> str:
    """Return ``text`` with each (old, new) entry changed, added (old None) or removed (new None).

    Raises NotWritable when the file is broken YAML or an entry is not where it was read.
    """
    text = tidy(text, Notes(""))
    nodes = compose(text)
    spans: list[Span] = []
    for old, new in changes:
        if old is None:
            continue
        node = nodes.get(old.source.line)
        if node is None:
            raise NotWritable(f"There is no entry at line {old.source.line}.", id=old.id)
        spans += _removed(text, node) if new is None else _changed(text, node, old, new, setting)
    text = apply(text, spans)
    style = Style.of(text, setting)
    for old, new in changes:
        if old is None and new is not None:
            text = _appended(text, entry_text(new, style))
    return text


def rewritten(text: str, old: Entry, new: Entry, setting: Setting) -> str:
    """Return ``text`` with the whole entry written anew: for what cannot be edited in place."""
    node = compose(text).get(old.source.line)
    if node is None:
        raise NotWritable(f"There is no entry at line {old.source.line}.", id=old.id)
    start, end = _item(text, node)
    return apply(text, [Span(start, end, entry_text(new, Style.of(text, setting)))])


def _appended(text: str, entry: str) -> str:
    head = text.rstrip()
    if not head:
        return entry
    return f"{head}\n\n{entry}"


def _item(text: str, node: yaml.MappingNode) -> tuple[int, int]:
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    return start, end_of_line(text, value_span(text, node)[1])


def _removed(text: str, node: yaml.MappingNode) -> list[Span]:
    start, end = _item(text, node)
    return [Span(start, end, "")]


def _changed(
    text: str, node: yaml.MappingNode, old: Entry, new: Entry, setting: Setting
) -> list[Span]:
    if node.flow_style:
        start, end = _item(text, node)
        return [Span(start, end, entry_text(new, Style.of(text, setting)))]
    spans: list[Span] = []
    added = []
    style = replace(Style.of(text, setting), indent=node.start_mark.column)
    for name in differing(old, new, setting):
        pair = _pair(node, name)
        told = field_text(new, name, style)
        if pair is None and told:
            added.append(told)
        elif pair is not None:
            spans.append(_field(text, node, pair, name, (old, new), style))
    if added:
        last = end_of_line(text, value_span(text, node)[1])
        lead = "" if text[:last].endswith("\n") else "\n"
        spans.append(Span(last, last, lead + "".join(added)))
    return spans


def differing(old: Entry, new: Entry, setting: Setting) -> list[str]:
    """Return the names of the fields that say something else in ``new``."""
    blank = Style(setting=setting)
    return [
        f.name
        for f in fields.ENTRY
        if field_text(old, f.name, blank) != field_text(new, f.name, blank)
    ]


def _pair(node: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    for key, value in node.value:
        known = fields.find("entry", str(key.value))
        if known is not None and known.name == name:
            return key, value
    return None


def _field(
    text: str,
    node: yaml.MappingNode,
    pair: tuple[yaml.Node, yaml.Node],
    name: str,
    both: tuple[Entry, Entry],
    style: Style,
) -> Span:
    key, value = pair
    start, end = key.start_mark.index, value_span(text, value)[1]
    told = field_value(both[1], name, style)
    if not told:
        if key is node.value[0][0]:  # stands behind the dash: the line must stay
            return Span(start, end, f'{key.value}: ""')
        return Span(text.rfind("\n", 0, start) + 1, end_of_line(text, end), "")
    if name in LISTS:
        span = list_span(text, value, name, both, style)
        if span is not None:
            return span
    return Span(start, end, f"{text[start : key.end_mark.index]}:{told.rstrip(chr(10))}")
