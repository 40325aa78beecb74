"""`shopbot ask`: the contract's JSON, a table for people, files of questions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Place, Run
from tests.acceptance.test_cli import run as run_process

QUESTION = "什么时候发货"
SUGGESTION = {"entry", "version", "topic", "text", "probability", "source", "matched", "scores"}
MAY_BE = {"action", "needs", "chips", "attachments", "reasons"}
NOT_NEEDED_TO_ASK = (
    "torch", "sentence_transformers", "transformers", "sklearn", "scipy", "pandas", "onnx",
    "fastapi", "starlette", "uvicorn", "openpyxl", "python_calamine", "watchfiles", "pypinyin",
    "sqlite3", "sqlite_utils", "prometheus_client", "httpx", "ruamel", "structlog",
)  # fmt: skip


def _timeless(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "ms"}


def test_the_json_has_the_shape_of_the_contract(shopbot: Run) -> None:
    """Query, band, suggestions, parts, ms; the top level is the first part's."""
    done = shopbot("ask", QUESTION, "--json")
    told = done.json
    first = told["suggestions"][0]

    assert 0 == done.code
    assert ["query", "band", "suggestions", "parts", "ms"] == list(told)
    assert (QUESTION, "answer") == (told["query"], told["band"])
    assert told["parts"][0] == {
        "text": QUESTION, "band": told["band"], "suggestions": told["suggestions"],
    }  # fmt: skip
    assert set(first) >= SUGGESTION
    assert set(first) <= SUGGESTION | MAY_BE
    assert re.fullmatch(r"[0-9a-f]{12}", first["version"])
    assert {"file": "replies/delivery.yaml", "line": 4} == {**first["source"], "line": 4}
    assert {"phrasing", "words"} == set(first["matched"])
    assert {"dense", "words", "pinyin", "fused"} <= set(first["scores"])
    assert 0 <= first["probability"] <= 1
    assert isinstance(told["ms"], float)


def test_several_questions_are_several_parts(shopbot: Run) -> None:
    """Each with its own band and suggestions."""
    told = shopbot("ask", "包邮吗？另外茶叶怎么保存？", "--json").json

    assert 2 == len(told["parts"])
    assert told["suggestions"] == told["parts"][0]["suggestions"]
    assert 2 == len({part["suggestions"][0]["topic"] for part in told["parts"]})


@pytest.mark.parametrize("text", ["今天股票涨了吗", "asdfgh", "", "😀"])
def test_not_knowing_is_no_failure(text: str, shopbot: Run) -> None:
    """Exit 0 whatever the band; there is always one part."""
    done = shopbot("ask", text, "--json")

    assert 0 == done.code
    assert 1 == len(done.json["parts"])
    assert "answer" != done.json["band"]


def test_top_bounds_the_suggestions(shopbot: Run) -> None:
    """At most that many a part."""
    assert 2 == len(shopbot("ask", QUESTION, "--top", 2, "--json").json["suggestions"])


def test_a_product_on_view_answers_for_it(shopbot: Run) -> None:
    """`--product` gives the product that the words leave out."""
    without = shopbot("ask", "这个多少钱", "--json", "--at", "2026-11-22").json
    found = shopbot(
        "ask", "这个多少钱", "--product", "QW-TG-01", "--json", "--at", "2026-11-22"
    ).json

    assert without["suggestions"][0]["text"] != found["suggestions"][0]["text"]


def test_a_date_is_meant_in_the_store_time_zone(shopbot: Run) -> None:
    """A bare date is its midnight in Shanghai; what cannot be read is a usage error."""
    assert 0 == shopbot("ask", QUESTION, "--at", "2026-12-12", "--json").code
    assert 0 == shopbot("ask", QUESTION, "--at", "2026-12-12T10:00:00+08:00", "--json").code
    assert 2 == shopbot("ask", QUESTION, "--at", "明天").code
    assert 2 == shopbot("ask", QUESTION, "--at", "0001-01-01").code


def test_people_see_a_table_that_says_why(shopbot: Run) -> None:
    """Reply, entry, place, phrasing, words and scores; nothing is cut off at 80 columns."""
    told = shopbot("ask", QUESTION, "--json").json
    done = shopbot("ask", QUESTION, COLUMNS=80, NO_COLOR=1)
    bare = re.sub(r"[\s│┃╇╈─━┏┓┗┛┡┩├┤┼└┘┴┬╞╡]", "", done.out)

    assert 0 == done.code
    assert "…" not in done.out
    for suggestion in told["suggestions"]:
        assert re.sub(r"\s", "", suggestion["text"]) in _columns(done.out)[1]
        assert suggestion["entry"] in _columns(done.out)[2]
    assert "replies/delivery.yaml:4" in _columns(done.out)[2]
    assert "有把握" in bare


def _columns(table: str) -> list[str]:
    """Return the text of each column of a drawn table, its lines joined."""
    rows = [line.split("│")[1:-1] for line in table.split("\n") if line.startswith("│")]
    return ["".join("".join(row[at].split()) for row in rows) for at in range(3)]


def test_control_characters_do_not_reach_the_terminal(shopbot: Run) -> None:
    """What a shopper wrote must not steer the terminal of whoever reads it."""
    done = shopbot("ask", "发货\x1b[2J\x07\x00吗")

    assert 0 == done.code
    assert not {"\x1b", "\x07", "\x00"} & set(done.out)


def test_a_batch_gives_a_line_for_each_line(shopbot: Run, tmp_path: Path) -> None:
    """In order, with ids; turns as strings or with roles; bad lines tell their error."""
    rows: list[Any] = [
        {"id": "a", "text": QUESTION},
        {"id": "b", "turns": ["你好", QUESTION]},
        {"id": "c", "turns": [{"role": "agent", "text": "在的亲"}, {"text": QUESTION}]},
        {"id": 7, "text": QUESTION, "at": "2026-12-12", "product": "QW-TG-01"},
        {"id": "no-text"},
        {"id": "bad-role", "turns": [{"role": "king", "text": "x"}]},
        {"id": "bad-time", "text": "x", "at": "gestern"},
        {"id": "odd-time", "text": "x", "at": 5},
        ["no object"],
    ]
    file = tmp_path / "in.jsonl"
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines += ["{broken", "[" * 100_000, "", '{"id": "half", "text": "发货\\ud83d吗"}']
    lines += [json.dumps({"id": "sep", "text": "什么时候\u2028发货"}, ensure_ascii=False)]
    file.write_bytes("\n".join(lines).encode() + b'\n{"id": "bytes", "text": "\xff\xfe"}\n')
    done = shopbot("ask", "--batch", file, "--json")
    told = {str(row["id"]): row for row in done.rows if row["id"] is not None}
    nameless = [row for row in done.rows if row["id"] is None]

    assert 0 == done.code
    assert 14 == len(done.rows)
    assert ["a", "b", "c", 7] == [row["id"] for row in done.rows[:4]]
    for name in ("a", "b", "c", "7", "half", "sep", "bytes"):
        assert {"id", "query", "band", "suggestions", "parts", "ms"} == set(told[name])
    for name in ("no-text", "bad-role", "bad-time", "odd-time"):
        assert "request.malformed" == told[name]["error"]
    assert ["request.malformed"] * 3 == [row["error"] for row in nameless]
    assert told["a"]["suggestions"] == told["b"]["suggestions"] == told["c"]["suggestions"]


def test_a_batch_answers_as_single_questions_do(shopbot: Run, tmp_path: Path) -> None:
    """The same words, the same answer; the options hold for lines that do not say otherwise."""
    file = tmp_path / "in.jsonl"
    file.write_text('{"id": 1, "text": "这个多少钱"}\n', encoding="utf-8")
    options = ("--product", "QW-TG-01", "--at", "2026-11-22", "--top", 3)
    one = shopbot("ask", "这个多少钱", *options, "--json").json
    many = shopbot("ask", "--batch", file, *options, "--json").rows

    assert [{"id": 1, **_timeless(one)}] == [_timeless(row) for row in many]


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_batch_that_cannot_be_read_is_told(name: str, shopbot: Run, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    done = shopbot("ask", "--batch", tmp_path / name)

    assert 2 == done.code
    assert "Traceback" not in done.err


def test_a_text_or_a_batch(shopbot: Run, tmp_path: Path) -> None:
    """Neither or both is a usage error."""
    assert 2 == shopbot("ask").code
    assert 2 == shopbot("ask", "x", "--batch", tmp_path / "x").code


def test_a_store_is_picked_by_its_id(shopbot: Run, tea: Place, tmp_path: Path) -> None:
    """Below SHOPBOT_STORES each folder is a store; an unknown id names the known ones."""
    stores = tmp_path / "stores"
    for folder, answer in (("a", "一号店"), ("b", "二号店")):
        (stores / folder / "replies").mkdir(parents=True)
        (stores / folder / "store.yaml").write_text(f"id: shop-{folder}\nname: 店\n", "utf-8")
        entry = f"- id: x.x\n  topic: greeting\n  questions: [你好]\n  answers: [{answer}]\n"
        (stores / folder / "replies" / "x.yaml").write_text(entry, encoding="utf-8")
    where = {"SHOPBOT_STORES": stores, "SHOPBOT_DATA": tmp_path / "data"}
    second = shopbot("ask", "你好", "--store", "shop-b", "--json", **where)
    first = shopbot("ask", "你好", "--json", **where)
    unknown = shopbot("ask", "你好", "--store", "shop-c", **where)

    assert "二号店" == second.json["suggestions"][0]["text"]
    assert "一号店" == first.json["suggestions"][0]["text"]
    assert 4 == unknown.code
    assert "shop-a、shop-b" in unknown.err


def test_one_store_may_be_named_too(shopbot: Run) -> None:
    """Its id is right, another one is told."""
    assert 0 == shopbot("ask", "你好", "--store", "qingwu-tea", "--json").code
    assert 4 == shopbot("ask", "你好", "--store", "other", "--json").code


def test_a_second_start_imports_only_what_it_needs(tea: Place, tmp_path: Path) -> None:
    """A start is quick because the slow libraries stay out."""
    script = (
        "import sys, json; from shopbot import cli; code = cli.run(sys.argv[1:]);"
        "print(json.dumps(sorted(m for m in sys.modules if '.' not in m)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "ask", QUESTION, "--json"],
        env={**_environ(), **tea.environ()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=True,
    )
    loaded = set(json.loads(done.stderr))

    assert "answer" == json.loads(done.stdout)["band"]
    assert set() == loaded & set(NOT_NEEDED_TO_ASK)


def test_asking_needs_no_network(tea: Place, tmp_path: Path) -> None:
    """With every socket refused it answers all the same."""
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "def refuse(*_, **__): raise OSError('no network')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse\n",
        encoding="utf-8",
    )
    environ = {**tea.environ(), "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
    done = run_process("ask", QUESTION, "--json", cwd=tmp_path, environ=environ)

    assert (0, "") == (done.returncode, done.stderr)
    assert "answer" == json.loads(done.stdout)["band"]


def test_bytes_that_are_no_text_are_left_out(tea: Place, tmp_path: Path) -> None:
    """A terminal may send anything."""
    done = subprocess.run(
        [sys.executable, "-m", "shopbot", "ask", b"\xff\xfe\xe5\x8f\x91\xe8\xb4\xa7", "--json"],
        env={**_environ(), **tea.environ()},
        cwd=tmp_path,
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert (0, b"") == (done.returncode, done.stderr)
    assert "发货" == json.loads(done.stdout)["query"]


def _environ() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONUTF8": "1"}
