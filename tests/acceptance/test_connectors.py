"""`shopbot orders sync` as a person runs it, against a simulated platform."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from shopbot import ids
from shopbot.demo.loopback import served
from shopbot.demo.platform import Faults, Platform
from tests.acceptance.test_cli import run
from tests.unit.test_review_sync import BAD
from tests.unit.test_sync import KEY, PAID

ROOT = Path(__file__).resolve().parents[2]


def test_orders_are_brought_in(tmp_path: Path) -> None:
    """Told in Chinese or JSON; a source that is down is told, keeps what is here and leaves with 1."""
    platform = Platform(key=KEY, now=ids.now)
    platform.put("2611150001", **PAID)
    with served(platform) as url:
        environ = {
            "SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"),
            "SHOPBOT_DATA": str(tmp_path / "data"),
            "SHOPBOT_SOURCE_URL": url,
            "SHOPBOT_SOURCE_KEY": KEY.decode(),
        }
        done = run("orders", "sync", cwd=tmp_path, environ=environ)
        platform.faults = Faults(wrong=1)
        failed = run("orders", "sync", "--json", cwd=tmp_path, environ=environ)
    shown = run("orders", "show", "2611150001", cwd=tmp_path, environ=environ)

    assert (0, "新增 1 张") == (done.returncode, done.stdout[:6])
    assert "已读 1 页" in done.stderr
    assert "评价新增 0 条" in done.stdout
    assert (1, "no page") == (failed.returncode, json.loads(failed.stdout)["problem"])
    assert 0 == shown.returncode


def test_reviews_are_brought_in_with_orders(tmp_path: Path) -> None:
    """Or alone; a complaint without stars is judged with the store's model, and somebody calls."""
    platform = Platform(key=KEY, now=ids.now)
    platform.put("2611150001", **PAID)
    lately = (ids.now() - timedelta(hours=2)).isoformat()
    platform.put_review("R1", **{**BAD, "at": lately, "rating": None})
    with served(platform) as url:
        environ = {
            "SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"),
            "SHOPBOT_DATA": str(tmp_path / "data"),
            "SHOPBOT_SOURCE_URL": url,
            "SHOPBOT_SOURCE_KEY": KEY.decode(),
        }
        orders = run("orders", "sync", "--what", "orders", "--json", cwd=tmp_path, environ=environ)
        both = run("orders", "sync", "--json", cwd=tmp_path, environ=environ)
        platform.lists_reviews = False
        none = run("orders", "sync", "--what", "reviews", cwd=tmp_path, environ=environ)
    calls = run("reviews", "calls", "--json", cwd=tmp_path, environ=environ)
    told = json.loads(both.stdout)

    assert "reviews" not in json.loads(orders.stdout)
    assert ("platform", 0) == (told["source"], told["new"])
    assert ("platform:reviews", 1) == (told["reviews"]["source"], told["reviews"]["new"])
    assert (0, "平台没有提供评价。") == (none.returncode, none.stdout.splitlines()[0])
    assert ["2611150001"] == [one["order"] for one in json.loads(calls.stdout)]


def test_an_unknown_list_is_a_slip(tmp_path: Path) -> None:
    """What may be asked for is named."""
    done = run("orders", "sync", "--what", "goods", cwd=tmp_path)

    assert 2 == done.returncode
    assert "orders, reviews" in done.stderr


def test_without_a_source_nothing_is_tried(tmp_path: Path) -> None:
    """The setting is named."""
    environ = {
        "SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"),
        "SHOPBOT_DATA": str(tmp_path / "data"),
    }
    done = run("orders", "sync", cwd=tmp_path, environ=environ)

    assert 3 == done.returncode
    assert "SHOPBOT_SOURCE_URL" in done.stderr
