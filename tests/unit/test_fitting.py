"""What a store's own phrasings teach, and when they are too few."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from shopbot.kb.answering import Answerer
from shopbot.kb.calibration import MIN_PHRASINGS
from shopbot.kb.entry import Entry
from shopbot.kb.fitting import fitted
from shopbot.kb.generation import Generation, build
from shopbot.kb.labelled import Labelled
from shopbot.kb.negatives import shipped_negatives
from shopbot.kb.suggestion import Query
from tests.simulators.catalogue import entry, knowledge
from tests.simulators.embedder import SeededEmbedder

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ENDS = ["", "吗", "啊我想知道", "，急", "麻烦看看", "告诉我一下", "这边问下", "有人知道不", "怎么说", "在线等",
        "可以不可以", "能讲讲吗", "多谢", "详细点", "想了解", "行吗"]  # fmt: skip
ASKED = {"shipping": "什么时候发货", "return": "怎么退货退款", "coupon": "优惠券在哪领", "size": "穿什么尺码",
         "invoice": "发票怎么开"}  # fmt: skip


def _store(topics: int, phrasings: int) -> list[Entry]:
    return [
        entry(f"{topic}.{half}", topic, *(text + end for end in ENDS[half:phrasings:2]))
        for topic, text in list(ASKED.items())[:topics]
        for half in (0, 1)
    ]


def _fitted(cache: Path, entries: list[Entry], labelled: tuple[Labelled, ...] = ()) -> Generation:
    embedder = SeededEmbedder()
    return fitted(build(knowledge(entries), embedder, cache), embedder, labelled)


@pytest.fixture(scope="module")
def generation(word_cache: Path) -> Generation:
    """A store that is just large enough."""
    return _fitted(word_cache, _store(5, 16))


def test_a_store_learns_from_its_own_phrasings(generation: Generation) -> None:
    """Enough phrasings and topics: a topic model, and probabilities that tell right from wrong."""
    answerer = Answerer(generation, SeededEmbedder())
    known = answerer.answer(Query(text="什么时候发货呀", at=AT)).parts[0]
    foreign = answerer.answer(Query(text="明天股市会涨么", at=AT)).parts[0]

    assert generation.calibration.ready
    assert generation.retriever.topics is not None
    assert "shipping" == known.suggestions[0].topic
    assert known.suggestions[0].probability > 0.5
    assert "answer" != foreign.band


@pytest.mark.parametrize(
    ("topics", "phrasings"), [(5, 4), (3, 16), (1, 2), (0, 0)], ids=["few", "topics", "tiny", "empty"]
)  # fmt: skip
def test_a_small_store_never_answers_for_sure(
    word_cache: Path, topics: int, phrasings: int
) -> None:
    """Too few phrasings or topics: suggestions only, whatever is asked."""
    generation = _fitted(word_cache, _store(topics, phrasings))
    answerer = Answerer(generation, SeededEmbedder())

    assert not generation.calibration.ready
    for text in (*ASKED.values(), "在吗", ""):
        assert "answer" != answerer.answer(Query(text=text, at=AT)).parts[0].band


def test_a_store_of_lone_phrasings_teaches_nothing(word_cache: Path) -> None:
    """Where no left-out phrasing has a sister, there is no right answer to learn from."""
    chance = np.random.default_rng(3)
    texts = ["".join(chr(0x4E00 + int(code)) for code in chance.integers(0, 9_000, 4))
             for _ in range(MIN_PHRASINGS + 5)]  # fmt: skip
    generation = _fitted(word_cache, [entry(f"a.{n}", f"t{n}", t) for n, t in enumerate(texts)])

    assert not generation.calibration.ready


def test_the_stores_labelled_questions_count(word_cache: Path, generation: Generation) -> None:
    """Questions with their topics, and ones without, join the fit; an empty one is left out."""
    labelled = (
        Labelled(text="咋还不发货", topics=frozenset({"shipping", "return"})),
        Labelled(text="股市会涨么", topics=frozenset()),
        Labelled(text="", topics=frozenset({"size"})),
    )

    taught = _fitted(word_cache, _store(5, 16), labelled)

    assert taught.calibration.samples > generation.calibration.samples
    assert taught.calibration != generation.calibration


def test_the_fit_is_the_same_every_time(word_cache: Path, generation: Generation) -> None:
    """No chance is involved: the same knowledge gives the same probabilities."""
    assert generation.calibration == _fitted(word_cache, _store(5, 16)).calibration


def test_shipped_negatives_are_questions() -> None:
    """One a line, no doubles, no comments."""
    told = shipped_negatives()

    assert len(told) == len(set(told)) >= 50
    assert not [text for text in told if text.startswith("#") or not text.strip()]
