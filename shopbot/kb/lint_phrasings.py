"""The same question in two entries: which of the two answers would be said is then chance."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import Levenshtein

from shopbot.kb.entry import Entry, Knowledge, Problem, Source, Validity
from shopbot.kb.notes import problem
from shopbot.kb.phrase_list import is_phrase

Normalise = Callable[[str], str]

FEW_PHRASINGS = 3
"""An entry with fewer ways of asking is seldom found by other words."""

SHORTEST_WITH_MORE = 9
"""In a shorter question one more character can be the whole point (有货 / 没有货)."""

SHORTEST_NEAR = 6
LONGEST_NEAR = 40
"""Edit distance is only looked at between these lengths: shorter questions differ by one character
(退货, 换货), longer ones would make too many keys."""

_FILLER = re.compile(r"^(?:亲|你好|您好|请问|那个|我想问)+|一下|[吗呢啊呀吧哈哦嘛么的了]|下$")
_WORDLESS = re.compile(r"[\W_]+")
_TELLING = frozenset("不没未无别非勿少多退换大小男女前后上下内外0123456789")
"""Characters that turn a question round; entries apart by one of them are two questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    entry: Entry
    number: int
    text: str
    key: str

    @property
    def source(self) -> Source:
        return self.entry.place(f"questions.{self.number}")


def plain(text: str) -> str:
    """Return ``text`` half-width, lower case, without punctuation: how phrasings are compared."""
    return _WORDLESS.sub("", unicodedata.normalize("NFKC", text).lower())


def lint(knowledge: Knowledge, normalise: Normalise = plain) -> Iterator[Problem]:
    """Yield problems of phrasings: too few, repeated in an entry, the same or nearly in two."""
    published = [
        e
        for e in knowledge.entries
        if e.status == "published" and not e.is_system and not is_phrase(e.id)
    ]
    for entry in published:
        yield from _count(entry)
    asked = [
        _Asked(entry=entry, number=number, text=phrasing.text, key=normalise(phrasing.text))
        for entry in published
        for number, phrasing in enumerate(entry.phrasings)
    ]
    first: dict[str, list[_Asked]] = defaultdict(list)
    for one in asked:
        if one.key:
            first[one.key].append(one)
        else:
            yield problem("empty-phrasing", "error", one.source, text=one.text)
    for same in first.values():
        yield from _same(same)
    yield from _near([same[0] for same in first.values()])


def _count(entry: Entry) -> Iterator[Problem]:
    count = len(entry.phrasings)
    if count == 0:
        yield problem("no-phrasing", "error", entry.source, id=entry.id)
    elif count < FEW_PHRASINGS:
        place = entry.place("questions")
        yield problem("few-phrasings", "warning", place, id=entry.id, count=count)


def _same(same: list[_Asked]) -> Iterator[Problem]:
    for number, later in enumerate(same):
        earlier = next((o for o in same[:number] if meet(o.entry, later.entry)), None)
        if earlier is None:
            continue
        told = {"text": later.text, "first": str(earlier.source), "other": earlier.entry.id}
        if earlier.entry is later.entry:
            yield problem("repeated-phrasing", "warning", later.source, **told)
        elif _one_is_special(earlier.entry, later.entry):
            yield problem("special-phrasing", "warning", later.source, **told)
        else:
            yield problem("same-phrasing", "error", later.source, **told)


def meet(one: Entry, other: Entry) -> bool:
    """True when both could be said to the same shopper at the same time."""
    apart = (
        (one.scope.products, other.scope.products),
        (one.scope.categories, other.scope.categories),
        (one.scope.channels, other.scope.channels),
    )
    if any(a and b and not set(a) & set(b) for a, b in apart):
        return False
    return _overlap(one.valid, other.valid)


def _overlap(one: Validity, other: Validity) -> bool:
    starts = [v.since for v in (one, other) if v.since]
    ends = [v.until for v in (one, other) if v.until]
    return not (starts and ends) or max(starts) < min(ends)


def _one_is_special(one: Entry, other: Entry) -> bool:
    """True when scope, time or priority say which of the two goes first."""
    return (one.scope, one.valid, one.priority) != (other.scope, other.valid, other.priority)


def _near(asked: list[_Asked]) -> Iterator[Problem]:
    told: set[tuple[str, str]] = set()
    for one, other in _candidates(asked):
        pair = (one.key, other.key)
        if pair in told or one.entry is other.entry or not meet(one.entry, other.entry):
            continue
        told.add(pair)
        if _one_is_special(one.entry, other.entry):
            continue
        yield problem(
            "near-phrasing",
            "warning",
            other.source,
            text=other.text,
            near=one.text,
            first=str(one.source),
            other=one.entry.id,
        )


def _candidates(asked: list[_Asked]) -> Iterator[tuple[_Asked, _Asked]]:
    """Yield pairs that mean the same: by filler words, by word order, by one slip of the pen."""
    for make in (_without_filler, _letters):
        blocks: dict[str, list[_Asked]] = defaultdict(list)
        for one in asked:
            key = make(one.key)
            if key:
                blocks[key].append(one)
        for block in blocks.values():
            yield from ((block[0], later) for later in block[1:])
    yield from _slips(asked)


def _without_filler(key: str) -> str:
    short = _FILLER.sub("", key)
    return short if len(short) > 1 else ""


def _letters(key: str) -> str:
    short = _FILLER.sub("", key)
    return "".join(sorted(short)) if len(short) >= 5 else ""


def _slips(asked: list[_Asked]) -> Iterator[tuple[_Asked, _Asked]]:
    """Yield pairs one edit apart, found through the texts that lack one character."""
    blocks: dict[str, list[_Asked]] = defaultdict(list)
    for one in asked:
        if SHORTEST_NEAR <= len(one.key) <= LONGEST_NEAR:
            for key in {one.key, *_deletions(one.key)}:
                blocks[key].append(one)
    for block in blocks.values():
        for number, one in enumerate(block):
            for other in block[:number]:
                if one.entry is not other.entry and _slip(other.key, one.key):
                    yield other, one


def _deletions(key: str) -> Iterable[str]:
    return (key[:at] + key[at + 1 :] for at in range(len(key)))


def _slip(one: str, other: str) -> bool:
    if Levenshtein.distance(one, other, score_cutoff=1) != 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), -1)
    if len(one) == len(other):
        return _sound(one[at]) == _sound(other[at]) != ""
    longer = max(one, other, key=len)
    return longer[at] not in _TELLING and len(longer) >= SHORTEST_WITH_MORE


@cache
def _sound(char: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(char)) if "\u4e00" <= char <= "\u9fff" else ""
