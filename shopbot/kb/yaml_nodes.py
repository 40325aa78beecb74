"""YAML as staff write it: nodes with places, every scalar left as the text that was typed.

Parser events are read instead of composed objects: nothing recurses (a hostile file cannot exhaust
the stack), ``yes``/``2026-11-01``/``007`` stay text, and each node knows its line and column.
Anchors, aliases and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import yaml

MAX_DEPTH = 12
MAX_NODES = 300_000

_CUT = re.compile(r"[ \t]+#(?=[^\s#])")
"""A ``#`` that begins a word (拨 #1): people mean the character, YAML takes a comment."""

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True, kw_only=True)
class Scalar:
    """One text; ``plain`` is true when it stands without quotes or ``|``.

    ``cut`` is true when a ``#`` right after it made the rest of the line a comment.
    """

    text: str
    line: int
    column: int
    plain: bool = True
    cut: bool = False


@dataclass(slots=True, kw_only=True)
class Listing:
    """A list; ``flow`` is true for ``[a, b]``."""

    line: int
    column: int
    flow: bool = False
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Table:
    """A mapping as written: pairs in order, repeated keys kept."""

    line: int
    column: int
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)


Node = Scalar | Listing | Table


class BrokenYaml(Exception):
    """The text is not YAML that we take; ``code`` names the message, the place is 1-based."""

    def __init__(self, code: str, line: int, column: int, detail: str = "") -> None:
        super().__init__(f"{line}:{column}: {code} {detail}")
        self.code = code
        self.line = line
        self.column = column


def parse(text: str, first_line: int = 1) -> list[Node]:
    """Return the root nodes of ``text`` (one a document); ``first_line`` is where it begins.

    Raises BrokenYaml at the first thing that cannot be read.
    """
    try:
        return _Builder(first_line, text).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as failure:
        raise _broken(failure, text, first_line) from None
    except (yaml.YAMLError, ValueError, RecursionError) as failure:
        raise BrokenYaml("bad-yaml", first_line, 1, str(failure)) from None


def items(text: str) -> Iterator[tuple[int, str]]:
    """Yield (1-based line, text) for each top-level ``- `` item, to save what can be saved."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("- ") or line == "-"]
    for start, end in pairwise([*starts, len(lines)]):
        yield start + 1, "\n".join(lines[start:end])


class _Builder:
    def __init__(self, first_line: int, text: str) -> None:
        self._offset = first_line
        self._lines = text.split("\n") if _CUT.search(text) else []
        self._roots: list[Node] = []
        self._open: list[Listing | Table] = []
        self._keys: list[Scalar | None] = []
        self._count = 0

    def build(self, events: Iterator[yaml.Event]) -> list[Node]:
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
                self._keys.pop()
        return self._roots

    def _node(self, event: yaml.NodeEvent) -> None:
        line, column = self._place(event)
        self._guard(event, line, column)
        node = _made(event, line, column)
        if self._lines and isinstance(node, Scalar) and node.plain and event.end_mark:
            end = event.end_mark
            node.cut = bool(_CUT.match(self._lines[end.line][end.column :]))
        self._attach(node)
        if not isinstance(node, Scalar):
            self._open.append(node)
            self._keys.append(None)

    def _place(self, event: yaml.NodeEvent) -> tuple[int, int]:
        mark = event.start_mark
        return (mark.line + self._offset, mark.column + 1) if mark else (self._offset, 1)

    def _guard(self, event: yaml.NodeEvent, line: int, column: int) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise BrokenYaml("too-many-nodes", line, column)
        if len(self._open) >= MAX_DEPTH:
            raise BrokenYaml("too-deep", line, column)
        if event.anchor is not None:
            raise BrokenYaml("anchor", line, column)
        if getattr(event, "tag", None) is not None:
            raise BrokenYaml("tag", line, column)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self._roots.append(node)
            return
        parent = self._open[-1]
        if isinstance(parent, Listing):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is not None:
            parent.pairs.append((key, node))
            self._keys[-1] = None
        elif isinstance(node, Scalar):
            self._keys[-1] = node
        else:
            raise BrokenYaml("key-not-text", node.line, node.column)


def _made(event: yaml.NodeEvent, line: int, column: int) -> Node:
    if isinstance(event, yaml.ScalarEvent):
        plain = bool(event.implicit[0])
        return Scalar(text=event.value, line=line, column=column, plain=plain)
    if isinstance(event, yaml.SequenceStartEvent):
        return Listing(line=line, column=column, flow=bool(event.flow_style))
    return Table(line=line, column=column)


_REASONS = (
    ("found unexpected end of stream", "open-quote"),
    ("a tab character", "tab"),
    ("cannot start any token", "special-start"),
    ("mapping values are not allowed", "stray-colon"),
    ("could not find expected ':'", "no-colon"),
    ("did not find expected key", "bad-indent"),
    ("expected '-' indicator", "bad-indent"),
    ("expected ',' or ']'", "open-bracket"),
    ("expected ',' or '}'", "open-bracket"),
    ("control characters", "control"),
)


def _broken(failure: yaml.MarkedYAMLError, text: str, first_line: int) -> BrokenYaml:
    told = f"{failure.problem} {failure.context}"
    reason = next((code for words, code in _REASONS if words in told), "")
    mark = failure.problem_mark
    if reason in ("open-quote", "open-bracket"):
        mark = failure.context_mark or mark  # where it was opened helps, the end of file does not
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if reason == "special-start" and text.split("\n")[line][column : column + 1] == "\t":
        reason = "tab"
    code = f"bad-yaml.{reason}" if reason else "bad-yaml"
    return BrokenYaml(code, line + first_line, column + 1, told)
