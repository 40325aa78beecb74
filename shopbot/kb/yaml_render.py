"""Entries as YAML text the way a person would write them: plain where that is safe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shopbot.kb import fields
from shopbot.kb.entry import Entry, Variant
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.tidy import tidy
from shopbot.kb.workbook_names import window_text
from shopbot.kb.yaml_nodes import BrokenYaml, Listing, Scalar, parse

_RAW_CONTROL = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a file is written: Chinese or English keys, columns before a field; zone and topics."""

    setting: Setting
    chinese: bool = False
    indent: int = 2

    @classmethod
    def of(cls, text: str, setting: Setting) -> Style:
        """Tell the style of a file from its first keys."""
        first = re.search(r"^- *([^\s:]+) *:", text, re.M)
        return cls(setting=setting, chinese=bool(first and not first[1].isascii()))

    def key(self, name: str, group: str = "entry") -> str:
        """Return the key to write for a field."""
        found = fields.find(group, name)
        return found.zh if self.chinese and found else name


def scalar(text: str, *, flow: bool = False) -> str:
    """Return one text as a YAML scalar on one line; quoted only when it would be read otherwise."""
    return text if _is_plain(text, flow) else quoted(text)


def quoted(text: str) -> str:
    """Return ``text`` between double quotes, all that needs it escaped."""
    told = json.dumps(text, ensure_ascii=False)
    return _RAW_CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", told)


def _is_plain(text: str, flow: bool) -> bool:
    """Ask the reader itself whether ``text`` without quotes comes back the same."""
    if not text or "\n" in text or _RAW_CONTROL.search(text) or text.strip() != text:
        return False
    line = f"[{text}]\n" if flow else f"- {text}\n"
    keyed = f"ask: {text}\n"
    notes = Notes("")
    if tidy(line, notes) != line or tidy(keyed, notes) != keyed:
        return False
    try:
        roots = parse(line)
        parse(keyed)
    except BrokenYaml:
        return False
    root = roots[0] if len(roots) == 1 else None
    items = root.items if isinstance(root, Listing) else []
    if len(items) != 1 or not isinstance(items[0], Scalar):
        return False
    return items[0].text == text and items[0].plain


def block(text: str, indent: int) -> str:
    """Return ``text`` as the value behind a key or dash, with its line break; long ones as ``|-``."""
    if "\n" in text and _fits_block(text):
        lines = (f"{' ' * indent}{line}".rstrip() for line in text.split("\n"))
        return "|-\n" + "\n".join(lines) + "\n"
    return f"{scalar(text)}\n"


def _fits_block(text: str) -> bool:
    lines = text.split("\n")
    clean = all(line == line.rstrip() for line in lines) and lines[0][:1].strip() != ""
    return clean and not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", text
    )


def variant_text(variant: Variant, indent: int, style: Style) -> str:
    """Return one answer as a list item, dash at column ``indent``."""
    told = {
        name: getattr(variant, name) for name in ("tone", "channel", "category", "product", "when")
    }
    more = {
        name: value for name, value in told.items() if value and (name, value) != ("tone", "warm")
    }
    pad = " " * indent
    if not more:
        return f"{pad}- {block(variant.text, indent + 2)}"
    first = f"{pad}- {style.key('text', 'variant')}: {block(variant.text, indent + 4)}"
    return first + "".join(
        f"{pad}  {style.key(name, 'variant')}: {scalar(value)}\n" for name, value in more.items()
    )


def _items(items: tuple[str, ...], style: Style) -> str:
    pad = " " * (style.indent + 2)
    return "".join(f"{pad}- {block(item, style.indent + 4)}" for item in items)


def _text(entry: Entry, name: str, style: Style) -> str:
    told = str(getattr(entry, name))
    return f" {block(told, style.indent + 2)}" if told else ""


def _questions(entry: Entry, name: str, style: Style) -> str:
    told = tuple(phrasing.text for phrasing in entry.phrasings)
    return f"\n{_items(told, style)}" if told else ""


def _lines(entry: Entry, name: str, style: Style) -> str:
    told: tuple[str, ...] = getattr(entry, name)
    return f"\n{_items(told, style)}" if told else ""


def _answers(entry: Entry, name: str, style: Style) -> str:
    told = "".join(variant_text(v, style.indent + 2, style) for v in entry.variants)
    return f"\n{told}" if told else ""


def _names(entry: Entry, name: str, style: Style) -> str:
    return f" {_flow(entry.needs)}\n" if entry.needs else ""


def _flow(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(scalar(item, flow=True) for item in items) + "]"


def _scope(entry: Entry, name: str, style: Style) -> str:
    parts = [
        f"{style.key(part, 'scope')}: {_flow(getattr(entry.scope, part))}"
        for part in ("products", "categories", "channels")
        if getattr(entry.scope, part)
    ]
    return " {" + ", ".join(parts) + "}\n" if parts else ""


def _valid(entry: Entry, name: str, style: Style) -> str:
    if entry.valid.since is None and entry.valid.until is None:
        return ""
    return f" {window_text(entry.valid, style.setting.zone)}\n"


def _promise(entry: Entry, name: str, style: Style) -> str:
    if entry.promise is None:
        return ""
    what, until = style.key("what", "promise"), style.key("until", "promise")
    told = entry.promise
    return (
        f" {{{what}: {scalar(told.what, flow=True)}, {until}: {scalar(told.until, flow=True)}}}\n"
    )


def _number(entry: Entry, name: str, style: Style) -> str:
    return f" {entry.priority}\n" if entry.priority else ""


def _status(entry: Entry, name: str, style: Style) -> str:
    return f" {entry.status}\n" if entry.status != "published" else ""


def _stage(entry: Entry, name: str, style: Style) -> str:
    return "" if has_usual_stage(entry, style.setting) else f" {entry.stage}\n"


def has_usual_stage(entry: Entry, setting: Setting) -> bool:
    """True when the entry's stage is that of its topic, so that it need not be written."""
    topic = setting.topics.get(entry.topic)
    return entry.stage == (topic.stage if topic else "service")


_VALUES: Mapping[str, Callable[[Entry, str, Style], str]] = {
    "stage": _stage,
    "questions": _questions,
    "answers": _answers,
    "needs": _names,
    "scope": _scope,
    "valid": _valid,
    "attachments": _lines,
    "chips": _lines,
    "priority": _number,
    "promise": _promise,
    "status": _status,
}


def field_value(entry: Entry, name: str, style: Style) -> str:
    """Return what stands behind a field's colon, with its line break; blank when nothing is said."""
    return _VALUES.get(name, _text)(entry, name, style)


def field_text(entry: Entry, name: str, style: Style) -> str:
    """Return a field's lines; blank when it says nothing."""
    value = field_value(entry, name, style)
    return f"{' ' * style.indent}{style.key(name)}:{value}" if value else ""


def entry_text(entry: Entry, style: Style) -> str:
    """Return a whole entry as a list item at the left margin."""
    told = "".join(field_text(entry, f.name, style) for f in fields.ENTRY)
    return f"- {told[2:]}" if style.indent == 2 else told
