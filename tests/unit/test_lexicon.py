"""Words as one store uses them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot.kb.lexicon import STOP_WEIGHT, Lexicon
from shopbot.kb.text import normalise

TEXT = st.text(st.sampled_from("云脊鹅绒发货吗的l码xl3号, gore-tex%"), max_size=20)


def test_words_of_one_store_never_leak_into_another(word_cache: Path) -> None:
    """Two stores in one process cut the same text each by its own words."""
    plain = Lexicon(word_cache)
    before = plain.words("岭上云脊多少钱")
    own = Lexicon(word_cache, [("岭上云脊", 0)])
    later = Lexicon(word_cache)

    assert ["岭上云脊", "多少", "钱"] == own.words("岭上云脊多少钱")
    assert "岭上云脊" not in before
    assert before == plain.words("岭上云脊多少钱") == later.words("岭上云脊多少钱")


def test_a_given_frequency_decides_how_words_are_cut(word_cache: Path) -> None:
    """A store's word is kept whole, unless its own frequency lets common words win."""
    own = Lexicon(word_cache, [("硬壳衣", 0)])
    rare = Lexicon(word_cache, [("硬壳衣", 1)])

    assert ["硬壳衣", "服"] == own.words("硬壳衣服")
    assert ["硬壳", "衣服"] == rare.words("硬壳衣服")


def test_latin_runs_and_numbers_stay_whole(word_cache: Path) -> None:
    """Models, shares and decimals are one word each; punctuation is none."""
    words = Lexicon(word_cache).words("gore-tex 95%羊毛, ls-jk-01 1.5米!")

    assert ["gore-tex", "95%", "羊毛", "ls-jk-01", "1.5", "米"] == words


def test_synonyms_meet_in_their_standard_word(word_cache: Path) -> None:
    """Text and terms of a synonym equal those of the standard word."""
    lexicon = Lexicon(word_cache, synonyms=[["优惠券", "优惠卷", "YHQ"], ["发货", "发出"]])

    assert "有优惠券吗" == lexicon.standardise("有优惠卷吗")
    assert "优惠券,发货" == lexicon.standardise("yhq,发出")
    assert lexicon.terms("优惠券")["优惠券"] == lexicon.terms("yhq")["优惠券"]
    assert {"优惠券", "优惠卷", "yhq", "发货", "发出"} == lexicon.own


def test_an_empty_group_of_synonyms_is_none(word_cache: Path) -> None:
    """A line with a lone word or nothing changes no text."""
    lexicon = Lexicon(word_cache, synonyms=[["发货"], []])

    assert "什么时候发货" == lexicon.standardise("什么时候发货")


def test_terms_bridge_words_bigrams_and_characters(word_cache: Path) -> None:
    """Each kind of term is marked, and function words weigh less."""
    terms = Lexicon(word_cache).terms("发货吗")

    assert {"发货": 1.0, "吗": STOP_WEIGHT, "_发货": 1.0, "_货吗": 1.0, "'发": 1.0, "'货": 1.0,
            "'吗": 1.0} == terms  # fmt: skip


def test_nothing_gives_no_terms(word_cache: Path) -> None:
    """Empty text and bare punctuation have no terms."""
    lexicon = Lexicon(word_cache)

    assert {} == lexicon.terms("") == lexicon.terms("?!~")


@settings(max_examples=100, deadline=None)
@given(raw=TEXT)
def test_cutting_loses_no_letter(word_cache: Path, raw: str) -> None:
    """All words together are the text without its punctuation, and every term weighs something."""
    lexicon = Lexicon(word_cache, [("云脊", 0)], [["鹅绒", "绒"]])
    text = normalise(raw)

    assert [c for c in text if c.isalnum()] == [
        c for c in "".join(lexicon.words(text)) if c.isalnum()
    ]
    assert all(weight > 0 for weight in lexicon.terms(text).values())
