"""A full disk, a lock that another process keeps, a broken file: told clearly, nothing half-written."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from shopbot.chat.elsewhere import Elsewhere
from shopbot.chat.model import Conversation
from shopbot.chat.turns import TurnKeeper
from shopbot.errors import StorageBusy, StorageDamaged, StorageFull
from shopbot.ids import FixedClock, SystemClock
from shopbot.rules import Rules
from shopbot.rules.chat import ChatRules
from shopbot.storage import SqliteDatabase, Statement, open_database
from tests.simulators.talk import TalkStage, talk_stage

_PAGES = Statement("pages", "PRAGMA page_count")
_LONG = "，".join(["这件冲锋衣多少钱可以发顺丰吗"] * 100)


def _set(db: SqliteDatabase, pragma: str) -> None:
    db.transaction(lambda tx: tx.all(Statement("set", f"PRAGMA {pragma}")))


def _fill(stage: TalkStage, talk: Conversation) -> int:
    """Write until the disk is full; return how many messages were taken."""
    for number in range(50):
        try:
            stage.write(talk, _LONG, key=f"k{number}")
        except StorageFull:
            return number
    raise AssertionError("the disk was never full")


def test_a_full_disk_takes_no_half_message(stage: TalkStage, db: SqliteDatabase) -> None:
    """The sender is told; once there is room the same message goes through, once."""
    talk = stage.chat.open(visitor="vis_1")
    pages = int(db.one(_PAGES)["page_count"])
    _set(db, f"max_page_count = {pages + 1}")
    acknowledged = _fill(stage, talk)
    before = stage.events(talk)
    _set(db, "max_page_count = 1000000")

    stage.write(talk, _LONG, key=f"k{acknowledged}")
    after = stage.events(talk)

    assert acknowledged == len(before)
    assert [f"k{number}" for number in range(acknowledged + 1)] == [
        event.client_key for event in after
    ]
    assert acknowledged + 1 == stage.chat.find(talk.id).last_seq


def test_a_lock_that_is_kept_is_told_and_does_no_harm(stage: TalkStage, db: SqliteDatabase) -> None:
    """Another command that holds the database: try again later, then all is well."""
    talk = stage.chat.open(visitor="vis_1")
    _set(db, "busy_timeout = 20")
    other = sqlite3.connect(db.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageBusy):
        stage.write(talk, "在吗", key="k1")
    other.execute("ROLLBACK")
    other.close()
    sent = stage.write(talk, "在吗", key="k1")

    assert (1, False) == (sent.event.seq, sent.repeated)


def test_an_answer_that_could_not_be_written_is_tried_again(
    stage: TalkStage, db: SqliteDatabase, clock: FixedClock
) -> None:
    """A busy database is no reason to hand over."""
    talk = stage.chat.open(visitor="vis_1")
    stage.write(talk, "什么时候发货？")
    clock.move(timedelta(seconds=5))
    _set(db, "busy_timeout = 20")
    other = sqlite3.connect(db.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageBusy):
        stage.chat.answer_turn(talk.id, 1)
    other.execute("ROLLBACK")
    other.close()
    stage.run_due()

    assert 1 == sum("48小时" in text for text in stage.said(talk))
    assert "bot" == stage.chat.find(talk.id).holder


def test_a_damaged_file_is_told_as_such(tmp_path: Path, clock: FixedClock) -> None:
    """Not as an empty talk."""
    db = open_database(tmp_path)
    stage = talk_stage(db, clock, tmp_path / "media")
    talk = stage.chat.open(visitor="vis_1")
    for number in range(40):
        stage.write(talk, f"{number}{_LONG}"[:1500])
    db.close()
    file = tmp_path / "shopbot.db"
    whole = bytearray(file.read_bytes())
    whole[8192:] = b"\x5a" * (len(whole) - 8192)
    file.write_bytes(whole)

    with pytest.raises(StorageDamaged):
        _read(tmp_path, clock, talk.id)


def _read(folder: Path, clock: FixedClock, conversation: str) -> None:
    db = open_database(folder)
    try:
        chat = talk_stage(db, clock, folder / "media").chat
        chat.events_after(conversation=conversation, side="staff", seq=0)
    finally:
        db.close()


def test_what_another_process_writes_is_answered_here(tmp_path: Path) -> None:
    """A message that came in through another process's database is seen by this one's keeper."""
    quick = Rules(chat=ChatRules(wait_complete=5, wait_fragment=10, wait_most=20))
    here, there = open_database(tmp_path), open_database(tmp_path)
    mine = talk_stage(here, SystemClock(), tmp_path / "media", rules=quick)
    theirs = talk_stage(there, SystemClock(), tmp_path / "media", rules=quick)
    answered = threading.Event()
    mine.chat.gear.bus.subscribe("conversation.changed", lambda _: answered.set())
    keeper = TurnKeeper(mine.chat, mine.clock)
    keeper.start()
    try:
        talk = theirs.chat.open(visitor="vis_1")
        theirs.write(talk, "什么时候发货？")

        assert answered.wait(20)
        assert any("48小时" in text for text in theirs.said(talk))
    finally:
        keeper.stop()
        here.close()
        there.close()


def test_what_another_process_writes_is_hinted_at_here(
    stage: TalkStage, db: SqliteDatabase
) -> None:
    """Once for each new event: whoever shows the talk looks, and looks no more than needed."""
    there = open_database(db.file.parent)
    theirs = talk_stage(there, stage.clock, stage.chat.gear.media)
    talk, quiet = theirs.chat.open(visitor="vis_1"), theirs.chat.open(visitor="vis_2")
    theirs.write(quiet, "在吗")
    elsewhere = Elsewhere(stage.chat.gear)
    elsewhere.look()
    heard: list[str] = []
    stage.chat.gear.bus.subscribe("conversation.changed", lambda hint: heard.append(hint.key))

    theirs.write(talk, "什么时候发货？")
    elsewhere.look()
    elsewhere.look()
    there.close()

    assert [talk.id] == heard
