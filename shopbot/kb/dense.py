"""The dense leg: nearest phrasings by inner product of unit vectors, in FAISS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FLAT_LIMIT = 20_000
"""Up to here an exact scan is cheapest; above it a graph (HNSW) is searched instead: at 100,000 x 384
the scan takes 9.9 ms, the graph a fifth of that with recall@50 >= .99 (benchmarks/README.md)."""
HNSW_LINKS = 32
HNSW_BUILD_BEAM = 300
HNSW_SEARCH_BEAM = 320
"""Over 107,000 phrasings recall@50 is .952 with beams of 120 and 160, .986 with 300 and 240, .990 with
300 and 320; a searching beam of 800 would make up for a narrow build, at three times the time of each
question."""


class Dense:
    """A FAISS index over rows of ``vectors`` (float32, ``(n, dim)``, unit length)."""

    def __init__(self, index: Any, vectors: Floats) -> None:
        self._index = index
        self.vectors = vectors

    def search(self, query: Floats, top: int) -> tuple[NDArray[np.int64], Floats]:
        """The ``top`` best rows and their cosines, best first; fewer when there are fewer."""
        top = min(top, len(self.vectors))
        if top == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        scores, rows = self._index.search(query.reshape(1, -1), top)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def search_many(self, queries: Floats, top: int) -> NDArray[np.int64]:
        """The ``top`` best rows for each of ``queries`` (``(n, dim)``), -1 where there are fewer."""
        top = min(top, len(self.vectors))
        if top == 0 or not len(queries):
            return np.full((len(queries), top), -1, dtype=np.int64)
        return np.asarray(self._index.search(np.ascontiguousarray(queries), top)[1])

    def cosines(self, query: Floats, rows: NDArray[np.int64]) -> Floats:
        """Cosines of the given rows, in their order."""
        return np.asarray(self.vectors[rows] @ query, dtype=np.float32)

    def save(self, path: Path) -> bool:
        """Write a graph that is dear to rebuild; a flat index is not worth a file (False)."""
        import faiss

        if len(self.vectors) <= FLAT_LIMIT:
            return False
        faiss.write_index(self._index, str(path))
        return True


def build(vectors: Floats) -> Dense:
    """An index over unit vectors: exact up to ``FLAT_LIMIT`` rows, an HNSW graph above."""
    import faiss

    dim = vectors.shape[1] if vectors.ndim == 2 else 1
    if len(vectors) <= FLAT_LIMIT:
        index: Any = faiss.IndexFlatIP(dim)
    else:
        index = faiss.IndexHNSWFlat(dim, HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = HNSW_BUILD_BEAM
        index.hnsw.efSearch = HNSW_SEARCH_BEAM
    if len(vectors):
        index.add(np.ascontiguousarray(vectors))
    return Dense(index, vectors)


def load(path: Path, vectors: Floats) -> Dense:
    """A graph that :meth:`Dense.save` wrote, over the same vectors.

    :raises ValueError: when the file does not hold an index over that many rows.
    """
    import faiss

    index: Any = faiss.read_index(str(path))
    if index.ntotal != len(vectors):
        raise ValueError(f"index of {index.ntotal} rows over {len(vectors)} vectors")
    graph: Any = faiss.downcast_index(index)
    graph.hnsw.efSearch = HNSW_SEARCH_BEAM
    return Dense(index, vectors)
