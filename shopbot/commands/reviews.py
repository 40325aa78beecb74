"""Import reviews, judge them, call unhappy buyers, answer."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, get_args

import typer

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
At = Annotated[str, typer.Option(help="As of this time: 2026-11-22 10:00 in the store's zone.")]
Who = Annotated[str, typer.Option(help="Name to write down.")]
Id = Annotated[str, typer.Argument(metavar="REVIEW", help="Review id.")]


@app.command()
def classify(
    file: Annotated[Path, typer.Argument(metavar="IN", help="JSON lines; - is standard input.")],
    as_json: Json = False,
) -> None:
    """Tell praise from complaint, and what each review speaks of."""
    from shopbot.commands import _reviews_classify as behind

    behind.classify(file, as_json=as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Exported reviews, CSV or XLSX.")],
    mapping: Annotated[str, typer.Option(help="A saved mapping of column names.")] = "",
    pairs: Annotated[
        list[str] | None, typer.Option("--map", help="COLUMN=FIELD for this import only.")
    ] = None,
    as_of: Annotated[str, typer.Option(help="For when the file speaks; default: written.")] = "",
    rejects: Annotated[
        Path | None, typer.Option(help="Where rows go that need a person; default: a CSV here.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Check everything, write nothing.")] = False,
    at: At = "",
    as_json: Json = False,
) -> None:
    """Import reviews; bad ones bring a call. A repeat changes nothing."""
    from shopbot.commands import _reviews as behind
    from shopbot.commands._orders_import import progress_bar
    from shopbot.errors import EXIT_PROBLEMS

    with behind.open_desk(at or None) as desk:
        request = behind.import_request(
            desk,
            file,
            mapping=mapping,
            pairs=pairs or [],
            as_of=as_of,
            rejects=rejects,
            dry_run=dry_run,
        )
        with nullcontext(None) if as_json else progress_bar() as progress:
            report = behind.run_import(desk, request, progress)
    behind.show_report(report, as_json=as_json)
    tally = report.reviews
    if tally.rejected and not (tally.new or tally.updated or tally.unchanged):
        raise typer.Exit(EXIT_PROBLEMS)


@app.command("list")
def list_(
    call: Annotated[str, typer.Option(help="With a call: open, done, unreached, dropped.")] = "",
    bad: Annotated[
        bool, typer.Option("--bad", help="Only those of few stars, and complaints without stars.")
    ] = False,
    sentiment: Annotated[str, typer.Option(help="Read from the text: pos, neg, neutral.")] = "",
    unanswered: Annotated[bool, typer.Option(help="Only those without an answer.")] = False,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List reviews, newest first, names masked."""
    from shopbot.commands import _reviews as behind
    from shopbot.orders.review_model import CallState
    from shopbot.orders.review_store import ReviewFilter
    from shopbot.orders.sentiment import Sentiment

    with behind.open_desk() as desk:
        wanted = ReviewFilter(
            call=behind.one_of(call, ("", *get_args(CallState)), "--call") or None,
            answered=False if unanswered else None,
            sentiment=behind.one_of(sentiment, ("", *get_args(Sentiment)), "--sentiment") or None,
            bad_up_to=desk.rules.reviews.bad_up_to if bad else None,
            count=count,
        )
        behind.show_list(desk, wanted, as_json=as_json)


@app.command()
def calls(at: At = "", as_json: Json = False) -> None:
    """List the buyers to be called, the most urgent first."""
    from shopbot.commands import _reviews as behind

    with behind.open_desk(at or None) as desk:
        behind.show_calls(desk, as_json=as_json)


@app.command()
def show(review: Id, at: At = "", as_json: Json = False) -> None:
    """Show a review with its order, cases, calls and what to say on the phone."""
    from shopbot.commands import _reviews as behind

    with behind.open_desk(at or None) as desk:
        behind.show_story(desk, review, as_json=as_json)


@app.command()
def call(
    review: Id,
    result: Annotated[str, typer.Option(help="solved, apologised, case-opened, no-answer, …")],
    cause: Annotated[str, typer.Option(help="quality, size, logistics, service, price, …")] = "",
    note: Annotated[str, typer.Option(help="In a sentence.")] = "",
    who: Who = "command",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Write down a call to the buyer of a review: what came of it, and why they were unhappy."""
    from shopbot.commands import _reviews as behind
    from shopbot.orders.review_calls import CAUSES, RESULTS, Made

    made = Made(
        result=behind.one_of(result, RESULTS, "--result"),
        cause=behind.one_of(cause, ("", *CAUSES), "--cause"),
        note=note,
    )
    with behind.open_desk(at or None) as desk:
        behind.record(desk, review, made, who, as_json=as_json)


@app.command()
def answer(
    review: Id,
    text: Annotated[str, typer.Option(help="Keep this answer instead of suggesting one.")] = "",
    accept: Annotated[bool, typer.Option(help="Keep the suggested answer.")] = False,
    pick: Annotated[int, typer.Option(min=0, help="Another wording.")] = 0,
    who: Who = "command",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Suggest an answer from the knowledge, or keep one; banned words are refused."""
    from shopbot.commands import _reviews as behind

    with behind.open_desk(at or None) as desk:
        behind.answer(desk, review, text=text, accept=accept, pick=pick, who=who, as_json=as_json)


@app.command()
def causes(
    week: Annotated[str, typer.Option(help="2026-W47 or a day in it; default: this week.")] = "",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Count why buyers were not content, by week, for the weekly talk."""
    from shopbot.commands import _reviews as behind

    with behind.open_desk(at or None) as desk:
        behind.show_causes(desk, week, as_json=as_json)
