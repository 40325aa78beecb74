"""What the words of a review say: praise, blame, and of what. Pure, without a model.

Reads clause by clause, longest word first. A negation turns the next polar word round, a clause that
opens with 但是 outweighs what stood before it, one that grants something (虽然) counts half. The words
stand in ``sentiment.yaml``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import yaml

Aspect = Literal["quality", "size", "logistics", "service", "price"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
FEATURES = (
    "praise", "blame", "share", "net", "last", "first", "cues", "denials", "silent", "length",
    "exclaims", "asks", "quotes",
)  # fmt: skip
"""The names of :attr:`Reading.features`, in order."""

MAX_TEXT = 4_000  # characters that are read; no review is longer

_WEIGHTS = {"strong": 2.0, "plain": 1.0, "weak": 0.5}
_ROLES = ("mask", "cues", "boosters", "concessions", "contrasts", "negators")
_CLAUSE = re.compile(r"[，。！？；、,.!?;~～…\s：:（）()“”\"]+")
_LETTER = re.compile(r"[^\W_]")
_REACH = 4  # characters between a negation and what it denies: 没有想象中好
_TURNED = -0.7  # 不好 blames less than 坏 does
_BOOSTED = 1.3
_GRANTED = 0.5  # 虽然贵
_OUTWEIGHED = 0.6  # what stood before 但是
_OUTWEIGHS = 1.4


@dataclass(slots=True)
class _Clause:
    """What one clause says."""

    praise: float = 0.0
    blame: float = 0.0
    cues: int = 0
    denials: int = 0  # negations of something that is no polar word: 没收到
    contrast: bool = False
    concession: bool = False

    @property
    def net(self) -> float:
        """Return praise less blame."""
        return self.praise - self.blame

    def add(self, value: float) -> None:
        """Count a polar word."""
        if value > 0:
            self.praise += value
        else:
            self.blame -= value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a review's words say."""

    features: tuple[float, ...]  # FEATURES, each within -1 and 1 or little above
    aspects: Mapping[Aspect, float]  # what is spoken of, and praise less blame in its clauses
    polar: bool  # there was praise or blame
    blank: bool  # no letter at all, or nothing but words such as 还没用


@dataclass(frozen=True, slots=True)
class _Hit:
    begin: int
    end: int
    role: str
    value: float


@dataclass(frozen=True, slots=True)
class _Words:
    """A dictionary that is searched longest word first."""

    of: Mapping[str, tuple[str, float]]
    longest: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest", max(map(len, self.of)))

    def find(self, text: str) -> Iterator[_Hit]:
        """Yield the known words of ``text`` from left to right, none within another."""
        at = 0
        while at < len(text):
            ends = range(min(len(text), at + self.longest), at, -1)
            end = next((end for end in ends if text[at:end] in self.of), None)
            if end is None:
                at += 1
            else:
                yield _Hit(at, end, *self.of[text[at:end]])
                at = end


def plain(text: str) -> str:
    """Return ``text`` as the words are written: half-width, lower case, simplified."""
    whole = text[:MAX_TEXT].encode("utf-8", "ignore").decode("utf-8")  # no halves of characters
    told: str = _simplifier().convert(unicodedata.normalize("NFKC", whole).lower())
    return told


def read(text: str) -> Reading:
    """Read one review."""
    told = plain(text)
    clauses = [part for part in _CLAUSE.split(told) if part]
    found = [_read_clause(part) for part in clauses]
    return Reading(
        features=_features(told, found),
        aspects=_aspects(clauses, found),
        polar=any(one.praise or one.blame for one in found),
        blank=_is_blank(told),
    )


def _read_clause(text: str) -> _Clause:
    clause = _Clause()
    denied: int | None = None  # where a negation ended that has found nothing yet
    boosted: int | None = None
    for hit in _polar_words().find(text):
        if hit.role == "polar":
            value = hit.value
            if boosted is not None and hit.begin - boosted <= 1:
                value *= _BOOSTED
            if denied is not None and hit.begin - denied <= _REACH:
                value *= _TURNED
                denied = None
            clause.add(value)
        elif hit.role == "negators":
            twice = denied is not None and hit.begin - denied <= _REACH // 2
            clause.denials += denied is not None and not twice
            denied = None if twice else hit.end
        elif hit.role == "boosters":
            boosted = hit.end
        else:
            _note(clause, hit.role)
    clause.denials += denied is not None
    return clause


def _note(clause: _Clause, role: str) -> None:
    if role == "cues":
        clause.cues += 1
    elif role == "concessions":
        clause.concession = True
    elif role == "contrasts":
        clause.contrast = True
        clause.praise *= _GRANTED
        clause.blame *= _GRANTED


def _features(text: str, clauses: list[_Clause]) -> tuple[float, ...]:
    praise = blame = 0.0
    for one in clauses:
        if one.contrast:
            praise, blame = praise * _OUTWEIGHED, blame * _OUTWEIGHED
        weight = _GRANTED if one.concession else _OUTWEIGHS if one.contrast else 1.0
        praise, blame = praise + weight * one.praise, blame + weight * one.blame
    net = praise - blame
    told = [one.net for one in clauses if one.net]
    return (
        math.tanh(praise / 3),
        math.tanh(blame / 3),
        net / (praise + blame + 1),
        math.tanh(net / 2),
        math.tanh(clauses[-1].net) if clauses else 0.0,
        math.tanh(told[0]) if told else 0.0,
        math.tanh(sum(one.cues for one in clauses) / 2),
        math.tanh(sum(one.denials for one in clauses) / 2),
        float(praise + blame == 0),
        math.log1p(len(text)) / 4,
        min(3, text.count("!")) / 3,
        min(3, text.count("?")) / 3,
        min(2, len(re.findall(r"[“”\"]", text))) / 2,
    )


def _aspects(texts: list[str], clauses: list[_Clause]) -> dict[Aspect, float]:
    found: dict[Aspect, float] = {}
    for text, clause in zip(texts, clauses, strict=True):
        roles = {hit.role for hit in _aspect_words().find(text)}
        for aspect in ASPECTS:
            if aspect in roles:
                found[aspect] = found.get(aspect, 0.0) + clause.net
    return {aspect: found[aspect] for aspect in ASPECTS if aspect in found}


def _is_blank(text: str) -> bool:
    if not _LETTER.search(text):
        return not _has_face(text)
    rest = text
    for word in _nothing_said():
        rest = rest.replace(word, " ")
    return rest != text and not any(
        hit.role == "polar" and abs(hit.value) >= 1 for hit in _polar_words().find(rest)
    )


def _has_face(text: str) -> bool:
    return any(hit.role == "polar" for hit in _polar_words().find(text))


@cache
def _file() -> Any:
    file = resources.files("shopbot.orders") / "sentiment.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506


@cache
def _polar_words() -> _Words:
    told = _file()
    known: dict[str, tuple[str, float]] = {}
    for role in _ROLES:  # a word may stand in several lists: the later list and the polar ones win
        known |= dict.fromkeys(told[role].split(), (role, 0.0))
    for side, sign in (("positive", 1.0), ("negative", -1.0)):
        for strength, weight in _WEIGHTS.items():
            known |= dict.fromkeys(told[side][strength].split(), ("polar", sign * weight))
    return _Words(known)


@cache
def _aspect_words() -> _Words:
    told = _file()
    known = dict.fromkeys(told["aspect_mask"].split(), ("mask", 0.0))
    for aspect in ASPECTS:
        known |= dict.fromkeys(told["aspects"][aspect].split(), (aspect, 0.0))
    return _Words(known)


@cache
def _nothing_said() -> tuple[str, ...]:
    return tuple(sorted(_file()["nothing_said"].split(), key=len, reverse=True))


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
