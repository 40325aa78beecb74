"""Section by section what may go wrong at the edges: a clear error or a sane answer, nothing lost."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shopbot.config import load_settings
from shopbot.kb.bundled_model import ensure_prepared
from tests.acceptance.conftest import Place, Run

ODD = {
    "empty": "",
    "spaces": " 　\t\n",
    "long": "发货" * 10_000,
    "long-punctuation": "?!" * 10_000,
    "long-latin": "a" * 20_000,
    "long-pinyin": "xian" * 5_000,
    "long-digits": "1" * 20_000,
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x85\u200b\u202e\ufeff",
    "nul": "发货\x00吗",
    "surrogate": "发货\ud83d",
    "sql": "'; DROP TABLE kb_entry_versions; --",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}} ${7*7} {订单号} %s {0} {__class__}",
    "brackets": "[bold red]x[/] {" + "[" * 500,
    "emoji": "😭",
    "emojis": "👨‍👩‍👧‍👦🏳️‍🌈🇨🇳" * 50,
    "combining": "e" + "\u0301" * 5_000,
    "private": "\ue000\U0010ffff\ufffe",
}


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "table"])
@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_whatever_is_typed_is_answered(text: str, as_json: bool, shopbot: Run) -> None:
    """Exit 0, one answer, and the question comes back as it was."""
    done = shopbot("ask", text, *(["--json"] if as_json else []))

    assert (0, "") == (done.code, done.err)
    if as_json:
        assert done.json["parts"]
        assert done.json["query"] == text.encode("utf-8", "ignore").decode()


def test_nothing_that_is_typed_is_evaluated(shopbot: Run) -> None:
    """The replies are the store's own texts, whole: no brace, no sum, no tag of the question's."""
    for name in ("template", "html", "sql"):
        told = shopbot("ask", ODD[name], "--top", 20, "--json").json
        said = "".join(s["text"] for part in told["parts"] for s in part["suggestions"])

        assert not set("{}<>") & set(said)
        assert "49" not in said.replace("满49元", "")
        assert "alert" not in said


def test_a_missing_folder_is_one_sentence(shopbot: Run, tmp_path: Path) -> None:
    """With what to do."""
    done = shopbot("ask", "x", SHOPBOT_KNOWLEDGE=tmp_path / "gone")

    assert 4 == done.code
    assert "store.yaml" in done.err
    assert "Traceback" not in done.err


def test_a_store_that_has_nothing_to_say_says_so(shopbot: Run, tmp_path: Path) -> None:
    """A bare store.yaml is a store: every question is unknown."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "store.yaml").write_text("id: bare\nname: 空\n", encoding="utf-8")
    where = {"SHOPBOT_KNOWLEDGE": tmp_path / "bare", "SHOPBOT_DATA": tmp_path / "data"}
    done = shopbot("ask", "发货", "--json", **where)

    assert (0, "unknown", []) == (done.code, done.json["band"], done.json["suggestions"])


def test_a_read_only_knowledge_folder_serves(shopbot: Run, tea: Place, tmp_path: Path) -> None:
    """Nothing is ever written into it."""
    folder = Path(shutil.copytree(tea.knowledge, tmp_path / "shop"))
    paths = [folder, *folder.rglob("*")]
    before = {path: path.stat().st_mtime_ns for path in paths}
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = shopbot("kb", "stats", SHOPBOT_KNOWLEDGE=folder, SHOPBOT_DATA=tmp_path / "data")
    after = {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}
    for path in paths:
        path.chmod(0o755)

    assert (0, before) == (done.code, after)


def test_a_data_folder_that_cannot_be_made_is_told(shopbot: Run, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = shopbot("ask", "发货", SHOPBOT_DATA=tmp_path / "file")

    assert 6 == done.code
    assert "Traceback" not in done.err


def test_an_attachment_outside_the_media_folder_is_an_error(shopbot: Run, tmp_path: Path) -> None:
    """It is named by the check and never handed out."""
    store = tmp_path / "shop"
    (store / "replies").mkdir(parents=True)
    (store / "store.yaml").write_text("id: x\nname: 店\n", encoding="utf-8")
    (tmp_path / "secret.png").write_bytes(b"x")
    (store / "replies" / "a.yaml").write_text(
        "- id: a.a\n  topic: greeting\n  questions: [你好]\n  answers: [好]\n"
        "  attachments: [../../secret.png, media/../../secret.png]\n",
        encoding="utf-8",
    )
    where = {"SHOPBOT_KNOWLEDGE": store, "SHOPBOT_DATA": tmp_path / "data"}
    checked = shopbot("kb", "check", "--fast", "--json", **where)
    told = shopbot("ask", "你好", "--json", **where).out
    about = [p for p in checked.json["problems"] if "secret.png" in p["message"]]

    assert 1 == checked.code
    assert {"error"} == {problem["severity"] for problem in about}
    assert "secret.png" not in told


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
def test_a_disk_that_takes_no_index_still_answers(
    number: int, shopbot: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes, the trouble is told on stderr and by the build; nothing half is left."""
    store = tmp_path / "shop"
    (store / "replies").mkdir(parents=True)
    (store / "store.yaml").write_text("id: x\nname: 店\n", encoding="utf-8")
    entry = "- id: a.a\n  topic: greeting\n  questions: [你好]\n  answers: [好]\n"
    (store / "replies" / "a.yaml").write_text(entry, encoding="utf-8")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(np, "savez", full)
    where = {"SHOPBOT_KNOWLEDGE": store, "SHOPBOT_DATA": tmp_path / "data"}
    asked = shopbot("ask", "你好", "--json", **where)
    built = shopbot("kb", "build", "--json", **where)
    left = [p.name for p in (tmp_path / "data" / "index").glob("*/*") if p.is_dir()]

    assert (0, "好") == (asked.code, asked.json["suggestions"][0]["text"])
    assert "index-not-saved" in asked.err
    assert (0, 1) == (built.code, built.json["problems"])
    assert [] == left


def test_a_damaged_model_is_made_again(shopbot: Run, tea: Place, tmp_path: Path) -> None:
    """A changed file in the cache is found and mended; stdout stays clean."""
    real = ensure_prepared(load_settings().cache_dir()).path
    cache = tmp_path / "cache"
    shutil.copytree(real, cache / "models" / real.name)
    spoiled = cache / "models" / real.name / "serving.onnx"
    spoiled.write_bytes(spoiled.read_bytes()[:-100])
    done = shopbot("ask", "什么时候发货", "--json", SHOPBOT_CACHE=cache)

    assert (0, "answer") == (done.code, done.json["band"])
    assert "model.rebuilding" in done.err


def test_a_cache_that_cannot_be_written_tells_so(shopbot: Run, tmp_path: Path) -> None:
    """No model there and none to be made: what to do is told."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = shopbot("ask", "发货", SHOPBOT_CACHE=tmp_path / "file")

    assert 5 == done.code
    assert "SHOPBOT_CACHE" in done.err
    assert "Traceback" not in done.err
