"""An embedder without a model: texts that share characters and pairs of characters are near."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shopbot.kb.embedder import Count

Floats = NDArray[np.float32]


@dataclass
class SeededEmbedder:
    """Sums a fixed random direction per character and pair; equal for equal texts, on any machine.

    `encoded` keeps every text that was embedded, in order.
    """

    dim: int = 64
    seed: int = 7
    encoded: list[str] = field(default_factory=list)
    _directions: dict[str, Floats] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Identity; another seed is another model."""
        return f"seeded-{self.dim}-{self.seed}"

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> Floats:
        """Vectors (len(texts), dim) of length 1."""
        made = np.empty((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            made[row] = self.encode_one(text)
            if done is not None:
                done(row + 1)
        return made

    def encode_one(self, text: str) -> Floats:
        """The vector (dim,) of one text; zeros for a text without characters."""
        self.encoded.append(text)
        grams = [*text, *map("".join, pairwise(text))]
        total = np.sum([self._direction(gram) for gram in grams], axis=0) if grams else 0.0
        length = float(np.linalg.norm(total))
        made: Floats = np.zeros(self.dim, np.float32)
        return made if not length else np.asarray(total / length, np.float32)

    def _direction(self, gram: str) -> Floats:
        found = self._directions.get(gram)
        if found is None:
            chance = np.random.default_rng([self.seed, zlib.crc32(gram.encode(errors="replace"))])
            found = self._directions[gram] = chance.standard_normal(self.dim).astype(np.float32)
        return found
