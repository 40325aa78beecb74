"""Rule files: every value documented, every slip at its place, nothing ever stops the shop."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.rules import Rules, load_rules, texts
from shopbot.rules.document import read_document
from shopbot.rules.loader import FILES
from shopbot.rules.problem import Slips

DEMO = Path(__file__).parents[2] / "knowledge"


def written(folder: Path, **files: str) -> Path:
    """Write rule files into a store's folder and return it."""
    (folder / "rules").mkdir()
    for name, text in files.items():
        (folder / "rules" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_demo_rules_have_no_slip() -> None:
    """The shipped files load clean and belong to the demo store."""
    loaded = load_rules(DEMO)

    assert ("lingshang", ()) == (loaded.rules.store_id, loaded.problems)


@pytest.mark.parametrize("name", FILES)
def test_every_value_is_documented(name: str) -> None:
    """Each field of a file stands in the demo's file, so staff see all they may set."""
    text = (DEMO / "rules" / f"{name}.yaml").read_text(encoding="utf-8")
    absent = [f.name for f in dataclasses.fields(FILES[name]) if f"{f.name}:" not in text]

    assert [] == absent


def test_no_folder_means_defaults(tmp_path: Path) -> None:
    """A store without rules goes by the documented defaults."""
    loaded = load_rules(tmp_path)

    assert (7, timedelta(hours=48), ()) == (
        loaded.rules.returns.no_reason_days,
        loaded.rules.shipping.promise,
        loaded.problems,
    )


def test_chinese_names_are_taken(tmp_path: Path) -> None:
    """A value may be called by its Chinese name, amounts and spans written as people do."""
    folder = written(
        tmp_path,
        returns="七天无理由天数: 15天\n运费: {无理由: 本店}\n",
        shipping="包邮门槛: 88.5\n承诺发货时间: 3天\n",
    )
    rules = load_rules(folder).rules

    assert (15, "seller", 8850, timedelta(days=3)) == (
        rules.returns.no_reason_days,
        rules.returns.freight.no_reason,
        rules.shipping.free_from,
        rules.shipping.promise,
    )


SLIPS = [
    ("returns", "no_reason_days: 3", "bad-number-unit", 1, "fewer than the law's seven"),
    ("returns", "\n没有: 1", "unknown", 2, "an unknown name"),
    ("returns", "no_reason_day: 8", "unknown-guess", 1, "a misspelt name"),
    ("returns", "report_time: 两天", "bad-span", 1, "a span in words"),
    ("returns", "exempt:\n  - {id: a}", "missing", 2, "an item without its name"),
    ("returns", "freight: {no_reason: 平台}", "bad-choice", 1, "outside the closed list"),
    ("returns", "freight: 买家", "not-table", 1, "a value where a table belongs"),
    ("returns", "gift_deduct: 也许", "bad-truth", 1, "neither yes nor no"),
    ("returns", "no_reason_days: 8\nno_reason_days: 9", "twice", 2, "written twice"),
    ("returns", "extensions: [", "bad-yaml", 1, "an open bracket"),
    ("returns", "a: &x 1", "anchor", 1, "an anchor"),
    ("returns", "- a", "not-mapping", 1, "a list"),
    ("returns", "a: 1\n---\nb: 2", "two-documents", 2, "two documents"),
    ("returns", "a: " + "[" * 20 + "]" * 20, "too-deep", 1, "nested too deep"),
    ("shipping", "cutoff: 25点", "bad-clock", 1, "no clock time"),
    ("shipping", "free_from: 99.999", "bad-money", 1, "parts of a fen"),
    (
        "shipping",
        "pauses:\n  - {name: a, since: 明天, until: 2027-01-01}",
        "bad-moment",
        2,
        "no date",
    ),
    ("shipping", "promise: [1, 2]", "not-one", 1, "a list where one value belongs"),
    ("shipping", "target: 72小时", "target-over-promise", 1, "contradicts the promise"),
    ("calendar", "holidays: [2027-02-30]", "bad-days", 1, "a day that is none"),
    ("calendar", "holidays: {a: 1}", "not-list", 1, "a table where a list belongs"),
]


@pytest.mark.parametrize(
    ("file", "text", "code", "line", "why"), SLIPS, ids=[f"{s[2]}-{i}" for i, s in enumerate(SLIPS)]
)
def test_a_slip_is_told_at_its_place(
    tmp_path: Path, file: str, text: str, code: str, line: int, why: str
) -> None:
    """File, line, what is wrong and what to do; the default holds meanwhile."""
    problems = load_rules(written(tmp_path, **{file: text})).problems
    told = [(p.file, p.line, p.code) for p in problems]

    assert (f"rules/{file}.yaml", line, code) in told, why
    assert all(p.message and p.hint for p in problems)


def test_a_wrong_value_keeps_its_default_and_the_rest(tmp_path: Path) -> None:
    """One slip does not undo the other values of the file."""
    loaded = load_rules(written(tmp_path, returns="no_reason_days: x\nexchange_days: 30\n"))

    assert (7, 30) == (loaded.rules.returns.no_reason_days, loaded.rules.returns.exchange_days)


def test_a_stray_file_is_told(tmp_path: Path) -> None:
    """A misnamed file is not silently ignored."""
    folder = written(tmp_path)
    (folder / "rules" / "return.yml").touch()

    assert ["stray"] == [problem.code for problem in load_rules(folder).problems]


def test_a_gb18030_file_is_read(tmp_path: Path) -> None:
    """Files saved by an old editor are understood."""
    folder = written(tmp_path)
    (folder / "rules" / "returns.yaml").write_bytes("换码换色天数: 20天\n".encode("gb18030"))

    assert 20 == load_rules(folder).rules.returns.exchange_days


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-11-11 24:00", datetime(2026, 11, 11, 16, tzinfo=UTC), id="midnight"),
        pytest.param("2026年11月1日 20点", datetime(2026, 11, 1, 12, tzinfo=UTC), id="chinese"),
        pytest.param("2026-11-01", datetime(2026, 10, 31, 16, tzinfo=UTC), id="day"),
        pytest.param("2026-11-31", None, id="impossible"),
        pytest.param("2026-11-01 25:00", None, id="no-hour"),
        pytest.param("", None, id="blank"),
    ],
)
def test_moments_are_read_in_the_store_zone(text: str, moment: datetime | None) -> None:
    """24:00 is the next midnight; a bare day begins at its own."""
    assert moment == texts.moment(text, Rules().zone)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_document_or_a_slip(raw: bytes) -> None:
    """Whatever lies in the file, reading it never raises."""
    slips = Slips("rules/returns.yaml")
    root = read_document(raw, slips)

    assert root is None or not slips.problems
