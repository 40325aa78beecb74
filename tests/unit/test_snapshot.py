"""Knowledge as JSON and back: nothing is lost, nothing damaged is taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopbot.kb.loader import load
from shopbot.kb.snapshot import SnapshotUnusable, dump, restore
from tests.kb_store import DEMO_STORE, TEA_STORE, written


@pytest.mark.parametrize("folder", [TEA_STORE, DEMO_STORE], ids=["tea", "demo"])
def test_a_snapshot_loses_nothing(folder: Path) -> None:
    """JSON and back gives equal knowledge, versions and places included."""
    knowledge = load(folder)

    again = restore(json.loads(json.dumps(dump(knowledge))))

    assert knowledge == again
    assert [e.version for e in knowledge.entries] == [e.version for e in again.entries]
    assert [dict(e.places) for e in knowledge.entries] == [dict(e.places) for e in again.entries]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), max_size=5)
)
def test_a_restored_reading_serves_as_previous(tmp_path: Path, texts: list[str]) -> None:
    """After a restart unchanged files are still not read again, problems included."""
    rows = "".join(f"- id: a.{n}\n  topic: usage\n  questions: [x]\n  answers: {json.dumps([text], ensure_ascii=False)}\n"
                   for n, text in enumerate(texts))  # fmt: skip
    folder = written(tmp_path, {"replies/a.yaml": rows})
    first = load(folder)

    again = load(folder, restore(json.loads(json.dumps(dump(first)))))

    assert first == again


@pytest.mark.parametrize(
    "plain",
    [{}, {"format": 0}, {"format": 1}, {"format": 1, "knowledge": {"store": []}},
     {"format": 1, "knowledge": None}],
)  # fmt: skip
def test_anything_else_is_refused(plain: dict[str, object]) -> None:
    """A damaged or foreign snapshot is an error of its own."""
    with pytest.raises(SnapshotUnusable):
        restore(plain)
