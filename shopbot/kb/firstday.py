"""The first day of a real store: its own questions and answers become drafts with a guessed topic.

Nothing is made up: an answer without a question gets no phrasing. Neutral phrasings of the guessed
topic stand beside it as a comment, for staff to turn into what their own shoppers write.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shopbot import messages
from shopbot.config import packaged_knowledge
from shopbot.errors import EXIT_PROBLEMS, KnowledgeError, KnowledgeMissing
from shopbot.kb import replies
from shopbot.kb.entry import Entry, Phrasing, Source, Validity, Variant
from shopbot.kb.firstday_read import Pair
from shopbot.kb.lint_phrasings import plain
from shopbot.kb.loader import load
from shopbot.kb.notes import Notes
from shopbot.kb.readiness import sayable
from shopbot.kb.replies import LONGEST_TEXT, Setting
from shopbot.kb.topic_guess import Guess, Similar, TopicGuesser, neutral
from shopbot.kb.workbook_folder import open_shop, write_texts
from shopbot.kb.yaml_render import Style, entry_text

PROPOSALS = 6
FOLDER = "replies/imported"
Status = Literal["drafted", "skipped", "error"]


class UnknownTopic(KnowledgeError):
    """A topic is named that the store has not."""

    code = "knowledge.unknown-topic"

    def __init__(self, topic: str) -> None:
        super().__init__(f"There is no topic {topic!r}.", topic=topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What became of one row of the sheet."""

    row: int
    sheet: str
    status: Status
    id: str = ""
    topic: str = ""
    confidence: float = 0.0
    second: str = ""
    questions: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDay:
    """What an import of a plain sheet did, or would do."""

    rows: tuple[Drafted, ...]
    file: str
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many rows became drafts, were there already, or could not be used."""
        told = [row.status for row in self.rows]
        drafted = [row for row in self.rows if row.status == "drafted"]
        return {
            "drafted": told.count("drafted"),
            "skipped": told.count("skipped"),
            "error": told.count("error"),
            "without_topic": sum(1 for row in drafted if not row.topic),
            "without_phrasing": sum(1 for row in drafted if not row.questions),
        }

    @property
    def exit_code(self) -> int:
        """1 when a row could not be used, else 0."""
        return EXIT_PROBLEMS if self.counts["error"] else 0

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
        rows = [
            {
                "row": r.row, "sheet": r.sheet, "status": r.status, "id": r.id, "topic": r.topic,
                "confidence": r.confidence, "second": r.second, "questions": r.questions,
                "notes": list(r.notes),
            }
            for r in self.rows
        ]  # fmt: skip
        return {
            "kind": "first-day",
            "ok": not self.exit_code,
            "dry_run": self.dry_run,
            "counts": self.counts,
            "file": self.file,
            "rows": rows,
        }


def import_sheet(
    folder: Path,
    told: Sequence[Pair],
    *,
    name: str,
    now: datetime,
    topic: str = "",
    similar: Similar | None = None,
    dry_run: bool = False,
) -> FirstDay:
    """Put the pairs of a sheet into a new file of drafts below replies/imported.

    ``topic`` sets the topic of all rows instead of guessing. Raises UnknownTopic, KnowledgeMissing,
    NotWritten.
    """
    shop = open_shop(folder)
    if topic and topic not in shop.setting.topics:
        raise UnknownTopic(topic)
    local = now.astimezone(shop.setting.zone)
    file = _free_file(folder, f"{local:%Y-%m-%d}-{_file_name(name)}")
    knowledge = load(folder)
    known = knowledge.entries
    desk = _Desk(
        setting=shop.setting,
        guesser=TopicGuesser(shop.setting.topics, (*_examples(), *known), similar),
        topic=topic,
        stamp=f"{local:%y%m%d}",
        ids={entry.id for entry in known},
    )
    desk.learn(known, sayable(knowledge))
    drafts = [desk.draft(pair, file) for pair in told]
    text = desk.text(file)
    done = FirstDay(rows=tuple(drafts), file=file if desk.entries else "", dry_run=dry_run)
    if desk.entries and not dry_run:
        write_texts(shop, {file: text})
    return done


@cache
def _examples() -> tuple[Entry, ...]:
    """Return the entries of the packaged store: many more wordings to guess topics by.

    Not what is said for a season only: it tells of that shop's year, often in the same words twice.
    """
    try:
        known = load(packaged_knowledge()).entries
    except KnowledgeMissing:
        return ()
    return tuple(entry for entry in known if entry.valid == Validity())


def _file_name(name: str) -> str:
    return re.sub(r"[^\w\u4e00-\u9fff-]+", "-", name).strip("-_.")[:40] or "sheet"


def _free_file(folder: Path, stem: str) -> str:
    file, number = f"{FOLDER}/{stem}.yaml", 2
    while (folder / file).exists():
        file, number = f"{FOLDER}/{stem}-{number}.yaml", number + 1
    return file


@dataclass(slots=True, kw_only=True)
class _Desk:
    """Drafts while they are made: what the store already says, and what this sheet said so far."""

    setting: Setting
    guesser: TopicGuesser
    topic: str
    stamp: str
    ids: set[str]
    asked: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    entries: list[tuple[Entry, list[str]]] = field(default_factory=list)

    def learn(self, entries: Sequence[Entry], sayable: Container[str]) -> None:
        """Remember the phrasings and answers that are there, where they stand and if they are said."""
        for entry in entries:
            place = f"{entry.id}（{entry.source}）"
            if entry.id not in sayable:
                place = messages.text("firstday.place-blank", place=place)
            for phrasing in entry.phrasings:
                self.asked.setdefault(plain(phrasing.text), place)
            for variant in entry.variants:
                self.said.setdefault(plain(variant.text), place)

    def draft(self, pair: Pair, file: str) -> Drafted:
        """Make one row an entry, or tell why not."""
        fault = _fault(pair)
        if fault:
            return Drafted(row=pair.row, sheet=pair.sheet, status="error", notes=(fault,))
        fresh, notes = self._fresh(pair)
        there = [self.said[plain(a)] for a in pair.answers if plain(a) in self.said]
        if len(there) == len(pair.answers) and not fresh:
            told = messages.text("firstday.already", place=there[0])
            return Drafted(row=pair.row, sheet=pair.sheet, status="skipped", notes=(told,))
        if there:
            notes.append(messages.text("firstday.same-answer", place=there[0]))
        guess = self._guess(pair)
        entry = self._entry(pair, fresh, guess, file)
        if entry is None:
            told = messages.text("firstday.unreadable")
            return Drafted(row=pair.row, sheet=pair.sheet, status="error", notes=(told,))
        notes += _advice(entry)
        self._remember(entry)
        self.entries.append((entry, self._comments(pair, entry, guess, notes)))
        return Drafted(
            row=pair.row, sheet=pair.sheet, status="drafted", id=entry.id, topic=guess.topic,
            confidence=guess.confidence, second=guess.second, questions=len(fresh),
            notes=tuple(notes),
        )  # fmt: skip

    def _fresh(self, pair: Pair) -> tuple[list[str], list[str]]:
        """Return the questions that are nowhere yet, and notes on the others."""
        fresh, notes = [], []
        for question in pair.questions:
            place = self.asked.get(plain(question))
            if place is None and plain(question):
                fresh.append(question)
            elif place is not None:
                notes.append(messages.text("firstday.same-question", text=question, place=place))
        return fresh, notes

    def _guess(self, pair: Pair) -> Guess:
        if self.topic:
            return Guess(topic=self.topic, confidence=1.0)
        return self.guesser.guess(pair.questions, pair.answers, pair.group)

    def _entry(self, pair: Pair, fresh: Sequence[str], guess: Guess, file: str) -> Entry | None:
        entry = Entry(
            id=self._free_id(guess.topic or "new"),
            topic=guess.topic,
            source=Source(file=file, line=pair.row),
            phrasings=tuple(Phrasing(text=text, line=1) for text in fresh),
            variants=tuple(Variant(text=text, line=1) for text in pair.answers),
            status="draft",
        )
        known = self.setting.topics.get(entry.topic)
        entry = replace(entry, stage=known.stage if known else "service")
        text = entry_text(entry, Style(setting=self.setting))
        found = replies.read(text, Notes(file), self.setting)
        if len(found) != 1:
            return None
        self.ids.add(entry.id)
        return found[0]

    def _free_id(self, topic: str) -> str:
        number = 1
        while f"{topic}.i{self.stamp}-{number}" in self.ids:
            number += 1
        return f"{topic}.i{self.stamp}-{number}"

    def _remember(self, entry: Entry) -> None:
        self.learn([entry], {entry.id})

    def _comments(self, pair: Pair, entry: Entry, guess: Guess, notes: Sequence[str]) -> list[str]:
        told = [messages.text("firstday.comment.row", sheet=pair.sheet or "—", row=pair.row)]
        if pair.group:
            told.append(messages.text("firstday.comment.group", group=" ".join(pair.group.split())))
        told.append(_guess_text(guess, self.setting, given=bool(self.topic)))
        told += notes
        if not entry.phrasings and pair.questions:
            told.append(messages.text("firstday.comment.all-there"))
        elif not entry.phrasings:
            told += self._proposals(entry.topic)
        return [" ".join(line.split()) for line in told]

    def _proposals(self, topic: str) -> list[str]:
        free = [text for text in neutral().get(topic, ()) if plain(text) not in self.asked]
        if not free:
            return [messages.text("firstday.comment.no-question")]
        lines = [messages.text("firstday.comment.proposals")]
        return [*lines, *(f"  - {text}" for text in free[:PROPOSALS])]

    def text(self, file: str) -> str:
        """Return the file of drafts, every entry under what is known of it."""
        parts = [f"# {line}" for line in messages.text("firstday.head").strip().split("\n")]
        style = Style(setting=self.setting)
        for entry, comments in self.entries:
            parts.append("")
            parts += [f"# {line}" for line in comments]
            parts.append(entry_text(entry, style).rstrip("\n"))
        return "\n".join(parts) + "\n"


def _fault(pair: Pair) -> str:
    if not pair.answers:
        return messages.text("firstday.no-answer")
    if any(len(text) > LONGEST_TEXT for text in (*pair.answers, *pair.questions)):
        return messages.text("firstday.too-long", limit=LONGEST_TEXT)
    return ""


def _advice(entry: Entry) -> list[str]:
    braces = any("{" in v.text or "}" in v.text for v in entry.variants)
    return [messages.text("firstday.braces")] if braces else []


def _guess_text(guess: Guess, setting: Setting, *, given: bool) -> str:
    names: Mapping[str, str] = {t.id: t.zh for t in setting.topics.values()}
    if given:
        return messages.text("firstday.comment.given", topic=names[guess.topic])
    second = names.get(guess.second, "—")
    percent = round(guess.confidence * 100)
    if not guess.topic:
        return messages.text("firstday.comment.no-topic", second=second)
    return messages.text(
        "firstday.comment.guess", topic=names[guess.topic], percent=percent, second=second
    )
