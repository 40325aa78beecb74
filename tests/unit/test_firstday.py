"""A shop's own sheets: read as they come, kept as drafts, nothing made up."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from shopbot.kb import firstday
from shopbot.kb.firstday import FirstDay, UnknownTopic, import_sheet
from shopbot.kb.firstday_read import Pair, pairs, read_table
from shopbot.kb.initial import lay_down
from shopbot.kb.loader import load
from shopbot.kb.storefile import base_topics
from shopbot.kb.topic_guess import TopicGuesser, neutral
from shopbot.kb.topic_similar import Nearness
from shopbot.kb.workbook_read import BookRefused
from tests.kb_store import NOW, written
from tests.simulators.embedder import SeededEmbedder

EMPTY_STORE = {"replies/empty.yaml": ""}


@pytest.fixture(autouse=True)
def without_the_demo_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guess by the shipped sentences alone: reading the demo store's takes seconds."""
    monkeypatch.setattr(firstday, "_examples", lambda: ())


def read(folder: Path, name: str, content: str | bytes) -> list[Pair]:
    """Return the pairs of a file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return pairs(read_table(path))


def taken(folder: Path, told: list[Pair], **how: object) -> FirstDay:
    """Import the pairs into the store."""
    return import_sheet(folder, told, name="老话术", now=NOW, **how)  # type: ignore[arg-type]


SHEETS = [
    ("header", "a.csv", "问题,答案\n多久发货|几天发,48小时\n", [(("多久发货", "几天发"), ("48小时",), "")]),
    ("other-words", "a.csv", "序号,客户问,客服回复\n1,多久发货,48小时\n", [(("多久发货",), ("48小时",), "")]),
    ("english", "a.csv", "Q,A\n多久发货,48小时\n", [(("多久发货",), ("48小时",), "")]),
    ("title-above", "a.csv", "某店常见问题\n\n问法,回复\n多久发货,48小时\n", [(("多久发货",), ("48小时",), "")]),
    ("no-header", "a.csv", "多久发货？,亲，48小时内发出\n能便宜吗,亲，活动价了\n",
     [(("多久发货？",), ("亲，48小时内发出",), ""), (("能便宜吗",), ("亲，活动价了",), "")]),
    ("similar-columns", "a.csv", "标准问,相似问1,相似问2,答案\n多久发货,几天发,啥时发,48小时\n",
     [(("多久发货", "几天发", "啥时发"), ("48小时",), "")]),
    ("lines-in-cell", "a.csv", '问题,答案\n"多久发货\n几天发",48小时\n', [(("多久发货", "几天发"), ("48小时",), "")]),
    ("semicolon", "a.csv", "问题;答案\n多久发货;48小时\n", [(("多久发货",), ("48小时",), "")]),
    ("phrases", "a.txt", "亲，有货的\n\n亲，不议价哦\n", [((), ("亲，有货的",), ""), ((), ("亲，不议价哦",), "")]),
    ("grouped", "a.csv", "售前,亲，有货的可以拍\n售前,亲，不议价哦\n售后,亲，拍照给我看看\n",
     [((), ("亲，有货的可以拍",), "售前"), ((), ("亲，不议价哦",), "售前"), ((), ("亲，拍照给我看看",), "售后")]),
    ("qianniu", "a.csv", "快捷编码,分组,快捷短语\n1,发货,亲，48小时内发\n", [((), ("亲，48小时内发",), "发货")]),
    ("qianniu-bare", "a.csv", "fh1,发货,亲，我们48小时内发\nfh2,发货,亲，发圆通快递\nth,售后,亲，支持七天无理由\n",
     [((), ("亲，我们48小时内发",), "发货"), ((), ("亲，发圆通快递",), "发货"), ((), ("亲，支持七天无理由",), "售后")]),
    ("dialogue", "a.txt", "问：多久发货\n答：48小时内\n感谢支持\n\nQ: 包邮吗\nA: 满99包邮\n",
     [(("多久发货",), ("48小时内\n感谢支持",), ""), (("包邮吗",), ("满99包邮",), "")]),
    ("tabs", "a.txt", "多久发货\t48小时内发出\n包邮吗\t满99包邮\n",
     [(("多久发货",), ("48小时内发出",), ""), (("包邮吗",), ("满99包邮",), "")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "wanted"), [row[1:] for row in SHEETS], ids=[row[0] for row in SHEETS]
)
def test_sheets_as_they_come(tmp_path: Path, name: str, content: str, wanted: list[object]) -> None:
    """Columns are known by their headers, else by what stands in them."""
    found = read(tmp_path, name, content)

    assert wanted == [(p.questions, p.answers, p.group) for p in found]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    """Exports of old tools come in GBK."""
    found = read(tmp_path, "a.csv", "问题,答案\n多久发货,48小时\n".encode(encoding))

    assert [("多久发货",)] == [p.questions for p in found]


def test_an_excel_sheet_is_read(tmp_path: Path) -> None:
    """The same from xlsx, with row numbers as Excel shows them."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["问题", "答案"])
    book.worksheets[0].append([])
    book.worksheets[0].append(["多久发货", 48])
    book.save(tmp_path / "a.xlsx")

    assert [(("多久发货",), ("48",), 3)] == [
        (p.questions, p.answers, p.row) for p in pairs(read_table(tmp_path / "a.xlsx"))
    ]


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "none.csv", "bad.csv"])
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    """What is no table is told, not guessed at."""
    if name != "none.csv":
        (tmp_path / name).write_bytes(b"\xff\x00\x81\x00\x00")
    with pytest.raises(BookRefused):
        read_table(tmp_path / name)


def test_rows_become_drafts_with_a_guess(tmp_path: Path) -> None:
    """Each row is a draft entry with its own words, a topic and how sure that is."""
    store = written(tmp_path / "store", EMPTY_STORE)
    told = [
        Pair(questions=("多久能发货", "啥时候发"), answers=("亲，48小时内发。",), group="", row=2),
        Pair(questions=("能开发票不",), answers=("可以开电子发票。",), group="", row=3),
    ]
    done = taken(store, told)
    found = {entry.id: entry for entry in load(store).entries}

    assert ["shipping-time", "invoice"] == [row.topic for row in done.rows]
    assert all(row.confidence > 0.5 for row in done.rows)
    assert "replies/imported/2026-11-22-老话术.yaml" == done.file
    assert {"draft"} == {entry.status for entry in found.values()}
    first = found[done.rows[0].id]
    assert ("多久能发货", "啥时候发") == tuple(p.text for p in first.phrasings)
    assert ("亲，48小时内发。",) == tuple(v.text for v in first.variants)


def test_answers_alone_get_no_made_up_phrasings(tmp_path: Path) -> None:
    """Neutral phrasings are offered as comments, marked as not the shop's own."""
    store = written(tmp_path / "store", EMPTY_STORE)
    done = taken(
        store, [Pair(questions=(), answers=("亲，可以开电子发票的。",), group="发票", row=1)]
    )
    entry = load(store).entries[0]
    text = (store / done.file).read_text(encoding="utf-8")

    assert () == entry.phrasings
    assert "invoice" == entry.topic
    assert "仅供参考" in text
    assert any(f"# - {phrasing}\n" in text for phrasing in neutral()["invoice"])


def test_what_is_there_is_not_written_twice(tmp_path: Path) -> None:
    """A known phrasing is left out and its place told; the same sheet again adds nothing."""
    store = tmp_path / "store"
    lay_down(store)
    told = [Pair(questions=("多久发货", "货几时走"), answers=("亲，两天内发。",), group="", row=2)]
    first, again = taken(store, told), taken(store, told)

    assert 1 == first.rows[0].questions
    assert "shipping-time.default" in first.rows[0].notes[0]
    assert "说不出去" in first.rows[0].notes[0]
    assert "换进那一条" in first.rows[0].notes[0]
    assert (["skipped"], "") == ([row.status for row in again.rows], again.file)


def test_a_row_that_asks_nothing_new_is_not_to_be_worded_anew(tmp_path: Path) -> None:
    """Its answer belongs where the question stands; new phrasings would make a second entry of it."""
    store = tmp_path / "store"
    lay_down(store)
    told = [Pair(questions=("多久发货",), answers=("亲，两天内发。",), group="", row=2)]
    text = (store / taken(store, told).file).read_text(encoding="utf-8")

    assert "换进上面那一条" in text
    assert "请写上顾客真会打的话" not in text


def test_faults_are_told_by_row(tmp_path: Path) -> None:
    """A question without an answer and a novel are errors; the rest goes in."""
    store = written(tmp_path / "store", EMPTY_STORE)
    told = [
        Pair(questions=("你好",), answers=(), group="", row=2),
        Pair(questions=("你好",), answers=("长" * 2001,), group="", row=3),
        Pair(questions=("在吗",), answers=("在的{店名}",), group="", row=4),
    ]
    done = taken(store, told)

    assert ["error", "error", "drafted"] == [row.status for row in done.rows]
    assert any("大括号" in note for note in done.rows[2].notes)
    assert 1 == done.exit_code


def test_a_given_topic_is_taken_and_a_wrong_one_refused(tmp_path: Path) -> None:
    """--topic sets all rows; a topic that does not exist is an error before anything is written."""
    store = written(tmp_path / "store", EMPTY_STORE)
    told = [Pair(questions=("多久发货",), answers=("快",), group="", row=2)]

    assert ["courier"] == [
        row.topic for row in taken(store, told, topic="courier", dry_run=True).rows
    ]
    with pytest.raises(UnknownTopic):
        taken(store, told, topic="no-such")
    assert not (store / "replies/imported").exists()


def test_an_embedder_may_have_a_say() -> None:
    """The hook's opinion moves the guess."""
    shy = TopicGuesser(base_topics())
    bold = TopicGuesser(
        base_topics(),
        similar=lambda asked, known: [
            [1.0 if text == "几天能到" else 0.0 for text in known] for _ in asked
        ],
    )

    assert "delivery-time" != shy.guess(["zzz"]).topic
    assert "delivery-time" == bold.guess(["zzz"]).topic


def test_neutral_phrasings_find_their_own_topic() -> None:
    """What the guesser is made of, it recognises: nearly always the right topic."""
    guesser = TopicGuesser(base_topics())
    asked = [(topic, text) for topic, texts in neutral().items() for text in texts]
    right = sum(1 for topic, text in asked if guesser.guess([text]).topic == topic)

    assert right / len(asked) > 0.95


def test_an_embedder_is_asked_once_a_text_and_only_when_needed() -> None:
    """Known sentences are embedded once, none before the first guess; equal ones are wholly near."""
    embedder = SeededEmbedder()
    made: list[SeededEmbedder] = []

    def make() -> SeededEmbedder:
        made.append(embedder)
        return embedder

    near = Nearness(make)

    assert [] == made
    (row,) = near(["多久发货"], ["多久发货", "能开发票吗"])
    near(["多久发货"], ["多久发货", "能开发票吗"])
    assert [1.0, 0.0] == pytest.approx(row, abs=1e-3)
    assert ([embedder], ["多久发货", "能开发票吗"]) == (made, embedder.encoded)
