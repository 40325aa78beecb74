"""Any sentence-transformers model as an embedder; slower to load than the bundled one."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shopbot.errors import ModelError
from shopbot.messages import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 32
_MAX_CHARACTERS = 8192  # spares the tokenizer what the model would cut off anyway
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000))


class SentenceTransformerEmbedder:
    """The model `model`: a folder, or the name of one already in the local hub cache.

    Nothing is downloaded. f32, so a batch changes a vector by rounding only (about 1e-6).
    """

    def __init__(self, model: str) -> None:
        # read by the hub's client when it is first imported, so before sentence_transformers
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
        try:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(model, device="cpu", local_files_only=True)
        except Exception as error:  # the library raises whatever its parts raise
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            message = f"SHOPBOT_MODEL={model} cannot be loaded: {reason}. "
            hint = "Nothing is downloaded at run time: name a folder on this machine, or unset it."
            problem = text("model.other.missing", model=model, reason=reason)
            raise ModelError(message + hint, problem=problem) from error
        self._lock = threading.Lock()
        probe = self._vectors(["认一认模型"])[0]
        self.dim = len(probe)
        self.name = f"{Path(model).name}-{_digest(model, probe)}"

    def encode(
        self, texts: Sequence[str], *, done: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See Embedder."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _BATCH):
            part = texts[start : start + _BATCH]
            vectors[start : start + len(part)] = self._vectors(part)
            if done is not None:
                done(start + len(part))
        return vectors

    def encode_one(self, text: str) -> NDArray[np.float32]:
        """See Embedder, but equal to `encode` up to rounding only."""
        vector: NDArray[np.float32] = self._vectors([text])[0]
        return vector

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        clean = [text[:_MAX_CHARACTERS].translate(_SURROGATES).strip() for text in texts]
        with self._lock:  # tokenizers' padding settings are shared state
            vectors = self._model.encode(
                clean, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        vectors = np.asarray(vectors, np.float32)
        vectors[[not one for one in clean]] = 0
        return vectors


def _digest(model: str, probe: NDArray[np.float32]) -> str:
    """Digest of the local weights where they can be found, else of the probe's vector.

    The probe is rounded: the last bits differ between machines, the first ones between models.
    """
    hasher = hashlib.sha256(np.round(probe, 3).tobytes())
    folder = Path(model)
    if folder.is_dir():
        for file in sorted(folder.rglob("*.safetensors")) + sorted(folder.rglob("*.json")):
            with file.open("rb") as stream:
                hasher.update(hashlib.file_digest(stream, "sha256").digest())
    return hasher.hexdigest()[:12]
