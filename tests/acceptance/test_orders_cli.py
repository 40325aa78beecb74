"""`shopbot orders` as a person runs it; two importers at once; importers that die."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from shopbot.orders import store
from shopbot.orders.store import OrderFilter
from shopbot.storage import open_database
from tests.acceptance.test_cli import run
from tests.order_tables import EVENT, SAMPLES, order, write

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = (str(SAMPLES / "orders.csv"), "--lines", str(SAMPLES / "lines.csv"))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The demo store's knowledge, data of the test's own."""
    return {"SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"), "SHOPBOT_DATA": str(tmp_path / "data")}


def test_import_list_show_track(tmp_path: Path, environ: dict[str, str]) -> None:
    """The whole way, in Chinese."""
    done = run("orders", "import", *SAMPLE, cwd=tmp_path, environ=environ)
    again = run("orders", "import", *SAMPLE, "--json", cwd=tmp_path, environ=environ)
    listed = run("orders", "list", "--status", "待发货", cwd=tmp_path, environ=environ)
    shown = run("orders", "show", "2611170003", cwd=tmp_path, environ=environ)
    tracked = run("orders", "track", "SF1400234567890", cwd=tmp_path, environ=environ)

    assert (0, "") == (done.returncode, done.stderr)
    assert "新增" in done.stdout
    assert "1 个被 Excel 取整" in done.stdout
    assert (5, 6) == tuple(json.loads(again.stdout)[k]["unchanged"] for k in ("orders", "lines"))
    assert "2611160002" in listed.stdout
    assert "2611150001" not in listed.stdout
    assert shown.stdout.startswith("亲，您11月1日拍的双人三季帐篷（松绿）1件，实付1188元")
    assert "还没有物流轨迹" in tracked.stdout
    assert [] == list(tmp_path.glob("*.csv"))


def test_json_is_for_programs(tmp_path: Path, environ: dict[str, str]) -> None:
    """Every command prints one document and nothing else."""
    run("orders", "import", *SAMPLE, cwd=tmp_path, environ=environ)
    for arguments in (
        ("import", *SAMPLE, "--dry-run"),
        ("list",),
        ("show", "2611150001"),
        ("track", "2611150001"),
        ("mapping",),
    ):
        done = run("orders", *arguments, "--json", cwd=tmp_path, environ=environ)

        assert (0, "") == (done.returncode, done.stderr), arguments
        json.loads(done.stdout)


def test_bad_rows_go_to_a_file_and_good_rows_stay(tmp_path: Path, environ: dict[str, str]) -> None:
    """Beside the table's name unless told otherwise; the summary names it."""
    path = write(tmp_path / "o.csv", [order(), order(订单编号="2611150002", 总金额="-1")])
    done = run("orders", "import", str(path), cwd=tmp_path, environ=environ)
    named = ("--rejects", "bad.csv")
    run("orders", "import", str(path), *named, cwd=tmp_path, environ=environ)

    assert 0 == done.returncode
    assert "o-需处理.csv" in done.stdout
    for name in ("o-需处理.csv", "bad.csv"):
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
            assert ["3"] == [row["行号"] for row in csv.DictReader(file)]


def test_a_saved_mapping_is_used(tmp_path: Path, environ: dict[str, str]) -> None:
    """Saved once, named at each import."""
    path = write(tmp_path / "o.csv", [{"交易号": "A-1001", "进度": "已发货", "何时": "2026-11-15"}])
    refused = run("orders", "import", str(path), cwd=tmp_path, environ=environ)
    pairs = ("交易号=订单编号", "进度=订单状态", "何时=订单创建时间")
    options = [word for pair in pairs for word in ("--map", pair)]
    saved = run("orders", "mapping", "own", *options, cwd=tmp_path, environ=environ)
    done = run("orders", "import", str(path), "--mapping", "own", cwd=tmp_path, environ=environ)
    shown = run("orders", "mapping", cwd=tmp_path, environ=environ)
    unknown = run("orders", "import", str(path), "--mapping", "x", cwd=tmp_path, environ=environ)

    assert (1, 0, 0, 1) == tuple(o.returncode for o in (refused, saved, done, unknown))
    assert "缺少这些列：订单编号" in refused.stderr
    assert "交易号=number" in shown.stdout
    assert "没有名为“x”" in unknown.stderr


def test_events_of_the_future_are_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    """Nothing usable in the table: exit 1."""
    path = write(tmp_path / "t.csv", [{**EVENT, "时间": "2099-01-01"}])
    done = run("orders", "import", "--tracking", str(path), cwd=tmp_path, environ=environ)

    assert 1 == done.returncode
    assert "时间在将来" in (tmp_path / "t-需处理.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("show", "1"), 1, "没有这张订单"),
        (("track", "1"), 1, "没有这张订单"),
        (("list", "--status", "啥"), 2, "不认识状态"),
        (("list", "--since", "昨天"), 2, "不是看得懂的时间"),
        (("import",), 2, "请给出订单文件"),
        (("import", "none.csv"), 1, "打不开"),
        (("mapping", "x", "--map", "没有等号"), 1, "没有等号"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_slips_are_told_in_one_sentence(
    tmp_path: Path, environ: dict[str, str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    """In Chinese, without a traceback."""
    done = run("orders", *arguments, cwd=tmp_path, environ=environ)

    assert (code, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert told in done.stderr


def start(folder: Path, orders: Path) -> subprocess.Popen[str]:
    """Start an importing process."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.order_importer", str(folder), str(orders)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def many(path: Path, count: int, **changes: str) -> Path:
    """Write a large table."""
    return write(path, (order(订单编号=f"26111{n:05}", **changes) for n in range(count)))


def found(folder: Path) -> dict[str, str]:
    """Return number and state of all orders."""
    db = open_database(folder)
    try:
        orders = store.list_orders(db, "test", OrderFilter(count=100_000))
        return {one.number: one.status for one in orders}
    finally:
        db.close()


def test_two_importers_at_once(tmp_path: Path) -> None:
    """The same orders in two states: none lost, none doubled, each in the later state."""
    tables = (
        many(tmp_path / "a.csv", 4_000),
        many(tmp_path / "b.csv", 4_000, 订单状态="卖家已发货，等待买家确认"),
    )
    (tmp_path / "data").mkdir()
    importers = [start(tmp_path / "data", table) for table in tables]
    for importer in importers:
        importer.communicate(timeout=100)

    assert [0, 0] == [importer.returncode for importer in importers]
    assert (4_000, {"shipped"}) == (
        len(kept := found(tmp_path / "data")),
        set(kept.values()),
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_minus_nine_loses_nothing_that_was_told(tmp_path: Path) -> None:
    """Killed at ten places, every row it had told is there; run again, all are there once."""
    orders = many(tmp_path / "o.csv", 6_000)
    (tmp_path / "data").mkdir()
    for commits in range(1, 11):
        importer = start(tmp_path / "data", orders)
        assert importer.stdout is not None
        told = [importer.stdout.readline() for _ in range(commits)]
        importer.kill()
        importer.wait()
        importer.stdout.close()
        done = int(told[-1].split()[1])
        kept = found(tmp_path / "data")

        assert all(f"26111{n:05}" in kept for n in range(done))
    importer = start(tmp_path / "data", orders)
    importer.communicate(timeout=200)

    assert (0, 6_000) == (importer.returncode, len(found(tmp_path / "data")))
