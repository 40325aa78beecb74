"""A rule file's bytes to YAML nodes that know their places; hostile files end in a slip.

The events are looked at before anything is built: depth and size are bounded, anchors and tags
refused, so composing cannot recurse or blow up. Every scalar stays the text that was typed.
"""

from __future__ import annotations

import codecs

import yaml

from shopbot.rules.problem import Slips

MAX_BYTES = 512 * 1024
MAX_DEPTH = 8
MAX_NODES = 20_000

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_document(raw: bytes, slips: Slips) -> yaml.MappingNode | None:
    """Return the mapping a file holds, None when it is empty or cannot be read."""
    text = _decoded(raw, slips)
    if text is None or not _sound(text, slips):
        return None
    root = yaml.compose(text, Loader=_LOADER)
    if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
        return None
    if isinstance(root, yaml.MappingNode):
        return root
    slips.error("not-mapping", root.start_mark.line + 1, 1)
    return None


def _decoded(raw: bytes, slips: Slips) -> str | None:
    if len(raw) > MAX_BYTES:
        slips.error("too-large", 1, limit=MAX_BYTES // 1024)
        return None
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n")
    slips.error("bad-encoding", 1)
    return None


def _sound(text: str, slips: Slips) -> bool:
    depth = count = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            count += isinstance(event, yaml.NodeEvent)
            reason = _refused(event, depth, count)
            if reason:
                mark = event.start_mark
                slips.error(reason, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)
                return False
    except yaml.MarkedYAMLError as failure:
        slips.error("bad-yaml", *_place(failure, text))
        return False
    except (yaml.YAMLError, ValueError):
        slips.error("bad-yaml", 1)
        return False
    return True


def _place(failure: yaml.MarkedYAMLError, text: str) -> tuple[int, int]:
    """Return line and column of a failure; one noticed at the end is told where the text ends."""
    mark = failure.problem_mark or failure.context_mark
    last = text.rstrip().count("\n")
    if mark is None or mark.line > last:
        return last + 1, 1
    return mark.line + 1, mark.column + 1


def _refused(event: yaml.Event, depth: int, count: int) -> str:
    if depth > MAX_DEPTH or count > MAX_NODES:
        return "too-deep"
    if isinstance(event, yaml.DocumentStartEvent) and count:
        return "two-documents"
    if not isinstance(event, yaml.NodeEvent):
        return ""
    anchored = isinstance(event, yaml.AliasEvent) or event.anchor is not None
    return "anchor" if anchored or getattr(event, "tag", None) is not None else ""
