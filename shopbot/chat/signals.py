"""What the wording gives away: wants a person, anger, threats, danger, sums of money. Pure.

The words stand in ``rules/chat.yaml``; here is only how they are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shopbot.chat.situation import Signals
from shopbot.kb import text as texts
from shopbot.rules.chat import ChatWords

_HYPOTHETICAL = re.compile(
    r"会不会|会.{0,8}[吗么]|能不能|可不可以|容易.{0,8}[吗么]|怕|防|阻燃|如果|万一|担心|避免|体质|敏感肌"
)
_CLAUSE = re.compile(r"[,，。;；!！\n]+")
_YUAN = r"(\d{1,7}(?:\.\d{1,2})?)\s*(万|千|元|块|rmb)?"
_CLAIMED = re.compile(
    rf"(?:赔偿|赔付|赔|补偿|索赔|损失费?|精神损失费?)[^\d。!?！？]{{0,8}}{_YUAN}"
    rf"|{_YUAN}\s*(?:的|块钱|元钱)?(?:赔偿|补偿|赔款)"
)
_BARE = re.compile(r"[\W_]+")
_TIMES = {"万": 10_000, "千": 1_000}


def find_signals(text: str, words: ChatWords) -> Signals:
    """Return what a message (raw or normalised) gives away, each with the word that did."""
    told = texts.normalise(text)
    for calm in words.calm:
        told = told.replace(calm, " ")
    dangers = " ".join(
        clause for clause in _CLAUSE.split(told) if clause and not _HYPOTHETICAL.search(clause)
    )
    return Signals(
        wants_human=_first(told, words.human),
        anger=_first(told, words.anger),
        threat=_first(told, words.threat),
        safety=_first(dangers, words.safety),
        amount_fen=_claimed(told),
    )


def _first(told: str, words: Sequence[str]) -> str:
    """Return the first of ``words`` that is said; ``=word`` must be the whole message."""
    whole = bare(told)
    for word in words:
        alone = word.startswith("=")
        found = whole == bare(word) if alone else _says(told, word.lower())
        if found and word.strip("="):
            return word.lstrip("=")
    return ""


def _says(told: str, word: str) -> bool:
    """Tell whether a word is said; a number (12315) must not be a piece of a longer one."""
    if not word.isdecimal():
        return word in told
    return bool(re.search(rf"(?<!\d){word}(?!\d)", told))


def bare(text: str) -> str:
    """Return a text without anything but letters and digits."""
    return _BARE.sub("", text).lower()


_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SOUNDS = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]|[^\x00-\u024f]")
_LETTERS = 8
_PINYIN = re.compile(
    r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:a|o|e|ai|ei|ao|ou|an|en|ang|eng|ong|er|i|ia|ie|iao|iu|ian|in|iang|ing|iong"
    r"|u|ua|uo|uai|ui|uan|un|uang|ue|v|ve)"
)


def is_foreign(text: str) -> bool:
    """Tell whether a text is some other language: words of two and more, none of them Chinese.

    One word alone, a size or the name of an article says nothing; keys hit at random are no words.
    """
    if _HAN.search(text):
        return False
    words = [one for one in _WORD.findall(text.lower()) if _SOUNDS.search(one)]
    if all(_PINYIN.fullmatch(one) for one in words):
        return False  # duo jiu fa huo
    return len(words) > 1 and sum(map(len, words)) >= _LETTERS


def _claimed(told: str) -> int | None:
    """Return the largest sum that is claimed, in fen."""
    sums = [
        round(float(found[at]) * _TIMES.get(found[at + 1] or "", 1) * 100)
        for found in _CLAIMED.finditer(told)
        for at in (1, 3)
        if found[at]
    ]
    return max(sums, default=None)
