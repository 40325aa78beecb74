"""Reads the files of ``kb eval`` and runs :mod:`shopbot.kb.evaluate` on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from shopbot.config import Settings
from shopbot.errors import Malformed
from shopbot.kb import evaluate
from shopbot.kb.embedder import load_embedder
from shopbot.kb.generation import Progress
from shopbot.kb.service import KnowledgeBase, Remembering


def question_file(
    settings: Settings, store: str | None, path: Path | None, at: datetime, progress: Progress
) -> dict[str, Any]:
    """Figures for labelled questions; without a file, for the store's own test split."""
    with KnowledgeBase.open(settings, store=store, progress=progress) as base:
        rows = []
        file = path or base.folder / "eval" / "test.jsonl"
        for number, plain in enumerate(read_rows(file), 1):
            try:
                rows.append(evaluate.row_of(plain))
            except ValueError as error:
                raise Malformed(f"{file.name}:{number}: {error}") from error
        return evaluate.questions(
            base.answerer, rows, at, lambda share: progress("progress.ask", share)
        )


def corpus_files(
    settings: Settings,
    corpus: Path,
    distractors: Path | None,
    queries: Path,
    candidates: Path | None,
    progress: Progress,
) -> dict[str, Any]:
    """Figures for queries over a corpus (files as in the README of the evaluation sets)."""
    cache = settings.cache_dir()
    embedder = Remembering(load_embedder(settings.model, cache, progress=progress))
    rows = [_pair(row, corpus) for row in read_rows(corpus)]
    if distractors is not None:
        rows += [_pair(row, distractors) for row in read_rows(distractors)]
    asked = read_rows(queries)
    given = None
    if candidates is not None:
        told = (_told(row, candidates, "query_id", "candidates") for row in read_rows(candidates))
        by_query = {str(query): [str(one) for one in ids] for query, ids in told}
        given = [by_query.get(str(_told(row, queries, "id")[0]), []) for row in asked]
    built = evaluate.Corpus.of(rows, embedder, cache, lambda s: progress("progress.embed", s))
    pairs = (_told(row, queries, "text", "relevant") for row in asked)
    questions = [(str(text), frozenset(map(str, relevant))) for text, relevant in pairs]
    return evaluate.corpus(
        built, questions, embedder, given, done=lambda s: progress("progress.ask", s)
    )


def pairs_file(settings: Settings, path: Path, progress: Progress) -> dict[str, Any]:
    """Spearman's correlation for rows {a, b, score}."""
    cache = settings.cache_dir()
    embedder = load_embedder(settings.model, cache, progress=progress)
    told = (_told(row, path, "a", "b", "score") for row in read_rows(path))
    try:
        rows = [(str(a), str(b), float(score)) for a, b, score in told]
    except (TypeError, ValueError) as error:
        raise Malformed(f"{path.name}: {error}") from error
    return evaluate.pairs(rows, embedder, cache)


def read_rows(path: Path) -> list[Mapping[str, Any]]:
    """The objects of a JSON-lines file.

    :raises Malformed: naming file and line, when it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # U+2028 may stand in a text
    except OSError as error:
        told = f"{path} cannot be read: {error.strerror}. See docs/cli.md for the form of its rows."
        raise Malformed(told) from error
    except UnicodeDecodeError as error:
        raise Malformed(f"{path}: {error}") from error
    rows: list[Mapping[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"{path.name}:{number}: {error}") from error
        if not isinstance(row, dict):
            raise Malformed(f"{path.name}:{number}: an object is wanted")
        rows.append(row)
    return rows


def _pair(row: Mapping[str, Any], path: Path) -> tuple[str, str]:
    identity, text = _told(row, path, "id", "text")
    return str(identity), str(text)


def _told(row: Mapping[str, Any], path: Path, *names: str) -> list[Any]:
    if missing := [name for name in names if name not in row]:
        raise Malformed(f"{path.name}: a row needs {' and '.join(names)}, {missing[0]} is missing")
    return [row[name] for name in names]
