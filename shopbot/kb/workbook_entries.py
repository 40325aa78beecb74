"""Reply entries and product templates as workbook rows; their answers as rows of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopbot.kb import fields, replies, workbook_yaml
from shopbot.kb.entry import Entry, Problem, Variant
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.workbook_cells import join_lines, split_lines
from shopbot.kb.workbook_names import chinese, label_of_topic, topic_of_label, window_text
from shopbot.kb.workbook_shelf import Cells, Edit, NotWritable, Record, Row
from shopbot.kb.yaml_nodes import Listing, Node, Scalar, Table
from shopbot.kb.yaml_render import has_usual_stage

ANSWER_FIELDS = ("text", "tone", "channel", "category", "product", "when")
SCOPE_COLUMNS = {"适用款号": "products", "适用类目": "categories", "适用渠道": "channels"}
PROMISE_COLUMNS = {"承诺内容": "what", "承诺期限": "until"}
_LISTS = ("questions", "attachments", "chips")


@dataclass(frozen=True, slots=True)
class EntryShelf:
    """Files of replies; with ``template`` the product templates."""

    template: bool = False

    def read(self, text: str, file: str, setting: Setting) -> list[Record]:
        """Return the sound entries of a YAML file."""
        found = replies.read(text, Notes(file), setting, template=self.template)
        return [record_of(entry, setting) for entry in found]

    def parse(self, row: Row, file: str, setting: Setting) -> tuple[Record | None, list[Problem]]:
        """Return the entry that a row and its answer rows tell."""
        notes = Notes(file)
        node = node_of(row, setting)
        entry = replies.entry_of(node, notes, setting, template=self.template)
        return (record_of(entry, setting) if entry else None), notes.problems

    def write(self, text: str, file: str, edits: Sequence[Edit], setting: Setting) -> str:
        """Put entries into a YAML file, field by field."""
        there = {r.key: r.value for r in self.read(text, file, setting)}
        changes = [
            (there[edit.key] if edit.key else None, edit.new.value if edit.new else None)
            for edit in edits
        ]
        return workbook_yaml.edited(text, changes, setting)

    def rewrite(self, text: str, file: str, edit: Edit, setting: Setting) -> str:
        """Write one entry wholly anew."""
        there = {r.key: r.value for r in self.read(text, file, setting)}
        if edit.key is None or edit.new is None:
            raise NotWritable("Only an entry that is there can be written anew.")
        return workbook_yaml.rewritten(text, there[edit.key], edit.new.value, setting)


def record_of(entry: Entry, setting: Setting) -> Record:
    """Return an entry as cells, its answers as rows."""
    return Record(
        key=entry.id,
        version=entry.version,
        cells=cells_of(entry, setting),
        line=entry.source.line,
        answers=tuple(_answer(entry.id, n, v) for n, v in enumerate(entry.variants, 1)),
        value=entry,
    )


def cells_of(entry: Entry, setting: Setting) -> dict[str, str]:
    """Return the cells of an entry by column name; what is not said is blank."""
    scope, promise = entry.scope, entry.promise
    return {
        "编号": entry.id,
        "话题": label_of_topic(entry.topic, setting.topics),
        "阶段": "" if has_usual_stage(entry, setting) else chinese("stage", entry.stage),
        "属性": entry.attribute,
        "问法": join_lines(tuple(phrasing.text for phrasing in entry.phrasings)),
        "需要": "、".join(chinese("needs", need) for need in entry.needs),
        "追问": entry.ask,
        "动作": entry.action,
        "适用款号": "、".join(scope.products),
        "适用类目": "、".join(scope.categories),
        "适用渠道": "、".join(chinese("channel", c) for c in scope.channels),
        "有效期": window_text(entry.valid, setting.zone),
        "附件": join_lines(entry.attachments),
        "下一步": join_lines(entry.chips),
        "负责人": entry.owner,
        "状态": chinese("status", entry.status),
        "优先级": str(entry.priority) if entry.priority else "",
        "承诺内容": promise.what if promise else "",
        "承诺期限": promise.until if promise else "",
    }


def _answer(entry_id: str, number: int, variant: Variant) -> dict[str, str]:
    return {
        "编号": entry_id,
        "序": str(number),
        "内容": variant.text,
        "语气": chinese("tone", variant.tone),
        "渠道": chinese("channel", variant.channel) if variant.channel else "",
        "类目": variant.category,
        "款号": variant.product,
        "情形": chinese("when", variant.when) if variant.when else "",
    }


def node_of(row: Row, setting: Setting) -> Table:
    """Return a row as the YAML reader would see it, every place being the row's number."""
    table = Table(line=row.number, column=1)
    for field in fields.ENTRY:
        make = _NODES.get(field.name, _line)
        node = make(row, field.zh, setting)
        if node is not None:
            table.pairs.append((_scalar(field.name, row.number), node))
    return table


def _scalar(text: str, line: int) -> Scalar:
    return Scalar(text=text, line=line, column=1)


def _line(row: Row, column: str, setting: Setting) -> Node | None:
    told = row.cells.get(column, "")
    return _scalar(told, row.number) if told else None


def _topic(row: Row, column: str, setting: Setting) -> Node | None:
    told = topic_of_label(row.cells.get(column, ""), setting.topics)
    return _scalar(told, row.number) if told else None


def _lines(row: Row, column: str, setting: Setting) -> Node | None:
    told = split_lines(row.cells.get(column, ""))
    items: list[Node] = [_scalar(item, row.number) for item in told]
    return Listing(line=row.number, column=1, items=items) if items else None


def _mapping(columns: Mapping[str, str]) -> Callable[[Row, str, Setting], Node | None]:
    def make(row: Row, column: str, setting: Setting) -> Node | None:
        told = [(part, row.cells.get(name, "")) for name, part in columns.items()]
        pairs: list[Any] = [(_scalar(p, row.number), _scalar(c, row.number)) for p, c in told if c]
        return Table(line=row.number, column=1, pairs=pairs) if pairs else None

    return make


def _answers(row: Row, column: str, setting: Setting) -> Node | None:
    items: list[Node] = [_variant(cells, row.number) for cells in row.answers]
    return Listing(line=row.number, column=1, items=items) if items else None


def _variant(cells: Cells, line: int) -> Table:
    table = Table(line=line, column=1)
    for field in fields.VARIANT:
        told = cells.get(field.zh, "")
        if told:
            table.pairs.append((_scalar(field.name, line), _scalar(told, line)))
    return table


_NODES: Mapping[str, Callable[[Row, str, Setting], Node | None]] = {
    "topic": _topic,
    "answers": _answers,
    "scope": _mapping(SCOPE_COLUMNS),
    "promise": _mapping(PROMISE_COLUMNS),
    **dict.fromkeys(_LISTS, _lines),
}
