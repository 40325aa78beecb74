"""Which of a few options a shopper means: by number, by words, by colour, or by yes and no. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shopbot.chat.signals import bare
from shopbot.kb import measures
from shopbot.kb import text as texts

Options = Sequence[tuple[str, str]]

_ORDINAL = re.compile(
    r"^(?:我?(?:选|要|问|是|的是|点)?\s*第?\s*([1-9一二两三四五六七八九])\s*(?:个|条|项|单|件|种|号|款)?(?:订单)?(?:吧|的|呢|啊)?)$"
)
_ANY_ORDINAL = re.compile(r"第\s*([1-9一二三四五六七八九])\s*(?:个|条|项|单|件|种|款)?")
_LAST = re.compile(r"最后(?:一)?(?:个|条|项|单|件|种)?|最下面|末尾")
_FIRST = re.compile(
    r"最上面|最前面|上面那|最新(?:的|那)|最近(?:的|那)|刚(?:刚|才)?(?:买|下单|拍)的?"
)
_NUMBERS = {one: at for at, one in enumerate("一二三四五六七八九", 1)} | {"两": 2}
_FILLER = re.compile(
    r"我|要|选|就|是|的|那个|那件|那单|那条|这个|这件|吧|呢|啊|订单|不是|想问|个|件"
)
_THING = re.compile(r"([\u4e00-\u9fff])[子儿]")
_MARKS = " ,.!?~。，！？、"
_NUMBER = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Za-z-]{6,64}(?![0-9A-Za-z-])")
_LEAST = 2
_PIECES = re.compile(r"[一二两三四五六七八九十\d]+\s*(?:件|双|条|个|套|只|顶|包|盒|瓶)")
_EVERY = re.compile(r"都|全部|所有|整单|一起|两[件个样]")


def pick(text: str, options: Options) -> str:
    """Return the value of the option that is meant; blank when none is, or several may be."""
    told = texts.normalise(text).strip(_MARKS)
    if not told or not options:
        return ""
    named = [value for value, _ in options if value in _NUMBER.findall(text)]
    if len(named) == 1:
        return named[0]
    return _by_words_alone(told, options) or _by_place(told, options) or _by_features(told, options)


def by_features(text: str, options: Options) -> str:
    """Return the only option whose name, colour or size a longer text speaks of (我要退那件T恤); else blank."""
    told = _PIECES.sub(" ", texts.normalise(text))
    if not options or _EVERY.search(told):
        return ""
    return _by_features(told, options)


def _by_words_alone(told: str, options: Options) -> str:
    same = [value for value, words in options if bare(words) == bare(told) or value == told]
    return same[0] if len(same) == 1 else ""


def _by_place(told: str, options: Options) -> str:
    found = _ORDINAL.match(told) or _ANY_ORDINAL.search(told)
    if found:
        at = _NUMBERS.get(found[1]) or int(found[1])
        return options[at - 1][0] if at <= len(options) else ""
    if _LAST.search(told):
        return options[-1][0]
    return options[0][0] if _FIRST.search(told) else ""


def _by_features(told: str, options: Options) -> str:
    """Compare colours, sizes, number tails and shared words; the only best one is meant."""
    scored = [(_score(told, texts.normalise(words), value), value) for value, words in options]
    best = max(score for score, _ in scored)
    winners = [value for score, value in scored if score == best]
    return winners[0] if best >= _LEAST and len(winners) == 1 else ""


def _score(told: str, words: str, value: str) -> int:
    score = 0
    for span in measures.spans(told):
        if span.kind == "colour":
            score += 2 if span.value in words else -2
        if span.kind == "size":
            sizes = {one.value for one in measures.spans(words) if one.kind == "size"}
            score += 2 if span.value in sizes else -2
    tails = re.findall(r"(?<!\d)\d{3,}(?!\d)", told)
    score += 4 * any(value.endswith(tail) for tail in tails)
    rest = _FILLER.sub(" ", told)
    return score + (_shared(rest, words) or _LEAST * _is_thing(rest, words))


def _shared(told: str, words: str) -> int:
    """Return the length of the longest run of letters that both have (one alone says nothing)."""
    best = 0
    for start in range(len(told)):
        for end in range(start + _LEAST, len(told) + 1):
            if end - start > best and " " not in told[start:end] and told[start:end] in words:
                best = end - start
    return best


def _is_thing(told: str, words: str) -> bool:
    """Tell whether a thing's everyday name (袜子, 鞋子) stands for one that is called by its first letter."""
    thing = _THING.fullmatch(told.replace(" ", ""))
    return bool(thing and thing[1] in words)


def agrees(text: str, yes: Sequence[str], no: Sequence[str]) -> bool | None:
    """Return whether a whole message says yes or no; None when it says neither, both or more."""
    told = texts.normalise(text).strip(_MARKS)
    whole = _answer(told, yes, no)
    if whole is not None:
        return whole
    words = [one for one in re.split(r"[\s,.!~。，！、;；]+", told) if one]
    found = {_answer(one, yes, no) for one in words}
    return found.pop() if len(found) == 1 else None


def _answer(told: str, yes: Sequence[str], no: Sequence[str]) -> bool | None:
    said = _forms(told)
    if said & {form for word in no for form in _forms(word)}:
        return False
    return True if said & {form for word in yes for form in _forms(word)} else None


def _forms(word: str) -> set[str]:
    """Return a word with and without the courtesies around it."""
    told = bare(word)
    return {told, _POLITE.sub("", told) or told}


_POLITE = re.compile(
    r"^(?:[嗯恩哦噢]+(?=.)|那就|那|就)+|(?:谢谢|亲亲?|麻烦了?|啊|呀|哦|噢|吧|了|呢|哈|的)+$"
)
