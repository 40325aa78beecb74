"""store.yaml as workbook rows: who the shop is, and the variables its answers use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from shopbot.kb import fields, storefile
from shopbot.kb.entry import OpeningHours, Problem, StoreFacts
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.tidy import tidy
from shopbot.kb.workbook_cells import split_lines
from shopbot.kb.workbook_shelf import Edit, NotWritable, Record, Row, digest_of
from shopbot.kb.yaml_render import block, scalar
from shopbot.kb.yaml_spans import LOADER, Span, apply, end_of_line, value_span

SHOP, VARIABLE = "店铺", "变量"
"""Kinds of rows: fixed fields of store.yaml, and the store's own variables (facts)."""

_HOURS = re.compile(r"([1-7](?:[、,，][1-7])*)\s+(\S+?)\s*[-~至到]\s*(\S+)")


@dataclass(frozen=True, slots=True)
class FactShelf:
    """The one file store.yaml."""

    def read(self, text: str, file: str, setting: Setting) -> list[Record]:
        """Return the shop's fields and variables."""
        store = storefile.read_store(text, Notes(file))
        if store is None:
            return []
        told = [(SHOP, name, value) for name, value in _fixed(store).items()]
        told += [(VARIABLE, name, value) for name, value in store.facts.items()]
        return [_record(kind, name, value, 1) for kind, name, value in told]

    def parse(self, row: Row, file: str, setting: Setting) -> tuple[Record | None, list[Problem]]:
        """Return the field or variable that a row tells, read as store.yaml would be."""
        kind = row.cells.get("类别", "") or VARIABLE
        name, value = row.cells.get("项目", ""), row.cells.get("内容", "")
        notes = Notes(file)
        if kind == SHOP and name not in _FIXED:
            notes.error("unknown-field", row.number, field=name, allowed="、".join(_FIXED))
            return None, notes.problems
        text = f"id: x\nname: x\nfacts:\n  {scalar(name)}: {scalar(value)}\n"
        if kind == SHOP:
            text = f"id: x\n{_line(name, value)}\n" + ("name: x\n" if name != "店名" else "")
        store = storefile.read_store(text, notes)
        problems = [p for p in notes.problems if p.code != "control-character"]
        if store is None or problems or not name:
            return None, problems
        kept = store.facts.get(name, "") if kind == VARIABLE else _fixed(store)[name]
        return _record(kind, name, kept, row.number), []

    def write(self, text: str, file: str, edits: Sequence[Edit], setting: Setting) -> str:
        """Put values into store.yaml; raises NotWritable for other forms than plain mappings."""
        for edit in edits:
            old = edit.key.split("/", 1) if edit.key else None
            told = edit.new.cells if edit.new else {"类别": (old or [""])[0]}
            if told["类别"] == SHOP:
                text = _put_fixed(text, told["项目"], told["内容"])
            else:
                text = _put_fact(text, old[1] if old else "", edit.new)
        return text


def _record(kind: str, name: str, value: str, line: int) -> Record:
    cells = {"类别": kind, "项目": name, "内容": value}
    return Record(key=f"{kind}/{name}", version=digest_of(cells), cells=cells, line=line)


_FIXED = {"店名": "name", "时区": "timezone", "人工时间": "hours", "快递": "couriers"} | {
    f"有效时长：{name}": "freshness" for name in storefile.FRESHNESS
}


def _fixed(store: StoreFacts) -> dict[str, str]:
    told = {
        "店名": store.name,
        "时区": store.timezone,
        "人工时间": "\n".join(_hours_text(hours) for hours in store.hours),
        "快递": "、".join(store.couriers),
    }
    spans = {f"有效时长：{name}": _span(seconds) for name, seconds in store.freshness.items()}
    return told | spans


def _span(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600)):
        if seconds % size == 0 and (unit == "h" or seconds >= 3 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds // 60}m"


def _hours_text(hours: OpeningHours) -> str:
    return f"{'、'.join(map(str, hours.days))} {hours.opens}-{hours.closes}"


def _line(name: str, value: str) -> str:
    """Return a fixed field as a line of store.yaml."""
    field = _FIXED[name]
    if field == "freshness":
        return f"freshness:\n  {name.partition('：')[2]}: {scalar(value)}"
    if field == "hours":
        told = [_HOURS.fullmatch(line) for line in split_lines(value)]
        rows = [
            f'  - {{days: [{re.sub("[、，]", ",", m[1])}], from: "{m[2]}", until: "{m[3]}"}}'
            if m
            else "  - {}"
            for m in told
        ]
        return "\n".join(["hours:", *rows])
    if field == "couriers":
        names = [part for part in re.split(r"[、,，\n]\s*", value) if part]
        return f"couriers: [{', '.join(scalar(n, flow=True) for n in names)}]"
    return f"{field}: {scalar(value)}"


def _root(text: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as failure:
        raise NotWritable("store.yaml is broken YAML.") from failure
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise NotWritable("store.yaml is not written as lines of names and values.")
    return root


def _find(node: yaml.MappingNode, name: str, group: str = "") -> tuple[yaml.Node, yaml.Node] | None:
    for key, value in node.value:
        known = fields.find(group, str(key.value)) if group else None
        if (known.name if known else str(key.value)) == name:
            return key, value
    return None


def _put_fixed(text: str, name: str, value: str) -> str:
    text = tidy(text, Notes(""), any_key=True)
    root = _root(text)
    field = _FIXED[name]
    pair = _find(root, field, "store")
    if field == "freshness" and pair and isinstance(pair[1], yaml.MappingNode):
        return _put_pair(text, pair[1], name.partition("：")[2], value)
    told = _line(name, value)
    if pair is None:
        end = end_of_line(text, value_span(text, root)[1])
        return _inserted(text, end, told)
    span = Span(pair[0].start_mark.index, value_span(text, pair[1])[1], told)
    return apply(text, [span])


def _inserted(text: str, at: int, lines: str) -> str:
    lead = "" if text[:at].endswith("\n") or not text[:at] else "\n"
    return f"{text[:at]}{lead}{lines}\n{text[at:]}"


def _put_fact(text: str, old: str, new: Record | None) -> str:
    text = tidy(text, Notes(""), any_key=True)
    root = _root(text)
    pair = _find(root, "facts", "store")
    if pair is None or not isinstance(pair[1], yaml.MappingNode) or not pair[1].value:
        if new is None:
            return text
        line = f"facts:\n  {scalar(new.cells['项目'])}: {scalar(new.cells['内容'])}"
        if pair is None:
            return _inserted(text, end_of_line(text, value_span(text, root)[1]), line)
        start = pair[0].start_mark.index
        return apply(text, [Span(start, value_span(text, pair[1])[1], line)])
    name = new.cells["项目"] if new else ""
    return _put_pair(text, pair[1], old or name, new.cells["内容"] if new else None, name)


def _put_pair(
    text: str, node: yaml.MappingNode, name: str, value: str | None, renamed: str = ""
) -> str:
    pair = _find(node, name)
    if node.flow_style:
        if pair is None or value is None:
            raise NotWritable("Values inside {} cannot be added or removed by line.", name=name)
        start, end = pair[0].start_mark.index, value_span(text, pair[1])[1]
        told = f"{scalar(renamed or name, flow=True)}: {scalar(value, flow=True)}"
        return apply(text, [Span(start, end, told)])
    column = node.start_mark.column
    if pair is None:
        end = end_of_line(text, value_span(text, node)[1])
        line = f"{' ' * column}{scalar(renamed or name)}: {block(value or '', column + 2)}".rstrip()
        return _inserted(text, end, line)
    start, end = pair[0].start_mark.index, value_span(text, pair[1])[1]
    if value is None:
        return apply(text, [Span(text.rfind("\n", 0, start) + 1, end_of_line(text, end), "")])
    told = f"{scalar(renamed or name)}: {block(value, column + 2)}".rstrip("\n")
    return apply(text, [Span(start, end, told)])
