"""Vectors kept between runs, so that a measurement of ranking does not wait for the encoder.

A text's vector depends on the model and the text alone, so kept ones are the ones that would be made.
Nothing that measures time uses this.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import ROOT
from shopbot.config import Settings, load_settings
from shopbot.kb.embedder import Count, Embedder, load_embedder
from shopbot.kb.index import IndexFolder
from shopbot.kb.service import KnowledgeBase

KEPT = ROOT / "benchmarks" / ".cache"
AT = datetime.fromisoformat("2026-11-22T12:00+08:00")
"""The moment questions are answered for: which entries are valid must not depend on the day."""

Floats = NDArray[np.float32]


class Memo:
    """An embedder that remembers every vector, on disk after :meth:`save`."""

    def __init__(self, embedder: Embedder, folder: Path = KEPT) -> None:
        self._embedder = embedder
        self.name, self.dim = embedder.name, embedder.dim
        self._path = folder / hashlib.sha256(self.name.encode()).hexdigest()[:12]
        self._places: dict[str, int] = {}
        self._vectors: list[Floats] = []
        self._fresh = 0
        if self._path.with_suffix(".npy").exists():
            texts = json.loads(self._path.with_suffix(".json").read_text(encoding="utf-8"))
            self._vectors = list(np.load(self._path.with_suffix(".npy"), allow_pickle=False))
            self._places = {text: at for at, text in enumerate(texts)}

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> Floats:
        """As :class:`~shopbot.kb.embedder.Embedder`."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._places))
        if missing:
            self._add(missing, self._embedder.encode(missing, done=done))
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        return np.stack([self._vectors[self._places[text]] for text in texts])

    def encode_one(self, text: str) -> Floats:
        """As :class:`~shopbot.kb.embedder.Embedder`."""
        if text not in self._places:
            self._add([text], self._embedder.encode_one(text)[None])
        return self._vectors[self._places[text]]

    def _add(self, texts: Sequence[str], vectors: Floats) -> None:
        for text, vector in zip(texts, vectors, strict=True):
            self._places[text] = len(self._vectors)
            self._vectors.append(vector)
        self._fresh += len(texts)

    def save(self) -> None:
        """Keep what is new for the next run."""
        if not self._fresh:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        texts = json.dumps(list(self._places), ensure_ascii=False)
        np.save(self._path.with_suffix(".npy"), np.stack(self._vectors), allow_pickle=False)
        self._path.with_suffix(".json").write_text(texts, encoding="utf-8")
        self._fresh = 0


def settings() -> Settings:
    """The installation's settings: which model, which cache."""
    return load_settings()


@contextmanager
def memo() -> Iterator[Memo]:
    """The installation's embedder behind a memory that is written at the end."""
    told = settings()
    kept = Memo(load_embedder(told.model, told.cache_dir()))
    try:
        yield kept
    finally:
        kept.save()


@contextmanager
def opened(folder: Path, embedder: Embedder) -> Iterator[KnowledgeBase]:
    """A store built anew in a folder of its own: no fit of an earlier revision is left over."""
    with tempfile.TemporaryDirectory() as place:
        index = IndexFolder(Path(place) / "index", settings().cache_dir())
        with KnowledgeBase(folder, index, embedder) as base:
            base.refresh()
            yield base
