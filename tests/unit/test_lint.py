"""`kb check`: every problem at once, with its place and what to do about it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import process_time

import pytest
from rich.console import Console

from shopbot.kb import lint_media, lint_phrasings
from shopbot.kb.check import CheckReport, check
from shopbot.kb.entry import BannedWord, Entry, Phrasing, Source, Variant
from shopbot.kb.lint import lint
from shopbot.kb.lint_texts import BannedFinder
from shopbot.kb.loader import load
from tests.kb_store import NOW, TEA_STORE, codes, tea_store, written

BASE = "- id: {id}\n  topic: usage\n  questions: [{id}怎么泡, {id}泡多久, {id}几度水]\n  answers: [热水泡。]\n"
QUIET = {"missing-system", "no-banned-words"}
"""What a folder of one entry is told besides."""


def told(folder: Path, text: str, **files: str) -> list[tuple[str, str, int, int]]:
    """Return severity, code, line and column of the problems of one reply file."""
    named = {name.replace("__", "/").replace("_", "."): value for name, value in files.items()}
    knowledge = load(written(folder, {"replies/a.yaml": text, **named}))
    found = lint(knowledge, folder, at=NOW)
    return [
        (p.severity, p.code, p.source.line, p.source.column) for p in found if p.code not in QUIET
    ]


def entry(**lines: str) -> str:
    """Return a sound entry with further lines."""
    return BASE.format(id="a") + "".join(f"  {name}: {value}\n" for name, value in lines.items())


def test_a_sound_store_is_told_only_what_is_worth_a_look() -> None:
    """The tea shop has warnings for its blank fact, its past event and a lone heading."""
    found = lint(load(TEA_STORE), TEA_STORE, at=NOW)

    assert ["few-phrasings", "expired", "blank-fact"] == codes(found)
    assert {"warning"} == {problem.severity for problem in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (entry(), []),
        (entry().replace("usage", "usge"), [("error", "unknown-topic-guess", 2, 10)]),
        (entry().replace("usage", "怎么用"), [("error", "unknown-topic-guess", 2, 10)]),
        (entry().replace("usage", "zzzzzz"), [("error", "unknown-topic", 2, 10)]),
        (entry(action="order.fly"), [("error", "unknown-action", 5, 11)]),
        (entry(action="order.track"), [("error", "action-without-topic", 5, 11)]),
        (entry(action="order.track").replace("usage", "urge-shipping"),
         [("error", "action-of-other-topic", 5, 11)]),
        (entry(needs="[order]"), [("error", "needs-without-ask", 5, 10)]),
        (entry(valid="{until: 2026-11-21}"), [("warning", "expired", 5, 10)]),
        (entry(valid="{until: 2026-11-22}"), []),
        (entry(scope="{products: [A-1]}"), [("error", "unknown-product", 5, 10)]),
        (entry(scope="{categories: [茶]}"), [("error", "unknown-category", 5, 10)]),
        (entry(attachments="[media/a.png]"), [("error", "attachment-missing", 5, 17)]),
        (entry(attachments='["../../x"]'), [("error", "attachment-outside", 5, 17)]),
        (entry(attachments="[/etc/passwd]"), [("error", "attachment-outside", 5, 17)]),
        (entry(ask='"{电话}多少"'), [("warning", "blank-fact", 5, 8)]),
        (entry(ask='"{电活}多少"'), [("error", "missing-variable-guess", 5, 8)]),
        (entry(ask='"{天气}好"'), [("error", "missing-variable", 5, 8)]),
        (entry(ask='"{价格}好"'), [("error", "variable-needs-product", 5, 8)]),
        (entry(ask='"{7*7}"'), [("error", "bad-variable", 5, 8)]),
        (entry(ask='"{{店名}}"'), [("error", "bad-variable", 5, 8)]),
        (entry().replace("[a怎么泡, a泡多久, a几度水]", "[怎么泡, 泡多久]"),
         [("warning", "few-phrasings", 3, 14)]),
        (entry().replace("[a怎么泡, a泡多久, a几度水]", "[]"), [("error", "no-phrasing", 1, 3)]),
        (entry().replace("a怎么泡", "“？！”"), [("error", "empty-phrasing", 3, 15)]),
        (entry().replace("a怎么泡", "a泡多久？"), [("warning", "repeated-phrasing", 3, 22)]),
        (entry().replace("a怎么泡", '"{订单号}怎么泡"'), []),
        (entry().replace("a怎么泡", '"{7*7}"'), [("warning", "brace-in-question", 3, 15)]),
        (entry().replace("[热水泡。]", "[{text: 热水泡, when: in}]"), [("error", "when-outside", 4, 20)]),
        ("- {id: system.greeting, answers: [您好。]}\n", [("warning", "unknown-system", 1, 8)]),
        ("- {id: system.bye, questions: [再见], answers: [再见。]}\n",
         [("warning", "system-with-questions", 1, 31)]),
        (entry(status="draft", action="order.fly"), []),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_place(
    tmp_path: Path, text: str, expected: list[tuple[str, str, int, int]]
) -> None:
    """Severity, code, line and column of each mistake, and nothing else."""
    assert expected == told(tmp_path, text)


def test_required_system_phrases_are_missed(tmp_path: Path) -> None:
    """Each of the nine is an error of its own."""
    found = lint(load(written(tmp_path, {})), at=NOW)

    assert 9 == codes(found).count("missing-system")


SECOND = "- id: b\n  topic: care\n  questions: [{0}, 茶渣怎么处理, 茶具怎么洗]\n  answers: [用清水洗。]\n"


@pytest.mark.parametrize(
    ("one", "other", "extra", "code"),
    [
        ("多久发货", "多久发货", "", "same-phrasing"),
        ("多久发货", "多久发货？！", "", "same-phrasing"),
        ("ＡＢ多久发", "ab 多久发", "", "same-phrasing"),
        ("多久发货", "请问多久发货呀", "", "near-phrasing"),
        ("怎么申请退货", "退货怎么申请", "", "near-phrasing"),
        ("衣服上有破洞怎么办", "衣服上破洞怎么办", "", "near-phrasing"),
        ("今天下单几天发或呢", "今天下单几天发货呢", "", "near-phrasing"),
        ("收到货后怎么申请退货", "收到货后怎么申请换货", "", None),
        ("优惠券可以用了吗", "优惠券不可以用了吗", "", None),
        ("多久发货", "多久到货", "", None),
        ("多久发货", "多久发货", "  scope: {channels: [jd]}\n", "special-phrasing"),
        ("多久发货", "多久发货", "  priority: 2\n", "special-phrasing"),
        ("多久发货", "多久发货", "  valid: {from: 2026-12-08}\n", "special-phrasing"),
        ("多久发货", "多久发货", "  status: retired\n", None),
    ],
)
def test_the_same_question_in_two_entries_is_told(
    tmp_path: Path, one: str, other: str, extra: str, code: str | None
) -> None:
    """Equal is an error, nearly equal a warning, two different questions neither."""
    text = entry().replace("a怎么泡", one) + SECOND.format(other) + extra

    found = told(tmp_path, text)

    place = (7, 15)
    severity = "error" if code == "same-phrasing" else "warning"
    assert ([] if code is None else [(severity, code, *place)]) == found


def test_entries_that_never_meet_may_share_a_question(tmp_path: Path) -> None:
    """Different channels or windows one after the other are no contradiction."""
    one = entry(scope="{channels: [jd]}").replace("a怎么泡", "多久发货")
    other = SECOND.format("多久发货") + "  scope: {channels: [pdd]}\n"

    assert [] == told(tmp_path, one + other)


def test_ten_thousand_phrasings_are_compared_in_seconds() -> None:
    """Near duplicates are found through blocks, not by comparing all pairs."""
    chance = random.Random(7)  # noqa: S311
    letters = (
        "多久发货快递退换运费尺码颜色材质洗衣服鞋背包帐篷睡袋优惠券价格便宜点怎么申请我的订单到哪了"
    )
    entries = [
        Entry(
            id=f"e{number}",
            topic="usage",
            source=Source(file="a.yaml", line=number + 1),
            phrasings=tuple(
                Phrasing(text="".join(chance.choices(letters, k=chance.randint(4, 20))), line=1)
                for _ in range(8)
            ),
            variants=(Variant(text="x", line=1),),
        )
        for number in range(1250)
    ]
    knowledge = load(TEA_STORE)
    object.__setattr__(knowledge, "entries", tuple(entries))
    start = process_time()

    found = list(lint_phrasings.lint(knowledge))

    assert process_time() - start < 3
    assert {"near-phrasing", "same-phrasing"} >= {problem.code for problem in found}


WORDS = [
    BannedWord(kind="含糊", word="大概", hint="写清数字", allowed=("大概率",), source=Source(file="b", line=2)),
    BannedWord(kind="绝对化", word="第一", hint="", allowed=("第一时间", "第一次"),
               source=Source(file="b", line=3)),
    BannedWord(kind="绝对化", word="100%", hint="", allowed=("100%聚酯",), source=Source(file="b", line=4)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("大概三天到", ["大概"]),
        ("大概率三天到", []),
        ("大概率三天，大概", ["大概"]),
        ("第一时间回复", []),
        ("全国第一，第一时间回复", ["第一"]),
        ("１００％满意", ["100%"]),
        ("100%聚酯纤维", []),
        ("大 概", []),
    ],
)
def test_banned_words_are_found_outside_their_exceptions(text: str, found: list[str]) -> None:
    """A word inside one of its own exceptions is fine; full-width forms are the same word."""
    assert found == [word.word for word, _ in BannedFinder(WORDS).find(text)]


def test_banned_words_are_errors_by_kind(tmp_path: Path) -> None:
    """Answers, questions of the bot, product sheets and store facts are looked at; drafts not."""
    folder = tea_store(tmp_path)
    written_to = {
        "replies/x.yaml": BASE.format(id="a").replace("热水泡。", "大概三分钟，保证香。")
        + BASE.format(id="b").replace("热水泡。", "最好的茶。").replace("- id: b", "- status: draft\n  id: b"),
        "products/x.csv": "款号,商品名,产地\nX-1,茶,全国最好\n",
    }  # fmt: skip
    for name, text in written_to.items():
        (folder / name).write_text(text, "utf-8")

    found = [p for p in lint(load(folder), folder, at=NOW) if p.severity == "error"]

    assert [
        ("absolute-claim", "products/x.csv", 2),
        ("absolute-promise", "replies/x.yaml", 4),
        ("vague-word", "replies/x.yaml", 4),
    ] == [(p.code, p.source.file, p.source.line) for p in found]
    assert "写清数字" == found[2].hint


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("products/templates.yaml", "attribute: 产地", "attribute: 产地方", "unknown-attribute"),
        ("products/templates.yaml", "when: low", "when: fit", "when-of-other"),
        ("products/templates.yaml", '    - {text: "{商品名}有：{可选}。", when: partial}\n', "", "missing-when"),
        ("products/tea.csv", ",shirt,", ",coat,", "missing-size-table"),
        ("products/tea.csv", "布衣|", "龙井|", "same-product-name"),
        ("products/stock.csv", "QS-LC-02,,50g", "QS-LC-99,,50g", "stock-of-unknown"),
        ("products/stock.csv", "QS-QP-03,墨黑,M", "QS-QP-03,墨黑,S", "stock-twice"),
        ("products/stock.csv", "QS-QP-03,墨黑,M", "QS-QP-03,紫,M", "stock-colour"),
        ("products/stock.csv", "QS-QP-03,墨黑,M", "QS-QP-03,墨黑,9XL", "stock-size"),
        ("products/compare.csv", "QS-LC-02", "QS-LC-99", "compare-unknown"),
        ("words/banned.csv", "承诺,", "许诺,", "unknown-kind-of-word"),
    ],
)  # fmt: skip
def test_references_between_sheets_are_checked(
    tmp_path: Path, name: str, old: str, new: str, code: str
) -> None:
    """What one sheet names must stand in the other."""
    folder = tea_store(tmp_path)
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")

    assert code in codes(lint(load(folder), folder, at=NOW))


def test_a_picture_that_a_template_names_must_exist_for_every_table(tmp_path: Path) -> None:
    """The path with {尺码表} is looked up for each table in use."""
    folder = tea_store(tmp_path)
    (folder / "media" / "size-shirt.png").unlink()

    found = [p for p in lint(load(folder), folder, at=NOW) if p.code == "attachment-missing"]

    assert ["products/templates.yaml"] == [problem.source.file for problem in found]
    assert "media/size-shirt.png" in found[0].message


@pytest.mark.parametrize(
    "path",
    ["../../x", "/etc/passwd", "media/../store.yaml", "media\\..\\x", "x.png", "", "media/a\x00"],
)
def test_no_attachment_leaves_the_media_folder(path: str) -> None:
    """Dots, absolute paths, backslashes and other folders are refused."""
    assert lint_media.allowed(path, TEA_STORE) is None


def test_a_link_in_media_that_leads_outside_is_refused(tmp_path: Path) -> None:
    """The real path counts."""
    folder = tea_store(tmp_path)
    (tmp_path / "secret.png").write_bytes(b"x")
    (folder / "media" / "a.png").symlink_to(tmp_path / "secret.png")

    assert lint_media.allowed("media/a.png", folder) is None
    assert lint_media.allowed("media/size-shirt.png", folder) is not None


@dataclass(frozen=True)
class _Table:
    """A search that answers from a table."""

    table: Mapping[str, Sequence[str]]
    without: Mapping[str, Sequence[str]]
    stray: Mapping[str, str]

    def best(self, text: str) -> Sequence[str]:
        """What the table has."""
        return self.table.get(text, [])

    def left_out(self, text: str) -> Sequence[str]:
        """What the table has."""
        return self.without.get(text, [])

    def strays_to(self, text: str) -> str:
        """What the table has."""
        return self.stray.get(text, "")


def searching(
    *astray: str, alone: Sequence[str] = (), **answers: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Check the tea shop with a search that finds every phrasing's own entry but for ``answers``,
    and for ``alone`` when they are left out.
    """
    knowledge = load(TEA_STORE)
    own = {p.text: [e.id] for e in knowledge.entries for p in e.phrasings}
    without = {**own, **dict.fromkeys(alone, ("usage.brew",))}
    search = _Table({**own, **answers}, without, dict.fromkeys(astray, "usage.brew"))
    found = lint(knowledge, at=NOW, search=search)
    codes = ("unreachable", "hard-to-reach", "lost-phrasing", "dead-chip")
    kept = [p for p in found if p.code in codes]
    return [p.code for p in kept], [p.severity for p in kept]


def test_retrieval_tells_of_entries_out_of_reach_and_dead_chips() -> None:
    """None of its phrasings first = unreachable, none first when left out = hard to reach; one
    astray = warning; a chip needs a live entry.
    """
    away = ["usage.brew", "x", "y"]
    own = ("多久发货", "今天拍今天能发吗", "几天发出")
    every = dict.fromkeys(own, away)

    assert (["dead-chip"], ["error"]) == searching()
    assert ([], []) == searching(怎么存放=["usage.brew"])
    assert (["dead-chip"], ["error"]) == searching(怎么存放=["gift.autumn"])
    assert ([], []) == searching(怎么存放=["usage.brew"], 多久发货=away)
    assert (["lost-phrasing"], ["warning"]) == searching("几天发出", 怎么存放=["usage.brew"])
    assert ["unreachable"] == searching(怎么存放=["usage.brew"], **every)[0]
    assert ([], []) == searching(alone=own[:2], 怎么存放=["usage.brew"])
    assert (["hard-to-reach"], ["warning"]) == searching(alone=own, 怎么存放=["usage.brew"])
    assert ([], []) == searching(怎么存放=["gift.autumn", "usage.brew"])


def test_topics_are_ready_when_something_can_be_said_at_the_date() -> None:
    """Blank facts, past windows and drafts do not make a topic ready."""
    now = check(TEA_STORE, at=NOW)
    earlier = check(TEA_STORE, at=datetime(2026, 11, 5, tzinfo=UTC))

    missing = {topic.id for topic in now.topics.missing}
    assert (11, 69, 12) == (now.ready, now.total, earlier.ready)
    assert {"gift", "physical-store"} <= missing
    assert "order-status" not in missing


def test_what_else_is_wrong_with_a_broken_entry_is_told_with_it(tmp_path: Path) -> None:
    """Unknown field, duplicate id: one round of mending, not one for each layer of checks."""
    folder = tea_store(tmp_path)
    (folder / "replies" / "x.yaml").write_text(
        "- id: x\n  topic: gift\n  qustions: [送茶具吗]\n  answers: [大概有的]\n"
        "  action: order.fly\n  attachments: [../x.png]\n"
        "- id: x\n  topic: gifts\n  questions: [送茶具吗]\n  answers: ['{没有的}']\n"
        "- id: x\n  topic: gift\n  questions: [送杯子吗]\n  answers: [送]\n  needs: [order]\n",
        encoding="utf-8",
    )
    found = [p for p in check(folder, at=NOW).problems if p.source.file == "replies/x.yaml"]
    told = [(p.code, p.source.line) for p in found if p.severity == "error"]

    assert [
        ("unknown-field-guess", 3), ("vague-word", 4), ("unknown-action", 5),
        ("attachment-outside", 6), ("unknown-topic-guess", 8), ("missing-variable", 10),
        ("duplicate-id", 11), ("needs-without-ask", 15),
    ] == told  # fmt: skip


def render(report: CheckReport) -> str:
    """Return the report as a terminal shows it."""
    stream = StringIO()
    report.render(Console(file=stream, width=200, color_system=None))
    return stream.getvalue()


def test_the_report_is_one_for_people_and_one_for_programs(tmp_path: Path) -> None:
    """Same problems: lines by file in Chinese, and JSON with stable names; exit 1 on errors."""
    folder = tea_store(tmp_path)
    (folder / "replies" / "x.yaml").write_text("- id: x\n  topic: usage\n", "utf-8")
    report = check(folder, at=NOW)

    plain = json.loads(json.dumps(report.as_dict()))
    shown = render(report)

    assert (1, 1, 3, False) == (report.exit_code, plain["errors"], plain["warnings"], plain["ok"])
    assert {"ready": 11, "total": 69} == {k: plain["topics"][k] for k in ("ready", "total")}
    assert 58 == len(plain["topics"]["missing"])
    assert {
        "code": "no-answer", "severity": "error", "file": "replies/x.yaml", "line": 1, "column": 3,
        "message": "“x”没有答复。", "hint": report.problems[-1].hint,
    } == plain["problems"][-1]  # fmt: skip
    assert "replies/x.yaml:1:3 错误 “x”没有答复。" in shown
    assert "69 个话题里有 11 个就绪。" in shown


def test_warnings_alone_exit_zero() -> None:
    """Warnings do not fail a pipeline."""
    assert 0 == check(TEA_STORE, at=NOW).exit_code


def test_another_date_is_previewed() -> None:
    """What is expired depends on the date asked for."""
    assert "expired" not in codes(check(TEA_STORE, at=datetime(2026, 11, 5, tzinfo=UTC)).problems)
