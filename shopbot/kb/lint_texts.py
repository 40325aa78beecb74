"""What the texts say: variables that have a value, and words that may not be said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import ahocorasick

from shopbot.kb import fields, template
from shopbot.kb.entry import BannedWord, Entry, Knowledge, Problem, Source
from shopbot.kb.facts import EXTRA, PRODUCT
from shopbot.kb.notes import problem
from shopbot.kb.phrase_list import phrases

KINDS: Mapping[str, str] = {
    "含糊": "vague-word",
    "禁语": "banned-word",
    "绝对化": "absolute-claim",
    "承诺": "absolute-promise",
    "违规": "forbidden-offer",
}
TOKENS = ("订单号", "运单号", "手机号")
"""Placeholders a phrasing may carry for a number the shopper types."""


AROUND = 8
"""Characters shown on either side of a banned word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """Variables that exist, and those of them that are blank."""

    store: frozenset[str]
    blank: frozenset[str]
    product: frozenset[str]


def lint(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield problems of texts: variables first, then words."""
    facts = knowledge.store.facts
    names = _Names(
        store=frozenset(facts),
        blank=frozenset(name for name, value in facts.items() if not value),
        product=frozenset(PRODUCT).union(*(p.attributes for p in knowledge.products)),
    )
    for entry in knowledge.entries:
        if entry.status == "published":
            yield from _variables(entry, names)
    yield from _words(knowledge)


def _variables(entry: Entry, names: _Names) -> Iterator[Problem]:
    extra = frozenset(EXTRA.get(entry.attribute, ()))
    about_product = names.product | extra
    for number, variant in enumerate(entry.variants):
        place = entry.place(f"answers.{number}")
        known = about_product if "product" in entry.needs else frozenset[str]()
        known |= frozenset(phrases().get(entry.id, ()))
        yield from _text(variant.text, place, names, known, about_product)
    if entry.ask:
        yield from _text(entry.ask, entry.place("ask"), names, frozenset(), about_product)
    for number, phrasing in enumerate(entry.phrasings):
        left = phrasing.text
        for token in TOKENS:
            left = left.replace(f"{{{token}}}", "")
        if "{" in left or "}" in left:
            place = entry.place(f"questions.{number}")
            told = "、".join(f"{{{token}}}" for token in TOKENS)
            yield problem("brace-in-question", "warning", place, text=phrasing.text, allowed=told)


def _text(
    text: str, place: Source, names: _Names, known: frozenset[str], about_product: frozenset[str]
) -> Iterator[Problem]:
    try:
        used = dict.fromkeys(name for name, _ in template.variables(text))
    except template.BadTemplate as bad:
        yield problem("bad-variable", "error", place, fragment=bad.fragment)
        return
    for name in used:
        variable = f"{{{name}}}"
        if name in known or (name in names.store and name not in names.blank):
            continue
        if name in names.blank:
            yield problem("blank-fact", "warning", place, variable=variable, name=name)
        elif name in about_product:
            yield problem("variable-needs-product", "error", place, variable=variable)
        else:
            meant = fields.guess(name, names.store | known)
            code = "missing-variable-guess" if meant else "missing-variable"
            yield problem(code, "error", place, variable=variable, meant=f"{{{meant}}}")


def _words(knowledge: Knowledge) -> Iterator[Problem]:
    for word in knowledge.words.banned:
        if word.kind not in KINDS:
            told = "、".join(KINDS)
            yield problem(
                "unknown-kind-of-word", "warning", word.source, kind=word.kind, allowed=told
            )
    if not knowledge.words.banned:
        yield problem("no-banned-words", "warning", Source(file="words/banned.csv", line=1))
        return
    finder = BannedFinder(knowledge.words.banned)
    for text, place in chain(_answers(knowledge), _sheets(knowledge)):
        for word, around in finder.find(text):
            code = KINDS.get(word.kind, "banned-word")
            hint = word.hint or "—"
            yield problem(code, "error", place, word=word.word, text=around, advice=hint)


def _answers(knowledge: Knowledge) -> Iterator[tuple[str, Source]]:
    """Yield the texts of entries that can reach a shopper, with their places."""
    for entry in knowledge.entries:
        if entry.status == "published":
            for number, variant in enumerate(entry.variants):
                yield variant.text, entry.place(f"answers.{number}")
            if entry.ask:
                yield entry.ask, entry.place("ask")


def _sheets(knowledge: Knowledge) -> Iterator[tuple[str, Source]]:
    """Yield the facts that answers are filled with, with their places."""
    for product in knowledge.products:
        for value in (product.name, *product.attributes.values()):
            yield value, product.source
    for told in knowledge.comparisons:
        yield told.difference, told.source
        yield told.choose, told.source
    for value in knowledge.store.facts.values():
        yield value, knowledge.store.source


class BannedFinder:
    """Finds words that may not be said in one pass over a text."""

    def __init__(self, words: Iterable[BannedWord]) -> None:
        self._words = {fields.plain(word.word): word for word in words}
        self._fine = {
            name: frozenset(fields.plain(told) for told in word.allowed)
            for name, word in self._words.items()
        }
        self._finder = ahocorasick.Automaton()
        for name in chain(self._words, *self._fine.values()):
            self._finder.add_word(name, name)
        self._finder.make_automaton()

    def find(self, text: str) -> Iterator[tuple[BannedWord, str]]:
        """Yield each banned word once with what stands around it; its own exceptions are fine."""
        plain = unicodedata.normalize("NFKC", text).lower()
        hits = [(end - len(name) + 1, end + 1, name) for end, name in self._finder.iter(plain)]
        told: set[str] = set()
        for start, end, name in hits:
            if (
                name in self._words
                and name not in told
                and not self._excused(name, start, end, hits)
            ):
                told.add(name)
                around = plain[max(0, start - AROUND) : end + AROUND].replace("\n", " ")
                yield self._words[name], around

    def _excused(self, name: str, start: int, end: int, hits: list[tuple[int, int, str]]) -> bool:
        fine = self._fine[name]
        return any(hit in fine and a <= start and end <= b for a, b, hit in hits)
