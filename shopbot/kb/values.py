"""Typed values out of YAML nodes: each says what is wrong with it, at its own place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import tzinfo

from shopbot.kb import fields, timespan
from shopbot.kb.entry import Promise, Scope, Validity
from shopbot.kb.notes import Notes
from shopbot.kb.yaml_nodes import Listing, Node, Scalar, Table

ID = re.compile(r"[a-z0-9][a-z0-9.-]*")
_SINGULAR = {"needs": "need", "channels": "channel"}
_SEPARATORS = re.compile(r"\s*[|｜,，、;；]\s*")
_WIDE_LIST = re.compile(r"[\[【［](.*)[\]】］]", re.S)
_WIDE_BRACES = re.compile(r"｛\s*([^｛｝{}]*?)\s*｝")
_PADDED = re.compile(r"\{[ \u3000]+([^{}]*?)[ \u3000]*\}|\{([^{}]*?)[ \u3000]+\}")


def text(node: Node, notes: Notes, what: str) -> str:
    """Return the text of ``node`` (blank for an empty one); a list or mapping is an error."""
    if isinstance(node, Scalar):
        return _variables(node, notes).strip()
    lone = _lone_variable(node)
    if lone:
        return lone
    notes.error("not-text", node.line, node.column, field=what)
    return ""


def _variables(node: Scalar, notes: Notes) -> str:
    told = node.text
    if node.cut:
        notes.warning("hash-cut", node.line, node.column, text=told[-8:])
    if "｛" in told:
        notes.warning("full-width-brace", node.line, node.column)
        told = _WIDE_BRACES.sub(r"{\1}", told)
    return (
        _PADDED.sub(lambda m: f"{{{(m[1] or m[2] or '').strip()}}}", told) if "{" in told else told
    )


def _lone_variable(node: Node) -> str:
    """``- {店名}`` is a mapping to YAML; to staff it is a sentence."""
    if not isinstance(node, Table) or len(node.pairs) != 1:
        return ""
    key, value = node.pairs[0]
    blank = isinstance(value, Scalar) and not value.text and value.line == key.line
    return f"{{{key.text}}}" if blank else ""


def identifier(node: Node, notes: Notes, what: str) -> str:
    """Return a half-width lower-case id; anything else than letters, digits, . and - is an error."""
    told = unicodedata.normalize("NFKC", text(node, notes, what)).strip()
    if told and not ID.fullmatch(told):
        notes.error("bad-id", node.line, node.column, id=told)
        return ""
    return told


def one_of(node: Node, notes: Notes, name: str) -> str:
    """Return the English value of a closed list, or blank after noting what is allowed."""
    told = text(node, notes, name)
    value = fields.closed_value(name, told)
    if value is None:
        if told:
            allowed = "、".join(f"{v}（{w[0]}）" for v, w in fields.CLOSED[name].items() if w)
            notes.error(f"unknown-{_SINGULAR.get(name, name)}", node.line, node.column,
                        value=told, allowed=allowed)  # fmt: skip
        return ""
    return value


def texts(node: Node, notes: Notes, what: str) -> list[Scalar]:
    """Return the texts of a list (or of one text) with their places; blank ones are left out."""
    if isinstance(node, Scalar):
        return _from_one(node, notes)
    if isinstance(node, Listing):
        told = [_told(item, notes, what) for item in node.items]
        _mind_commas(node, told, notes)
        return [item for item in told if item.text]
    told = [_told(node, notes, what)]
    return [item for item in told if item.text]


def _told(node: Node, notes: Notes, what: str) -> Scalar:
    return Scalar(text=text(node, notes, what), line=node.line, column=node.column)


def _from_one(node: Scalar, notes: Notes) -> list[Scalar]:
    told = _variables(node, notes).strip()
    wide = _WIDE_LIST.fullmatch(told)
    if wide:
        notes.warning("full-width-bracket", node.line, node.column)
        parts = _SEPARATORS.split(wide[1])
    else:
        parts = re.split(r"\s*[|｜]\s*", told)
    return [Scalar(text=p.strip(), line=node.line, column=node.column) for p in parts if p.strip()]


def _mind_commas(node: Listing, told: list[Scalar], notes: Notes) -> None:
    if node.flow and len(told) == 1 and told[0].text.count("，") + told[0].text.count("、") >= 2:
        notes.warning("full-width-comma", told[0].line, told[0].column)


def words(node: Node, notes: Notes, what: str) -> list[Scalar]:
    """Return names of a list; one text may hold several, apart by commas of any kind."""
    return [
        Scalar(text=part, line=item.line, column=item.column)
        for item in texts(node, notes, what)
        for part in _SEPARATORS.split(item.text.strip("[]【】"))
        if part
    ]


def number(node: Node, notes: Notes, what: str, low: int, high: int) -> int:
    """Return a whole number between ``low`` and ``high``, or 0 after noting the error."""
    told = unicodedata.normalize("NFKC", text(node, notes, what)).strip()
    if not told:
        return 0
    if re.fullmatch(r"[+-]?\d{1,9}", told) and low <= int(told) <= high:
        return int(told)
    notes.error("bad-number", node.line, node.column, field=what, value=told, low=low, high=high)
    return 0


def pairs(
    node: Node, notes: Notes, group: str, where: str
) -> Iterator[tuple[fields.Field, Scalar, Node]]:
    """Yield (field, key, value) of a mapping; unknown and repeated keys are errors."""
    if not isinstance(node, Table):
        notes.error("not-mapping", node.line, node.column, field=where)
        return
    seen: dict[str, int] = {}
    for key, value in node.pairs:
        known = fields.find(group, key.text)
        if known is None:
            _unknown(key, notes, group)
        elif known.name in seen:
            notes.error(
                "duplicate-key", key.line, key.column, field=key.text, first=seen[known.name]
            )
        else:
            seen[known.name] = key.line
            yield known, key, value


def _unknown(key: Scalar, notes: Notes, group: str) -> None:
    meant = fields.guess_field(group, key.text)
    code = "unknown-field-guess" if meant else "unknown-field"
    allowed = "、".join(f.zh for f in fields.GROUPS[group])
    notes.error(code, key.line, key.column, field=key.text, meant=meant, allowed=allowed)


def scope(node: Node, notes: Notes) -> Scope:
    """Return where an entry applies."""
    found: dict[str, tuple[str, ...]] = {}
    for known, _, value in pairs(node, notes, "scope", "scope"):
        named = words(value, notes, known.zh)
        if known.name == "channels":
            found["channels"] = tuple(one_of(item, notes, "channels") for item in named)
        else:
            found[known.name] = tuple(item.text for item in named)
    return Scope(**found)


def validity(node: Node, notes: Notes, zone: tzinfo) -> Validity:
    """Return the time window of a mapping or of one line; an empty one is open."""
    if isinstance(node, Scalar):
        return _one_line(node, notes, zone)
    ends = {known.name: value for known, _, value in pairs(node, notes, "valid", "valid")}
    start = timespan.since(_date_text(ends, "from", notes), zone) if "from" in ends else None
    end = timespan.until(_date_text(ends, "until", notes), zone) if "until" in ends else None
    for name, found in (("from", start), ("until", end)):
        if name in ends and found is None and _date_text(ends, name, notes):
            value = ends[name]
            notes.error("bad-date", value.line, value.column, value=_date_text(ends, name, notes))
    return ordered(Validity(since=start, until=end), notes, node.line, node.column)


def _date_text(ends: dict[str, Node], name: str, notes: Notes) -> str:
    node = ends[name]
    return node.text.strip() if isinstance(node, Scalar) else text(node, notes, name)


def _one_line(node: Scalar, notes: Notes, zone: tzinfo) -> Validity:
    found = timespan.window(node.text, zone)
    if found is None:
        notes.error("bad-date", node.line, node.column, value=node.text)
        return Validity()
    return ordered(found, notes, node.line, node.column)


def ordered(found: Validity, notes: Notes, line: int, column: int) -> Validity:
    """Return ``found``; a window that ends before it begins is an error."""
    if found.since and found.until and found.since >= found.until:
        notes.error("never-valid", line, column)
    return found


def promise(node: Node, notes: Notes) -> Promise | None:
    """Return what is promised and until when."""
    told = {k.name: text(v, notes, k.zh) for k, _, v in pairs(node, notes, "promise", "promise")}
    what, until = told.get("what", ""), told.get("until", "")
    if not (what and until):
        notes.error("bad-promise", node.line, node.column)
        return None
    if timespan.seconds(until) is None and timespan.day(until) is None:
        notes.error("bad-span", node.line, node.column, value=until)
        return None
    return Promise(what=what, until=timespan.plain(until))
