"""The database port on real SQLite: transactions, readers, grouping, and what goes wrong."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from shopbot import ids
from shopbot.errors import (
    ConstraintViolated,
    DataFolderInUse,
    NotFound,
    StorageBusy,
    StorageDamaged,
    StorageError,
    StorageFull,
    StorageReadOnly,
)
from shopbot.storage import SqliteDatabase, Statement, Transaction, open_database, sqlite
from shopbot.storage.lock import server_lock
from shopbot.storage.migrations import Migration
from shopbot.storage.sqlite_writer import LOOK_EVERY_MS

SCHEMA = Migration(
    package="notes",
    number=1,
    name="notes",
    sql="""
    CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL CHECK (body <> ''));
    CREATE TABLE replies (note TEXT NOT NULL REFERENCES notes (id));
    """,
)
ADD = Statement("add", "INSERT INTO notes (id, body) VALUES (:id, :body)")
REPLY = Statement("reply", "INSERT INTO replies (note) VALUES (:note)")
GET = Statement("get", "SELECT body FROM notes WHERE id = :id")
ALL = Statement("all", "SELECT id FROM notes ORDER BY id")
LIKE = Statement("like", "SELECT id FROM notes WHERE body = :body")


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """A small database of notes."""
    db = open_database(tmp_path, [SCHEMA])
    yield db
    db.close()


def ids_of(db: SqliteDatabase) -> list[str]:
    """Return all ids."""
    return [row["id"] for row in db.all(ALL)]


def test_what_is_written_can_be_read(notes: SqliteDatabase) -> None:
    """A committed row is there for every reader."""
    notes.run(ADD, id="a", body="x")

    assert {"body": "x"} == notes.one(GET, id="a")


def test_one_row_is_demanded_and_maybe_one_is_not(notes: SqliteDatabase) -> None:
    """`one` raises where `maybe_one` gives None."""
    with pytest.raises(NotFound):
        notes.one(GET, id="nope")

    assert notes.maybe_one(GET, id="nope") is None


def test_two_rows_where_one_was_expected_are_a_bug(notes: SqliteDatabase) -> None:
    """A query that is not as unique as thought is loud."""
    notes.run(ADD, id="a", body="x")
    notes.run(ADD, id="b", body="x")
    with pytest.raises(ValueError, match="gave 2 rows"):
        notes.maybe_one(LIKE, body="x")


def test_a_transaction_holds_as_a_whole_or_not_at_all(notes: SqliteDatabase) -> None:
    """What a failing transaction wrote before is gone."""

    def work(tx: Transaction) -> None:
        tx.run(ADD, id="a", body="x")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        notes.transaction(work)

    assert [] == ids_of(notes)


def test_transactions_that_wait_together_share_a_commit(notes: SqliteDatabase) -> None:
    """Twenty queued writes cost far fewer waits for the disk, and one that fails spares the rest."""
    gate = threading.Event()
    notes.submit(lambda tx: gate.wait(5))
    before = notes.commits

    def add(tx: Transaction, name: str, body: str) -> None:
        tx.run(ADD, id=name, body=body)

    futures = [
        notes.submit(lambda tx, n=n: add(tx, f"{n:02}", "" if n == 7 else "x"))  # type: ignore[misc]
        for n in range(20)
    ]
    gate.set()
    failed = [n for n, future in enumerate(futures) if future.exception() is not None]

    assert ([7], 19) == (failed, len(ids_of(notes)))
    assert notes.commits - before <= 2


def test_hints_leave_only_after_the_commit(notes: SqliteDatabase) -> None:
    """The action after a commit sees the row; that of a failed transaction never runs."""
    seen: list[object] = []

    def good(tx: Transaction) -> None:
        tx.run(ADD, id="a", body="x")
        tx.after_commit(lambda: seen.append(notes.maybe_one(GET, id="a")))

    def bad(tx: Transaction) -> None:
        tx.after_commit(lambda: seen.append("never"))
        tx.run(ADD, id="a", body="again")

    notes.transaction(good)
    with pytest.raises(ConstraintViolated):
        notes.transaction(bad)

    assert [{"body": "x"}] == seen


def test_a_transaction_inside_a_transaction_is_refused(notes: SqliteDatabase) -> None:
    """It would wait for itself for ever."""
    with pytest.raises(RuntimeError, match="use the one that is given"):
        notes.transaction(lambda tx: notes.run(ADD, id="a", body="x"))


def test_the_schema_guards_its_laws(notes: SqliteDatabase) -> None:
    """CHECK, UNIQUE and FOREIGN KEY each refuse."""
    notes.run(ADD, id="a", body="x")
    for statement, values in [
        (ADD, {"id": "b", "body": ""}),
        (ADD, {"id": "a", "body": "y"}),
        (REPLY, {"note": "nobody"}),
    ]:
        with pytest.raises(ConstraintViolated):
            notes.run(statement, **values)

    assert ["a"] == ids_of(notes)


def test_a_reader_cannot_write(notes: SqliteDatabase) -> None:
    """Only the writer's connection may."""
    with pytest.raises(StorageReadOnly):
        notes.all(ADD, id="a", body="x")


def test_a_snapshot_stays_as_it_was(notes: SqliteDatabase) -> None:
    """Facts gathered in one snapshot belong together, whatever is written meanwhile."""
    notes.run(ADD, id="a", body="x")
    with notes.snapshot() as reader:
        before = reader.all(ALL)
        notes.run(ADD, id="b", body="x")
        after = reader.all(ALL)

    assert (before, ["a", "b"]) == (after, ids_of(notes))


def test_many_threads_write_and_read_at_once(notes: SqliteDatabase) -> None:
    """Nothing is lost and nothing fails."""

    def work(n: int) -> int:
        notes.run(ADD, id=f"{n:03}", body="x")
        return len(notes.all(GET, id=f"{n:03}"))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(200)))

    assert ([1] * 200, 200) == (found, len(ids_of(notes)))


def test_a_closed_database_says_so(notes: SqliteDatabase) -> None:
    """After close nothing hangs."""
    notes.close()
    with pytest.raises(StorageError, match="closed"):
        notes.run(ADD, id="a", body="x")
    with pytest.raises(StorageError, match="closed"):
        notes.all(ALL)


def test_close_finishes_what_is_queued(tmp_path: Path) -> None:
    """A transaction accepted before the close is on disk afterwards."""
    db = open_database(tmp_path, [SCHEMA])
    futures: list[Future[int]] = [
        db.submit(lambda tx, n=n: tx.run(ADD, id=f"{n:03}", body="x"))  # type: ignore[misc]
        for n in range(100)
    ]
    db.close()
    again = open_database(tmp_path, [SCHEMA])
    kept = len(ids_of(again))
    again.close()

    assert (100, 100) == (kept, sum(future.result() for future in futures))


def test_a_full_disk_fails_what_it_hits_and_nothing_else(notes: SqliteDatabase) -> None:
    """SQLite gives up the whole transaction then: the others of the group are told or run again."""
    notes.run(ADD, id="before", body="x")
    gate = threading.Event()
    notes.submit(lambda tx: gate.wait(5))

    def limit(tx: Transaction) -> None:
        tx.run(Statement("limit", "PRAGMA max_page_count = 1"))

    def work(tx: Transaction, name: str, size: int) -> None:
        tx.run(ADD, id=name, body="x" * size)

    notes.submit(limit)
    small = notes.submit(lambda tx: work(tx, "small", 1))
    large = notes.submit(lambda tx: work(tx, "large", 10_000_000))
    later = notes.submit(lambda tx: work(tx, "later", 1))
    gate.set()
    errors = [future.exception() for future in (small, large, later)]
    kept = ids_of(notes)

    assert isinstance(errors[1], StorageFull)
    assert "large" not in kept
    for name, error in (("small", errors[0]), ("later", errors[2])):
        assert (error is None) == (name in kept)


def test_a_locked_database_is_told_as_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that keeps the lock gives a clear error, and afterwards all goes on."""
    monkeypatch.setattr(sqlite, "WAIT_MS", 50)
    db = open_database(tmp_path, [SCHEMA])
    other = sqlite3.connect(db.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy, match="another process"):
        db.run(ADD, id="a", body="x")
    other.execute("ROLLBACK")
    other.close()
    db.run(ADD, id="b", body="x")
    kept = ids_of(db)
    db.close()

    assert ["b"] == kept


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """A file that is no database says what to do and stays as it was."""
    file = tmp_path / sqlite.FILE_NAME
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageDamaged, match="backup"):
        open_database(tmp_path, [SCHEMA])

    assert b"not a database at all" * 100 == file.read_bytes()


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    """The message names the folder's setting."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageReadOnly, match="SHOPBOT_DATA"):
            open_database(tmp_path, [SCHEMA])
    finally:
        tmp_path.chmod(0o700)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """No folder, no database, a clear error."""
    with pytest.raises(StorageReadOnly, match="cannot be written"):
        open_database(tmp_path / "nowhere", [SCHEMA])


def test_a_folder_with_strange_characters_works(tmp_path: Path) -> None:
    """Spaces, question marks, percent signs and Chinese in a path are only characters."""
    folder = tmp_path / "数据 100%?#x"
    folder.mkdir()
    db = open_database(folder, [SCHEMA])
    db.run(ADD, id="a", body="x")
    db.close()

    assert (folder / sqlite.FILE_NAME).is_file()


def test_commits_of_others_are_noticed(notes: SqliteDatabase) -> None:
    """A second writer's commit gives a hint."""
    noticed = threading.Event()
    notes.watch(noticed.set)
    other = sqlite3.connect(notes.file)
    other.execute("INSERT INTO notes VALUES ('theirs', 'x')")
    other.commit()
    other.close()

    assert noticed.wait(5)
    assert ["theirs"] == ids_of(notes)


def test_own_commits_are_no_news(notes: SqliteDatabase) -> None:
    """Nobody is told of what this process wrote itself, however long it writes."""
    noticed = threading.Event()
    notes.watch(noticed.set)
    elapsed = ids.stopwatch()
    number = 0
    while elapsed() < 3 * LOOK_EVERY_MS:
        number += 1
        notes.run(ADD, id=f"n{number}", body="x")

    assert not noticed.is_set()


def test_one_server_to_a_data_folder(tmp_path: Path) -> None:
    """The second is refused while the first holds the folder, and not afterwards."""
    with (
        server_lock(tmp_path),
        pytest.raises(DataFolderInUse, match="SHOPBOT_DATA"),
        server_lock(tmp_path),
    ):
        pass
    with server_lock(tmp_path):
        held = True

    assert held


def test_the_database_is_for_its_owner_alone(notes: SqliteDatabase) -> None:
    """Neither the file nor its companions can be read by others."""
    notes.run(ADD, id="a", body="x")
    modes = {file.stat().st_mode & 0o077 for file in notes.file.parent.glob("shopbot.db*")}

    assert {0} == modes or sys.platform == "win32"
