"""Suggest replies to a shopper's message."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopbot import ids, messages
from shopbot.commands._progress import bars
from shopbot.config import Settings, load_settings

if TYPE_CHECKING:
    from shopbot.kb.service import Answer, KnowledgeBase, Query

app = typer.Typer()

Row = dict[str, Any]


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="What the shopper wrote.")] = None,
    product: Annotated[str | None, typer.Option(help="SKU or link of the product on view.")] = None,
    at: Annotated[str | None, typer.Option(help="Answer as of this date or time.")] = None,
    top: Annotated[int, typer.Option(min=1, max=20, help="How many suggestions at most.")] = 5,
    store: Annotated[str | None, typer.Option(help="Store id below SHOPBOT_STORES.")] = None,
    batch: Annotated[Path | None, typer.Option(help="JSON lines: a question a line.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Suggest replies to one message, or to a file of them."""
    if (text is None) == (batch is None):
        raise typer.BadParameter(messages.text("ask.one-of"), param_hint="TEXT | --batch")
    settings = load_settings()
    with _opened(settings, store) as base:
        moment = _moment(at, base)
        if batch is not None:
            _batch(base, batch, {"product": product} if product else {}, moment, top)
            return
        answer = base.suggest(_query({"text": _whole(text or ""), "product": product}, moment, top))
    if as_json:
        typer.echo(_json(answer.as_dict()))
    else:
        _show(answer)


def _opened(settings: Settings, store: str | None) -> KnowledgeBase:
    from shopbot.kb.service import KnowledgeBase

    with bars() as progress:
        return KnowledgeBase.open(settings, store=store, progress=progress)


def _moment(text: str | None, base: KnowledgeBase) -> datetime:
    """``--at`` in the store's time zone unless it names one; now when absent."""
    if text is None:
        return ids.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(messages.text("ask.bad-time", text=text)) from error
    zone = base.generation.catalogue.zone
    try:
        return ids.as_utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except OverflowError as error:  # the year 1 or 9999, in a zone that is still or already beyond
        raise typer.BadParameter(messages.text("ask.bad-time", text=text)) from error


def _json(told: Row) -> str:
    return _whole(json.dumps(told, ensure_ascii=False))


def _whole(text: str) -> str:
    """Text without halves of characters, which can be neither found nor printed."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _query(plain: Row, at: datetime, top: int) -> Query:
    from shopbot.kb.question_rows import turns_of
    from shopbot.kb.service import Query

    turns = turns_of(plain)
    product = plain.get("product")
    return Query(
        text=turns[-1].text,
        turns=turns[:-1],
        product=str(product) if product else None,
        at=at,
        top=top,
    )


def _batch(base: KnowledgeBase, path: Path, common: Row, at: datetime, top: int) -> None:
    """A line out for each line in, in order; a line that cannot be read tells its error instead.

    ``common`` is what a line has that does not say otherwise.
    """
    try:
        lines = path.open(encoding="utf-8-sig", errors="replace", newline="\n")
    except OSError as error:
        told = messages.text("ask.no-file", file=path, reason=error.strerror or "")
        raise typer.BadParameter(told, param_hint="--batch") from error
    with lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                typer.echo(_json(_line(base, line, number, common, at, top)))


def _line(base: KnowledgeBase, line: str, number: int, common: Row, at: datetime, top: int) -> Row:
    plain: Any = None
    try:
        plain = json.loads(line)
        if not isinstance(plain, dict):
            raise TypeError("not an object")
        moment = _moment(plain["at"], base) if plain.get("at") else at
        answer = base.suggest(_query({**common, **plain}, moment, top)).as_dict()
    except (ValueError, TypeError, RecursionError, typer.BadParameter) as error:
        problem = messages.text("ask.bad-line", line=number, reason=str(error))
        identity = plain.get("id") if isinstance(plain, dict) else None
        return {"id": identity, "error": "request.malformed", "detail": problem}
    return {"id": plain.get("id"), **answer}


def _show(answer: Answer) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for number, part in enumerate(answer.parts, 1):
        key = "ask.part" if len(answer.parts) > 1 else "ask.question"
        head = messages.text(key, number=number, text=part.text)
        style = {"answer": "bold green", "choose": "bold yellow", "unknown": "bold red"}[part.band]
        console.print(Text(head), Text(messages.text(f"ask.band.{part.band}"), style=style))
        if part.carried:
            console.print(Text(messages.text("ask.follows", text=part.carried), style="dim"))
        if not part.suggestions:
            console.print(messages.text("ask.none"))
            continue
        table = Table(show_lines=True)
        table.add_column("#", justify="right")
        table.add_column(messages.text("ask.column.text"), ratio=3, overflow="fold")
        table.add_column(messages.text("ask.column.why"), ratio=2, overflow="fold")
        for place, suggestion in enumerate(part.suggestions, 1):
            table.add_row(str(place), Text(suggestion.text), Text(_why(suggestion)))
        console.print(table)
    console.print(Text(messages.text("ask.time", ms=f"{answer.ms:.1f}"), style="dim"))


def _why(suggestion: Any) -> str:
    scores = suggestion.ranked
    lines = [f"{suggestion.probability:.0%} {suggestion.entry}", str(suggestion.source)]
    if suggestion.phrasing:
        lines.append(messages.text("ask.why.matched", phrasing=suggestion.phrasing))
    if suggestion.words:
        lines.append(messages.text("ask.why.words", words=" ".join(suggestion.words)))
    if suggestion.needs:
        lines.append(messages.text("ask.why.needs", needs=" ".join(suggestion.needs)))
    figures = {leg: f"{getattr(scores, leg):.2f}" for leg in ("dense", "words", "pinyin", "topic")}
    lines.append(messages.text("ask.why.scores", **figures))
    return "\n".join(lines)
