"""One store's knowledge as a running thing: opened, kept up to date, asked.

Readers never wait: a request takes the answerer that is current and keeps it. A refresh reads the
changed files, builds the next generation beside the present one and swaps it in; then it is written
to disk for the next start. A broken file changes nothing but the list of problems.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shopbot import ids
from shopbot.errors import KnowledgeMissing
from shopbot.kb.answering import Answerer
from shopbot.kb.embedder import Embedder, load_embedder
from shopbot.kb.entry import Knowledge, Problem, Product
from shopbot.kb.focus import Turn
from shopbot.kb.generation import Generation, Progress, build, content_digest, digest_of, refitted
from shopbot.kb.index import Damaged, IndexFolder
from shopbot.kb.labelled import labelled_questions
from shopbot.kb.loader import load
from shopbot.kb.readiness import readiness
from shopbot.kb.remembering import Remembering
from shopbot.kb.stores import index_name, store_folder
from shopbot.kb.suggestion import Answer, Query
from shopbot.kb.troubles import Troubles

if TYPE_CHECKING:
    from types import TracebackType

    from shopbot.config import Settings
    from shopbot.storage import Database

__all__ = ["Answer", "KbStatus", "KnowledgeBase", "Query", "Remembering", "Turn", "store_folder"]

REFIT_SHARE = 0.05
"""Share of phrasings that may be new before topic model and calibration are fitted again."""
CLOSING_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KbStatus:
    """What serves now. ``problems`` are those of reading; ``kb check`` finds more."""

    entries: int
    topics_ready: int
    topics_total: int
    problems: tuple[Problem, ...]
    generation: str
    model: str


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
        self._fitting = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}
        self._stop = threading.Event()
        self._troubles = Troubles()
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
        :raises StoreUnknown: when there is no store of that id.
        :raises ModelError: when the model cannot be had.
        """
        place = folder or store_folder(settings, store)
        cache = settings.cache_dir()
        embedder = load_embedder(settings.model, cache, progress=progress)
        index = IndexFolder(settings.data_dir() / "index" / index_name(place), cache)
        base = cls(place, index, embedder, db)
        base.refreshed = base.refresh(progress=progress)
        return base

    @property
    def store_id(self) -> str:
        """The store's id, from store.yaml."""
        return self.generation.knowledge.store.id

    @property
    def embedder(self) -> Embedder:
        """The sentence model that is loaded, for whoever else reads texts."""
        return self._embedder

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

    @property
    def products(self) -> tuple[Product, ...]:
        """What the store sells now, in the order of its sheets."""
        return self.generation.knowledge.products

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
            problems=(*knowledge.problems, *self._troubles.problems()),
            generation=generation.id,
            model=generation.model,
        )

    def refresh(self, *, progress: Progress | None = None, refit: bool = False) -> bool:
        """Take in what has changed in the folder and fit anew if it is much; True if anything was.

        ``refit`` fits topic model and calibration again even after a small change.

        :raises KnowledgeMissing: when the folder is gone.
        """
        changed = self.take_in(progress=progress)
        return self.fit_if_due(progress=progress, refit=refit) or changed

    def take_in(self, *, progress: Progress | None = None) -> bool:
        """Serve what has changed in the folder, with the fit there is; True when something did.

        :raises KnowledgeMissing: when the folder is gone.
        """
        with self._refreshing:
            first = self._answerer is None
            present = self._stored() if first else self.generation
            knowledge = self._read(present)
            ours = present if present and present.model == self._embedder.name else None
            if ours and ours.id == digest_of(knowledge, self._embedder.name):
                self._swap(ours.with_problems(knowledge.problems))
                if first or "versions-not-kept" in self._troubles:
                    self._record(ours.knowledge)
                if "index-not-saved" in self._troubles:
                    self._save(ours)
                return False
            fresh = build(
                knowledge, self._embedder, self._index.cache, previous=ours, progress=progress
            )
            self._swap(fresh)
            self._record(knowledge, present.knowledge if present and not first else None)
            self._save(fresh)
            return True

    def _stored(self) -> Generation | None:
        try:
            return self._index.current()
        except Damaged as error:
            _log("warning", "kb.index.unusable", reason=str(error))
            return None

    def _read(self, present: Generation | None) -> Knowledge:
        """The folder as it is; what is broken in it as it last was."""
        if self._answerer is not None and not (self.folder / "store.yaml").exists():
            raise KnowledgeMissing(self.folder)  # removed or moved: not a shop that says nothing
        return load(self.folder, present.knowledge if present else self._index.last_knowledge())

    def _swap(self, generation: Generation) -> None:
        if self._answerer is None or generation is not self.generation:
            self._answerer = Answerer(generation, self._embedder)

    def _save(self, generation: Generation) -> None:
        """Write for the next start; a full disk must not stop serving."""
        with self._troubles.noted("index-not-saved"):
            self._index.save(generation)

    def _record(self, knowledge: Knowledge, before: Knowledge | None = None) -> None:
        """Keep the versions that can be said from now on, and that ``before`` was said until now."""
        if self._db is None:
            return
        from shopbot.kb.store import record_versions

        entries = [*(before.entries if before else ()), *knowledge.entries]
        with self._troubles.noted("versions-not-kept"):
            record_versions(self._db, knowledge.store.id, entries, ids.now())

    def fit_if_due(self, *, progress: Progress | None = None, refit: bool = False) -> bool:
        """Fit topic model and calibration when much is new (or ``refit``: anything); True if done.

        Takes seconds, while which the present fit serves and files may be taken in.
        """
        with self._fitting:
            generation = self.generation
            if not fit_is_due(generation, refit=refit):
                return False
            labelled = labelled_questions(self.folder)
            taught = content_digest(generation.entries, generation.model, labelled)
            if taught == generation.calibration.digest:
                return False
            from shopbot.kb.fitting import fitted
            from shopbot.kb.negatives import KnowsNegatives

            embedder = KnowsNegatives(self._embedder, self._index.cache)
            made = fitted(generation, embedder, labelled, progress)
            with self._refreshing:
                fresh = refitted(self.generation, made, generation.drift)
                self._swap(fresh)
                self._save(fresh)
            return True

    def start_watching(self) -> None:
        """Refresh in the background whenever a file of the folder changes."""
        if "watch" not in self._threads:
            self._start("watch", self._watch)

    def _start(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"kb-{name}", daemon=True)
        self._threads[name] = thread
        thread.start()

    def _watch(self) -> None:
        from shopbot.kb.watching import follow

        follow(self.folder, self._changed, self._stop)

    def _changed(self) -> None:
        """Take a change in at once; fit in a thread of its own, so that the next is not kept."""
        with self._troubles.noted("refresh-failed"):
            if self.take_in():
                _log("info", "kb.refreshed", generation=self.generation.id)
            fitting = self._threads.get("fit")
            if fit_is_due(self.generation) and not (fitting and fitting.is_alive()):
                self._start("fit", self._fit)

    def _fit(self) -> None:
        with self._troubles.noted("refresh-failed"):
            while not self._stop.is_set() and self.fit_if_due():
                _log("info", "kb.fitted", generation=self.generation.id)

    def close(self) -> None:
        """Stop watching; what was asked already is answered."""
        self._stop.set()
        for thread in list(self._threads.values()):
            thread.join(timeout=CLOSING_S)

    def __enter__(self) -> KnowledgeBase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def fit_is_due(generation: Generation, *, refit: bool = False) -> bool:
    """Whether to look if topic model and calibration are to be fitted: never yet, or much is new."""
    much = generation.drift > REFIT_SHARE * max(len(generation.phrasings), 1)
    return refit or much or not generation.calibration.digest


def _log(level: str, event: str, **facts: object) -> None:
    from shopbot import logs  # here: structlog costs a tenth of a second

    logs.tell(level, event, **facts)
