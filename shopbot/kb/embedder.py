"""Texts to vectors: the bundled model through onnxruntime, any other through its own library."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from shopbot.errors import ModelError
from shopbot.kb.bundled_model import Progress, ensure_prepared
from shopbot.kb.model_folder import SERVING, TOKENIZER, ModelFolder
from shopbot.messages import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Names of SHOPBOT_MODEL that mean the model which needs no download.
BUNDLED_NAMES = frozenset({"bundled", "default"})
_MAX_THREADS = 4  # one-thread runs side by side; more gains nothing while others serve
_SLICE = 16  # texts a task: long enough to hide the hand-over, short enough to share well
_MAX_CHARACTERS = 2048  # no piece is longer than 16, so more than MAX_TOKENS pieces can hold
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000))

Count = Callable[[int], None]  # texts done so far


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine."""

    @property
    def name(self) -> str:
        """Identity incl. digest: equal names give equal vectors, so caches may use it as a key."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> NDArray[np.float32]:
        """Vectors (len(texts), dim), each of length 1, in the order of `texts`."""
        ...

    def encode_one(self, text: str) -> NDArray[np.float32]:
        """The vector (dim,) of one text, bit for bit what `encode` gives for it."""
        ...


def load_embedder(
    model: str, cache_dir: Path, *, threads: int | None = None, progress: Progress | None = None
) -> Embedder:
    """The embedder that SHOPBOT_MODEL names; the bundled one is prepared when it is missing.

    `threads` bounds the one-thread runs side by side in `encode` (default: cores, at most 4).
    Raises ModelError, with what to do, when there is no such model or it cannot be used.
    """
    if model in BUNDLED_NAMES:
        return OnnxEmbedder(ensure_prepared(cache_dir, progress=progress), threads=threads)
    from shopbot.kb.sentence_embedder import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(model)


class OnnxEmbedder:
    """A prepared folder served by tokenizers + onnxruntime alone; safe to use from many threads.

    Each text is one run of batch 1 on one thread, so a vector never depends on its neighbours.
    """

    def __init__(self, folder: ModelFolder, *, threads: int | None = None) -> None:
        self._prefix = folder.manifest.query_prefix
        self._threads = max(1, min(threads or os.cpu_count() or 1, _MAX_THREADS))
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self.name = folder.identity
        self.dim = folder.manifest.dimension
        try:
            self._load(folder)
        except Exception as error:  # the two libraries raise types of their own, and bare Exception
            message = f"The prepared model cannot be loaded: {error}."
            hint = "Run `shopbot model prepare --force`, or upgrade onnxruntime and tokenizers."
            problem = text("model.unusable", reason=error)
            raise ModelError(f"{message} {hint}", problem=problem) from error

    def _load(self, folder: ModelFolder) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder.path / TOKENIZER))
        self._tokenizer.enable_truncation(folder.manifest.max_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors; warnings about our own graph help nobody
        self._session = onnxruntime.InferenceSession(
            str(folder.path / SERVING), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> NDArray[np.float32]:
        """See Embedder; `done` is called now and then with the number of texts finished."""
        vectors = np.empty((len(texts), self.dim), np.float32)

        def fill(start: int) -> int:
            end = min(start + _SLICE, len(texts))
            for i in range(start, end):
                vectors[i] = self.encode_one(texts[i])
            return end

        alone = len(texts) <= 1 or self._threads == 1
        run = map if alone else self._workers().map
        for end in run(fill, range(0, len(texts), _SLICE)):
            if done is not None:
                done(end)
        return vectors

    def encode_one(self, text: str) -> NDArray[np.float32]:
        """See Embedder; a text without any character gives zeros, which match nothing."""
        clean = text[:_MAX_CHARACTERS].translate(_SURROGATES).strip()
        if not clean:
            return np.zeros(self.dim, np.float32)
        ids = self._tokenizer.encode(self._prefix + clean).ids
        (vectors,) = self._session.run(None, {"input_ids": np.array([ids], np.int64)})
        vector: NDArray[np.float32] = vectors[0]
        return vector

    def _workers(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, "embed")
            return self._pool
