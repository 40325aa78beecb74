"""`shopbot serve` with the real model: the same answers as `ask`, hot reload, one server a folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from tests.acceptance.conftest import Place, Run
from tests.acceptance.test_cli import run as run_process
from tests.live_store import waited_for

ROWS: list[dict[str, Any]] = [
    {"text": "什么时候发货"},
    {"text": "包邮吗？另外茶叶怎么保存？", "top": 3},
    {"text": "这个多少钱", "product": "QW-TG-01", "at": "2026-11-22T12:00:00+08:00"},
    {"turns": ["你好", {"role": "agent", "text": "在的亲"}, "几天能到"]},
    {"text": "今天股票涨了吗"},
    {"text": ""},
    {"text": "😀"},
]


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and what it serves."""

    url: str
    place: Place
    process: subprocess.Popen[str]
    client: httpx.Client

    def get(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON of a GET, or of a POST when there is a body."""
        method = "GET" if body is None else "POST"
        return self.client.request(method, self.url + path, json=body).json()


@pytest.fixture(scope="module")
def served(tea: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server process on a copy of the small store."""
    home = tmp_path_factory.mktemp("served")
    place = Place(Path(shutil.copytree(tea.knowledge, home / "shop")), home / "data")
    environ = {**os.environ, **place.environ(), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "shopbot", "serve", "--port", "0"],
        cwd=home, env=environ, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
    assert address is not None
    with httpx.Client(timeout=60) as client:
        sign_in(client, address.group(), process.stdout)
        yield Served(address.group(), place, process, client)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def sign_in(client: httpx.Client, url: str, told: IO[str]) -> None:
    """Come in by the link that a server without accounts prints, as the page does."""
    link = next(found[1] for line in told if (found := re.search(r"/login#(\S+)", line)))
    made = client.post(f"{url}api/v1/session", json={"link": link}).json()
    client.headers["X-Shopbot-Csrf"] = made["csrf"]


def _timeless(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in {"ms", "id"}}


def test_the_api_answers_as_the_command_does(served: Served, shopbot: Run, tmp_path: Path) -> None:
    """The same input, the same output."""
    file = tmp_path / "in.jsonl"
    at = "2026-11-22T12:00:00+08:00"
    asked = [row for row in ROWS if "top" not in row]
    file.write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
    by_command = shopbot("ask", "--batch", file, "--at", at, **served.place.environ()).rows
    by_api = [served.get("api/v1/suggest", {"at": at, **row}) for row in asked]

    assert [_timeless(told) for told in by_command] == [_timeless(told) for told in by_api]


def test_it_is_ready_and_says_what_serves(served: Served) -> None:
    """Model, index, entries, topics, no problem."""
    told = served.get("readyz")

    assert told["ready"]
    assert (79, 54, 0) == tuple(
        told["knowledge"][name] for name in ("entries", "topics_ready", "problems")
    )


def test_a_saved_file_is_live_and_a_broken_one_is_told(served: Served) -> None:
    """Over HTTP: the new text, then the last good one with the problem in /readyz, then mended."""
    file = served.place.knowledge / "replies" / "delivery.yaml"
    good = file.read_text(encoding="utf-8").replace("下午四点前", "下午五点前")

    def first() -> str:
        told = served.get("api/v1/suggest", {"text": "什么时候发货"})
        return str(told["suggestions"][0]["text"])

    def problems() -> list[str]:
        return [p["file"] for p in served.get("readyz")["knowledge"]["first_problems"]]

    file.write_text(good, encoding="utf-8")
    assert waited_for(lambda: "下午五点前" in first())

    file.write_text(good.replace("下午五点前", "下午六点前") + "- id: [x\n", encoding="utf-8")
    assert waited_for(lambda: "replies/delivery.yaml" in problems())
    assert "下午五点前" in first()

    file.write_text(good.replace("下午五点前", "下午四点前"), encoding="utf-8")
    assert waited_for(lambda: "下午四点前" in first() and problems() == [])


def test_a_second_server_on_the_folder_is_refused(served: Served, tmp_path: Path) -> None:
    """It says so; commands may still read, and the first goes on."""
    environ = served.place.environ()
    second = run_process("serve", "--port", "0", cwd=tmp_path, environ=environ)
    asked = run_process("ask", "你好", "--json", cwd=tmp_path, environ=environ)

    assert 6 == second.returncode
    assert "Traceback" not in second.stderr
    assert 0 == asked.returncode
    assert served.get("healthz")["status"] == "ok"
