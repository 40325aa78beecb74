"""What is suggested for a message, over a small real folder and an embedder without a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shopbot.kb.analysis import Question
from shopbot.kb.answering import Answerer
from shopbot.kb.checking import Searcher
from shopbot.kb.entry import Entry, Validity
from shopbot.kb.fitting import fitted
from shopbot.kb.focus import Turn
from shopbot.kb.fusion import Ranked
from shopbot.kb.generation import build
from shopbot.kb.loader import load
from shopbot.kb.retrieval import Retriever
from shopbot.kb.suggestion import Answer, Query
from tests.kb_store import NOW, TEA_STORE, tea_store
from tests.simulators.catalogue import entry, knowledge
from tests.simulators.embedder import SeededEmbedder

Ask = Callable[..., Answer]

FESTIVAL, FESTIVE = datetime(2027, 2, 1, tzinfo=UTC), "什么时候发货"


def _asking(folder: Path, cache: Path) -> Ask:
    embedder = SeededEmbedder()
    answerer = Answerer(build(load(folder), embedder, cache), embedder)
    return lambda text, **more: answerer.answer(Query(text=text, at=NOW, **more))


@pytest.fixture(scope="module")
def ask(word_cache: Path) -> Ask:
    """Ask the tea shop."""
    return _asking(TEA_STORE, word_cache)


@pytest.mark.parametrize(
    ("text", "entry"),
    [("？", "system.unclear"), ("?!…", "system.unclear"), ("。。。", "system.unclear"),
     ("😀", "system.emoji"), ("[微笑]", "system.emoji")],
)  # fmt: skip
def test_a_message_without_a_word_gets_its_line(ask: Ask, text: str, entry: str) -> None:
    """A lone mark is a question that did not come through, a lone smiley a smiley."""
    part = ask(text).parts[0]

    assert [entry] == [suggestion.entry for suggestion in part.suggestions]
    assert "choose" == part.band


def test_a_store_without_that_line_takes_the_smiley_one(tmp_path: Path, word_cache: Path) -> None:
    """Stores that were set up before need not be changed."""
    folder = tea_store(tmp_path)
    system = folder / "replies" / "system.yaml"
    lines = system.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "system.unclear" not in line]
    system.write_text("".join(kept), encoding="utf-8")
    asking = _asking(folder, word_cache)

    assert ["system.emoji"] == [one.entry for one in asking("？").parts[0].suggestions]


def test_nothing_at_all_gets_nothing(ask: Ask) -> None:
    """An empty message has no reply to suggest."""
    assert ((), "unknown") == (ask("").parts[0].suggestions, ask("").parts[0].band)


def test_words_in_common_were_said_by_both(tmp_path: Path, word_cache: Path) -> None:
    """Colours and sizes are compared as examples, but an example that was not said is no word."""
    folder = tea_store(tmp_path)
    templates = folder / "products" / "templates.yaml"
    text = templates.read_text(encoding="utf-8").replace("[有货吗, ", "[白色S码剩多少, 有货吗, ")
    templates.write_text(text, encoding="utf-8")
    asking = _asking(folder, word_cache)
    other, same = (
        asking(f"茶人衫{colour}M码剩多少").parts[0].suggestions[0] for colour in ("墨黑", "白色")
    )

    assert ("白色S码剩多少", "白色S码剩多少") == (other.phrasing, same.phrasing)
    assert {"码", "剩", "多少"} == set(other.words) == set(same.words)


ENDS = ["", "吗", "啊我想知道", "，急", "麻烦看看", "告诉我一下", "这边问下", "有人知道不", "怎么说", "在线等",
        "可以不可以", "能讲讲吗", "多谢", "详细点", "想了解", "行吗"]  # fmt: skip
ASKED = {"shipping": "什么时候发货", "return": "怎么退货退款", "coupon": "优惠券在哪领", "size": "穿什么尺码",
         "invoice": "发票怎么开", "greeting": "在吗"}  # fmt: skip


def sure_of(cache: Path, *more: Entry) -> Answerer:
    """A store that is large enough to be sure of its topics, with some entries more."""
    embedder = SeededEmbedder()
    entries = [
        entry(f"{topic}.{half}", topic, *(text + end for end in ENDS[half::2]))
        for topic, text in ASKED.items()
        for half in (0, 1)
    ]
    known = knowledge([*entries, *more])
    return Answerer(fitted(build(known, embedder, cache), embedder), embedder)


@pytest.fixture(scope="module")
def answerer(word_cache: Path) -> Answerer:
    """A large store with one phrasing in the wrong entry."""
    return sure_of(word_cache, entry("invoice.odd", "invoice", "优惠券在哪领，快说"))


@pytest.fixture(scope="module")
def sure(answerer: Answerer) -> Ask:
    """Ask the large store."""
    return lambda text: answerer.answer(Query(text=text, at=NOW))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("什么时候发货？优惠券在哪领", ["什么时候发货", "优惠券在哪领"]),
        ("什么时候发货，怎么退货退款，优惠券在哪领，穿什么尺码，发票怎么开",
         ["什么时候发货", "怎么退货退款", "优惠券在哪领", "穿什么尺码", "发票怎么开"]),
        ("什么时候发货，什么时候发货行吗，发票怎么开", ["什么时候发货,什么时候发货行吗", "发票怎么开"]),
        ("什么时候发货，什么时候发货行吗", ["什么时候发货,什么时候发货行吗"]),
        ("在吗？发票怎么开", ["发票怎么开"]),
        ("发票怎么开，明天股市会涨么", ["发票怎么开,明天股市会涨么"]),
    ],
    ids=["two", "five", "same-topic-together", "one-topic", "greeting", "one-unknown"],
)  # fmt: skip
def test_a_message_is_cut_where_its_topics_part(sure: Ask, text: str, parts: list[str]) -> None:
    """Each part is about one topic; what cannot be told for sure stays whole."""
    assert parts == [part.text for part in sure(text).parts]


def test_a_phrasing_that_stands_in_the_wrong_entry_is_found_out(answerer: Answerer) -> None:
    """Left out, it would be answered by another topic; its own entry's words are well placed."""
    search = Searcher(answerer.generation, answerer)

    assert ["invoice.odd"] == search.best("优惠券在哪领，快说")
    assert search.strays_to("优惠券在哪领，快说").startswith("coupon.")
    assert "" == search.strays_to("发票怎么开在线等")
    assert "" == search.strays_to("没有写进来的一句话")


def test_an_entry_whose_phrasings_have_nothing_in_common_is_found_out(word_cache: Path) -> None:
    """Each finds itself as it stands; left out, the others of its entry do not lead to it."""
    scattered, together = "月亮圆不圆", "发票怎么开在线等"
    answerer = sure_of(word_cache, entry("return.mixed", "return", scattered, "书包在吗", "河水急"))
    search = Searcher(answerer.generation, answerer)

    assert ["return.mixed"] == search.best(scattered)
    assert "return.mixed" not in search.left_out(scattered)
    assert {"invoice.0", "invoice.1"} & set(search.left_out(together))


def test_what_was_asked_for_and_may_not_be_said_now_makes_the_rest_unsure(word_cache: Path) -> None:
    """Out of its time the nearest entry is silent; no other is sent for sure in its place."""
    festive = entry("shipping.festival", "shipping", *(f"春节{FESTIVE}{end}" for end in ENDS[:6]))
    answerer = sure_of(word_cache, replace(festive, valid=Validity(since=FESTIVAL)))
    asked = Query(text=f"春节{FESTIVE}呀", at=NOW)
    now = answerer.answer(asked).parts[0]
    then = answerer.answer(replace(asked, at=FESTIVAL)).parts[0]

    assert ("answer", "shipping.festival") == (then.band, then.suggestions[0].entry)
    assert "answer" != now.band
    assert "not-yet:shipping.festival" in now.suggestions[0].reasons


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("下雨天也这样", id="alone-or-with-what-was-asked-before"),
        pytest.param("什么时候发货，怎么退货退款", id="whole-or-in-pieces"),
    ],
)
def test_no_reading_of_a_message_is_searched_for_twice(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Several readings are weighed against each other; the one that is kept was found already."""
    searched: list[str] = []
    real = Retriever.search

    def noting(self: Retriever, question: Question, *given: Any, **more: Any) -> list[Ranked]:
        searched.append(question.text)
        return real(self, question, *given, **more)

    monkeypatch.setattr(Retriever, "search", noting)
    answerer.answer(Query(text=text, at=NOW, turns=(Turn(text="什么时候发货"),)))

    assert len(searched) > 1
    assert sorted(set(searched)) == sorted(searched)
