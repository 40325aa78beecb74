"""`shopbot orders proactive`: what is held is read, let go and dropped on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shopbot.app import due_work
from shopbot.config import load_settings
from shopbot.orders import restock_steps
from shopbot.orders.restock import OnShelf
from shopbot.rules import load_rules
from shopbot.storage import open_database
from shopbot.worker import run_once
from tests.acceptance.test_cli import run
from tests.order_facts import at
from tests.unit.test_cases import HEAD
from tests.unit.test_due_work import STUCK, TRAVELS
from tests.unit.test_proactive import FOUND, LOST

ROOT = Path(__file__).resolve().parents[2]
NOON = "2026-11-18 12:00"
OTHER = STUCK.replace("008", "018")


@pytest.fixture
def shop(tmp_path: Path) -> dict[str, str]:
    """The demo store's knowledge; the courier has lost two parcels, a watch has found it at 10."""
    environ = {"SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"), "SHOPBOT_DATA": str(tmp_path / "data")}
    second = (
        TRAVELS.replace(STUCK, OTHER).replace("00000008", "00000018").replace("北**雪", "南**雨")
    )
    lost = LOST + "".join(
        f"{row}\n" for row in LOST.replace("00000008", "00000018").splitlines()[1:]
    )
    bring(tmp_path, environ, HEAD + TRAVELS + second, lost)
    work(tmp_path, "2026-11-18 10:00")
    return environ


def work(folder: Path, moment: str) -> None:
    """Do the store's due work as a server would at a moment."""
    settings = load_settings(knowledge=ROOT / "knowledge", data=folder / "data")
    db = open_database(folder / "data")
    try:
        done = run_once(db, due_work(settings, db), worker="w", now=at(moment))
    finally:
        db.close()
    assert (0, 0) == (done.retried, done.dead)


def bring(folder: Path, environ: dict[str, str], orders: str, tracking: str) -> None:
    """Import orders and their tracking as of ten in the morning."""
    (folder / "o.csv").write_text(orders, encoding="utf-8")
    (folder / "t.csv").write_text(tracking, encoding="utf-8")
    files = (str(folder / "o.csv"), "--tracking", str(folder / "t.csv"))
    moment = ("--as-of", "2026-11-18 10:00")
    done = run("orders", "import", *files, *moment, cwd=folder, environ=environ)
    assert 0 == done.returncode, done.stderr


def proactive(folder: Path, environ: dict[str, str], *arguments: str) -> Any:
    """Run a command as of noon."""
    return run("orders", "proactive", *arguments, "--at", NOON, cwd=folder, environ=environ)


def listed(folder: Path, environ: dict[str, str]) -> Any:
    """Return the list as programs get it."""
    return json.loads(proactive(folder, environ, "list", "--json").stdout)


def test_what_is_held_is_read_and_decided(tmp_path: Path, shop: dict[str, str]) -> None:
    """In the words that would be said; one goes, one is dropped, neither is listed any more."""
    told = listed(tmp_path, shop)
    shown = proactive(tmp_path, shop, "list")
    first, second = (one["id"] for one in told["held"])
    released = proactive(tmp_path, shop, "release", first)
    dropped = proactive(tmp_path, shop, "drop", second, "--why", "已打电话", "--json")

    assert {STUCK, OTHER} == {one["order"] for one in told["held"]}
    assert all("SF1400000000" in one["text"] for one in told["held"])
    assert "等客服看的消息 2 条" in shown.stdout
    assert "没有顾客在等到货" in shown.stdout
    assert f"{first} 已放行" in released.stdout
    assert ("dropped", "已打电话") == tuple(
        json.loads(dropped.stdout)[0][name] for name in ("state", "note")
    )
    assert "没有等客服看的消息" in proactive(tmp_path, shop, "list").stdout


def test_what_cannot_be_done_is_told_and_stops_nothing_else(
    tmp_path: Path, shop: dict[str, str]
) -> None:
    """One of two ids is wrong: the other is done, the command leaves with 1."""
    one = listed(tmp_path, shop)["held"][0]["id"]
    done = proactive(tmp_path, shop, "release", "msg_none", one)
    late = proactive(tmp_path, shop, "drop", one, "--why", "晚了")
    silent = proactive(tmp_path, shop, "drop", one, "--why", " ")

    assert (1, 1, 2) == (done.returncode, late.returncode, silent.returncode)
    assert ("msg_none" in done.stderr, f"{one} 已放行" in done.stdout) == (True, True)
    assert one in late.stderr


def test_what_is_not_so_any_more_is_not_sent(tmp_path: Path, shop: dict[str, str]) -> None:
    """The parcel turned up after the list was read."""
    [one] = [news["id"] for news in listed(tmp_path, shop)["held"] if news["order"] == STUCK]
    bring(tmp_path, shop, HEAD, FOUND)
    done = proactive(tmp_path, shop, "release", one)

    assert "已经不是这么回事了" in done.stdout
    assert [OTHER] == [news["order"] for news in listed(tmp_path, shop)["held"]]


def test_due_work_lets_it_go_when_nobody_looks(tmp_path: Path, shop: dict[str, str]) -> None:
    """And lets shoppers who wait for goods know when the demo's sheet has them."""
    rules = load_rules(ROOT / "knowledge").rules
    goods = OnShelf(product="LS-JK-01", name="冲锋衣", colour="曜石黑", size="L", state="out")
    db = open_database(tmp_path / "data")
    now = at("2026-11-21 12:00")
    db.transaction(lambda tx: restock_steps.take_wish(tx, "vis_1", goods, rules, now))
    db.close()
    waiting = listed(tmp_path, shop)
    for moment in ("2026-11-22 10:00", "2026-11-22 11:00", "2026-11-22 12:00"):
        work(tmp_path, moment)
    after = listed(tmp_path, shop)

    assert (1, 0) == (waiting["waiting"], waiting["restock"][0]["due"])
    assert ([], 0) == (after["held"], after["waiting"])


def test_the_morning_names_the_command(tmp_path: Path, shop: dict[str, str]) -> None:
    """So that nobody has to look for it."""
    done = run("orders", "round", "--at", NOON, cwd=tmp_path, environ=shop)

    assert "【要告诉顾客的事】2 件" in done.stdout
    assert "shopbot orders proactive" in done.stdout
