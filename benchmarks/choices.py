"""The measurements behind constants in the code: each choice beside what was not chosen."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from typing_extensions import override

from benchmarks import machine, question_sets, report
from benchmarks.memo import Memo, memo, settings
from benchmarks.question_sets import Jddc
from benchmarks.service import asked_texts
from shopbot.kb import evaluate, lexicon
from shopbot.kb.bundled_model import POOLED_LAYERS, ensure_prepared
from shopbot.kb.embedder import Count
from shopbot.kb.evaluate_files import read_rows
from shopbot.kb.fusion import WEIGHTS, Floats, Weights
from shopbot.kb.model_folder import SERVING_DATA
from shopbot.kb.sparse import Sparse

FILE = "choices.json"
WORDS_ALONE = Weights(dense=0.0, words=1.0, pinyin=0.0, topics=0.0)
Rows = list[dict[str, Any]]


def main() -> int:
    """Measure, print and keep the table."""
    sets = question_sets.jddc()
    rows = [*imports()]
    with memo() as embedder:
        rows += agreement(embedder)
        if sets is None:
            print("skipped: what is measured on the JDDC sets; they are not here")
        else:
            rows += [*symmetric(sets, embedder), *terms(sets, embedder), *pooling(sets, embedder)]
    for row in rows:
        print(row)
    machine.save(FILE, {"machine": machine.facts(), "figures": rows})
    report.write_readme()
    return 0


def _row(
    choice: str, measured: str, chosen: float | None, other: float | None, against: str
) -> Any:
    return {
        "choice": choice, "measured by": measured, "chosen": chosen, "instead": other,
        "which is": against,
    }  # fmt: skip


class OneSided(Sparse):
    """BM25 as usual, over what the question would get from itself: a long text loses nothing."""

    @override
    def scores(self, terms: Any) -> Floats:
        both = Sparse.scores(self, terms)
        best = sum(w * (self.weight(t) or _UNSEEN * np.log1p(2 * self.n)) for t, w in terms.items())
        plain = both * (np.float32(best) + self.own) / (2.0 * max(best, 1e-6))
        return np.asarray(plain, dtype=np.float32)


_UNSEEN = 0.5


def one_sided(index: Sparse) -> OneSided:
    """The same index, scoring as plain BM25 does."""
    return OneSided(**{field.name: getattr(index, field.name) for field in fields(index)})


def _pairs(sets: Jddc) -> list[tuple[str, str, float]]:
    return [(str(r["a"]), str(r["b"]), float(r["score"])) for r in read_rows(sets.pairs)]


def _spearman(sets: Jddc, embedder: Any, weights: Weights = WEIGHTS) -> float:
    told = evaluate.pairs(_pairs(sets), embedder, settings().cache_dir(), weights)
    return float(told["spearman"])


def _fifty(sets: Jddc, embedder: Any, weights: Weights = WEIGHTS, *, plain: bool = False) -> float:
    corpus = evaluate.Corpus.of(
        [(str(r["id"]), str(r["text"])) for r in read_rows(sets.corpus)],
        embedder,
        settings().cache_dir(),
    )
    if plain:
        retriever = replace(corpus.retriever, words=one_sided(corpus.retriever.words))
        corpus = replace(corpus, retriever=retriever)
    asked = read_rows(sets.queries)
    queries = [(str(row["text"]), frozenset(map(str, row["relevant"]))) for row in asked]
    given = {str(r["query_id"]): r["candidates"] for r in read_rows(sets.candidates)}
    fifty = [given[str(row["id"])] for row in asked]
    return float(evaluate.corpus(corpus, queries, embedder, fifty, weights)["hit@1"])


def symmetric(sets: Jddc, embedder: Memo) -> Rows:
    """Dice's symmetric BM25 against BM25 over the question's own score."""
    rows = []
    for name, weights in (("words alone", WORDS_ALONE), ("all legs", WEIGHTS)):
        chosen = _fifty(sets, embedder, weights)
        other = _fifty(sets, embedder, weights, plain=True)
        rows.append(
            _row("symmetric BM25", f"50-way hit@1, {name}", chosen, other, "plain BM25, normalised")
        )
    return rows


def terms(sets: Jddc, embedder: Memo) -> Rows:
    """Bigrams and characters beside words, against words with half-weighted bigrams."""
    rows = []
    for name, weights in (("words alone", WORDS_ALONE), ("dense and words", WEIGHTS)):
        chosen = _spearman(sets, embedder, weights)
        with (
            mock.patch.object(lexicon, "BIGRAM_WEIGHT", 0.5),
            mock.patch.object(lexicon, "CHARACTER_WEIGHT", 0.0),
        ):
            other = _spearman(sets, embedder, weights)
        measured = f"JD pairs' Spearman, {name}"
        rows.append(_row("characters and bigrams", measured, chosen, other, "words, half bigrams"))
    return rows


class Pooled:
    """The bundled encoder with another pooling; for one measurement, hence without a memory."""

    def __init__(self, folder: Path, pooled: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        from shopbot.kb.model_folder import TOKENIZER
        from shopbot.kb.model_vocabulary import kept_ids
        from shopbot.kb.serving_graph import write_graph
        from shopbot.kb.weight_file import parse
        from shopbot.kb.weight_source import read_source

        prepared = ensure_prepared(settings().cache_dir())
        weights = parse(read_source(None).data)
        path = folder / "other.onnx"
        write_graph(path, weights, kept_ids(weights.pieces), data=SERVING_DATA, pooled=pooled)
        self._tokenizer = Tokenizer.from_file(str(prepared.path / TOKENIZER))
        self._tokenizer.enable_truncation(prepared.manifest.max_tokens)
        self._prefix = prepared.manifest.query_prefix
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options)
        self.name, self.dim = f"pooled-{pooled}", prepared.manifest.dimension

    def encode_one(self, text: str) -> Floats:
        """As the embedder's."""
        ids = np.array([self._tokenizer.encode(self._prefix + text).ids], np.int64)
        vector: Floats = self._session.run(None, {"input_ids": ids})[0][0]
        return vector

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> Floats:
        """As the embedder's."""
        return np.stack([self.encode_one(text) for text in texts])


def pooling(sets: Jddc, embedder: Memo) -> Rows:
    """The mean of the last two layers against the last one."""
    with tempfile.TemporaryDirectory() as place:
        last = Memo(Pooled(Path(place), 1))
        told = _spearman(sets, last), _fifty(sets, last)
        last.save()
    name = f"last {POOLED_LAYERS} layers pooled"
    return [
        _row(name, "JD pairs' Spearman", _spearman(sets, embedder), told[0], "last layer"),
        _row(name, "50-way hit@1", _fifty(sets, embedder), told[1], "last layer"),
    ]


def agreement(embedder: Memo) -> Rows:
    """Cosines of the served 4-bit vectors with the f32 network's."""
    from shopbot.kb.sentence_embedder import SentenceTransformerEmbedder

    folder = ensure_prepared(settings().cache_dir())
    texts = asked_texts(200)
    whole = SentenceTransformerEmbedder(str(folder.path)).encode(texts)
    cosines = (whole * embedder.encode(texts)).sum(axis=1)
    name, least = "4-bit ONNX", round(float(cosines.min()), 5)
    mean = round(float(cosines.mean()), 5)
    return [
        _row(name, "mean cosine to f32, 200 questions", mean, 1.0, "f32 through torch"),
        _row(name, "least cosine to f32, 200 questions", least, 1.0, "f32 through torch"),
    ]


def imports() -> Rows:
    """What a character table kept as JSON saves at each start."""
    code = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
    table = "import json, pathlib; json.loads(pathlib.Path({!r}).read_text('utf-8'))"
    path = str(settings().cache_dir() / "pinyin-1.json")
    chosen, other = (_timed(code.format(c)) for c in (table.format(path), "import pypinyin"))
    return [_row("pinyin table as JSON", "seconds at start", chosen, other, "import pypinyin")]


def _timed(code: str) -> float:
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)  # noqa: S603
        for _ in range(3)
    ]
    return round(min(runs), 3)


if __name__ == "__main__":
    sys.exit(main())
