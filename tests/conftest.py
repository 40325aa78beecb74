"""What all tests share: no network but loopback, a clock that stands still, a served fake."""

from __future__ import annotations

import ipaddress
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shopbot import logs
from shopbot.chat.assembly import open_reception
from shopbot.config import Settings, load_settings
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase, open_database
from shopbot.web.services import Pool, Services
from tests.simulators.knowledge import FakeKnowledge
from tests.simulators.talk import TalkStage, talk_stage

START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # a Sunday, noon in Shanghai


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):  # a Unix socket
        return True
    host = str(address[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to connect or look up anything beyond this machine: the product runs offline."""
    connect, connect_ex, lookup = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, address: Any) -> Any:
            if not _is_here(address):
                raise AssertionError(f"a test wanted to reach {address}")
            return real(self, address)

        return call

    def guarded_lookup(host: Any, *rest: Any, **named: Any) -> Any:
        if host is not None and not _is_here((host if isinstance(host, str) else host.decode(),)):
            raise AssertionError(f"a test wanted to look up {host}")
        return lookup(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget settings of the machine, so that tests mean the same everywhere."""
    import os

    for name in [name for name in os.environ if name.startswith("SHOPBOT_")]:
        if name != "SHOPBOT_CACHE":  # the prepared model may stay where it is
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    """Log as a server does; structlog's own default paints every traceback with its locals."""
    logs.configure("info", "json")


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon (Shanghai) of 2026-11-22."""
    return FixedClock(START)


@pytest.fixture(scope="session")
def fresh_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and nothing in them, made once."""
    made = open_database(tmp_path_factory.mktemp("fresh"))
    made.close()
    return made.file


@pytest.fixture
def db(tmp_path: Path, fresh_file: Path) -> Iterator[SqliteDatabase]:
    """A real database in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(fresh_file, folder)
    database = open_database(folder)
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that touch nothing outside the test's folder."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    return load_settings(knowledge=store, data=tmp_path / "data", cache=tmp_path / "cache")


@pytest.fixture
def fake_kb() -> FakeKnowledge:
    """A knowledge base that answers from a table."""
    return FakeKnowledge()


@pytest.fixture
def stage(db: SqliteDatabase, clock: FixedClock, tmp_path: Path) -> TalkStage:
    """A shop with talks around a knowledge of a few sentences; turns are answered by hand."""
    return talk_stage(db, clock, tmp_path / "media")


@pytest.fixture
def services(
    settings: Settings,
    db: SqliteDatabase,
    clock: FixedClock,
    fake_kb: FakeKnowledge,
    stage: TalkStage,
) -> Iterator[Services]:
    """Everything a web application needs, around the fake knowledge base."""
    pool = Pool(settings.threads)
    yield Services(
        settings=settings,
        clock=clock,
        db=db,
        bus=stage.chat.gear.bus,
        kb=fake_kb,
        pool=pool,
        store_id="test",
        chat=stage.chat,
        reception=open_reception(stage.chat),
    )
    pool.close()
