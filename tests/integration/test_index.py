"""Generations on disk: what comes back, what is refused, what survives."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shopbot.kb import generation_files
from shopbot.kb.index import Damaged, IndexFolder
from shopbot.kb.service import KnowledgeBase
from tests.live_store import Master, Shop, answers, ask

FILES = ("manifest.json", "knowledge.json", "texts.json", "vectors.npy", "arrays.npz")


def _flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x10
    path.write_bytes(raw)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


SPOILED = {"flipped": _flip, "cut": _cut, "empty": _empty, "removed": Path.unlink}


def test_a_second_start_answers_the_same_to_the_bit(shop: Shop, master: Master) -> None:
    """Loaded from disk or built from the files: equal texts, sources, scores and probabilities."""
    empty = IndexFolder(shop.index.root.parent / "other", master.cache)
    with KnowledgeBase(shop.folder, empty, master.embedder) as built:
        built.refresh()
        fresh = answers(built)
    loaded = shop.base()

    assert not loaded.refreshed
    assert fresh == answers(loaded)


def test_a_second_start_embeds_nothing(shop: Shop) -> None:
    """The vectors come from disk."""
    shop.base()

    assert [] == shop.embedder.built


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_noticed(name: str, spoil: Callable[[Path], Any], shop: Shop) -> None:
    """Every file's digest is checked, the manifest's too."""
    spoil(shop.generation_folder() / name)

    with pytest.raises(Damaged):
        shop.index.current()


def test_a_damaged_index_is_rebuilt_and_serves(shop: Shop) -> None:
    """The answers are as before, and the next start finds a whole generation."""
    before = answers(shop.base())
    _flip(shop.generation_folder() / "vectors.npy")
    mended = shop.base()

    assert mended.refreshed
    assert before == answers(mended)
    assert not shop.base().refreshed


@pytest.mark.parametrize(
    "pointer",
    [b"", b"nowhere 0\n", b"../index 0\n", b".. 0\n", b"/etc 0\n", b"\xff\xfe\x00", b"a\x00b 0\n"],
    ids=["empty", "nowhere", "outside", "above", "root", "bytes", "nul"],
)
def test_a_pointer_to_nowhere_is_damage(pointer: bytes, shop: Shop) -> None:
    """Whatever stands in the pointer, nothing outside the index is read."""
    (shop.index.root / "current").write_bytes(pointer)

    with pytest.raises(Damaged):
        shop.index.current()


def test_a_folder_without_a_pointer_is_no_index(shop: Shop) -> None:
    """None, so that it is built."""
    (shop.index.root / "current").unlink()

    assert shop.index.current() is None


@pytest.mark.parametrize("part", ["FORMAT", "VERSION"])
def test_another_version_builds_anew(
    part: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index of another format or other analysers is not used; its store serves all the same."""
    monkeypatch.setattr(generation_files, part, 99 if part == "FORMAT" else "99")
    base = shop.base()

    assert base.refreshed
    assert "shipping-time.default" == ask(base, "什么时候发货")["suggestions"][0]["entry"]


def test_another_model_embeds_everything_again(shop: Shop) -> None:
    """Vectors of one model are never compared with those of another."""
    shop.embedder.name = "another"
    base = shop.base()

    assert set(base.generation.prepared) <= set(shop.embedder.built)
    assert "another" == base.status().model


@pytest.mark.parametrize("step", ["np.savez", "Path.rename", "Path.replace"])
def test_a_build_killed_on_the_way_leaves_the_old_generation(
    step: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, between and after the files: the pointer always names something whole."""
    base = shop.base()
    before = shop.generation_folder().name

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np if step == "np.savez" else Path, step.split(".")[1], killed)
        with pytest.raises(KeyboardInterrupt):
            shop.index.save(base.generation)

    assert before == shop.generation_folder().name
    assert not shop.base().refreshed


def test_what_a_killed_build_left_is_swept(shop: Shop) -> None:
    """The next save removes half-written folders and pointers."""
    base = shop.base()
    (shop.index.root / "partial-dead").mkdir()
    (shop.index.root / "current.dead").write_text("x", encoding="utf-8")
    shop.index.save(base.generation)
    left = sorted(path.name for path in shop.index.root.iterdir())

    assert not [name for name in left if "dead" in name]


def test_two_generations_are_kept(shop: Shop) -> None:
    """The current one and the one before; older ones go."""
    base = shop.base()
    names = []
    for _ in range(3):
        shop.index.save(base.generation)
        names.append(shop.generation_folder().name)
    left = {path.name for path in shop.index.root.iterdir() if path.is_dir()}

    assert set(names[-2:]) == left


def test_two_processes_may_build_at_once(shop: Shop, master: Master) -> None:
    """Writers take turns; neither sweeps away what the other is writing."""
    base = shop.base()
    failures: list[Exception] = []

    def save() -> None:
        try:
            IndexFolder(shop.index.root, master.cache).save(base.generation)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures
    assert shop.index.current() is not None


def test_a_reader_whose_generation_is_swept_takes_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process replaced it between the look at the pointer and the files."""
    base = shop.base()
    real = generation_files.read
    tries = []

    def overtaken(folder: Path, cache: Path, digest: str) -> Any:
        tries.append(folder.name)
        if len(tries) == 1:
            shop.index.save(base.generation)
            shutil.rmtree(folder)
        return real(folder, cache, digest)

    monkeypatch.setattr(generation_files, "read", overtaken)
    found = shop.index.current()

    assert found is not None
    assert 2 == len(set(tries))


def test_no_array_is_pickled(shop: Shop) -> None:
    """Each loads with pickle forbidden."""
    folder = shop.generation_folder()
    shop.index.save(shop.base().generation)
    for path in [*folder.glob("*.npy"), *folder.glob("*.npz")]:
        loaded = np.load(path, allow_pickle=False)
        arrays = [loaded] if path.suffix == ".npy" else [loaded[name] for name in loaded.files]

        assert not [a for a in arrays if a.dtype.hasobject]


def test_one_changed_entry_embeds_only_its_new_phrasing(shop: Shop) -> None:
    """Also after a start, when the analysed phrasings come from disk."""
    base = shop.base()
    shop.replace("questions: [什么时候发货,", "questions: [何时能寄出呀, 什么时候发货,")
    base.refresh()

    assert ["何时能发货"] == shop.embedder.built


def test_an_index_grown_by_edits_scores_as_one_built_at_once(shop: Shop, master: Master) -> None:
    """Words that no phrasing has any more count as unknown; the legs' scores are equal."""
    base = shop.base()
    shop.replace("questions: [什么时候发货,", "questions: [饕餮魑魅, 什么时候发货,")
    base.refresh()
    shop.replace("questions: [饕餮魑魅, 什么时候发货,", "questions: [什么时候发货,")
    base.refresh()
    other = IndexFolder(shop.index.root.parent / "other", master.cache)
    with KnowledgeBase(shop.folder, other, master.embedder) as fresh:
        fresh.refresh()
        asked = ("什么时候发货", "饕餮魑魅", "几天能到啊")
        scores = [
            [[r.words, r.pinyin] for _, _, r in b.answerer.search(text)]
            for b in (base, fresh)
            for text in asked
        ]

    assert np.allclose(scores[0], scores[3])
    assert np.allclose(scores[1], scores[4])
    assert np.allclose(scores[2], scores[5])


def test_a_serving_index_does_not_see_the_next_build_words(shop: Shop) -> None:
    """Requests that began before a refresh finish on what they began with."""
    base = shop.base()
    answerer = base.answerer
    shop.replace("questions: [什么时候发货,", "questions: [饕餮魑魅, 什么时候发货,")
    base.refresh()
    found = [entry.id for entry, _, _ in answerer.search("饕餮魑魅什么时候发货")]

    assert "shipping-time.default" == found[0]


def test_a_damaged_memory_costs_time_and_nothing_else(shop: Shop) -> None:
    """rows.npz only saves work: without it the next build analyses again and answers the same."""
    base = shop.base()
    (shop.generation_folder() / "rows.npz").write_bytes(b"PK nonsense")
    shop.replace("questions: [什么时候发货,", "questions: [何时能寄出呀, 什么时候发货,")
    base.refresh()

    assert ["何时能发货"] == shop.embedder.built
    assert "shipping-time.default" == ask(base, "何时能寄出呀")["suggestions"][0]["entry"]
    assert not shop.base().refreshed


def test_a_full_disk_leaves_the_old_index_and_serves_the_new_text(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change is live, the problem is told, and the next refresh tries to write again."""
    base = shop.base()
    before = shop.generation_folder().name

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        shop.replace("下午四点前的订单当天发", "下午五点前的订单当天发")
        base.refresh()
        told = [problem.code for problem in base.status().problems]

    assert "五点前" in ask(base, "什么时候发货")["suggestions"][0]["text"]
    assert "index-not-saved" in told
    assert before == shop.generation_folder().name

    base.refresh()

    assert "index-not-saved" not in [problem.code for problem in base.status().problems]
    assert before != shop.generation_folder().name
