"""`shopbot demo`: the simulators run beside the server, are read by it, and are gone when it ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import httpx

from shopbot.orders.source_store import list_sources
from shopbot.storage import open_database
from tests.acceptance.conftest import Place
from tests.live_store import waited_for


def _until(told: IO[str], word: str) -> str:
    return next(line for line in told if word in line)


def _start(place: Place, home: Path) -> subprocess.Popen[str]:
    environ = {**os.environ, **place.environ(), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "shopbot", "demo", "--port", "0"],
        cwd=home, env=environ, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_demo_reads_its_simulators_and_stops_them(tea: Place, tmp_path: Path) -> None:
    """Told on the terminal, in good health on /readyz, closed and forgotten after Ctrl+C."""
    place = Place(
        Path(shutil.copytree(tea.knowledge, tmp_path / "shop")),
        Path(shutil.copytree(tea.data, tmp_path / "data")),
    )
    process = _start(place, tmp_path)
    assert process.stdout is not None
    url = re.search(r"http://127\.0\.0\.1:\d+/", _until(process.stdout, "已启动"))
    link = re.search(r"/login#(\S+)", _until(process.stdout, "/login#"))
    platform, courier = re.findall(r"http://127\.0\.0\.1:\d+", _until(process.stdout, "模拟平台"))
    assert url is not None
    assert link is not None
    with httpx.Client(timeout=60) as client:
        client.post(f"{url.group()}api/v1/session", json={"link": link[1]})
        stranger = client.get(f"{platform}/orders").status_code

        def states() -> dict[str, Any]:
            told = client.get(f"{url.group()}readyz").json()["sources"]
            return {one["source"]: one["state"] for one in told}

        read = waited_for(lambda: {"demo", "demo:reviews", "kuaidi100"} <= states().keys())
        found = states()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    db = open_database(place.data)
    left = list_sources(db, "qingshan-tea")
    db.close()

    assert read
    assert 401 == stranger
    assert {"ok"} == set(found.values())
    assert [] == left
    assert [True, True] == [_is_closed(one) for one in (platform, courier)]


def _is_closed(url: str) -> bool:
    try:
        httpx.get(url, timeout=5)
    except httpx.ConnectError:
        return True
    return False
