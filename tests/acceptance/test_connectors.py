"""`shopbot orders sync` as a person runs it, against a simulated platform."""

from __future__ import annotations

import json
from pathlib import Path

from shopbot import ids
from shopbot.demo.loopback import served
from shopbot.demo.platform import Faults, Platform
from tests.acceptance.test_cli import run
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
    assert (1, "no page") == (failed.returncode, json.loads(failed.stdout)["problem"])
    assert 0 == shown.returncode


def test_without_a_source_nothing_is_tried(tmp_path: Path) -> None:
    """The setting is named."""
    environ = {
        "SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"),
        "SHOPBOT_DATA": str(tmp_path / "data"),
    }
    done = run("orders", "sync", cwd=tmp_path, environ=environ)

    assert 3 == done.returncode
    assert "SHOPBOT_SOURCE_URL" in done.stderr
