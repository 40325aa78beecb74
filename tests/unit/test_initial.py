"""`shopbot init`: a store to fill that is sound from the first minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopbot.kb.check import check
from shopbot.kb.initial import FolderNotEmpty, NotLaidDown, lay_down
from shopbot.kb.loader import load
from shopbot.kb.storefile import base_topics
from tests.kb_store import NOW


def test_a_new_store_has_no_errors_only_blanks(tmp_path: Path) -> None:
    """Right after init the check finds no error, and its warnings are facts to fill."""
    lay_down(tmp_path / "store", name="小鹿: 茶铺")
    report = check(tmp_path / "store", at=NOW)

    assert 0 == report.errors
    assert {"blank-fact"} == {told.code for told in report.problems}
    assert report.ready >= 45


def test_filling_the_blanks_makes_every_topic_ready(tmp_path: Path) -> None:
    """The skeleton covers all topics; blank facts are all that is missing."""
    lay_down(tmp_path / "store")
    file = tmp_path / "store" / "store.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace('""', "已填"), encoding="utf-8")
    report = check(tmp_path / "store", at=NOW)

    assert (len(base_topics()), 0, 0) == (report.ready, report.errors, report.warnings)


def test_phrasings_are_plenty(tmp_path: Path) -> None:
    """At least six a topic, and the store bears its name and an id from its folder."""
    lay_down(tmp_path / "deer-tea", name="小鹿: 茶铺")
    known = load(tmp_path / "deer-tea")
    counts = {
        entry.topic: len(entry.phrasings)
        for entry in known.entries
        if entry.id.endswith(".default")
    }

    assert set(base_topics()) == set(counts)
    assert min(counts.values()) >= 6
    assert ("deer-tea", "小鹿: 茶铺") == (known.store.id, known.store.name)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Nothing is written where something already is."""
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(FolderNotEmpty):
        lay_down(tmp_path)

    assert ["mine.txt"] == [path.name for path in tmp_path.iterdir()]


def test_force_adds_only_what_is_missing(tmp_path: Path) -> None:
    """Files of the owner stay byte for byte; the rest is added."""
    (tmp_path / "store.yaml").write_text("id: a\nname: b\n", encoding="utf-8")
    done = lay_down(tmp_path, force=True)

    assert ("store.yaml",) == done.kept
    assert "id: a\nname: b\n" == (tmp_path / "store.yaml").read_text(encoding="utf-8")
    assert "replies/system.yaml" in done.written


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """A path below a file cannot be made; the error says so."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises((NotLaidDown, FolderNotEmpty)):
        lay_down(tmp_path / "file" / "store")


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    """With --force a linked folder inside does not lead the writing elsewhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    store = tmp_path / "store"
    store.mkdir()
    (store / "replies").symlink_to(outside, target_is_directory=True)
    with pytest.raises(NotLaidDown):
        lay_down(store, force=True)

    assert [] == list(outside.iterdir())
