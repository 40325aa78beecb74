"""Reading a store's folder: what staff write, how they err, and what keeps serving."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopbot.errors import KnowledgeMissing
from shopbot.kb.entry import Entry, Knowledge
from shopbot.kb.loader import load
from tests.kb_store import TEA_STORE, codes, tea_store, written

GOOD = "- id: a.one\n  topic: usage\n  questions: [怎么泡]\n  answers: [用热水泡。]\n"


def only(knowledge: Knowledge) -> Entry:
    """Return the single entry there is."""
    assert len(knowledge.entries) == 1, knowledge.problems

    return knowledge.entries[0]


def by_id(knowledge: Knowledge) -> dict[str, Entry]:
    """Return the entries by id."""
    return {entry.id: entry for entry in knowledge.entries}


def test_a_whole_store_is_read_without_a_problem() -> None:
    """Replies, policies, sheets, templates and words of a sound folder all load."""
    knowledge = load(TEA_STORE)

    assert () == knowledge.problems
    assert ("青山茶铺", 25, 3, 9) == (
        knowledge.store.name,
        len(knowledge.entries),
        len(knowledge.products),
        len(knowledge.stock),
    )
    assert {"店名": "青山茶铺", "客服名": "小青", "发货时效": "24小时内", "客服电话": ""} == dict(
        knowledge.store.facts
    )


def test_chinese_and_english_keys_mean_the_same() -> None:
    """An entry written with Chinese names is the entry written with English ones."""
    entry = by_id(load(TEA_STORE))["order.where"]

    assert ("order-status", "order.status", ("order",), "delivery") == (
        entry.topic,
        entry.action,
        entry.needs,
        entry.stage,
    )


def test_each_wording_knows_its_line_and_column() -> None:
    """A suggestion can name the very line its text stands on."""
    entry = by_id(load(TEA_STORE))["shipping-time.default"]

    assert [6, 7, 9] == [variant.line for variant in entry.variants]
    assert (4, 15) == entry.places["questions.0"]


def test_a_date_window_is_whole_days_in_the_stores_zone() -> None:
    """Both days of a window count in full, told as a half-open UTC interval."""
    valid = by_id(load(TEA_STORE))["gift.autumn"].valid

    assert datetime(2026, 10, 31, 16, tzinfo=UTC) == valid.since
    assert datetime(2026, 11, 11, 16, tzinfo=UTC) == valid.until


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- id：a.one\n  话题：usage\n  问法：[怎么泡]\n  答复：用热水泡。\n", "full-width-colon"),
        ("- id:a.one\n  topic:usage\n  questions:[怎么泡]\n  answers:用热水泡。\n",
         "colon-without-space"),
        ("-　id: a.one\n　topic: usage\n　questions: [怎么泡]\n　answers: [用热水泡。]\n",
         "full-width-dash"),
        ("- id: a.one\n  topic: usage\n  questions: 【怎么泡】\n  answers: [用热水泡。]\n",
         "full-width-bracket"),
        ("- id: a.one\n  topic: usage\n  questions: [怎么泡]\n  answers:\n    - {店名}用热水泡。\n",
         "brace-start"),
        ("- id: a.one\n  topic: usage\n  questions: [怎么泡]\n  answers: [用热水泡，问｛店名｝。]\n",
         "full-width-brace"),
    ],
)  # fmt: skip
def test_slips_of_the_input_method_are_mended_and_told(
    tmp_path: Path, text: str, code: str
) -> None:
    """Full-width marks in the syntax load as meant, with a warning."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": text}))

    entry = only(knowledge)
    assert ("a.one", "usage", "怎么泡") == (entry.id, entry.topic, entry.phrasings[0].text)
    assert "用热水泡" in entry.variants[0].text
    assert code in codes(knowledge)
    assert {"warning"} == {problem.severity for problem in knowledge.problems}


def test_text_lost_behind_a_hash_is_told(tmp_path: Path) -> None:
    """``拨 #1`` ends before the number sign; a spaced comment is a comment."""
    text = GOOD.replace("[用热水泡。]", "\n    - 请拨 #1 转人工  # 说明\n    - 用水泡 # 说明")
    knowledge = load(written(tmp_path, {"replies/a.yaml": text}))

    assert [("hash-cut", 5)] == [(p.code, p.source.line) for p in knowledge.problems]


def test_a_moved_entry_is_the_same_version(tmp_path: Path) -> None:
    """Line, column and file are no part of what is said."""
    here = load(written(tmp_path / "a", {"replies/a.yaml": GOOD}))
    moved = load(written(tmp_path / "b", {"replies/b.yaml": "# 注释\n" + GOOD}))
    other = load(written(tmp_path / "c", {"replies/b.yaml": GOOD.replace("热水", "冷水")}))

    assert only(here).version == only(moved).version
    assert only(here).version != only(other).version


def test_a_text_block_is_left_as_it_is(tmp_path: Path) -> None:
    """Lines below ``|`` may begin with a field name and a full-width colon."""
    text = (
        "- id: a.one\n  topic: usage\n  questions: [怎么泡]\n  answers:\n    - |\n"
        "      问法：先温杯\n      答复：再注水\n  owner：小青\n"
    )
    knowledge = load(written(tmp_path, {"replies/a.yaml": text}))

    entry = only(knowledge)
    assert "问法：先温杯\n答复：再注水" == entry.variants[0].text
    assert "小青" == entry.owner


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (GOOD.encode(), []),
        (b"\xef\xbb\xbf" + GOOD.encode(), []),
        (GOOD.replace("\n", "\r\n").encode(), []),
        (GOOD.encode("gb18030"), ["gb18030"]),
        (GOOD.encode("utf-16"), ["utf16"]),
        (GOOD.replace("热", "\x0b热").encode(), ["control-character"]),
    ],
    ids=["utf-8", "bom", "crlf", "gb18030", "utf-16", "control"],
)
def test_encodings_of_editors_and_excel_are_read(
    tmp_path: Path, raw: bytes, expected: list[str]
) -> None:
    """A file saved by any usual program loads; odd encodings are told."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": raw}))

    assert "a.one" == only(knowledge).id
    assert expected == codes(knowledge)


@pytest.mark.parametrize(
    "raw",
    [GOOD.encode()[:-8] + b"\xe6" + GOOD.encode()[-8:], b"\x00\x01\x02", b"\xff\xfe\x00"],
    ids=["cut-utf-8", "binary", "cut-utf-16"],
)
def test_a_file_that_is_no_text_is_told_and_not_guessed(tmp_path: Path, raw: bytes) -> None:
    """Damaged bytes never become mojibake in a reply."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": raw}))

    assert (["bad-encoding"], ()) == (codes(knowledge), knowledge.entries)


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("  owner: \"小青\n", "bad-yaml.open-quote", (5, 10)),
        ("  chips: [一, 二\n", "bad-yaml.open-bracket", (5, 10)),
        ("  owner: 小青: 值班\n", "bad-yaml.stray-colon", (5, 12)),
        ("\towner: 小青\n", "bad-yaml.tab", (5, 1)),
        ("  owner: @小青\n", "bad-yaml.special-start", (5, 10)),
        ("   owner: 小青\n", "bad-yaml.bad-indent", (5, 4)),
        ("  owner: &a 小青\n", "anchor", (5, 10)),
        ("  owner: *a\n", "anchor", (5, 10)),
        ("  owner: !!python/name:os.system x\n", "tag", (5, 10)),
        ("  ower: 小青\n", "unknown-field-guess", (5, 3)),
        ("  备注: 小青\n", "unknown-field", (5, 3)),
        ("  topic: care\n", "duplicate-key", (5, 3)),
        ("  status: 上架\n", "unknown-status", (5, 11)),
        ("  priority: 很高\n", "bad-number", (5, 13)),
        ("  valid: {from: 去年}\n", "bad-date", (5, 17)),
        ("  valid: {from: 2026-11-12, until: 2026-11-11}\n", "never-valid", (5, 10)),
        ("  needs: [颜色, 口味]\n", "unknown-need", (5, 15)),
        ("  promise: {what: 发货, until: 很快}\n", "bad-span", (5, 12)),
        ("  attribute: 面料\n", "attribute-outside", (5, 3)),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, line: str, code: str, place: tuple[int, int]
) -> None:
    """Each kind of mistake in an entry has its code, line, column, message and hint."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": GOOD + line}))

    found = [p for p in knowledge.problems if p.severity == "error"]
    assert [(code, "replies/a.yaml", *place)] == [
        (p.code, p.source.file, p.source.line, p.source.column) for p in found
    ]
    assert all(problem.message and problem.hint for problem in found)
    assert () == knowledge.entries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- topic: usage\n  answers: [x]\n", "missing-id"),
        ("- id: 泡茶\n  topic: usage\n  answers: [x]\n", "bad-id"),
        ("- id: a\n  answers: [x]\n", "missing-topic"),
        ("- id: a\n  topic: usage\n", "no-answer"),
        ("- id: a\n  topic: usage\n  answers: ['']\n", "empty-variant"),
        ("- id: a\n  topic: usage\n  answers: [{tone: brief}]\n", "empty-variant"),
        ("- id: a\n  topic: usage\n  answers: [[x]]\n", "not-text"),
        ("- id: a\n  topic: usage\n  answers: [" + "茶" * 2001 + "]\n", "too-long"),
        ("id: a\ntopic: usage\n", "not-list"),
        ("- 你好\n", "not-entry"),
        ("- " * 14 + "x\n", "too-deep"),
    ],
)
def test_what_an_entry_must_have(tmp_path: Path, text: str, code: str) -> None:
    """An entry that cannot be used is left out and told."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": text}))

    assert code in codes(knowledge)
    assert () == knowledge.entries


def test_a_draft_may_be_unfinished(tmp_path: Path) -> None:
    """What is not published may lack its answer and topic."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": "- {id: a, status: 草稿}\n"}))

    assert ((), "draft") == (knowledge.problems, only(knowledge).status)


def thousand(broken: bool) -> str:
    """Return 1,000 entries, the 500th with an unclosed quote if ``broken``."""
    items = [
        f"- id: a.{n}\n  topic: usage\n  questions: [问法{n}]\n  answers: [答复{n}]\n"
        for n in range(1000)
    ]
    if broken:
        items[499] = items[499].replace("[答复499]", '["答复499]')
    return "".join(items)


def test_one_broken_line_costs_one_entry_of_a_thousand(tmp_path: Path) -> None:
    """A file with a syntax error is read item by item."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": thousand(broken=True)}))

    assert 999 == len(knowledge.entries)
    assert [("bad-yaml.open-quote", 2000)] == [(p.code, p.source.line) for p in knowledge.problems]


def test_the_last_good_version_of_a_broken_file_keeps_serving(tmp_path: Path) -> None:
    """With a previous reading nothing is lost to a mistake, and mending it brings the new text."""
    folder = written(tmp_path, {"replies/a.yaml": thousand(broken=False)})
    good = load(folder)
    written(folder, {"replies/a.yaml": thousand(broken=True)})

    broken = load(folder, good)
    again = load(folder, broken)
    written(folder, {"replies/a.yaml": GOOD})
    mended = load(folder, again)

    for reading in (broken, again):
        assert good.entries == reading.entries
        assert ("replies/a.yaml",) == reading.stale_files
        assert ["bad-yaml.open-quote"] == codes(reading)
    assert ("a.one", (), ()) == (only(mended).id, mended.stale_files, mended.problems)


def test_a_file_that_was_never_good_serves_what_is_sound_now(tmp_path: Path) -> None:
    """Sound entries added to a file with an old mistake go live."""
    folder = written(tmp_path, {"replies/a.yaml": GOOD + "- id: b\n"})
    first = load(folder)
    written(folder, {"replies/a.yaml": GOOD + "- id: b\n" + GOOD.replace("a.one", "a.two")})

    assert ["a.one", "a.two"] == [entry.id for entry in load(folder, first).entries]


def test_a_broken_store_file_keeps_the_last_facts(tmp_path: Path) -> None:
    """store.yaml is held to the same rule as other files."""
    folder = written(tmp_path, {"replies/a.yaml": GOOD})
    good = load(folder)
    written(folder, {"store.yaml": "id: tea\nname: [\n"})

    broken = load(folder, good)

    assert good.store == broken.store
    assert ("store.yaml",) == broken.stale_files


def test_unchanged_files_are_not_read_again(tmp_path: Path) -> None:
    """The entries of an untouched file are the very objects of the last reading."""
    folder = tea_store(tmp_path)
    first = load(folder)
    with (folder / "replies" / "service.yaml").open("a", encoding="utf-8") as stream:
        stream.write(GOOD)

    second = load(folder, first)

    before, after = by_id(first), by_id(second)
    assert before["system.greet"] is after["system.greet"]
    assert before["usage.brew"] is not after["usage.brew"]
    assert "a.one" in after


def test_a_changed_time_zone_moves_every_date(tmp_path: Path) -> None:
    """Entries of untouched files follow store.yaml."""
    folder = tea_store(tmp_path)
    first = load(folder)
    store = folder / "store.yaml"
    store.write_text(store.read_text(encoding="utf-8").replace("Asia/Shanghai", "UTC"), "utf-8")

    second = load(folder, first)

    assert datetime(2026, 11, 1, tzinfo=UTC) == by_id(second)["gift.autumn"].valid.since


def test_a_deleted_file_takes_its_entries_along(tmp_path: Path) -> None:
    """What is no longer written is no longer said."""
    folder = tea_store(tmp_path)
    first = load(folder)
    (folder / "policies" / "returns.md").unlink()

    assert {"policy.return.opened", "policy.return.freight"} == (
        by_id(first).keys() - by_id(load(folder, first)).keys()
    )


def test_the_second_use_of_an_id_is_told_and_comes_alive_when_the_first_goes(
    tmp_path: Path,
) -> None:
    """A duplicate is an error at its own line; it is not forgotten while its file is untouched."""
    folder = written(tmp_path, {"replies/a.yaml": GOOD, "replies/b.yaml": GOOD})
    both = load(folder)
    (folder / "replies" / "a.yaml").unlink()

    one = load(folder, both)

    assert [("duplicate-id", "replies/b.yaml", 1)] == [
        (p.code, p.source.file, p.source.line) for p in both.problems
    ]
    assert ("replies/b.yaml", ()) == (only(one).source.file, one.problems)


def test_links_that_lead_outside_are_not_followed(tmp_path: Path) -> None:
    """A link in the folder cannot bring in files from elsewhere."""
    outside = tmp_path / "secret.yaml"
    outside.write_text(GOOD, "utf-8")
    folder = written(tmp_path / "store", {"replies/b.yaml": GOOD})
    (folder / "replies" / "a.yaml").symlink_to(outside)

    knowledge = load(folder)

    assert ["outside-folder"] == codes(knowledge)
    assert "replies/b.yaml" == only(knowledge).source.file


def test_a_missing_folder_is_an_error_of_its_own(tmp_path: Path) -> None:
    """There is nothing to read and nothing to tell about."""
    with pytest.raises(KnowledgeMissing, match="is not a knowledge folder"):
        load(tmp_path / "nowhere")


def test_a_folder_without_store_file_still_loads(tmp_path: Path) -> None:
    """The missing store.yaml is one problem among others."""
    folder = written(tmp_path, {"replies/a.yaml": GOOD})
    (folder / "store.yaml").unlink()

    assert ["missing-file"] == codes(load(folder))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    """A file without read permission does not stop the others."""
    folder = written(tmp_path, {"replies/a.yaml": GOOD, "replies/b.yaml": "x"})
    (folder / "replies" / "b.yaml").chmod(0)

    assert ["unreadable"] == codes(load(folder))


def test_a_file_in_place_of_a_directory_entry_is_told(tmp_path: Path) -> None:
    """A link to nowhere is unreadable, not a crash."""
    folder = written(tmp_path, {"replies/a.yaml": GOOD})
    (folder / "replies" / "b.yaml").symlink_to(folder / "replies" / "gone.yaml")

    assert ["unreadable"] == codes(load(folder))


def test_files_that_do_not_belong_are_told(tmp_path: Path) -> None:
    """Windows hides endings: a.yaml.txt would otherwise be missed in silence."""
    folder = written(tmp_path, {"replies/a.yaml": GOOD, "replies/b.yaml.txt": GOOD})
    written(folder, {"replies/.a.yaml.swp": "x", "replies/~$a.yaml": "x"})

    assert ["stray-file"] == codes(load(folder))


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    """Reading stays bounded."""
    folder = written(tmp_path, {"replies/a.yaml": b"#" * (5 * 1024 * 1024 + 1)})

    assert ["file-too-large"] == codes(load(folder))


def test_the_stores_own_topics_join_the_given_ones(tmp_path: Path) -> None:
    """topics.yaml adds topics and their actions; the given ones stay as they are."""
    topics = "tasting: {zh: 品鉴会, stage: 售前, kind: answer}\nusage: {zh: 别的}\n"
    knowledge = load(written(tmp_path, {"topics.yaml": topics}))

    assert ("品鉴会", "presale") == (
        knowledge.topics["tasting"].zh,
        knowledge.topics["tasting"].stage,
    )
    assert 70 == len(knowledge.topics)
    assert ["topic-redefined"] == codes(knowledge)


TEXTS = st.text(
    st.sampled_from("- :：\n\t #'\"[]{},，|>&*!?%@`\\～　id答复topic问法a多久发货0{}")
    | st.characters(),
    max_size=200,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=TEXTS, name=st.sampled_from(
    ["replies/a.yaml", "products/templates.yaml", "policies/a.md", "products/a.csv",
     "products/stock.csv", "products/compare.csv", "products/sizes/a.csv", "words/banned.csv",
     "words/synonyms.txt", "words/lexicon.txt", "topics.yaml", "store.yaml"]
))  # fmt: skip
def test_nothing_that_staff_write_makes_reading_raise(tmp_path: Path, text: str, name: str) -> None:
    """Any text in any file gives knowledge with problems at lines that exist."""
    raw = text.encode("utf-8", "surrogatepass")
    folder = written(tmp_path, {name: raw})

    knowledge = load(folder)
    written(folder, {name: ""})

    lines = text.count("\n") + text.count("\r") + 2
    assert all(1 <= problem.source.line <= lines for problem in knowledge.problems)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.binary(max_size=300))
def test_no_bytes_make_reading_raise(tmp_path: Path, raw: bytes) -> None:
    """Any bytes in a reply file give knowledge with problems."""
    knowledge = load(written(tmp_path, {"replies/a.yaml": raw}))

    assert all(problem.message for problem in knowledge.problems)
