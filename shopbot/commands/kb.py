"""Check, build, search, measure, export and import the knowledge."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopbot import ids, messages
from shopbot.commands import _kb_workbook
from shopbot.commands._progress import bars
from shopbot.config import load_settings

if TYPE_CHECKING:
    from shopbot.kb.service import KnowledgeBase

app = typer.Typer(no_args_is_help=True)
_kb_workbook.add_to(app)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Store = Annotated[str | None, typer.Option(help="Store id below SHOPBOT_STORES.")]


@app.callback()
def kb() -> None:
    """Check, build, search, measure, export and import the knowledge."""


@app.command()
def build(store: Store = None, as_json: Json = False) -> None:
    """Take in what has changed: read, analyse, embed, index, calibrate."""
    from shopbot.kb.service import KnowledgeBase
    from shopbot.storage import open_database

    watch = ids.stopwatch()
    settings = load_settings()
    db = open_database(settings.data_dir())
    try:
        with bars() as progress:
            base = KnowledgeBase.open(settings, store=store, db=db, progress=progress)
            changed = base.refreshed | base.refresh(progress=progress, refit=True)
    finally:
        db.close()
    told = _summary(base, watch())
    if as_json:
        typer.echo(json.dumps({"changed": changed, **told}, ensure_ascii=False))
        return
    typer.echo(messages.text("kb.built" if changed else "kb.unchanged", **told))
    if told["problems"]:
        typer.echo(messages.text("kb.problems", count=told["problems"]))


def _summary(base: KnowledgeBase, ms: float) -> dict[str, Any]:
    status = base.status()
    return {
        "entries": status.entries,
        "phrasings": len(base.generation.phrasings),
        "ready": status.topics_ready,
        "total": status.topics_total,
        "problems": len(status.problems),
        "generation": status.generation,
        "model": status.model,
        "calibrated": base.generation.calibration.ready,
        "seconds": round(ms / 1000, 1),
    }


@app.command()
def check(
    at: Annotated[str | None, typer.Option(help="Judge as of this date or time.")] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Leave out what needs the search (seconds saved).")
    ] = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Tell everything that is wrong with the knowledge; exit 1 when something must be mended."""
    from rich.console import Console

    from shopbot.commands._kb_rules import with_rules
    from shopbot.kb.checking import check_with_search
    from shopbot.kb.service import store_folder

    settings = load_settings()
    folder = store_folder(settings, store)
    with bars() as progress:
        moment = _moment(at, folder)
        report = check_with_search(settings, folder, moment, fast, progress)
    report = with_rules(report, folder, moment)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        report.render(Console(soft_wrap=True))
    raise typer.Exit(report.exit_code)


def _moment(text: str | None, folder: Path) -> datetime:
    from shopbot.kb.storefile import facts_of, zone_of

    if text is None:
        return ids.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(messages.text("ask.bad-time", text=text)) from error
    return ids.as_utc(moment if moment.tzinfo else moment.replace(tzinfo=zone_of(facts_of(folder))))


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    top: Annotated[int, typer.Option(min=1, max=50, help="How many entries.")] = 10,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """List the entries nearest to a text, with their scores; no context, nothing withheld."""
    from shopbot.kb.service import KnowledgeBase

    with bars() as progress:
        base = KnowledgeBase.open(load_settings(), store=store, progress=progress)
    rows: list[dict[str, Any]] = [
        {
            "entry": entry.id,
            "topic": entry.topic,
            "phrasing": phrasing,
            "score": round(ranked.fused, 4),
            "source": {"file": entry.source.file, "line": entry.source.line},
        }
        for entry, phrasing, ranked in base.answerer.search(text, top=top)
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        typer.echo(messages.text("kb.search.none"))
        return
    _table(
        [messages.text(f"kb.search.column.{n}") for n in ("score", "entry", "phrasing", "place")],
        [
            [f"{r['score']:.3f}", r["entry"], r["phrasing"], "{file}:{line}".format(**r["source"])]
            for r in rows
        ],
    )


def _table(columns: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


@app.command()
def stats(store: Store = None, as_json: Json = False) -> None:
    """Count what the knowledge holds."""
    from shopbot.kb.loader import load
    from shopbot.kb.readiness import readiness
    from shopbot.kb.service import store_folder

    knowledge = load(store_folder(load_settings(), store))
    ready = readiness(knowledge, ids.now())
    spoken = [e for e in knowledge.entries if not e.is_system]
    thin = sorted((e for e in spoken if e.phrasings), key=lambda e: len(e.phrasings))[:10]
    told: dict[str, Any] = {
        "entries": len(knowledge.entries),
        "phrasings": sum(len(e.phrasings) for e in knowledge.entries),
        "products": len(knowledge.products),
        "topics": {"ready": len(ready.ready), "total": ready.total},
        "status": dict(Counter(e.status for e in knowledge.entries)),
        "stage": dict(Counter(e.stage for e in spoken)),
        "thin": {e.id: len(e.phrasings) for e in thin},
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(messages.text("kb.stats.title"))
    told["topics"] = f"{len(ready.ready)}/{ready.total}"
    for name, value in told.items():
        shown = " ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        typer.echo(f"  {messages.text(f'kb.stats.{name}')}  {shown}")


@app.command("eval")
def evaluate(
    questions: Annotated[
        Path | None, typer.Option(help="Labelled questions (default: eval/test.jsonl).")
    ] = None,
    corpus: Annotated[Path | None, typer.Option(help="Rows {id, text}.")] = None,
    distractors: Annotated[Path | None, typer.Option(help="More rows {id, text}.")] = None,
    queries: Annotated[Path | None, typer.Option(help="Rows {id, text, relevant}.")] = None,
    candidates: Annotated[Path | None, typer.Option(help="Rows {query_id, candidates}.")] = None,
    pairs: Annotated[Path | None, typer.Option(help="Rows {a, b, score}.")] = None,
    at: Annotated[str | None, typer.Option(help="Answer as of this date or time.")] = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Measure retrieval: labelled questions, any corpus, or sentence pairs."""
    from shopbot.kb import evaluate_files as measuring

    settings = load_settings()
    with bars() as progress:
        if pairs is not None:
            told = measuring.pairs_file(settings, pairs, progress)
        elif corpus is not None and queries is not None:
            told = measuring.corpus_files(
                settings, corpus, distractors, queries, candidates, progress
            )
        elif corpus is None and queries is None:
            from shopbot.kb.service import store_folder

            moment = _moment(at, store_folder(settings, store))
            told = measuring.question_file(settings, store, questions, moment, progress)
        else:
            raise typer.BadParameter(messages.text("eval.both"), param_hint="--corpus, --queries")
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    _show_figures(told)


def _show_figures(told: dict[str, Any]) -> None:
    typer.echo(messages.text("eval.title", n=told["n"]))
    intervals = told.get("interval", {})
    figures = {k: v for k, v in told.items() if isinstance(v, float)}
    _table(
        [messages.text(f"eval.column.{name}") for name in ("figure", "value", "interval")],
        [
            [name, f"{value:.4f}", "–".join(f"{end:.3f}" for end in intervals.get(name) or ())]
            for name, value in figures.items()
        ],
    )
