"""``shopbot records``: what is printed and written of talks that have ended."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shopbot import ids
from shopbot.chat.model import Incoming
from shopbot.cli import app
from shopbot.errors import StorageReadOnly
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase, open_database
from tests.simulators.talk import TalkStage, talk_stage

BAD = "=HYPERLINK(1) 多久发货？"


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteDatabase]:
    """The database of a store without a word in it."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    monkeypatch.setenv("SHOPBOT_KNOWLEDGE", str(store))
    monkeypatch.setenv("SHOPBOT_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    opened = open_database(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def stage(db: SqliteDatabase, tmp_path: Path) -> TalkStage:
    """A shop in which one talk has ended an instant ago."""
    made = talk_stage(db, FixedClock(ids.now()), tmp_path / "media")
    talk = made.chat.open(visitor="vis_abcd")
    message = Incoming(type="text", body={"text": BAD}, client_key="k")
    made.chat.send(conversation=talk.id, author="shopper", who="vis_abcd", message=message)
    made.chat.answer_turn(talk.id, 1)
    made.chat.close(conversation=talk.id, who="vis_abcd", by="shopper")
    return made


def called(*arguments: str) -> str:
    """Run the command and return what it printed."""
    done = CliRunner().invoke(app, ["records", *arguments], catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_talks_of_the_last_day_are_listed(stage: TalkStage) -> None:
    """In a line each, or as JSON."""
    line = called("list")
    (told,) = json.loads(called("list", "--json"))
    earlier = called("list", "--to", "2020-01-01")

    assert BAD in line
    assert ([BAD], "abcd") == (told["questions"], told["shopper"])
    assert "这段时间没有结束的会话。\n" == earlier


def test_the_table_runs_nothing_in_excel(stage: TalkStage, tmp_path: Path) -> None:
    """A question that looks like a formula is text; only the owner may read the file."""
    file = tmp_path / "咨询记录.csv"
    told = called("export", str(file))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header, row = csv.reader(stream)

    assert f"写出 1 条咨询记录：{file}\n" == told
    assert "'" + BAD == row[header.index("顾客问了什么")]
    assert 0o600 == file.stat().st_mode & 0o777


def test_a_place_that_cannot_be_written_is_told(stage: TalkStage, tmp_path: Path) -> None:
    """And nothing is left behind."""
    with pytest.raises(StorageReadOnly):
        called("export", str(tmp_path / "nowhere" / "x.csv"))

    assert not (tmp_path / "nowhere").exists()
