"""Rows of an exported table of reviews to what they say. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbot.orders import cells
from shopbot.orders.cells import BadCell, Rounded
from shopbot.orders.review_model import ReviewKind
from shopbot.orders.row_reader import Reader, When

MOST_PICTURES = 20
_STARS = re.compile(r"([1-5])(?:\.0+)?\s*(?:星|分|颗星)?")
_WORDS = {
    5: ("好评", "五星", "五颗星", "五分", "非常满意", "good"),
    4: ("四星", "四颗星", "四分", "满意"),
    3: ("中评", "三星", "三颗星", "三分", "一般", "normal", "neutral"),
    2: ("二星", "两星", "二颗星", "两颗星", "二分", "不满意"),
    1: ("差评", "一星", "一颗星", "一分", "非常不满意", "bad"),
}
_RATINGS = {word: stars for stars, words in _WORDS.items() for word in words}
_FULL, _EMPTY = "★⭐", "☆"
_PICTURE = re.compile(r"[,，;；|\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """One review that a row tells; a row may tell a second one, added later."""

    row: int
    order: str
    kind: ReviewKind
    source_id: str
    at: datetime
    rating: int | None
    text: str
    sku: str
    title: str
    buyer: str
    pictures: tuple[str, ...]
    answer: str
    answered_at: datetime | None


def rating(cell: str) -> int | None:
    """Read stars: ``5``, ``5星``, ``★★★★☆``, ``好评``; None for nothing, BadCell for anything else."""
    told = unicodedata.normalize("NFKC", cells.clean(cell)).lower()
    if not told:
        return None
    if set(told) <= set(_FULL + _EMPTY + "\ufe0f"):
        full = sum(told.count(star) for star in _FULL)
        if 1 <= full <= 5:
            return full
    match = _STARS.fullmatch(told)
    if match:
        return int(match[1])
    found = _RATINGS.get(told)
    if found is None:
        raise BadCell("bad-rating")
    return found


def review_records(
    row: int, raw: Sequence[str], found: Mapping[str, int], *, when: When
) -> tuple[ReviewRecord, ...]:
    """Read one row; BadRow tells everything that is wrong with it."""
    reader = Reader(found, raw)
    number = reader.number()
    if isinstance(number, Rounded):
        reader.refuse("number", "rounded")
    at = reader.past("at", when)
    if at is None and not any(one.field == "at" for one in reader.problems):
        reader.refuse("at", "no-date")
    stars = reader.read("rating", rating)
    text, follow = reader.text("text") or "", reader.text("follow") or ""
    if stars is None and not text and not reader.problems:
        reader.refuse("text", "no-review")
    follow_at = reader.past("follow_at", when)
    answer, answered_at = reader.text("answer") or "", reader.past("answered_at", when)
    reader.finish()
    sku, title = reader.text("sku") or "", reader.text("title") or ""
    told = reader.text("source_id") or _made_id(str(number), sku or title)

    def record(kind: ReviewKind, told_at: datetime, words: str) -> ReviewRecord:
        first = kind == "first"
        return ReviewRecord(
            row=row,
            order=str(number),
            kind=kind,
            source_id=told,
            at=told_at,
            rating=stars if first else None,
            text=words,
            sku=sku,
            title=title,
            buyer=reader.text("buyer") or "",
            pictures=tuple(_pictures(reader.cell("pictures"))) if first else (),
            answer=answer if first else "",
            answered_at=(answered_at or told_at) if first and answer else None,
        )

    assert at is not None  # noqa: S101 -- refused above
    records = [record("first", at, text)]
    if follow:
        records.append(record("follow", follow_at or at, follow))
    return tuple(records)


def _made_id(number: str, item: str) -> str:
    """Return an id for a source that tells none: a line of an order is reviewed once."""
    digest = hashlib.sha256(f"{number}|{item}".encode()).hexdigest()[:16]
    return f"{number}-{digest}"


def _pictures(cell: str) -> Iterator[str]:
    for name in [part for part in _PICTURE.split(cells.clean(cell)) if part][:MOST_PICTURES]:
        if name.isascii() and len(name) <= 500 and not name.isdigit():
            yield name
