"""Writes the f32 network as a standard sentence-transformers folder, without torch."""

from __future__ import annotations

import errno
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from shopbot.kb.model_vocabulary import BOS, EOS, PAD, SPECIAL, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from shopbot.kb.weight_file import WeightFile

LAYERS = "1_WeightedLayerPooling"
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORM_NAMES = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def write_sentence_folder(
    folder: Path,
    weights: WeightFile,
    kept: Sequence[int],
    *,
    query_prefix: str,
    max_tokens: int,
    pooled: int,
) -> None:
    """Write weights and settings beside the tokenizer.json that `folder` already holds.

    `SentenceTransformer(folder)` then puts `query_prefix` before each text by itself.
    """
    _save(_tensors(weights, kept), folder / "model.safetensors")
    for name, content in _settings(weights, len(kept), query_prefix, max_tokens, pooled).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _save({"layer_weights": np.ones(pooled, np.float32)}, folder / LAYERS / "model.safetensors")


def _save(tensors: dict[str, NDArray[np.float32]], path: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(tensors, path, metadata={"format": "pt"})
    except SafetensorError as error:  # it tells a full disk in its text only
        number = re.search(r"os error (\d+)", str(error))
        raise OSError(int(number[1]) if number else errno.EIO, str(error), str(path)) from error


def _tensors(weights: WeightFile, kept: Sequence[int]) -> dict[str, NDArray[np.float32]]:
    hidden = weights.shape.hidden
    tensors = {
        "embeddings.word_embeddings.weight": _word_rows(weights, kept),
        "embeddings.position_embeddings.weight": weights.vector("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": weights.vector("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": weights.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": weights.vector("emb.ln.b"),
        # mean pooling never runs the pooler; BertModel complains when it is absent
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    for layer in range(weights.shape.layers):
        prefix = f"encoder.layer.{layer}"
        for short, name in _LAYER_NAMES.items():
            bias = weights.vector(f"l{layer}.{short}.b")
            matrix = weights.matrix(f"l{layer}.{short}.w").reshape(len(bias), -1)
            tensors[f"{prefix}.{name}.weight"] = matrix
            tensors[f"{prefix}.{name}.bias"] = bias
        for short, name in _NORM_NAMES.items():
            tensors[f"{prefix}.{name}.weight"] = weights.vector(f"l{layer}.{short}.w")
            tensors[f"{prefix}.{name}.bias"] = weights.vector(f"l{layer}.{short}.b")
    return tensors


def _word_rows(weights: WeightFile, kept: Sequence[int]) -> NDArray[np.float32]:
    hidden = weights.shape.hidden
    scales, nibbles = weights.blocks("emb.word")
    rows = np.asarray(kept)
    scale = scales.reshape(-1, hidden // nibbles.shape[1])[rows]
    words = nibbles.reshape(-1, *scale.shape[1:], nibbles.shape[1])[rows].astype(np.float32)
    words -= 8
    words *= scale[:, :, None]
    flat: NDArray[np.float32] = words.reshape(len(rows), hidden)
    return flat


def _settings(
    weights: WeightFile, vocabulary: int, query_prefix: str, max_tokens: int, pooled: int
) -> dict[str, Any]:
    shape = weights.shape
    # the names that sentence-transformers 5 wrote; 6 still reads them, 5 does not read 6's
    modules = (
        ("Transformer", ""),
        ("WeightedLayerPooling", LAYERS),
        ("Pooling", "2_Pooling"),
        ("Normalize", "3_Normalize"),
    )
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": vocabulary,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": len(weights.vector("emb.type")) // shape.hidden,
            "layer_norm_eps": shape.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": SPECIAL.index(PAD),
            "bos_token_id": SPECIAL.index(BOS),
            "eos_token_id": SPECIAL.index(EOS),
            "dtype": "float32",
            "output_hidden_states": True,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": max_tokens,
            "bos_token": BOS,
            "cls_token": BOS,
            "eos_token": EOS,
            "sep_token": EOS,
            "pad_token": PAD,
            "unk_token": UNKNOWN,
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (name, path) in enumerate(modules)
        ],
        "sentence_bert_config.json": {"max_seq_length": max_tokens, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": query_prefix},
            "default_prompt_name": "query",
            "similarity_fn_name": "cosine",
        },
        f"{LAYERS}/config.json": {
            "word_embedding_dimension": shape.hidden,
            "layer_start": shape.layers + 1 - pooled,
            "num_hidden_layers": shape.layers,
        },
        "2_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "3_Normalize/config.json": {},
    }
