"""`shopbot reviews classify`: a line out for a line in, bad ones named."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.conftest import Run

LINES = (
    '{"id": "a", "text": "质量很好，就是快递有点慢"}',
    "",
    '{"id": 2',
    "[1, 2]",
    '{"id": 3, "text": 5}',
    '{"id": "b", "text": "\\ud83d 太差了，再也不买"}',
)


def test_each_line_is_judged_in_order_and_bad_ones_are_told(shopbot: Run, tmp_path: Path) -> None:
    """With their number, without ending the run."""
    file = tmp_path / "in.jsonl"
    file.write_text("\n".join(LINES), encoding="utf-8-sig")

    done = shopbot("reviews", "classify", str(file), "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]

    assert 0 == done.code
    assert ["a", None, None, 3, "b"] == [row["id"] for row in rows]
    assert ["pos", None, None, None, "neg"] == [row.get("sentiment") for row in rows]
    assert {"quality": "pos", "logistics": "neg"} == rows[0]["aspect_sentiments"]
    assert ["quality", "logistics"] == rows[0]["aspects"]
    assert 0 < rows[4]["probability"] < 0.5
    assert all(f"第 {number} 行" in done.err for number in (3, 4, 5))


def test_an_empty_file_gives_nothing(shopbot: Run, tmp_path: Path) -> None:
    """And no error."""
    (tmp_path / "in.jsonl").touch()
    done = shopbot("reviews", "classify", str(tmp_path / "in.jsonl"), "--json")

    assert (0, "") == (done.code, done.out)


def test_a_file_that_is_not_there_is_a_usage_error(shopbot: Run, tmp_path: Path) -> None:
    """Told with its name."""
    done = shopbot("reviews", "classify", str(tmp_path / "none.jsonl"))

    assert 2 == done.code
    assert "none.jsonl" in done.err
