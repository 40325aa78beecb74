"""One store's knowledge as a running thing: opened, kept up to date, asked.

Readers never wait: a request takes the answerer that is current and keeps it. A refresh reads the
changed files, builds the next generation beside the present one and swaps it in; then it is written
to disk for the next start. A broken file changes nothing but the list of problems.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import structlog
from numpy.typing import NDArray

from shopbot import ids
from shopbot.errors import KnowledgeMissing, StorageError
from shopbot.kb.answering import Answer, Answerer, Query
from shopbot.kb.embedder import Count, Embedder, load_embedder
from shopbot.kb.entry import Knowledge, Problem
from shopbot.kb.fitting import Labelled, fitted
from shopbot.kb.focus import Turn
from shopbot.kb.generation import Generation, Progress, build, content_digest, digest_of
from shopbot.kb.index import Damaged, IndexFolder
from shopbot.kb.loader import load
from shopbot.kb.notes import problem
from shopbot.kb.readiness import readiness
from shopbot.kb.storefile import facts_of

if TYPE_CHECKING:
    from types import TracebackType

    from shopbot.config import Settings
    from shopbot.storage import Database

__all__ = ["Answer", "KbStatus", "KnowledgeBase", "Query", "Turn"]

log = structlog.get_logger(__name__)

REFIT_SHARE = 0.05
"""Share of phrasings that may be new before topic model and calibration are fitted again."""
CACHED_VECTORS = 4096
"""Questions whose embedding is remembered: shops hear the same ones all day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KbStatus:
    """What serves now. ``problems`` are those of reading; ``kb check`` finds more."""

    entries: int
    topics_ready: int
    topics_total: int
    problems: tuple[Problem, ...]
    generation: str
    model: str


class Remembering:
    """An embedder that remembers the latest questions' vectors; thread-safe."""

    def __init__(self, embedder: Embedder, size: int = CACHED_VECTORS) -> None:
        self._embedder = embedder
        self._size = size
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self.name, self.dim = embedder.name, embedder.dim

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> NDArray[np.float32]:
        """See :class:`~shopbot.kb.embedder.Embedder`; not remembered, builds are large."""
        return self._embedder.encode(texts, done=done)

    def encode_one(self, text: str) -> NDArray[np.float32]:
        """The vector of one text, from memory when it was asked lately."""
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return known
        made = self._embedder.encode_one(text)
        with self._lock:
            self._known[text] = made
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return made


class KnowledgeBase:
    """Knowledge, index and model of one store. ``open`` makes one; close it afterwards."""

    def __init__(
        self, folder: Path, index: IndexFolder, embedder: Embedder, db: Database | None = None
    ) -> None:
        self.folder = folder
        self._index = index
        self._embedder = Remembering(embedder)
        self._db = db
        self._refreshing = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._stop = threading.Event()
        self._troubles: tuple[Problem, ...] = ()
        self._answerer: Answerer | None = None
        self.refreshed = False
        """Whether opening found something new and built it."""

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        store: str | None = None,
        folder: Path | None = None,
        db: Database | None = None,
        progress: Progress | None = None,
    ) -> KnowledgeBase:
        """The store that ``settings`` name, ready to be asked; builds what is missing or stale.

        ``store`` picks one below SHOPBOT_STORES; ``folder`` names another folder outright. Entry
        versions are kept in ``db`` when one is given.

        :raises KnowledgeMissing: when there is no such folder.
        :raises ModelError: when the model cannot be had.
        """
        place = folder or store_folder(settings, store)
        cache = settings.cache_dir()
        embedder = load_embedder(settings.model, cache, progress=progress)
        index = IndexFolder(settings.data_dir() / "index" / _store_name(place), cache)
        base = cls(place, index, embedder, db)
        base.refreshed = base.refresh(progress=progress)
        return base

    @property
    def store_id(self) -> str:
        """The store's id, from store.yaml."""
        return self.generation.knowledge.store.id

    @property
    def generation(self) -> Generation:
        """What serves now."""
        return self.answerer.generation

    @property
    def answerer(self) -> Answerer:
        """Answers from the present generation; keep it for the length of one request."""
        if self._answerer is None:
            raise RuntimeError("refresh() comes first")
        return self._answerer

    def suggest(self, query: Query) -> Answer:
        """Ranked, traceable suggestions for a shopper's message."""
        return self.answerer.answer(query)

    def status(self, now: datetime | None = None) -> KbStatus:
        """What serves now, and what is wrong with it."""
        generation = self.generation
        knowledge = generation.knowledge
        ready = readiness(knowledge, now or ids.now())
        return KbStatus(
            entries=len(knowledge.entries),
            topics_ready=len(ready.ready),
            topics_total=ready.total,
            problems=(*knowledge.problems, *self._troubles),
            generation=generation.id,
            model=generation.model,
        )

    def refresh(self, *, progress: Progress | None = None, refit: bool = False) -> bool:
        """Take in what has changed in the folder; True when something did.

        ``refit`` fits topic model and calibration again even after a small change.

        :raises KnowledgeMissing: when the folder is gone.
        """
        with self._refreshing:
            stored = self._stored() if self._answerer is None else self.generation
            before = stored.knowledge if stored else None
            knowledge = load(self.folder, before)
            if stored and stored.id == digest_of(knowledge, self._embedder.name):
                self._swap(stored, knowledge)
                return self._fit_if_due(stored, progress, refit)
            fresh = self._built(knowledge, stored, progress)
            self._swap(fresh, knowledge)
            if not self._fit_if_due(fresh, progress, refit):
                self._keep(fresh)
            return True

    def _stored(self) -> Generation | None:
        try:
            stored = self._index.current()
        except Damaged as error:
            log.warning("kb.index.damaged", reason=str(error))
            return None
        return stored if stored and stored.model == self._embedder.name else None

    def _built(
        self, knowledge: Knowledge, stored: Generation | None, progress: Progress | None
    ) -> Generation:
        return build(
            knowledge, self._embedder, self._index.cache, previous=stored, progress=progress
        )

    def _swap(self, generation: Generation, knowledge: Knowledge) -> None:
        """Serve a generation; problems are those of the reading just done."""
        if generation.knowledge is not knowledge:
            generation = generation.with_problems(knowledge.problems)
        self._answerer = Answerer(generation, self._embedder)

    def _fit_if_due(self, generation: Generation, progress: Progress | None, refit: bool) -> bool:
        digest = content_digest(generation.entries, generation.model)
        if generation.calibration.digest == digest:
            return False
        few = generation.drift <= REFIT_SHARE * max(len(generation.phrasings), 1)
        if generation.calibration.digest and few and not refit:
            return False
        fresh = fitted(generation, self._embedder, labelled_questions(self.folder), progress)
        self._swap(fresh, generation.knowledge)
        self._keep(fresh)
        return True

    def _keep(self, generation: Generation) -> None:
        """Write for the next start, and into the memory of what could be said."""
        troubles = []
        try:
            self._index.save(generation)
        except OSError as error:
            log.warning("kb.index.not-saved", reason=error.strerror or str(error))
            troubles.append(_trouble("index-not-saved", error.strerror or str(error)))
        if self._db is not None:
            try:
                self._record(generation)
            except StorageError as error:
                log.warning("kb.versions.not-kept", code=error.code)
                troubles.append(_trouble("versions-not-kept", str(error)))
        self._troubles = tuple(troubles)

    def _record(self, generation: Generation) -> None:
        from shopbot.kb.store import record_versions

        if self._db is not None:
            knowledge = generation.knowledge
            record_versions(self._db, knowledge.store.id, knowledge.entries, ids.now())

    def start_watching(self) -> None:
        """Refresh in the background whenever a file of the folder changes."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="kb-watch", daemon=True)
            self._watcher.start()

    def _watch(self) -> None:
        from watchfiles import watch

        # refreshed once at the start: something may have changed between open and here
        for _ in watch(
            self.folder, stop_event=self._stop, debounce=200, step=50, yield_on_timeout=False
        ):
            try:
                if self.refresh():
                    log.info("kb.refreshed", generation=self.generation.id)
            except Exception as error:
                log.warning("kb.refresh-failed", reason=str(error))
                self._troubles = (_trouble("refresh-failed", str(error)),)

    def close(self) -> None:
        """Stop watching; what was asked already is answered."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join(timeout=5)

    def __enter__(self) -> KnowledgeBase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def store_folder(settings: Settings, store: str | None = None) -> Path:
    """The knowledge folder to serve: the one setting, or ``store``'s below SHOPBOT_STORES.

    :raises KnowledgeMissing: when there is no such store.
    """
    if settings.stores is None:
        folder = settings.knowledge_dir()
        if store is not None and facts_of(folder).id != store:
            raise KnowledgeMissing(Path(store))
        return folder
    folders = sorted(path.parent for path in settings.stores.glob("*/store.yaml"))
    for folder in folders:
        if store is None or facts_of(folder).id == store:
            return folder
    raise KnowledgeMissing(settings.stores / (store or ""))


def labelled_questions(folder: Path) -> list[Labelled]:
    """The store's own labelled questions (eval/dev.jsonl), if it has any; bad lines are skipped."""
    path = folder / "eval" / "dev.jsonl"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for line in lines:
        try:
            row = json.loads(line)
            text = row["text"]
            topics = frozenset() if row.get("ood") else frozenset(map(str, row["topics"]))
        except (ValueError, KeyError, TypeError):
            continue
        found.append(Labelled(text=str(text), topics=topics))
    return found


def _store_name(folder: Path) -> str:
    """A folder name for a store's index: two stores on one data folder must not mix."""
    import hashlib

    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    return f"{folder.name}-{place}"


def _trouble(code: str, reason: str) -> Problem:
    from shopbot.kb.entry import Source

    return problem(code, "warning", Source(file="store.yaml", line=1), reason=reason)
