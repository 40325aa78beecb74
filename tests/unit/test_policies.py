"""Policies in Markdown: headings are questions, the first list is metadata, the rest is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopbot.kb.entry import Entry, Knowledge
from shopbot.kb.loader import load
from tests.kb_store import TEA_STORE, codes, written

META = "- 编号: policy.a\n- 话题: return-policy\n"


def read(folder: Path, text: str) -> Knowledge:
    """Return the knowledge of a folder with this policy file."""
    return load(written(folder, {"policies/a.md": text}))


def only(knowledge: Knowledge) -> Entry:
    """Return the single entry there is."""
    assert ((), 1) == (knowledge.problems, len(knowledge.entries))

    return knowledge.entries[0]


def test_a_section_is_an_entry() -> None:
    """Heading and 问法 are phrasings, the body is the answer, the line is the body's."""
    entries = {entry.id: entry for entry in load(TEA_STORE).entries}
    entry = entries["policy.return.opened"]

    assert ["茶叶拆封了还能退吗", "开封能退吗", "喝了一泡能退吗"] == [
        p.text for p in entry.phrasings
    ]
    assert (
        "茶叶属于食品，拆封后除质量问题外不支持七天无理由。\n未拆封的，签收次日起七天内可以退。"
        == entry.variants[0].text
    )
    assert (3, 10, "小青", "aftersale") == (
        entry.source.line,
        entry.variants[0].line,
        entry.owner,
        entry.stage,
    )
    assert ("红茶",) == entries["policy.return.freight"].scope.categories
    assert ("多久发货",) == entries["policy.return.freight"].chips


@pytest.mark.parametrize(
    ("told", "since", "until"),
    [
        ("2026-10-20 至 2026-11-14", (2026, 10, 19, 16, 0), (2026, 11, 14, 16, 0)),
        ("2026年10月20日到11月14日", (2026, 10, 19, 16, 0), (2026, 11, 14, 16, 0)),
        ("10月20日到11月14日", None, None),
        ("2026/10/20～2026/11/14", (2026, 10, 19, 16, 0), (2026, 11, 14, 16, 0)),
        ("2026-10-20 起", (2026, 10, 19, 16, 0), None),
        ("至 2026-11-14", None, (2026, 11, 14, 16, 0)),
        ("2026-12-08 20:00 至 2026-12-12 23:59", (2026, 12, 8, 12, 0), (2026, 12, 12, 16, 0)),
        ("2026.12.8 20点 至 2026.12.12 24:00", (2026, 12, 8, 12, 0), (2026, 12, 12, 16, 0)),
        ("“2026-10-20” 至 “2026-11-14”", (2026, 10, 19, 16, 0), (2026, 11, 14, 16, 0)),
    ],
)
def test_windows_are_read_as_people_write_them(
    tmp_path: Path, told: str, since: tuple[int, ...] | None, until: tuple[int, ...] | None
) -> None:
    """Open ends, times and other spellings give the same half-open UTC window."""
    knowledge = read(tmp_path, f"## 怎么退\n{META}- 有效期：{told}\n\n可以退。\n")

    if since is None and until is None:
        assert ["bad-date"] == codes(knowledge)
        return
    valid = only(knowledge).valid
    assert since == (valid.since and valid.since.timetuple()[:5])
    assert until == (valid.until and valid.until.timetuple()[:5])
    assert not valid.since or valid.since.tzinfo is UTC


def test_a_window_that_ends_before_it_begins_is_told(tmp_path: Path) -> None:
    """A section that could never be said is an error at its date."""
    knowledge = read(tmp_path, f"## 怎么退\n{META}- 有效期: 2026-11-14 至 2026-10-20\n\n可以退。\n")

    assert [("never-valid", 4, 8)] == [
        (p.code, p.source.line, p.source.column) for p in knowledge.problems
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"## \n{META}\n正文\n", ["no-heading"]),
        ("## 怎么退\n- 话题: return-policy\n\n正文\n", ["missing-id"]),
        (f"## 怎么退\n{META}- 备忘: x\n\n正文\n", ["unknown-meta"]),
        (f"## 怎么退\n{META}- 话题: usage\n\n正文\n", ["duplicate-key"]),
        (f"## 怎么退\n{META}\n", ["no-answer"]),
        (f"## 怎么退\n{META}\n{'长' * 301}\n", ["long-policy"]),
        (f"## 怎么退\n{META}\n**可以**退，见[这里](http://x)。\n", ["markdown"]),
        ("# 只有标题\n\n说明文字\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_mistakes_in_a_section_are_told(tmp_path: Path, text: str, expected: list[str]) -> None:
    """Each slip has its code; text before the first section is nobody's answer."""
    assert expected == codes(read(tmp_path, text))


def test_lists_in_the_body_stay_lists(tmp_path: Path) -> None:
    """After the blank line a list belongs to the answer."""
    entry = only(read(tmp_path, f"## 怎么退\n{META}\n- 第一步：申请\n- 第二步：寄回\n"))

    assert "- 第一步：申请\n- 第二步：寄回" == entry.variants[0].text


def test_dates_compare_as_moments() -> None:
    """A window covers its first moment and not the moment after its last day."""
    entry = next(e for e in load(TEA_STORE).entries if e.id == "policy.return.opened")

    moments = [
        datetime(2026, 10, 19, 15, 59, tzinfo=UTC),
        datetime(2026, 10, 19, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 15, 59, tzinfo=UTC),
        datetime(2026, 11, 30, 16, 0, tzinfo=UTC),
    ]
    assert [False, True, True, False] == [entry.valid.covers(moment) for moment in moments]
