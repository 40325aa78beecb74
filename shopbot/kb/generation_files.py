"""A generation as files of one folder, and back. JSON and plain arrays only, no pickle.

The manifest holds the SHA-256 of every other file; whoever names the folder keeps the manifest's.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from shopbot.kb import calibration as calibrating
from shopbot.kb import dense as dense_leg
from shopbot.kb import snapshot
from shopbot.kb.analysis import VERSION, TermRow, Vocabulary
from shopbot.kb.entry import Knowledge
from shopbot.kb.generation import Analysed, Generation, Memory, analyser_of, searchable
from shopbot.kb.mentions import Names
from shopbot.kb.pinyin import Speller
from shopbot.kb.product import Catalogue
from shopbot.kb.retrieval import Retriever, with_topics
from shopbot.kb.sparse import Sparse
from shopbot.kb.topic_model import TopicModel

FORMAT = 2
_MANIFEST = "manifest.json"
_KNOWN = "knowledge.json"
_TEXTS = "texts.json"
_VECTORS = "vectors.npy"
_ARRAYS = "arrays.npz"
_ROWS = "rows.npz"
_GRAPH = "dense.faiss"

UNUSABLE = (
    OSError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RuntimeError,
    BadZipFile,
)
"""What reading files that are not what they should be may raise."""

Arrays = Mapping[str, NDArray[Any]]


class Damaged(ValueError):
    """A stored generation cannot be used; the message says why. It is built anew."""


def write(folder: Path, generation: Generation) -> str:
    """Write all files; return the manifest's SHA-256."""
    retriever = generation.retriever
    model = retriever.topics
    _dump(folder / _KNOWN, snapshot.dump(generation.knowledge))
    _dump(
        folder / _TEXTS,
        {
            "prepared": generation.prepared,
            "frequencies": generation.frequencies,
            "calibration": generation.calibration.as_dict(),
            "drift": generation.drift,
            "words": list(retriever.words.vocabulary),
            "pinyin": list(retriever.pinyin.vocabulary),
            "topics": list(model.topics) if model else [],
            "scale": model.scale if model else 1.0,
        },
    )
    np.save(folder / _VECTORS, retriever.dense.vectors, allow_pickle=False)
    arrays: dict[str, Any] = {
        **_arrays("words", retriever.words),
        **_arrays("pinyin", retriever.pinyin),
    }
    if model:
        arrays |= {
            "topic_dense": model.dense,
            "topic_hashed": model.hashed,
            "topic_bias": model.bias,
            "centre": model.centre,
        }
    np.savez(folder / _ARRAYS, **arrays)
    np.savez(folder / _ROWS, **_rows(generation))
    try:
        retriever.dense.save(folder / _GRAPH)
    except RuntimeError as error:  # faiss's own way of saying that the disk is full
        raise OSError(str(error)) from error
    manifest = {
        "format": FORMAT,
        "analysis": VERSION,
        "id": generation.id,
        "model": generation.model,
        "files": {p.name: _digest(p) for p in sorted(folder.iterdir())},
    }
    _dump(folder / _MANIFEST, manifest)
    for path in folder.iterdir():
        sync(path)
    sync(folder)
    return _digest(folder / _MANIFEST)


def _arrays(name: str, index: Sparse) -> dict[str, NDArray[Any]]:
    parts: dict[str, NDArray[Any]] = {
        "starts": index.starts,
        "docs": index.docs,
        "impacts": index.impacts,
        "idf": index.idf,
        "own": index.own,
    }
    return {f"{name}_{part}": array for part, array in parts.items()}


def _rows(generation: Generation) -> dict[str, Any]:
    """The phrasings' terms, row by row: what the next build reuses of those that stay."""
    known = generation.memory.filled().analysed
    arrays: dict[str, Any] = {}
    if any(phrasing.text not in known for phrasing in generation.phrasings):
        return arrays  # it was read from a damaged file: the next build analyses again
    rows = [known[phrasing.text] for phrasing in generation.phrasings]
    for name, terms in (("words", [r.words for r in rows]), ("pinyin", [r.sounds for r in rows])):
        arrays[f"{name}_sizes"] = np.array([len(row.ids) for row in terms], dtype=np.int64)
        arrays[f"{name}_ids"] = _joined([row.ids for row in terms], np.int32)
        arrays[f"{name}_weights"] = _joined([row.weights for row in terms], np.float32)
    return arrays


def _joined(parts: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def _memory(folder: Path, digest: str, generation: Generation) -> Memory:
    """The memory of a stored generation; an empty one when its file is gone or damaged."""
    path = folder / _ROWS
    try:
        if _digest(path) != digest:
            return Memory()
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        words, sounds = _cut(arrays, "words"), _cut(arrays, "pinyin")
    except UNUSABLE:
        return Memory()
    raw = (phrasing.text for phrasing in generation.phrasings)
    return Memory(
        words=Vocabulary(dict(generation.retriever.words.vocabulary)),
        sounds=Vocabulary(dict(generation.retriever.pinyin.vocabulary)),
        analysed=dict(zip(raw, map(Analysed, generation.prepared, words, sounds), strict=True)),
    )


def _cut(arrays: Arrays, name: str) -> list[TermRow]:
    ends = np.cumsum(arrays[f"{name}_sizes"]).tolist()
    ids, weights = arrays[f"{name}_ids"], arrays[f"{name}_weights"]
    return [TermRow(ids[a:b], weights[a:b]) for a, b in zip([0, *ends], ends, strict=False)]


def read(folder: Path, cache: Path, digest: str) -> Generation:
    """The generation in ``folder``, whose manifest has the SHA-256 ``digest``.

    :raises Damaged: when a file is not what was written, or the program has changed since; or one
        of ``UNUSABLE``.
    """
    raw = (folder / _MANIFEST).read_bytes()
    if digest != hashlib.sha256(raw).hexdigest():
        raise Damaged(f"{_MANIFEST} has changed")
    manifest = json.loads(raw)
    if (manifest["format"], manifest["analysis"]) != (FORMAT, VERSION):
        raise Damaged("written by another version")
    knowledge = snapshot.restore(_verified(folder, manifest, _KNOWN))
    texts = _verified(folder, manifest, _TEXTS)
    for name in (_VECTORS, _ARRAYS):
        _verify(folder, manifest, name)
    graph = _GRAPH in manifest["files"]
    if graph:
        _verify(folder, manifest, _GRAPH)
    vectors = np.load(folder / _VECTORS, allow_pickle=False)
    with np.load(folder / _ARRAYS, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    entries = searchable(knowledge)
    phrasings = tuple(p for e in entries for p in e.phrasings)
    prepared = tuple(texts["prepared"])
    if not len(prepared) == len(phrasings) == len(vectors):
        raise Damaged("texts and vectors do not belong together")
    analyser = analyser_of(knowledge, cache)
    frequencies = texts["frequencies"]
    retriever = Retriever(
        units=np.repeat(
            np.arange(len(entries), dtype=np.int32), [len(e.phrasings) for e in entries]
        ),
        dense=dense_leg.load(folder / _GRAPH, vectors) if graph else dense_leg.build(vectors),
        words=_sparse("words", texts["words"], arrays, len(prepared)),
        pinyin=_sparse("pinyin", texts["pinyin"], arrays, len(prepared)),
        analyser=analyser,
        speller=Speller.of(analyser.sounds, frequencies, prepared),
    )
    model = _topic_model(texts, arrays)
    generation = Generation(
        id=manifest["id"],
        model=manifest["model"],
        knowledge=knowledge,
        catalogue=Catalogue(knowledge),
        names=Names(knowledge.products),
        entries=entries,
        phrasings=phrasings,
        prepared=prepared,
        frequencies=frequencies,
        retriever=with_topics(retriever, model, [entry.topic for entry in entries]),
        calibration=calibrating.restore(texts["calibration"]),
        memory=Memory(),
        drift=texts["drift"],
    )
    rows = manifest["files"][_ROWS]
    generation.memory.later = lambda: _memory(folder, rows, generation)
    return generation


def knowledge_in(folder: Path) -> Knowledge:
    """What was last read of the store's files, whatever version of the program wrote it.

    Its ``files`` are empty, so that every file counts as changed. Raises as :func:`read`.
    """
    manifest = json.loads((folder / _MANIFEST).read_bytes())
    return replace(snapshot.restore(_verified(folder, manifest, _KNOWN)), files={})


def _verify(folder: Path, manifest: Mapping[str, Any], name: str) -> None:
    if _digest(folder / name) != manifest["files"][name]:
        raise Damaged(f"{name} has changed")


def _verified(folder: Path, manifest: Mapping[str, Any], name: str) -> Any:
    """The JSON of a file that is what was written."""
    raw = (folder / name).read_bytes()
    if hashlib.sha256(raw).hexdigest() != manifest["files"][name]:
        raise Damaged(f"{name} has changed")
    return json.loads(raw)


def _sparse(name: str, terms: list[str], arrays: Arrays, n: int) -> Sparse:
    return Sparse(
        vocabulary={term: at for at, term in enumerate(terms)},
        starts=arrays[f"{name}_starts"],
        docs=arrays[f"{name}_docs"],
        impacts=arrays[f"{name}_impacts"],
        idf=arrays[f"{name}_idf"],
        own=arrays[f"{name}_own"],
        n=n,
    )


def _topic_model(texts: Mapping[str, Any], arrays: Arrays) -> TopicModel | None:
    if not texts["topics"]:
        return None
    return TopicModel(
        topics=tuple(texts["topics"]),
        dense=arrays["topic_dense"],
        hashed=arrays["topic_hashed"],
        bias=arrays["topic_bias"],
        centre=arrays["centre"],
        scale=texts["scale"],
    )


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Flush to the disk: a generation must be whole before the pointer names it."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # Windows cannot open folders
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
