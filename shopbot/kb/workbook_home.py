"""Which file a new row of a workbook goes to. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from shopbot.kb import folder as folders
from shopbot.kb.entry import Entry
from shopbot.kb.replies import Setting
from shopbot.kb.workbook_names import topic_of_label
from shopbot.kb.workbook_read import BookRow, BookSheet
from shopbot.kb.workbook_shelf import Cells, Record


def home_of(
    row: BookRow,
    cells: Cells,
    sheet: BookSheet,
    there: Mapping[str, Sequence[Record]],
    setting: Setting,
) -> str | None:
    """Return the file a new row goes to, or None when the one it names cannot be.

    ``cells`` are the row's with all that its sheet has; ``there`` the records of its kind by file.
    """
    kind = sheet.kind.kind
    if row.file:
        return row.file if _may_be(row.file, kind) else None
    if kind in ("replies", "policies"):
        return _by_topic(kind, cells, there, setting)
    if kind == "sizes":
        name = cells.get("尺码表", "").removesuffix(".csv")
        file = f"products/sizes/{name}.csv"
        return file if re.fullmatch(r"[\w.-]+", name) and _may_be(file, kind) else None
    return sheet.home


def _may_be(file: str, kind: str) -> bool:
    path = PurePosixPath(file)
    odd = path.is_absolute() or ".." in path.parts or "\\" in file or path.as_posix() != file
    known = path.parts[:1] and path.parts[0] in ("replies", "policies", "products", "words")
    return not odd and (file == "store.yaml" or bool(known)) and folders.kind_of(file) == kind


def _by_topic(
    kind: str, cells: Cells, there: Mapping[str, Sequence[Record]], setting: Setting
) -> str:
    """Return the file that has most entries of the topic, else one of the topic's own."""
    topic = topic_of_label(cells.get("话题", ""), setting.topics)
    counted = Counter(
        file
        for file, records in there.items()
        for r in records
        if isinstance(r.value, Entry) and r.value.topic == topic and topic
    )
    if counted:
        return counted.most_common(1)[0][0]
    known = setting.topics.get(topic)
    if kind == "policies":
        return "policies/more.md"
    return f"replies/{known.stage}/{topic}.yaml" if known else "replies/new.yaml"
