"""A saved file is live; a broken one keeps its last good version; nothing takes the store down."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopbot.kb import service
from shopbot.kb.fitting import fitted
from shopbot.kb.service import KnowledgeBase
from shopbot.kb.watching import seen
from tests.live_store import DELIVERY, Shop, answers, ask, waited_for

QUESTION = "什么时候发货"
OLD, NEW = "下午四点前的订单当天发", "下午五点前的订单当天发"


@pytest.fixture
def watched(shop: Shop) -> Iterator[KnowledgeBase]:
    """The small store, serving and watching."""
    base = shop.base()
    base.start_watching()
    yield base
    base.close()


def _says(base: KnowledgeBase, told: str) -> bool:
    return told in ask(base, QUESTION)["suggestions"][0]["text"]


def _codes(base: KnowledgeBase) -> list[str]:
    return [problem.code for problem in base.status().problems]


def test_a_saved_file_is_live(watched: KnowledgeBase, shop: Shop) -> None:
    """Without a restart, and the next start has it too."""
    shop.replace(OLD, NEW)

    assert waited_for(lambda: _says(watched, NEW))
    watched.close()
    assert _says(shop.base(), NEW)


def test_a_file_saved_by_rename_is_live(watched: KnowledgeBase, shop: Shop) -> None:
    """As vim and most editors save: a new file beside it takes its name."""
    text = (shop.folder / DELIVERY).read_text(encoding="utf-8").replace(OLD, NEW)
    beside = shop.folder / "replies" / ".delivery.yaml.swp"
    beside.write_text(text, encoding="utf-8")
    beside.replace(shop.folder / DELIVERY)

    assert waited_for(lambda: _says(watched, NEW))


def test_a_new_file_is_live_and_its_removal_too(watched: KnowledgeBase, shop: Shop) -> None:
    """A file put into a folder, and taken out again."""
    added = shop.folder / "replies" / "new.yaml"
    entry = "- id: x.new\n  topic: shipping-time\n  questions: [饕餮魑魅魍魉]\n  answers: [好的]\n"
    added.write_text(entry, encoding="utf-8")

    def first() -> str:
        return str(ask(watched, "饕餮魑魅魍魉")["suggestions"][0]["entry"])

    assert waited_for(lambda: first() == "x.new")
    added.unlink()
    assert waited_for(lambda: first() != "x.new")


def test_a_folder_below_site_packages_is_watched_too(shop: Shop, tmp_path: Path) -> None:
    """watchfiles passes over such folders by itself; the packaged store stands in one."""
    place = tmp_path / "site-packages" / "shop"
    shutil.copytree(shop.folder, place)
    shop.folder = place
    base = shop.base()
    base.start_watching()
    shop.replace(OLD, NEW)

    assert waited_for(lambda: _says(base, NEW))


def test_a_change_before_the_first_notice_is_found(shop: Shop) -> None:
    """Between the reading and the watching nothing is lost."""
    base = shop.base()
    shop.replace(OLD, NEW)
    base.start_watching()

    assert waited_for(lambda: _says(base, NEW))


def test_a_broken_file_keeps_its_last_good_version(watched: KnowledgeBase, shop: Shop) -> None:
    """All its entries go on serving as they were, and the problem says where; mended, it is gone."""
    before = answers(watched)
    good = (shop.folder / DELIVERY).read_text(encoding="utf-8")
    broken = good.replace(OLD, NEW) + "- id: [unclosed\n"
    (shop.folder / DELIVERY).write_text(broken, encoding="utf-8")

    assert waited_for(lambda: watched.generation.knowledge.stale_files == (DELIVERY,))
    assert before == answers(watched)
    assert DELIVERY in {problem.source.file for problem in watched.status().problems}

    (shop.folder / DELIVERY).write_text(good.replace(OLD, NEW), encoding="utf-8")

    assert waited_for(lambda: _says(watched, NEW))
    assert () == watched.status().problems


def test_the_good_version_outlives_a_restart(shop: Shop) -> None:
    """The stored index has it while the file on disk is still broken."""
    before = answers(shop.base())
    shop.write(DELIVERY, lambda text: text + "- id: [unclosed\n")
    broken_while_away = shop.base()
    again = shop.base()

    assert before == answers(broken_while_away)
    assert before == answers(again)
    assert (DELIVERY,) == again.generation.knowledge.stale_files
    assert [] != _codes(again)


def test_the_good_version_outlives_another_model_and_a_damaged_index(shop: Shop) -> None:
    """What was last read is taken from any stored reading that is whole."""
    shop.base()
    shop.write(DELIVERY, lambda text: text + "- id: [unclosed\n")
    shop.embedder.name = "another"
    other_model = shop.base()
    (shop.generation_folder() / "vectors.npy").write_bytes(b"")
    damaged = shop.base()

    assert _says(other_model, OLD)
    assert _says(damaged, OLD)


def test_one_broken_line_among_a_thousand_entries(shop: Shop) -> None:
    """The other files are served, the broken line is named, and the file's old entries stay."""
    entries = [
        f"- id: many.e{n}\n  topic: shipping-time\n  status: {'draft' if n % 100 else 'published'}\n"
        f"  questions: [第{n}号奇怪问题]\n  answers: [好{n}]\n"
        for n in range(1000)
    ]
    name = "replies/many.yaml"
    (shop.folder / name).write_text("".join(entries), encoding="utf-8")
    base = shop.base()
    entries[499] = entries[499].replace("answers: [好499]", "answers: [好499")
    (shop.folder / name).write_text("".join(entries), encoding="utf-8")
    base.refresh()
    problems = [p for p in base.status().problems if p.severity == "error"]
    served = {entry.id for entry in base.generation.knowledge.entries}

    assert {name} == {problem.source.file for problem in problems}
    assert problems[0].source.line in range(2495, 2507)
    assert {f"many.e{n}" for n in range(1000)} <= served
    assert "shipping-time.default" in served


def test_a_removed_folder_keeps_serving(watched: KnowledgeBase, shop: Shop) -> None:
    """The problem is told; put back, also with a change, it is followed again."""
    away = shop.folder.with_name("away")
    shop.folder.rename(away)

    assert waited_for(lambda: "refresh-failed" in _codes(watched))
    assert _says(watched, OLD)

    shutil.copytree(away, shop.folder)
    assert waited_for(lambda: "refresh-failed" not in _codes(watched))
    shop.replace(OLD, NEW)
    assert waited_for(lambda: _says(watched, NEW))


def test_a_folder_being_deleted_file_by_file_keeps_serving(shop: Shop) -> None:
    """Without a store.yaml it is no shop that has nothing to say, but no shop at all."""
    base = shop.base()
    base.start_watching()
    (shop.folder / "store.yaml").unlink()
    for path in shop.folder.glob("replies/*"):
        path.unlink()

    assert waited_for(lambda: "refresh-failed" in _codes(base))
    assert _says(base, OLD)


def test_nothing_new_builds_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A touched file leads to no build, no writing and no other answerer."""
    base = shop.base()
    before = base.answerer
    (shop.folder / DELIVERY).touch()
    monkeypatch.setattr(service, "build", None)

    assert not base.refresh()
    assert before is base.answerer


def test_the_new_text_serves_before_anything_is_written(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk does not delay a change."""
    base = shop.base()
    seen_first: list[bool] = []
    monkeypatch.setattr(type(shop.index), "save", lambda *_: seen_first.append(_says(base, NEW)))
    shop.replace(OLD, NEW)
    base.refresh()

    assert [True] == seen_first


def test_a_fit_does_not_keep_later_changes_waiting(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many new phrasings are fitted aside: they and what is saved meanwhile are live before."""
    base = shop.base()
    began, go_on = threading.Event(), threading.Event()

    def slow(*given: object) -> object:
        began.set()
        go_on.wait(60)
        return fitted(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("shopbot.kb.fitting.fitted", slow)
    base.start_watching()
    phrasings = "、".join("甲乙丙丁戊己庚辛壬癸")
    many = ", ".join(f"奇怪的问题{a}{b}" for a in phrasings[::2] for b in phrasings[::4])
    entry = f"- id: x.many\n  topic: restock\n  questions: [{many}]\n  answers: [好的]\n"
    (shop.folder / "replies" / "x.yaml").write_text(entry, encoding="utf-8")
    fits_aside = began.wait(60)
    live = any(e.id == "x.many" for e in base.generation.entries)
    shop.replace(OLD, NEW)
    meanwhile = waited_for(lambda: _says(base, NEW))
    not_yet = base.generation.drift
    go_on.set()

    assert (True, True, True) == (fits_aside, live, meanwhile)
    assert not_yet > 0
    assert waited_for(lambda: base.generation.drift == 0)
    assert _says(base, NEW)


def test_a_look_notices_names_times_and_sizes(shop: Shop) -> None:
    """What the timed look compares; a folder that is gone looks like nothing."""
    before = seen(shop.folder)
    shop.replace(OLD, NEW + "哦")

    assert before != seen(shop.folder)
    assert before is not None
    assert seen(shop.folder / "gone") is None
