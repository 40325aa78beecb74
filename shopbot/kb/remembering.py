"""An embedder with a memory: shops hear the same questions all day."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shopbot.kb.embedder import Count, Embedder

CACHED_VECTORS = 4096
"""Questions whose embedding is remembered: 6 MB."""


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
