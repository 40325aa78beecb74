"""words/lexicon.txt and words/synonyms.txt: plain lists, one thing a line, ``#`` comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shopbot.kb.notes import Notes

MAX_FREQUENCY = 1_000_000
_COMMAS = re.compile(r"\s*[,，、\t|｜]\s*")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        told = line.split("#", 1)[0].strip().strip("\u3000")
        if told:
            yield number, told


def lexicon(text: str, notes: Notes) -> tuple[tuple[str, int], ...]:
    """Return (word, frequency) pairs; frequency 0 leaves the weight to the segmenter."""
    found: dict[str, int] = {}
    for number, line in _lines(text):
        word, _, told = line.partition(" ")
        told = told.strip()
        frequency = int(told) if re.fullmatch(r"\d{1,7}", told) else 0
        if told and not 0 < frequency <= MAX_FREQUENCY:
            notes.warning("bad-frequency", number, word=word, value=told)
            frequency = 0
        if word in found:
            notes.warning("duplicate-word", number, word=word)
        found[word] = frequency
    return tuple(found.items())


def synonyms(text: str, notes: Notes) -> tuple[tuple[str, ...], ...]:
    """Return groups of words that mean the same, the standard one first."""
    found: list[tuple[str, ...]] = []
    place: dict[str, int] = {}
    for number, line in _lines(text):
        group = tuple(dict.fromkeys(word for word in _COMMAS.split(line) if word))
        if len(group) < 2:
            notes.warning("lone-synonym", number, word=line)
            continue
        for word in group:
            if word in place:
                notes.warning("synonym-twice", number, word=word, first=place[word])
            place.setdefault(word, number)
        found.append(group)
    return tuple(found)
