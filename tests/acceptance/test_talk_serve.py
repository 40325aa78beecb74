"""`shopbot serve` with the real model and a talk: the documented client, and a crash in the middle."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.conftest import Place
from tests.simulators.socket_client import ShopperClient

DOCS = Path(__file__).resolve().parents[2] / "docs"
CLIENT = re.compile(r"^```python\n(import asyncio.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass
class Shop:
    """A server process that can be killed and started again on the same port and data."""

    place: Place
    home: Path
    process: subprocess.Popen[str] | None = None
    port: int = 0

    @property
    def address(self) -> str:
        """Where it is, ending with a slash."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Begin to serve, on the port it had before if it had one."""
        environ = {**os.environ, **self.place.environ(), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "shopbot", "serve", "--port", str(self.port)],
            cwd=self.home,
            env=environ,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        told = re.search(r"http://127\.0\.0\.1:(\d+)/", self.process.stdout.readline())
        assert told is not None
        self.port = int(told[1])

    def kill(self) -> None:
        """End it without a warning."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def shop(tea: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The small store, served."""
    home = tmp_path_factory.mktemp("talking")
    place = Place(Path(shutil.copytree(tea.knowledge, home / "shop")), home / "data")
    running = Shop(place, home)
    running.start()
    yield running
    running.kill()


def test_the_documented_client_talks(shop: Shop, tmp_path: Path) -> None:
    """The thirty lines of docs/sockets.md, as they stand there, get an answer."""
    (source,) = CLIENT.findall((DOCS / "sockets.md").read_text(encoding="utf-8"))
    file = tmp_path / "client.py"
    file.write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file), shop.address.rstrip("/"), "什么时候发货？"],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    lines = done.stdout.splitlines()

    assert (0, "") == (done.returncode, done.stderr)
    assert 30 >= len([line for line in source.splitlines() if line.strip()])
    assert "shopper 什么时候发货？" == lines[0]
    assert any(line.startswith("bot ") and "发" in line for line in lines[1:])


def test_what_was_acknowledged_outlives_a_crash(shop: Shop) -> None:
    """After kill -9 and a new start the line gets the rest, the message is there once, and answered."""
    shopper = ShopperClient.come(shop.address)
    with shopper.line() as line:
        line.say("什么时候发货？", "k-1")
        acknowledged = line.hear("ack")
        shop.kill()
        line.closed()
    shop.start()
    with shopper.line() as line:
        line.say("什么时候发货？", "k-1")
        again = line.hear("ack")
        events = line.events(upto=2)

    assert (True, acknowledged["id"]) == (again["repeated"], again["id"])
    assert ["shopper", "bot"] == [event["author"] for event in events][:2]
    assert 1 == [event["author"] for event in events].count("shopper")
