"""The knowledge base as other code uses it: opened, asked, told about, recorded."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from shopbot.config import load_settings
from shopbot.errors import KnowledgeMissing, StorageError
from shopbot.kb.index import IndexFolder
from shopbot.kb.service import KnowledgeBase, Query
from shopbot.kb.store import find_version, list_versions
from shopbot.storage import SqliteDatabase
from tests.kb_store import NOW
from tests.live_store import Master, Shop, ask

ENTRY = "shipping-time.default"
OLD, NEW = "下午四点前的订单当天发", "下午五点前的订单当天发"


@pytest.fixture
def recorded(master: Master, tmp_path: Path, db: SqliteDatabase) -> Shop:
    """The small store with a database for its versions."""
    return master.copy(tmp_path, db)


def _served(base: KnowledgeBase) -> tuple[str, str]:
    first = ask(base, "什么时候发货")["suggestions"][0]
    return first["entry"], first["version"]


def test_versions_are_kept_of_an_index_that_was_there(recorded: Shop, db: SqliteDatabase) -> None:
    """A server may start on an index that another command built."""
    entry, version = _served(recorded.base())
    kept = find_version(db, "qingwu-tea", entry, version)

    assert kept is not None
    assert OLD in kept.content
    assert ("replies/delivery.yaml", 1) == (kept.source.file, kept.source.line)


def test_a_version_outlives_its_entry(recorded: Shop, db: SqliteDatabase) -> None:
    """A receipt can be read after the file has changed and the entry is gone."""
    base = recorded.base()
    entry, old = _served(base)
    recorded.replace(OLD, NEW)
    base.refresh()
    _, new = _served(base)
    (recorded.folder / "replies" / "delivery.yaml").unlink()
    base.refresh()
    kept = {version.version: version for version in list_versions(db, "qingwu-tea", entry)}

    assert {old, new} == set(kept)
    assert kept[old].first_seen < kept[old].last_seen
    assert kept[old].last_seen <= kept[new].last_seen


def test_every_version_that_serves_is_kept_before_the_index_is(
    recorded: Shop, db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes no index may still take the versions."""
    base = recorded.base()

    def full(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(IndexFolder, "save", full)
    recorded.replace(OLD, NEW)
    base.refresh()

    assert find_version(db, "qingwu-tea", *_served(base)) is not None


def test_a_database_that_refuses_is_told_and_tried_again(
    recorded: Shop, db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serving goes on; the next refresh writes what is missing."""
    base = recorded.base()

    def refuse(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("shopbot.kb.store.record_versions", refuse)
        recorded.replace(OLD, NEW)
        base.refresh()
        told = [problem.code for problem in base.status().problems]
    base.refresh()

    assert ["versions-not-kept"] == told
    assert () == base.status().problems
    assert find_version(db, "qingwu-tea", *_served(base)) is not None


def test_status_tells_what_serves(shop: Shop) -> None:
    """Entries, topics, model and generation."""
    base = shop.base()
    status = base.status(NOW)

    assert (79, 54, 69, ()) == (
        status.entries, status.topics_ready, status.topics_total, status.problems,
    )  # fmt: skip
    assert base.generation.id == status.generation
    assert shop.embedder.name == status.model
    assert "qingwu-tea" == base.store_id


def test_many_callers_get_what_one_gets(shop: Shop) -> None:
    """Answers do not depend on who else asks, also while the store is changed."""
    base = shop.base()
    alone = ask(base, "包邮吗")
    found: list[object] = []

    def call() -> None:
        found.extend(ask(base, "包邮吗") for _ in range(10))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(3):
        shop.replace("questions: [什么时候发货,", f"questions: [什么时候发货, 何时发出第{n}批,")
        base.refresh()
    for thread in threads:
        thread.join()

    assert 40 == len(found)
    assert {alone["suggestions"][0]["text"]} == {
        told["suggestions"][0]["text"] for told in found if isinstance(told, dict)
    }


def test_a_refit_is_made_on_request(shop: Shop) -> None:
    """A small change keeps the fit; `refit` makes it anew, and problems stay told."""
    base = shop.base()
    shop.replace("questions: [什么时候发货,", "questions: [什么时候发货, 啥会儿发出呀,")
    shop.write("replies/order.yaml", lambda text: text + "- id: [x\n")
    base.refresh()
    before = base.generation
    problems = base.status().problems
    done = base.refresh(refit=True)

    assert 0 < before.drift
    assert done
    assert 0 == base.generation.drift
    assert before.calibration.digest != base.generation.calibration.digest
    assert () != problems == base.status().problems
    assert not base.refresh(refit=True)


def test_new_labelled_questions_are_learnt_on_request(shop: Shop) -> None:
    """The fit uses eval/dev.jsonl, so a changed line there is reason enough for `kb build`."""
    base = shop.base()
    before = base.generation.calibration
    line = '{"text": "明儿发么", "topics": ["shipping-time"]}\n'
    (shop.folder / "eval" / "dev.jsonl").write_text(line, encoding="utf-8")
    unasked = base.refresh()
    asked = base.refresh(refit=True)

    assert (False, True, False) == (unasked, asked, base.refresh(refit=True))
    assert before.digest != base.generation.calibration.digest


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """Before anything is built."""
    settings = load_settings(knowledge=tmp_path / "gone", data=tmp_path / "data")

    with pytest.raises(KnowledgeMissing):
        KnowledgeBase.open(settings)


def test_an_unopened_base_says_so(shop: Shop) -> None:
    """Asking before the first refresh is a programmer's error."""
    base = KnowledgeBase(shop.folder, shop.index, shop.embedder)

    with pytest.raises(RuntimeError):
        base.suggest(Query(text="x", at=NOW))
