"""From a store's folder to knowledge: every file read, what is wrong noted, the rest usable.

Nothing that staff write makes this raise. A file with an error keeps its last good version when
there is one (``previous``); else those of its records load that are sound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from shopbot.kb import folder as folders
from shopbot.kb import policies, replies, storefile, tables, wordlists
from shopbot.kb.entry import (
    Entry,
    Knowledge,
    Problem,
    SizeRow,
    Source,
    StoreFacts,
    Topic,
    Words,
)
from shopbot.kb.folder import KnowledgeFile
from shopbot.kb.notes import Notes, problem
from shopbot.kb.replies import Setting
from shopbot.kb.textfile import decode

CROSS_FILE = frozenset({"duplicate-id", "duplicate-sku", "missing-file"})
"""Problems found when the files are put together; a file that has one is read anew."""

_SETTING = ("store.yaml", "topics.yaml")


@dataclass(slots=True, kw_only=True)
class _Part:
    """What one file gives."""

    records: list[Any] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stale: bool = False


def load(folder: Path, previous: Knowledge | None = None) -> Knowledge:
    """Read the knowledge in ``folder``; files unchanged since ``previous`` are not read again.

    Raises KnowledgeMissing when there is no such folder. Everything else is in ``problems``.
    """
    files = folders.files(folder)
    notes = {file.name: Notes(file.name) for file in files}
    raw = {file.name: folders.read_bytes(file, folder, notes[file.name]) for file in files}
    digests = {name: folders.digest(data) for name, data in raw.items() if data is not None}
    before = _Previous.of(previous, digests)
    parts: dict[str, _Part] = {}
    store, topics = _settings(files, raw, notes, before, parts)
    setting = Setting(zone=storefile.zone_of(store), topics=topics)
    for file in files:
        if file.name not in _SETTING:
            parts[file.name] = _part(file, raw[file.name], notes[file.name], before, setting)
    known = _assembled(store, topics, files, parts, digests)
    broken = [entry for note in notes.values() for entry in note.broken]
    return replace(known, broken=(*known.broken, *broken))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Previous:
    """The last reading, by file."""

    knowledge: Knowledge | None
    records: Mapping[str, list[Any]]
    problems: Mapping[str, list[Problem]]
    unchanged: frozenset[str]

    @classmethod
    def of(cls, previous: Knowledge | None, digests: Mapping[str, str]) -> _Previous:
        """Sort ``previous`` by file and tell which files need no reading."""
        if previous is None:
            return cls(knowledge=None, records={}, problems={}, unchanged=frozenset())
        problems: dict[str, list[Problem]] = defaultdict(list)
        for told in previous.problems:
            problems[told.source.file].append(told)
        same = {name for name, told in digests.items() if previous.files.get(name) == told}
        if any(digests.get(name) != previous.files.get(name) for name in _SETTING):
            same = set()  # the time zone and the topics' stages are in every entry
        crossed = {p.source.file for p in previous.problems if p.code in CROSS_FILE}
        return cls(
            knowledge=previous,
            records=_by_file(previous),
            problems=problems,
            unchanged=frozenset(same - crossed),
        )

    def part(self, name: str) -> _Part:
        """Return what ``name`` gave last time."""
        stale = self.knowledge is not None and name in self.knowledge.stale_files
        return _Part(
            records=self.records.get(name, []), problems=self.problems.get(name, []), stale=stale
        )

    def good(self, name: str) -> list[Any]:
        """Return the records of the last good version of ``name``, or none."""
        stale = self.knowledge is not None and name in self.knowledge.stale_files
        broken = any(p.severity == "error" for p in self.problems.get(name, []))
        return [] if broken and not stale else self.records.get(name, [])


def _by_file(known: Knowledge) -> Mapping[str, list[Any]]:
    records: dict[str, list[Any]] = defaultdict(list)
    sized = chain.from_iterable(known.sizes.values())
    lists: Iterable[Iterable[Any]] = (
        known.entries, known.products, known.stock, sized, known.comparisons, known.words.banned,
    )  # fmt: skip
    for record in chain.from_iterable(lists):
        records[record.source.file].append(record)
    records["words/lexicon.txt"] = list(known.words.lexicon)
    records["words/synonyms.txt"] = list(known.words.synonyms)
    return records


def _settings(
    files: list[KnowledgeFile],
    raw: Mapping[str, bytes | None],
    notes: Mapping[str, Notes],
    before: _Previous,
    parts: dict[str, _Part],
) -> tuple[StoreFacts, Mapping[str, Topic]]:
    """Read store.yaml and topics.yaml; the last good version stands in for a broken one."""
    last = before.knowledge
    store: StoreFacts | None = None
    added: Mapping[str, Topic] = {}
    for file in files[:2]:
        if file.name not in _SETTING:
            continue
        note, data = notes[file.name], raw[file.name]
        text = decode(data, note) if data is not None else None
        if file.kind == "store":
            store = storefile.read_store(text, note) if text is not None else None
        elif text is not None:
            added = storefile.read_topics(text, note)
        stale = bool(note.errors and last)
        if stale and last and file.kind == "store":
            store = last.store
        elif stale and last:
            added = last.topics
        parts[file.name] = _Part(problems=note.problems, stale=stale)
    if store is None:
        store = last.store if last else StoreFacts(id="store", name="")
    return store, {**storefile.base_topics(), **added}


_READERS: Mapping[str, Callable[[str, Notes, Setting], Iterable[Any]]] = {
    "replies": replies.read,
    "templates": lambda text, notes, setting: replies.read(text, notes, setting, template=True),
    "policies": policies.read,
    "products": lambda text, notes, setting: tables.products(text, notes, setting.zone),
    "stock": lambda text, notes, setting: tables.stock(text, notes, setting.zone),
    "sizes": lambda text, notes, _: tables.size_table(text, notes),
    "compare": lambda text, notes, _: tables.comparisons(text, notes),
    "banned": lambda text, notes, _: tables.banned(text, notes),
    "lexicon": lambda text, notes, _: wordlists.lexicon(text, notes),
    "synonyms": lambda text, notes, _: wordlists.synonyms(text, notes),
}


def _part(
    file: KnowledgeFile, raw: bytes | None, notes: Notes, before: _Previous, setting: Setting
) -> _Part:
    if file.kind == "stray":
        notes.warning("stray-file", 1)
        return _Part(problems=notes.problems)
    if file.name in before.unchanged:
        return before.part(file.name)
    text = decode(raw, notes) if raw is not None else None
    records = list(_READERS[file.kind](text, notes, setting)) if text is not None else []
    good = before.good(file.name) if notes.errors else []
    if notes.errors and not good and not records:
        good = before.records.get(file.name, [])
    return _Part(records=good or records, problems=notes.problems, stale=bool(good))


def _assembled(
    store: StoreFacts,
    topics: Mapping[str, Topic],
    files: list[KnowledgeFile],
    parts: Mapping[str, _Part],
    digests: Mapping[str, str],
) -> Knowledge:
    problems = [p for part in parts.values() for p in part.problems]
    problems = [p for p in problems if p.code not in CROSS_FILE]
    if "store.yaml" not in parts:
        problems.append(problem("missing-file", "error", Source(file="store.yaml", line=1)))
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for file in files:
        by_kind[file.kind] += parts[file.name].records
    entries = [*by_kind["replies"], *by_kind["policies"], *by_kind["templates"]]
    kept_entries = _unique(entries, "id", "duplicate-id", problems)
    by_id = {entry.id: entry for entry in kept_entries}
    kept_products = _unique(by_kind["products"], "sku", "duplicate-sku", problems)
    return Knowledge(
        store=store,
        entries=kept_entries,
        products=kept_products,
        stock=tuple(by_kind["stock"]),
        sizes=_sizes(by_kind["sizes"]),
        comparisons=tuple(by_kind["compare"]),
        words=Words(
            lexicon=tuple(by_kind["lexicon"]),
            synonyms=tuple(by_kind["synonyms"]),
            banned=tuple(by_kind["banned"]),
        ),
        topics=topics,
        problems=tuple(sorted(problems, key=_place)),
        files=digests,
        stale_files=tuple(sorted(name for name, part in parts.items() if part.stale)),
        broken=tuple(entry for entry in entries if entry is not by_id[entry.id]),
    )


def _place(told: Problem) -> tuple[str, int, int]:
    return told.source.file, told.source.line, told.source.column


def _unique(
    records: Iterable[Any], name: str, code: str, problems: list[Problem]
) -> tuple[Any, ...]:
    """Keep the first record of each name; later ones are errors at their own place."""
    kept: dict[str, Any] = {}
    for record in records:
        first = kept.setdefault(getattr(record, name), record)
        if first is not record:
            place = record.place("id") if isinstance(record, Entry) else record.source
            told = {name: getattr(record, name), "first": str(first.source)}
            problems.append(problem(code, "error", place, **told))
    return tuple(kept.values())


def _sizes(rows: Iterable[SizeRow]) -> Mapping[str, tuple[SizeRow, ...]]:
    found: dict[str, list[SizeRow]] = defaultdict(list)
    for row in rows:
        found[Path(row.source.file).stem].append(row)
    return {name: tuple(told) for name, told in found.items()}
