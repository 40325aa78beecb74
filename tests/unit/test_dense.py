"""The dense leg: exact while small, a graph when large, the same answers either way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shopbot.kb import dense
from shopbot.kb.dense import Floats

DIM = 16


def _vectors(count: int) -> Floats:
    chance = np.random.default_rng(11).standard_normal((count, DIM)).astype(np.float32)
    return np.asarray(chance / np.linalg.norm(chance, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("limit", [1_000, 10], ids=["exact", "graph"])
def test_the_nearest_come_first(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """Rows by cosine, best first, whichever index stands behind."""
    monkeypatch.setattr(dense, "FLAT_LIMIT", limit)
    vectors = _vectors(300)
    index = dense.build(vectors)

    for row in (0, 150, 299):
        rows, cosines = index.search(vectors[row], 10)
        exact = np.argsort(-(vectors @ vectors[row]), kind="stable")[:10]

        assert exact.tolist() == rows.tolist()
        assert (vectors @ vectors[row])[rows].tolist() == pytest.approx(cosines.tolist(), abs=1e-5)
        assert index.cosines(vectors[row], rows).tolist() == pytest.approx(
            cosines.tolist(), abs=1e-5
        )


@pytest.mark.parametrize("count", [0, 1, 3])
def test_fewer_rows_than_asked_for(count: int) -> None:
    """All there are, never a made-up row."""
    rows, cosines = dense.build(_vectors(count)).search(_vectors(1)[0], 10)

    assert list(range(count)) == sorted(rows.tolist())
    assert count == len(cosines)


def test_an_index_of_no_vectors_at_all() -> None:
    """An empty store: nothing found."""
    rows, _ = dense.build(np.empty((0, DIM), np.float32)).search(np.zeros(DIM, np.float32), 5)

    assert [] == rows.tolist()


def test_a_graph_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A saved graph answers as before; over other vectors it is refused."""
    monkeypatch.setattr(dense, "FLAT_LIMIT", 10)
    vectors = _vectors(50)
    index = dense.build(vectors)
    path = tmp_path / "graph"

    assert index.save(path)
    again = dense.load(path, vectors)
    assert index.search(vectors[7], 5)[0].tolist() == again.search(vectors[7], 5)[0].tolist()
    with pytest.raises(ValueError, match="50 rows over 49"):
        dense.load(path, vectors[:49])


def test_a_flat_index_is_not_worth_a_file(tmp_path: Path) -> None:
    """It is made again faster than read."""
    path = tmp_path / "graph"

    assert not dense.build(_vectors(5)).save(path)
    assert not path.exists()


def test_the_graph_finds_nearly_all_that_the_scan_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recall@50 is at least .99 over phrasings that crowd together, as e5's vectors do."""
    monkeypatch.setattr(dense, "FLAT_LIMIT", 10)
    chance = np.random.default_rng(5)
    centres = 1.5 + chance.standard_normal((80, 64))
    near = np.repeat(centres, 30, axis=0) + 0.5 * chance.standard_normal((2_400, 64))
    vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    index = dense.build(vectors)
    found = 0
    for row in range(0, 2_400, 24):
        exact = np.argsort(-(vectors @ vectors[row]), kind="stable")[:50]
        found += len(np.intersect1d(exact, index.search(vectors[row], 50)[0]))

    assert found / (100 * 50) >= 0.99
