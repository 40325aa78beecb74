"""What a story expected beside what came. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from shopbot import messages
from shopbot.chat.stories import CALLS, SLOTS, Expected
from shopbot.rules.chat import PRIORITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One thing that was not as expected, in which step of the story (counted from 1)."""

    what: str
    got: str
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """All that came since the last expectation."""

    texts: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    asks: str = ""
    options: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    wrote: bool = False
    promised: bool = False
    rule: str = ""


def look(expected: Expected, seen: Observed) -> list[Missed]:
    """Return what was expected and did not come, or came and should not have."""
    return [*_words(expected, seen), *_steps(expected, seen), *_people(expected, seen)]


def plain(text: str) -> str:
    """Return text as it is compared: half-width, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _words(expected: Expected, seen: Observed) -> Iterator[Missed]:
    shown = " / ".join(seen.texts)
    yield from _contained("says", expected.says, shown)
    yield from _contained("option", expected.options, "、".join(seen.options))
    yield from _contained("suggests", expected.suggests, " / ".join(seen.suggestions))
    for words in expected.not_says:
        if plain(words) in plain(shown):
            yield _missed("not-says", words, shown)
    if expected.silent and seen.texts:
        yield _missed("silent", "", shown)
    for entry in expected.entries:
        if entry not in seen.entries:
            yield _missed("entry", entry, "、".join(seen.entries) or shown)


def _contained(what: str, wanted: tuple[str, ...], text: str) -> Iterator[Missed]:
    for words in wanted:
        if plain(words) not in plain(text):
            yield _missed(what, words, text)


def _steps(expected: Expected, seen: Observed) -> Iterator[Missed]:
    if expected.action and expected.action not in seen.actions:
        yield _missed("action", expected.action, "、".join(seen.actions))
    if expected.asks is not None and expected.asks != seen.asks:
        yield _missed("asks", SLOTS[expected.asks], SLOTS.get(seen.asks, seen.asks))
    if expected.writes is not None and expected.writes != seen.wrote:
        yield _missed("writes" if expected.writes else "not-writes", "", "")
    if expected.promises is not None and expected.promises != seen.promised:
        yield _missed("promises" if expected.promises else "not-promises", "", "")
    if expected.rule and not (
        seen.rule == expected.rule or seen.rule.endswith(f"/{expected.rule}")
    ):
        yield _missed("rule", expected.rule, seen.rule)


def _people(expected: Expected, seen: Observed) -> Iterator[Missed]:
    told = "、".join(CALLS.get(one, one) for one in seen.calls)
    if expected.calls == "no" and seen.calls:
        yield _missed("not-calls", "", told)
    if expected.calls not in (None, "no") and expected.calls not in seen.calls:
        yield _missed("calls", CALLS[str(expected.calls)], told)
    if expected.priority is not None and expected.priority not in seen.priorities:
        got = "、".join(PRIORITIES.get(one, one) for one in seen.priorities)
        yield _missed("priority", PRIORITIES[expected.priority], got)


def _missed(what: str, wanted: str, got: str) -> Missed:
    return Missed(
        what=messages.text(f"stories.expected.{what}", text=wanted),
        got=got or messages.text("stories.nothing"),
    )
