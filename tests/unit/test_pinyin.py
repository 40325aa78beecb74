"""How words sound, and what a slip was meant to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopbot.kb.lexicon import Lexicon
from shopbot.kb.pinyin import Sounds, Speller, fold, load_table

WORDS = {
    "发货": 90.0, "退货": 60.0, "换货": 40.0, "优惠券": 30.0, "快递": 50.0, "顺丰": 20.0, "补发": 9.0,
    "尺码": 30.0, "包邮": 20.0, "返现": 5.0, "微信": 4.0, "支付宝": 8.0, "下来": 3.0, "什么时候": 70.0,
    "不发": 2.0, "的": 99.0, "L码": 9.0,
}  # fmt: skip
WRITTEN = [
    "什么时候发货",
    "怎么退货",
    "有优惠券吗",
    "好评返现吗",
    "加微信吗",
    "包邮吗",
    "补发一件",
    "尺码",
]


@pytest.fixture(scope="module")
def sounds(word_cache: Path) -> Sounds:
    """The analyser over the real table."""
    return Sounds.of(load_table(word_cache))


@pytest.fixture(scope="module")
def speller(sounds: Sounds) -> Speller:
    """A speller for a small store."""
    return Speller.of(sounds, WORDS, WRITTEN)


@pytest.fixture(scope="module")
def lexicon(word_cache: Path) -> Lexicon:
    """jieba's own words."""
    return Lexicon(word_cache)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("什么时候发或", "什么时候发货"), ("发或", "发货"), ("我要退活", "我要退货"), ("有优慧券吗", "有优惠券吗"),
     ("yhq怎么用", "优惠券怎么用"), ("yhq", "优惠券"), ("fahuo", "发货"), ("什么时候fahuo", "什么时候发货"),
     ("用zfb吗", "用支付宝吗"), ("尺马", "尺码")],
)  # fmt: skip
def test_slips_are_mended(speller: Speller, lexicon: Lexicon, typed: str, meant: str) -> None:
    """Homophones, typed pinyin and initials become the store's words."""
    assert meant == speller.correct(typed, lexicon.words)


@pytest.mark.parametrize(
    "typed",
    ["返现不", "娃急着穿", "发不发", "加钱吗", "能加微信吗", "补发", "不发", "什么时候发货", "xl有货吗", "穿xxl",
     "500ml", "gore-tex", "ls-jk-01", "ok", "a", "", "？！", "我的", "哈哈"],
)  # fmt: skip
def test_harmless_text_stays(speller: Speller, lexicon: Lexicon, typed: str) -> None:
    """What is right, short or foreign is not turned into other words."""
    assert typed == speller.correct(typed, lexicon.words)


def test_of_words_that_sound_alike_the_frequent_one_wins(sounds: Sounds) -> None:
    """Two words of one sound: the one that the knowledge uses more."""
    speller = Speller.of(sounds, {"退货": 5.0, "退伙": 50.0}, [])

    assert {"tui huo": "退伙"} == speller.by_sound


def test_a_store_without_words_mends_nothing(sounds: Sounds, lexicon: Lexicon) -> None:
    """Nothing is known, nothing is changed."""
    assert "fahuo" == Speller.of(sounds, {}, []).correct("fahuo", lexicon.words)


@pytest.mark.parametrize(
    ("syllable", "folded"),
    [("zhang", "zan"), ("chi", "ci"), ("shuang", "suan"), ("lin", "lin"), ("ling", "lin"), ("a", "a"),
     ("", "")],
)  # fmt: skip
def test_confused_sounds_fold_together(syllable: str, folded: str) -> None:
    """zh/z, ch/c, sh/s and -ng/-n are one."""
    assert folded == fold(syllable)


@pytest.mark.parametrize(
    ("run", "syllables"),
    [("fahuo", ["fa", "huo"]), ("shenmeshihou", ["sen", "me", "si", "hou"]), ("xian", ["xian"]),
     ("danganan", ["dan", "an", "an"]), ("hello", None), ("xyz", None), ("", [])],
)  # fmt: skip
def test_typed_pinyin_is_split(sounds: Sounds, run: str, syllables: list[str] | None) -> None:
    """A run of letters is taken apart if, and only if, all of it is pinyin."""
    assert syllables == sounds.split(run)


def test_splitting_takes_no_exponential_time(sounds: Sounds) -> None:
    """A long run that fails at its very end is given up at once."""
    assert sounds.split("an" * 2_000 + "v") is None


def test_homophones_have_equal_terms(sounds: Sounds) -> None:
    """The pinyin leg hears no difference between 发货, 发或 and fahuo."""
    assert sounds.terms("发货") == sounds.terms("发或") == sounds.terms("fahuo")
    assert {"fa huo", "fa", "huo"} == set(sounds.terms("发货"))
    assert {} == sounds.terms("") == sounds.terms("?! 12")


def test_a_broken_table_is_made_again(tmp_path: Path) -> None:
    """A half-written cache file is replaced, and the next start reads it."""
    path = tmp_path / "pinyin-2.json"
    path.write_text('{"发": "f', encoding="utf-8")

    made = load_table(tmp_path)

    assert "fa" == made["发"]
    assert made == load_table(tmp_path)
    assert [path] == list(tmp_path.iterdir())
