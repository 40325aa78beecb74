"""What several files say about a row: the same result in any order, never backwards."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.merge import Snapshot, Value, merge

FIELDS = ("status", "note", "paid")


def first(snapshot: Snapshot) -> dict[str, Value]:
    """Return the row that the first file makes."""
    lead: dict[str, Value] = {
        "rank": snapshot.rank,
        "as_of": snapshot.as_of,
        "digest": snapshot.digest,
    }
    return {**dict.fromkeys(FIELDS), **snapshot.values, **lead, "older": "{}"}


def after(row: dict[str, Value], snapshot: Snapshot) -> dict[str, Value]:
    """Return the row after another file."""
    merged = merge(row, snapshot)
    changed = {**row, **merged.values, "older": json.dumps(merged.older, sort_keys=True)}
    if merged.leads:
        changed |= {"rank": snapshot.rank, "as_of": snapshot.as_of, "digest": snapshot.digest}
    return changed


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A file's word on a row."""
    rank = draw(st.integers(0, 3))
    values: dict[str, Value] = {"status": f"s{rank}"}
    values["note"] = draw(st.sampled_from([None, "a", "b"]))
    values["paid"] = draw(st.sampled_from([None, 1, 2]))
    return Snapshot(rank, draw(st.sampled_from(["t1", "t2", "t3"])), values)


@given(st.lists(snapshots(), min_size=1, max_size=4))
def test_the_order_of_files_does_not_matter(told: list[Snapshot]) -> None:
    """Every permutation, with every file told twice, gives the same row."""
    results = []
    for permutation in itertools.permutations(told):
        row = first(permutation[0])
        for snapshot in (*permutation, *permutation):
            row = after(row, snapshot)
        results.append(row)

    assert all(results[0] == row for row in results)


@given(st.lists(snapshots(), min_size=1, max_size=6))
def test_no_state_moves_backwards(told: list[Snapshot]) -> None:
    """The rank only grows, and the state is that of the rank."""
    row = first(told[0])
    for snapshot in told:
        before = row
        row = after(row, snapshot)

        assert int(before["rank"] or 0) <= int(row["rank"] or 0)
        assert f"s{row['rank']}" == row["status"]


def test_what_a_file_does_not_tell_stays() -> None:
    """A later file with fewer columns erases nothing."""
    row = after(
        first(Snapshot(1, "t1", {"status": "s1", "note": "加固", "paid": 5})),
        Snapshot(2, "t2", {"status": "s2", "note": None, "paid": None}),
    )

    assert ("s2", "加固", 5) == (row["status"], row["note"], row["paid"])
