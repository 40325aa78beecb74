"""Schema changes: once each, whole or not at all, never edited."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from shopbot.errors import MigrationChanged, StorageTooNew
from shopbot.storage import Statement, open_database
from shopbot.storage.migrations import Migration, find_migrations, split_statements

TABLES = Statement(
    "tables", "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 't%' ORDER BY name"
)
APPLIED = Statement("applied", "SELECT package, number FROM schema_migrations ORDER BY 1, 2")
ONE = Migration(package="orders", number=1, name="one", sql="CREATE TABLE t1 (a TEXT);\n")
TWO = Migration(package="orders", number=2, name="two", sql="CREATE TABLE t2 (a TEXT);\n")


def _tables(folder: Path, migrations: list[Migration]) -> list[str]:
    db = open_database(folder, migrations)
    try:
        return [row["name"] for row in db.all(TABLES)]
    finally:
        db.close()


def test_each_migration_runs_once(tmp_path: Path) -> None:
    """Opening again changes nothing; a new migration is added."""
    first = _tables(tmp_path, [ONE])
    again = _tables(tmp_path, [ONE])
    more = _tables(tmp_path, [ONE, TWO])

    assert (["t1"], ["t1"], ["t1", "t2"]) == (first, again, more)


def test_a_failing_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    """The tables made before the failing statement are gone, and it runs again when mended."""
    broken = Migration(
        package="orders", number=2, name="two", sql="CREATE TABLE t2 (a);\nCREATE TABLE t1 (a);\n"
    )
    with pytest.raises(Exception, match="t1 already exists"):
        _tables(tmp_path, [ONE, broken])

    assert ["t1", "t2"] == _tables(tmp_path, [ONE, TWO])


def test_an_edited_migration_is_refused(tmp_path: Path) -> None:
    """What a database has run is fixed; the message names the file."""
    _tables(tmp_path, [ONE])
    edited = Migration(package="orders", number=1, name="one", sql="CREATE TABLE t1 (b TEXT);\n")
    with pytest.raises(MigrationChanged, match=r"orders/migrations/0001_one\.sql"):
        _tables(tmp_path, [edited])


def test_line_ends_do_not_count_as_an_edit(tmp_path: Path) -> None:
    """A checkout with Windows line ends opens the same database."""
    _tables(tmp_path, [ONE])
    dos = Migration(package="orders", number=1, name="one", sql=ONE.sql.replace("\n", "\r\n"))

    assert ["t1"] == _tables(tmp_path, [dos])


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """An older program does not touch what it does not understand."""
    _tables(tmp_path, [ONE, TWO])
    with pytest.raises(StorageTooNew, match="newer version"):
        _tables(tmp_path, [ONE])


def test_two_that_open_at_once_migrate_once(tmp_path: Path) -> None:
    """One migrates, the other waits and finds it done."""
    failures: list[Exception] = []

    def work() -> None:
        try:
            _tables(tmp_path, [ONE, TWO])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ([], ["t1", "t2"]) == (failures, _tables(tmp_path, [ONE, TWO]))


def test_the_products_own_migrations_are_found_ground_first() -> None:
    """Every package's files are found, those of storage before all others."""
    found = [str(one) for one in find_migrations()]

    assert "storage/migrations/0001_ground.sql" == found[0]


def test_a_trigger_stays_one_statement() -> None:
    """Semicolons inside a statement do not cut it."""
    trigger = "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT ';'; END;"

    assert ["CREATE TABLE t (a);", trigger] == list(
        split_statements(f"CREATE TABLE t (a);\n{trigger}\n-- the end\n")
    )


def test_an_unfinished_statement_is_loud() -> None:
    """A forgotten semicolon is not skipped."""
    with pytest.raises(ValueError, match="unfinished"):
        list(split_statements("CREATE TABLE t (a)"))
