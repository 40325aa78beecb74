"""An embedder's opinion for :mod:`shopbot.kb.topic_guess`: how near sentences are in meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shopbot.kb.embedder import Embedder
from shopbot.kb.generation import Progress

FLOOR, SPAN = 0.75, 0.25
"""Cosines of unrelated sentences lie around 0.75 (the bundled model): from there to 1 is 0 to 1."""


class Nearness:
    """Similarities from an embedder, which is made when it is first needed; each text embedded once."""

    def __init__(self, embedder: Callable[[], Embedder], progress: Progress | None = None) -> None:
        self._make = embedder
        self._embedder: Embedder | None = None
        self._tell = progress or (lambda _what, _share: None)
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(
        self, sentences: Sequence[str], references: Sequence[str]
    ) -> Sequence[Sequence[float]]:
        """A row for each sentence: its similarity, 0 to 1, to each of the references."""
        cosines = self._vectors(sentences) @ self._vectors(references).T
        told: list[list[float]] = np.clip((cosines - FLOOR) / SPAN, 0.0, 1.0).tolist()
        return told

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._embedder is None:
            self._embedder = self._make()
        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        if len(fresh) > 1:  # references: seconds; a lone sentence is no news
            self._tell("progress.embed", 0.0)
        made = self._embedder.encode(
            fresh, done=lambda n: self._tell("progress.embed", n / len(fresh)) if n > 1 else None
        )
        self._known.update(zip(fresh, made, strict=True))
        return np.stack([self._known[text] for text in texts])
