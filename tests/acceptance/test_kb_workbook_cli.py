"""`shopbot init`, `kb export` and `kb import` as staff run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from shopbot import cli
from tests.kb_store import written


def run(*arguments: str, cwd: Path, store: str = "store") -> subprocess.CompletedProcess[str]:
    """Run `shopbot` on the store of a folder."""
    environment = {**os.environ, "PYTHONUTF8": "1", "SHOPBOT_KNOWLEDGE": store, "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "shopbot", *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=90,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store laid down by the command itself."""
    folder = tmp_path_factory.mktemp("shop")
    done = run("init", "store", "--name", "云朵小铺", cwd=folder)

    assert 0 == done.returncode, done.stderr
    assert "store.yaml" in done.stdout
    return folder


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return what --json printed."""
    return dict(json.loads(done.stdout))


def test_init_refuses_a_folder_in_use(shop: Path) -> None:
    """Exit 4 and a Chinese sentence; with --force nothing is changed."""
    done = run("init", "store", cwd=shop)

    assert 4 == done.returncode
    assert "--force" in done.stderr
    assert "没有动" in run("init", "store", "--force", cwd=shop).stdout


def test_a_workbook_goes_out_and_comes_back(shop: Path) -> None:
    """Export, change a cell, dry run, import: the table tells, the file has it."""
    exported = run("kb", "export", "book.xlsx", cwd=shop)
    book = openpyxl.load_workbook(shop / "book.xlsx")
    page = book["话术"]
    heads = [cell.value for cell in page[1]]
    row = next(r for r in range(2, 400) if page.cell(r, 1).value == "coupon.default")
    page.cell(row, heads.index("负责人") + 1).value = "小禾"
    book.save(shop / "book.xlsx")
    dry = run("kb", "import", "book.xlsx", "--dry-run", "--json", cwd=shop)
    before = (shop / "store/replies/presale/coupon.yaml").read_text(encoding="utf-8")
    done = run("kb", "import", "book.xlsx", cwd=shop)
    after = (shop / "store/replies/presale/coupon.yaml").read_text(encoding="utf-8")

    assert 0 == exported.returncode, exported.stderr
    assert (1, True) == (told(dry)["counts"]["changed"], told(dry)["dry_run"])
    assert "owner" not in before
    assert before + "  owner: 小禾\n" == after
    assert "修改" in done.stdout
    assert "coupon.default" in done.stdout


def test_one_of_several_stores_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--store picks a store below SHOPBOT_STORES by its id, for export and import alike."""
    for name in ("first", "second"):
        folder = written(tmp_path / "stores" / name, {})
        (folder / "store.yaml").write_text(f"id: {name}-shop\nname: 小铺\n", encoding="utf-8")
    (tmp_path / "a.csv").write_text("问题,答案\n多久发货,48小时内\n", encoding="utf-8")
    monkeypatch.setenv("SHOPBOT_STORES", str(tmp_path / "stores"))
    sheet, book = str(tmp_path / "a.csv"), str(tmp_path / "b.xlsx")
    exported = cli.run(["kb", "export", book, "--store", "second-shop"])
    imported = cli.run(["kb", "import", sheet, "--store", "second-shop", "--topic", "courier"])
    unknown = cli.run(["kb", "export", book, "--store", "third-shop"])
    both = cli.run(["kb", "export", book, "--store", "second-shop", "--knowledge", str(tmp_path)])
    drafts = [path.parts[-4] for path in tmp_path.glob("stores/*/replies/imported/*.yaml")]
    settings = str(openpyxl.load_workbook(book)["系统"]["C1"].value)

    assert (0, 0, 4, 2) == (exported, imported, unknown, both), capsys.readouterr().err
    assert (["second"], "second-shop") == (drafts, settings)


def test_a_question_sheet_becomes_drafts(shop: Path) -> None:
    """A GBK sheet of an old tool: drafts with guesses, and what to do next."""
    sheet = "客户问,回复\n衣服能不能水洗,亲，可以30度手洗\n快递能发圆通不,亲，默认圆通\n"
    (shop / "老话术.csv").write_bytes(sheet.encode("gb18030"))
    done = run("kb", "import", "老话术.csv", cwd=shop)
    again = told(run("kb", "import", "老话术.csv", "--json", cwd=shop))

    assert 0 == done.returncode, done.stderr
    assert "courier" in done.stdout
    assert "replies/imported/" in done.stdout
    assert 2 == again["counts"]["skipped"]
    assert 1 == len(list((shop / "store/replies/imported").iterdir()))


@pytest.mark.parametrize("name", ["none.xlsx", "text.xlsx", "a.doc"])
def test_other_files_are_refused_in_one_sentence(shop: Path, name: str) -> None:
    """Exit 4, Chinese, no traceback."""
    if name != "none.xlsx":
        (shop / name).write_text("你好", encoding="utf-8")
    done = run("kb", "import", name, cwd=shop)

    assert 4 == done.returncode
    assert "没有导入" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_that_cannot_be_written_is_told(shop: Path) -> None:
    """One sentence with the reason, exit 4, nothing half done."""
    folder = shop / "store" / "replies" / "imported"
    aside = folder.with_name("aside")
    (shop / "b.csv").write_text("问题,答案\n新的问题呀,新的答案\n", encoding="utf-8")
    folder.mkdir(exist_ok=True)
    folder.rename(aside)
    folder.write_text("", encoding="utf-8")  # a file where a folder is wanted
    try:
        done = run("kb", "import", "b.csv", cwd=shop)
    finally:
        folder.unlink()
        aside.rename(folder)

    assert 4 == done.returncode, done.stderr
    assert "写不进去" in done.stderr


def test_a_new_store_passes_the_check(tmp_path: Path) -> None:
    """Right after init: exit 0, no error, and every warning is a fact to fill."""
    run("init", "store", cwd=tmp_path)
    done = run("kb", "check", "--json", cwd=tmp_path)
    report = told(done)

    assert (0, 0) == (done.returncode, report["errors"])
    assert {"blank-fact"} == {problem["code"] for problem in report["problems"]}
    assert 69 == report["topics"]["total"]
