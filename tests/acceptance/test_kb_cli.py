"""`shopbot kb`: what it prints for people and programs, and how it ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shopbot.kb.store import list_versions
from shopbot.storage import open_database
from tests.acceptance.conftest import Place, Run

FIGURES = {
    "n", "hit@1", "hit@3", "hit@5", "mrr", "precision", "coverage", "ood_kept", "by_topic",
    "by_style", "worst",
}  # fmt: skip
SMALL = {
    "store.yaml": "id: small\nname: 小店\nfacts: {店名: 小店}\n",
    "replies/a.yaml": "- id: a.a\n  topic: greeting\n  questions: [你好]\n  answers: [您好]\n",
}


def _written(folder: Path, files: Mapping[str, str] = SMALL) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def small(tmp_path: Path) -> dict[str, Path]:
    """A store of one entry with folders of its own, as settings."""
    return {
        "SHOPBOT_KNOWLEDGE": _written(tmp_path / "small"),
        "SHOPBOT_DATA": tmp_path / "data",
    }


def test_a_build_tells_what_it_made(shopbot: Run, small: dict[str, Path]) -> None:
    """First everything, then nothing to do."""
    first, second = (shopbot("kb", "build", "--json", **small) for _ in range(2))

    assert (0, 0) == (first.code, second.code)
    assert (True, False) == (first.json["changed"], second.json["changed"])
    assert (1, 1, False) == tuple(first.json[n] for n in ("entries", "phrasings", "calibrated"))
    assert {**first.json, "changed": 0, "seconds": 0} == {**second.json, "changed": 0, "seconds": 0}


def test_a_build_keeps_every_version(shopbot: Run, small: dict[str, Path]) -> None:
    """Also of an index that was there already; a version stays when the entry changes."""
    shopbot("ask", "你好", **small)  # builds the index without the database
    shopbot("kb", "build", **small)
    reply = small["SHOPBOT_KNOWLEDGE"] / "replies" / "a.yaml"
    reply.write_text(reply.read_text("utf-8").replace("您好", "您好呀"), encoding="utf-8")
    shopbot("kb", "build", **small)
    db = open_database(small["SHOPBOT_DATA"])
    kept = list_versions(db, "small", "a.a")
    db.close()
    texts = [json.loads(version.content)["variants"][0]["text"] for version in kept]

    assert ["您好呀", "您好"] == texts


def test_problems_of_a_build_are_counted(shopbot: Run, small: dict[str, Path]) -> None:
    """What is sound is served, and the check is named."""
    (small["SHOPBOT_KNOWLEDGE"] / "replies" / "b.yaml").write_text("- id: [x\n", encoding="utf-8")
    done = shopbot("kb", "build", **small)

    assert 0 == done.code
    assert "shopbot kb check" in done.out


def test_a_check_tells_all_and_exits_1_on_errors(shopbot: Run, small: dict[str, Path]) -> None:
    """Each problem with code, place, message and hint."""
    done = shopbot("kb", "check", "--json", **small)
    told = done.json
    missing = {p["message"] for p in told["problems"] if p["code"] == "missing-system"}

    assert 1 == done.code
    assert (False, True) == (told["ok"], told["searched"])
    assert {"code", "severity", "file", "line", "column", "message", "hint"} == set(
        told["problems"][0]
    )
    assert any("system.greet" in message for message in missing)
    assert told["errors"] + told["warnings"] == len(told["problems"])


def test_a_check_of_a_sound_store_exits_0(shopbot: Run) -> None:
    """Warnings and missing topics are told, and how many topics are ready."""
    done = shopbot("kb", "check", "--json", "--at", "2026-11-22")
    plain = shopbot("kb", "check", "--fast", "--at", "2026-11-22")

    assert (0, 0) == (done.json["errors"], done.code)
    assert 54 == done.json["topics"]["ready"]
    assert "54" in plain.out
    assert "69" in plain.out


def test_a_check_tells_slips_of_the_rules(shopbot: Run, small: dict[str, Path]) -> None:
    """Beside those of the knowledge, for people and programs."""
    rules = small["SHOPBOT_KNOWLEDGE"] / "rules"
    rules.mkdir()
    (rules / "shipping.yaml").write_text("promise: soon\n", encoding="utf-8")
    done = shopbot("kb", "check", "--fast", "--json", "--at", "2026-12-12", **small)
    plain = shopbot("kb", "check", "--fast", "--at", "2026-12-12", **small)
    found = {(p["severity"], p["file"], p["line"]) for p in done.json["problems"]}

    assert ("error", "rules/shipping.yaml", 1) in found
    assert ("warning", "rules/calendar.yaml", 1) in found
    assert "rules/shipping.yaml:1" in plain.out
    assert 1 == done.code


def test_a_check_previews_a_date(shopbot: Run, small: dict[str, Path]) -> None:
    """What ends on 12-11 is over on 12-12."""
    reply = small["SHOPBOT_KNOWLEDGE"] / "replies" / "a.yaml"
    entry = reply.read_text(encoding="utf-8") + "  valid: {until: 2026-12-11}\n"
    reply.write_text(entry, encoding="utf-8")
    before, after = (
        {p["code"] for p in shopbot("kb", "check", "--fast", "--json", "--at", at, **small).json["problems"]}
        for at in ("2026-12-11", "2026-12-12")
    )  # fmt: skip

    assert {"expired"} == after - before


def test_search_lists_the_nearest_entries(shopbot: Run) -> None:
    """With score, phrasing and place; a table for people."""
    done = shopbot("kb", "search", "啥时候发货", "--top", 3, "--json")
    table = shopbot("kb", "search", "啥时候发货", "--top", 3)

    assert 3 == len(done.json)
    assert ["entry", "topic", "phrasing", "score", "source"] == list(done.json[0])
    assert "shipping-time.default" == done.json[0]["entry"]
    assert "shipping-time.default" in table.out


def test_stats_count_the_knowledge(shopbot: Run) -> None:
    """Without the model, for people and programs."""
    told = shopbot("kb", "stats", "--json").json
    shown = shopbot("kb", "stats")

    assert {"entries", "phrasings", "products", "topics", "status", "stage", "thin"} == set(told)
    assert (54, 69) == (told["topics"]["ready"], told["topics"]["total"])
    assert "54/69" in shown.out


def test_eval_gives_the_figures_of_the_contract(shopbot: Run, tmp_path: Path) -> None:
    """For labelled rows with texts, turns, several topics and questions out of the shop."""
    rows: list[dict[str, Any]] = [
        {"text": "什么时候发货", "topics": ["shipping-time"], "style": "plain"},
        {"turns": ["你好", "包邮吗"], "topics": ["shipping-fee", "price"]},
        {"text": "今天股票涨了吗", "topics": [], "ood": True},
    ]
    file = _lines(tmp_path / "q.jsonl", rows)
    done = shopbot("kb", "eval", "--questions", file, "--at", "2026-11-22", "--json")
    told = done.json

    assert 0 == done.code
    assert set(told) >= FIGURES
    assert (3, 1.0, 1.0) == (told["n"], told["hit@1"], told["mrr"])
    assert {"n": 1, "hit@1": 1.0} == told["by_topic"]["shipping-time"]
    assert {"plain"} == set(told["by_style"])


def test_eval_takes_the_store_own_test_questions(shopbot: Run) -> None:
    """Without a file; people get a table."""
    done = shopbot("kb", "eval")

    assert 0 == done.code
    assert "hit@1" in done.out


def test_eval_of_any_corpus(shopbot: Run, tmp_path: Path) -> None:
    """A row an entry; distractors and given candidates as in the evaluation sets."""
    corpus = _lines(
        tmp_path / "c.jsonl",
        [{"id": "1", "text": "什么时候发货"}, {"id": "2", "text": "怎么退货\u2028呢"}],
    )
    more = _lines(tmp_path / "d.jsonl", [{"id": "3", "text": "茶叶怎么保存"}])
    queries = _lines(
        tmp_path / "q.jsonl",
        [{"id": "a", "text": "啥时候能发货", "relevant": ["1"]},
         {"id": "b", "text": "退货流程", "relevant": ["2"]}],
    )  # fmt: skip
    given = _lines(tmp_path / "k.jsonl", [{"query_id": "a", "candidates": ["1", "3"]},
                                          {"query_id": "b", "candidates": ["2", "3"]}])  # fmt: skip
    options = ("kb", "eval", "--corpus", corpus, "--distractors", more, "--queries", queries)
    ranked = shopbot(*options, "--json").json
    chosen = shopbot(*options, "--candidates", given, "--json").json

    assert (2, 1.0) == (ranked["n"], ranked["hit@1"])
    assert (2, 1.0) == (chosen["n"], chosen["hit@1"])


def test_eval_of_pairs(shopbot: Run, tmp_path: Path) -> None:
    """Spearman's correlation with people's scores."""
    rows = [
        {"a": "什么时候发货", "b": "啥时候发货", "score": 5},
        {"a": "什么时候发货", "b": "多久能寄出", "score": 3},
        {"a": "什么时候发货", "b": "茶叶怎么保存", "score": 0},
    ]
    told = shopbot("kb", "eval", "--pairs", _lines(tmp_path / "p.jsonl", rows), "--json").json

    assert {"n": 3, "spearman": 1.0} == told


@pytest.mark.parametrize(
    ("option", "text", "named"),
    [
        ("--questions", "{broken", "f.jsonl:1"),
        ("--questions", "[1]", "f.jsonl:1"),
        ("--questions", '{"topics": []}', "f.jsonl:1"),
        ("--pairs", '{"a": "x", "b": "y"}', "score"),
        ("--pairs", '{"a": "x", "b": "y", "score": "high"}', "f.jsonl"),
    ],
)
def test_a_bad_row_is_named(
    option: str, text: str, named: str, shopbot: Run, tmp_path: Path
) -> None:
    """File and line, no traceback."""
    file = tmp_path / "f.jsonl"
    file.write_text(text + "\n", encoding="utf-8")
    done = shopbot("kb", "eval", option, file)

    assert (2, True) == (done.code, named in done.err)
    assert "Traceback" not in done.err


def test_a_missing_file_is_told(shopbot: Run, tmp_path: Path) -> None:
    """For each kind of file; a corpus without queries is a usage error."""
    assert "Traceback" not in shopbot("kb", "eval", "--questions", tmp_path / "gone").err
    assert 2 == shopbot("kb", "eval", "--corpus", tmp_path / "gone").code


def test_a_damaged_index_leaves_the_output_clean(
    shopbot: Run, tea: Place, small: dict[str, Path]
) -> None:
    """The warning goes to stderr; stdout is JSON alone."""
    shopbot("kb", "build", **small)
    (pointer,) = (small["SHOPBOT_DATA"] / "index").glob("*/current")
    pointer.write_text("nowhere 0\n", encoding="utf-8")
    done = shopbot("kb", "build", "--json", **small)

    assert done.json["changed"]
    assert "kb.index.unusable" in done.err


def test_a_model_can_be_prepared_where_it_is(shopbot: Run) -> None:
    """Nothing to do the second time; the folder is named."""
    done = shopbot("model", "prepare")

    assert (0, True) == (done.code, "e5-small-zh" in done.out)


def test_a_copied_store_has_an_index_of_its_own(
    shopbot: Run, small: dict[str, Path], tmp_path: Path
) -> None:
    """Two folders on one data folder do not mix."""
    other = Path(shutil.copytree(small["SHOPBOT_KNOWLEDGE"], tmp_path / "other" / "small"))
    reply = other / "replies" / "a.yaml"
    reply.write_text(reply.read_text("utf-8").replace("您好", "哈喽"), encoding="utf-8")
    shopbot("kb", "build", **small)
    told = shopbot("ask", "你好", "--json", **{**small, "SHOPBOT_KNOWLEDGE": other}).json
    again = shopbot("kb", "build", "--json", **small).json

    assert "哈喽" == told["suggestions"][0]["text"]
    assert not again["changed"]
