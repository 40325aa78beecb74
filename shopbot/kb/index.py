"""Generations on disk: each an immutable folder, a pointer file replaced atomically.

A start reads the current generation instead of parsing, analysing and embedding. Every file's
SHA-256 stands in the manifest and is checked on load; a folder that is damaged, of another version
or half-written is ignored and built anew. JSON and plain arrays only, no pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopbot.kb import calibration as calibrating
from shopbot.kb import dense as dense_leg
from shopbot.kb import snapshot
from shopbot.kb.analysis import VERSION
from shopbot.kb.generation import Generation, Memory, analyser_of, searchable
from shopbot.kb.mentions import Names
from shopbot.kb.pinyin import Speller
from shopbot.kb.product import Catalogue
from shopbot.kb.retrieval import Retriever, with_topics
from shopbot.kb.sparse import Sparse
from shopbot.kb.topic_model import TopicModel

FORMAT = 2
KEPT = 2
"""Generations left in the folder: the current one, and its predecessor for requests under way in
other processes."""
_POINTER = "current"
_MANIFEST = "manifest.json"
_GRAPH = "dense.faiss"

Arrays = Mapping[str, NDArray[Any]]


class Damaged(ValueError):
    """A stored generation cannot be used; the message says why. It is built anew."""


@dataclass(frozen=True, slots=True)
class IndexFolder:
    """The generations of one store below the data folder."""

    root: Path
    cache: Path

    def current(self) -> Generation | None:
        """The generation the pointer names, verified; ``None`` when there is none.

        :raises Damaged: when it is there but cannot be used.
        """
        try:
            name = (self.root / _POINTER).read_text(encoding="utf-8").strip()
        except OSError:
            return None
        folder = self.root / name
        if not name or Path(name).name != name:
            raise Damaged(f"pointer names {name!r}")
        try:
            return _read(folder, self.cache)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise Damaged(f"{name}: {error}") from error

    def save(self, generation: Generation) -> None:
        """Write a generation and make it the current one; readers see the old or the new.

        :raises OSError: when it cannot be written; the old generation then stays current.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="partial-", dir=self.root))
        try:
            _write(partial, generation)
            name = f"{generation.id}-{partial.name.removeprefix('partial-')}"
            partial.rename(self.root / name)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        _replace(self.root / _POINTER, name)
        self._sweep(name)

    def _sweep(self, current: str) -> None:
        """Remove generations nobody needs any more, and what a killed build left behind."""
        folders = [p for p in self.root.iterdir() if p.is_dir() and p.name != current]
        folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        whole = [p for p in folders if not p.name.startswith("partial-")]
        for folder in [*whole[KEPT - 1 :], *(set(folders) - set(whole))]:
            shutil.rmtree(folder, ignore_errors=True)


def _write(folder: Path, generation: Generation) -> None:
    retriever = generation.retriever
    model = retriever.topics
    _dump(folder / "knowledge.json", snapshot.dump(generation.knowledge))
    _dump(
        folder / "texts.json",
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
    np.save(folder / "vectors.npy", retriever.dense.vectors, allow_pickle=False)
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
    np.savez(folder / "arrays.npz", **arrays)
    retriever.dense.save(folder / _GRAPH)
    manifest = {
        "format": FORMAT,
        "analysis": VERSION,
        "id": generation.id,
        "model": generation.model,
        "files": {p.name: _digest(p) for p in sorted(folder.iterdir())},
    }
    _dump(folder / _MANIFEST, manifest)
    for path in folder.iterdir():
        _sync(path)
    _sync(folder)


def _arrays(name: str, index: Sparse) -> dict[str, NDArray[Any]]:
    parts = {
        "starts": index.starts,
        "docs": index.docs,
        "impacts": index.impacts,
        "idf": index.idf,
        "own": index.own,
    }
    return {f"{name}_{part}": array for part, array in parts.items()}


def _read(folder: Path, cache: Path) -> Generation:
    manifest = _load(folder / _MANIFEST)
    if (manifest["format"], manifest["analysis"]) != (FORMAT, VERSION):
        raise Damaged("written by another version")
    for name, digest in manifest["files"].items():
        if _digest(folder / name) != digest:
            raise Damaged(f"{name} has changed")
    texts = _load(folder / "texts.json")
    knowledge = snapshot.restore(_load(folder / "knowledge.json"))
    vectors = np.load(folder / "vectors.npy", allow_pickle=False)
    with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
        arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
    entries = searchable(knowledge)
    phrasings = tuple(p for e in entries for p in e.phrasings)
    prepared = tuple(texts["prepared"])
    if not len(prepared) == len(phrasings) == len(vectors):
        raise Damaged("texts and vectors do not belong together")
    analyser = analyser_of(knowledge, cache)
    frequencies = texts["frequencies"]
    graph = folder / _GRAPH
    retriever = Retriever(
        units=np.repeat(
            np.arange(len(entries), dtype=np.int32), [len(e.phrasings) for e in entries]
        ),
        dense=dense_leg.load(graph, vectors) if graph.exists() else dense_leg.build(vectors),
        words=_sparse("words", texts["words"], arrays, len(prepared)),
        pinyin=_sparse("pinyin", texts["pinyin"], arrays, len(prepared)),
        analyser=analyser,
        speller=Speller.of(analyser.sounds, frequencies, prepared),
    )
    model = _topic_model(texts, arrays)
    return Generation(
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


def _load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
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


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(path)
