"""Named statements: found by name, parsed by aiosql, loud when missing."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from shopbot.storage import load_queries
from shopbot.storage.migrations import Migration, find_migrations
from shopbot.storage.queries import listed, parse_queries

FORBIDDEN = re.compile(
    r"AUTOINCREMENT|DEFERRABLE|INSERT\s+OR\s|datetime\(|json_extract|strftime|GLOB|rowid",
    re.IGNORECASE,
)


def _files() -> list[tuple[str, str]]:
    """Return package and name of each file of statements."""
    found = [one for one in resources.files("shopbot").iterdir() if one.is_dir()]
    return sorted(
        (f"shopbot.{package.name}", file.name)
        for package in found
        for file in package.iterdir()
        if file.name.endswith(".sql")
    )


def test_a_statement_is_found_by_its_name() -> None:
    """The file's name becomes the attribute."""
    made = parse_queries("-- name: count_all()\nSELECT COUNT(*) AS n FROM t", "x.sql")

    assert "SELECT COUNT(*) AS n FROM t" == made.count_all.sql


def test_a_slip_in_a_name_is_loud() -> None:
    """An unknown name tells the file."""
    with pytest.raises(
        AttributeError, match=r"shopbot\.storage/queries\.sql has no query named nope"
    ):
        _ = load_queries("shopbot.storage").nope


@pytest.mark.parametrize(("package", "file"), _files())
def test_statements_keep_to_the_portable_subset(package: str, file: str) -> None:
    """What another database could not run does not go in."""
    offenders = [one.name for one in load_queries(package, file) if FORBIDDEN.search(one.sql)]

    assert [] == offenders


@pytest.mark.parametrize("migration", find_migrations(), ids=str)
def test_migrations_keep_to_the_portable_subset(migration: Migration) -> None:
    """Comments aside, the schema runs elsewhere too."""
    sql = re.sub(r"--.*", "", migration.sql)

    assert FORBIDDEN.search(sql) is None


def test_a_list_stands_for_as_many_parameters() -> None:
    """Blanks fill it up; the statement is the same for every length."""
    made = parse_queries(
        "-- name: some(store_id, names[3])\n"
        "SELECT 1 FROM t WHERE store_id = :store_id AND name IN (:names[3])",
        "x.sql",
    )

    assert made.some.sql.endswith("name IN (:names_00, :names_01, :names_02)")
    assert {"names_00": "a", "names_01": "b", "names_02": ""} == listed("names", 3, ["a", "b"])


def test_a_list_that_is_too_long_is_refused() -> None:
    """None of the values is left out silently."""
    with pytest.raises(ValueError, match=r"4 values for names\[3\]\. Ask for them in parts\."):
        listed("names", 3, list("abcd"))
