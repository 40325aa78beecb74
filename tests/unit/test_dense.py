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
