"""What ``shopbot reviews classify`` does: lines of JSON in, a verdict a line out, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import typer

from shopbot import messages
from shopbot.config import Settings, load_settings
from shopbot.errors import ModelError
from shopbot.orders.sentiment import Judge, Verdict

_PAGE = 256  # lines judged at once: memory stays bounded, the encoder gets its batches

Row = dict[str, Any]


def load_judge(settings: Settings) -> Judge:
    """Return the judge with the store's sentence model, without it (told) where it cannot be had."""
    from shopbot.kb.embedder import load_embedder

    try:
        judge = Judge(load_embedder(settings.model, settings.cache_dir()))
    except ModelError as error:
        typer.echo(messages.text("reviews.classify.no-model", reason=error), err=True)
        return Judge()
    if not judge.has_vectors:
        typer.echo(messages.text("reviews.classify.other-model"), err=True)
    return judge


def classify(file: Path, *, as_json: bool) -> None:
    """Print a verdict on each line of ``file`` (``-``: standard input)."""
    with _opened(file) as lines:
        numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        first = list(islice(numbered, _PAGE))
        judge = load_judge(load_settings()) if first else Judge()
        while first:
            for number, row in _judged(first, judge):
                _print(number, row, as_json=as_json)
            first = list(islice(numbered, _PAGE))


def _judged(lines: Iterable[tuple[int, str]], judge: Judge) -> Iterator[tuple[int, Row]]:
    rows = [(number, _read(number, line)) for number, line in lines]
    texts = [row["text"] for _, row in rows if "error" not in row]
    verdicts = iter(judge.judge(texts))
    for number, row in rows:
        if "error" in row:
            yield number, row
        else:
            yield number, {"id": row["id"], "text": row["text"], "verdict": next(verdicts)}


def _read(number: int, line: str) -> Row:
    """Return ``{"id", "text"}``, or what is wrong with the line."""
    plain: Any = None
    try:
        plain = json.loads(line)
        if not isinstance(plain, dict):
            raise TypeError(messages.text("reviews.classify.no-object"))
        if not isinstance(plain.get("text"), str):
            raise TypeError(messages.text("reviews.classify.no-text"))
    except (ValueError, TypeError, RecursionError) as error:
        told = messages.text("reviews.classify.bad-line", line=number, reason=error)
        identity = plain.get("id") if isinstance(plain, dict) else None
        return {"id": identity, "error": "request.malformed", "detail": told}
    return {"id": plain.get("id"), "text": plain["text"]}


def _print(number: int, row: Row, *, as_json: bool) -> None:
    if "error" in row:
        typer.echo(row["detail"], err=True)
    if as_json:
        verdict = row.get("verdict")
        told = row if verdict is None else {"id": row["id"], **verdict.as_dict()}
        typer.echo(_whole(json.dumps(told, ensure_ascii=False)))
    elif "verdict" in row:
        typer.echo(_whole(_sentence(number, row, row["verdict"])))


def _sentence(number: int, row: Row, verdict: Verdict) -> str:
    aspects = "、".join(
        messages.text(f"reviews.aspect.{aspect}")
        + messages.text(f"reviews.mark.{verdict.aspect_sentiments.get(aspect, 'neutral')}")
        for aspect in verdict.aspects
    )
    return messages.text(
        "reviews.classify.line",
        number=number,
        sentiment=messages.text(f"reviews.sentiment.{verdict.sentiment}"),
        percent=f"{verdict.probability:.0%}",
        aspects=aspects or messages.text("reviews.aspect.none"),
        text=" ".join(row["text"].split()),
    )


def _whole(text: str) -> str:
    """Return text without halves of characters, which cannot be printed."""
    return text.encode("utf-8", "ignore").decode("utf-8")


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
        yield sys.stdin
        return
    try:
        lines = file.open(encoding="utf-8-sig", errors="replace", newline="\n")
    except OSError as error:
        told = messages.text("reviews.no-file", file=file, reason=error.strerror or "")
        raise typer.BadParameter(told, param_hint="IN") from error
    with lines:
        yield lines
