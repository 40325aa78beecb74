"""Questions that no shop's knowledge answers: what wrong looks like to a calibration.

They are shipped, so their vectors depend on the model alone. They are kept in the cache: a store of
a thousand phrasings would else spend a quarter of its build on them, and each refit again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from shopbot.kb import text as plain
from shopbot.kb.cachefile import keep_binary
from shopbot.kb.embedder import Count, Embedder
from shopbot.kb.fusion import Floats


def shipped_negatives() -> list[str]:
    """The questions, one a line in negatives.txt."""
    text = resources.files("shopbot.kb").joinpath("negatives.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


class KnowsNegatives:
    """An embedder that has the vectors of the shipped questions from the cache, where it can.

    A question that a store's own words change is embedded as any other text.
    """

    def __init__(self, inner: Embedder, cache: Path) -> None:
        self._inner, self._cache = inner, cache
        self.name, self.dim = inner.name, inner.dim

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> Floats:
        """See Embedder."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        made = dict(zip(fresh, self._inner.encode(fresh, done=done), strict=True))
        found = [made[text] if text in made else self._known[text] for text in texts]
        return np.stack(found) if found else np.empty((0, self.dim), np.float32)

    def encode_one(self, text: str) -> Floats:
        """See Embedder."""
        known = self._known.get(text)
        return self._inner.encode_one(text) if known is None else known

    @cached_property
    def _known(self) -> dict[str, Floats]:
        texts = [plain.core(plain.normalise(text)) for text in shipped_negatives()]
        named = hashlib.sha256("\n".join([self.name, *texts]).encode()).hexdigest()[:24]
        path = self._cache / f"negatives-{named}.npz"
        vectors = _read(path, (len(texts), self.dim))
        if vectors is None:
            vectors = self._inner.encode(texts)
            keep_binary(path, lambda out: np.savez(out, vectors=vectors))
        return dict(zip(texts, vectors, strict=True))


def _read(path: Path, shape: tuple[int, int]) -> Floats | None:
    """The vectors of a kept file; None when it is not there or not whole (the archive has sums)."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            vectors = kept["vectors"]
    except (OSError, EOFError, LookupError, ValueError, BadZipFile):
        return None
    return vectors if vectors.shape == shape and vectors.dtype == np.float32 else None
