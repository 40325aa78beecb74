"""The shipped out-of-shop questions are embedded once a model, and never wrongly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shopbot.kb import text as plain
from shopbot.kb.negatives import KnowsNegatives, shipped_negatives
from tests.simulators.embedder import SeededEmbedder

ASKED = [plain.core(plain.normalise(text)) for text in shipped_negatives()[:3]]


def counted(cache: Path) -> int:
    """How many texts are embedded for three shipped questions and one of the store's."""
    inner = SeededEmbedder()
    texts = [*ASKED, "什么时候发货"]
    vectors = KnowsNegatives(inner, cache).encode(texts)
    assert np.array_equal(vectors, SeededEmbedder().encode(texts))
    return len(inner.encoded)


def test_they_are_embedded_once(tmp_path: Path) -> None:
    """A later build has them from the cache and embeds only what is the store's."""
    assert (len(shipped_negatives()) + 1, 1) == (counted(tmp_path), counted(tmp_path))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"x" * 400])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: bytes) -> None:
    """Whatever is there instead of the file: the vectors are right, and kept anew."""
    counted(tmp_path)
    [kept] = tmp_path.glob("negatives-*")
    kept.write_bytes(damage)

    assert (len(shipped_negatives()) + 1, 1) == (counted(tmp_path), counted(tmp_path))


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """The archive's check sum finds what no shape tells."""
    counted(tmp_path)
    [kept] = tmp_path.glob("negatives-*")
    told = bytearray(kept.read_bytes())
    told[len(told) // 2] ^= 1
    kept.write_bytes(told)

    assert counted(tmp_path) > 1


def test_without_a_place_to_keep_them_they_are_made_each_time(tmp_path: Path) -> None:
    """A cache that cannot be written stops nobody."""
    (tmp_path / "file").write_text("")
    cache = tmp_path / "file" / "cache"

    assert counted(cache) == counted(cache) > 1


def test_another_model_has_its_own(tmp_path: Path) -> None:
    """Vectors of one model are never taken for those of another."""
    counted(tmp_path)
    other = SeededEmbedder(seed=8)
    KnowsNegatives(other, tmp_path).encode(ASKED)

    assert len(shipped_negatives()) == len(other.encoded)
