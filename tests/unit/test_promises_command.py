"""``shopbot promises``: what is printed, what is kept, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from shopbot import ids
from shopbot.chat import promises, store
from shopbot.chat.model import Conversation
from shopbot.cli import app
from shopbot.errors import NotFound
from shopbot.storage import SqliteDatabase, Transaction, open_database

STORE = "test"
HOUR = timedelta(hours=1)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store without a word in it, and an empty data folder."""
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    monkeypatch.setenv("SHOPBOT_KNOWLEDGE", str(folder))
    monkeypatch.setenv("SHOPBOT_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def db(data: Path) -> Iterator[SqliteDatabase]:
    """The database of the store."""
    opened = open_database(data)
    yield opened
    opened.close()


def promised(db: SqliteDatabase, what: str, until: timedelta) -> str:
    """Promise something now."""
    now = ids.now()
    talk = Conversation(
        store_id=STORE, id=ids.new_id("cnv"), visitor=ids.new_id("vis"), started_at=now
    )

    def work(tx: Transaction) -> str:
        store.add_conversation(tx, talk)
        told, made = promises.open_promise(
            tx,
            talk,
            what=what,
            until=now + until,
            made_by="li",
            now=now,
            warn=HOUR,
        )
        store.save_conversation(tx, told)
        return made.id

    return db.transaction(work)


def called(*arguments: str) -> str:
    """Run the command and return what it printed."""
    done = CliRunner().invoke(app, ["promises", *arguments], catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_what_is_still_to_be_done_is_listed(db: SqliteDatabase) -> None:
    """The next due first, with the counts of the last days."""
    promised(db, "补发赠品", 3 * HOUR)
    promised(db, "回电", HOUR)
    kept = promised(db, "查件", HOUR)
    told = called("kept", kept, "--who", "li")
    lines = called("list").splitlines()

    assert "记下了：“查件”已做到。\n" == told
    assert ["回电", "补发赠品"] == [line.split("　")[1] for line in lines[:-1]]
    assert "最近 30 天的承诺：还没到期 2，做到 1，没按时做到 0，收回 0。" == lines[-1]


def test_programs_get_json(db: SqliteDatabase) -> None:
    """Everything about each promise."""
    promise = promised(db, "回电", HOUR)
    called("withdraw", promise)
    told = json.loads(called("list", "--state", "all", "--json"))

    assert [(promise, "withdrawn", "command")] == [
        (one["id"], one["state"], one["closed_by"]) for one in told["promises"]
    ]
    assert {"open": 0, "kept": 0, "broken": 0, "withdrawn": 1} == told["counts"]


def test_nothing_promised_is_said_so(db: SqliteDatabase) -> None:
    """And counted as nothing."""
    assert "没有这样的承诺。" == called("list").splitlines()[0]


def test_what_is_not_there_is_refused(db: SqliteDatabase) -> None:
    """An unknown promise, an unknown state."""
    with pytest.raises(NotFound):
        called("kept", "prm_nothing")
    done = CliRunner().invoke(app, ["promises", "list", "--state", "lost"])

    assert typer.Exit(2).exit_code == done.exit_code
