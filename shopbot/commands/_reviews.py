"""What ``shopbot reviews`` does behind its options, classify aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from shopbot import messages
from shopbot.app import phrases_of
from shopbot.commands._desk import Desk, open_desk, print_json, print_table, read_time
from shopbot.commands._orders_import import columns_of
from shopbot.commands._returns import one_of
from shopbot.commands._reviews_classify import load_judge
from shopbot.orders import masking, review_answers, review_calls, review_store, review_views
from shopbot.orders.import_tables import Progress
from shopbot.orders.phrases import Phrases
from shopbot.orders.review_answers import Banned, Suggestion
from shopbot.orders.review_calls import Made
from shopbot.orders.review_causes import read_week, this_week, week_of
from shopbot.orders.review_import import ReviewReport, ReviewRequest, import_reviews
from shopbot.orders.review_model import Call, Review, mood
from shopbot.orders.review_store import ReviewFilter
from shopbot.orders.review_views import Story
from shopbot.orders.timing import told_end, told_time

__all__ = ["one_of", "open_desk"]

_SHOWN = 40  # characters of a text in a list


# --- import -------------------------------------------------------------------------------------------


def import_request(
    desk: Desk,
    file: Path,
    *,
    mapping: str,
    pairs: Sequence[str],
    as_of: str,
    rejects: Path | None,
    dry_run: bool,
) -> ReviewRequest:
    """Put a request together; the mapping must be there, the pairs readable."""
    name = messages.text("orders.rejects.default-name", stem=file.stem)
    return ReviewRequest(
        file=file,
        columns=columns_of(desk, mapping or None, pairs, file),
        as_of=read_time(as_of, desk.rules),
        rejects=rejects or Path(name),
        dry_run=dry_run,
    )


def run_import(desk: Desk, request: ReviewRequest, progress: Progress | None) -> ReviewReport:
    """Import reviews with the store's sentence model."""
    judge = load_judge(desk.settings)
    return import_reviews(
        desk.db,
        request,
        judge,
        desk.rules,
        desk.now,
        who="command",
        zone=desk.rules.zone,
        progress=progress,
    )


def show_report(report: ReviewReport, *, as_json: bool) -> None:
    """Print what an import came to."""
    if as_json:
        print_json(report.as_dict())
        return
    counted = ("new", "updated", "unchanged", "rejected")
    row = [str(getattr(report.reviews, name)) for name in counted]
    print_table([messages.text(f"orders.import.{name}") for name in counted], [row])
    if report.reviews.waiting:
        typer.echo(messages.text("reviews.import.waiting", count=report.reviews.waiting))
    if report.rejects is not None:
        told = messages.text("orders.import.rejects", count=report.noted, file=report.rejects)
        typer.echo(told)
    if report.dry_run:
        typer.echo(messages.text("orders.import.dry-run"))


# --- lists --------------------------------------------------------------------------------------------


def show_list(desk: Desk, wanted: ReviewFilter, *, as_json: bool) -> None:
    """Print reviews."""
    found = review_store.list_reviews(desk.db, desk.store_id, wanted)
    told = [review_views.review_dict(one, desk.rules) for one in found]
    if as_json:
        print_json(told)
    elif not found:
        typer.echo(messages.text("reviews.none"))
    else:
        names = ("id", "at", "mood", "order", "aspects", "text", "answered")
        header = [messages.text(f"reviews.column.{name}") for name in names]
        print_table(
            header, [_row(desk, one, str(d["text"])) for one, d in zip(found, told, strict=True)]
        )


def _row(desk: Desk, review: Review, text: str) -> list[str]:
    aspects = "、".join(messages.text(f"reviews.aspect.{name}") for name in review.aspects)
    answered = messages.text("reviews.answered.yes" if review.answer else "reviews.answered.no")
    shown = " ".join(text.split())
    return [
        review.id,
        desk.clock(review.at),
        _mood(desk, review),
        review.order,
        aspects,
        shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…",
        answered,
    ]


def _mood(desk: Desk, review: Review) -> str:
    if review.rating is not None:
        return messages.text("reviews.stars", stars=review.rating)
    return messages.text(f"reviews.sentiment.{mood(review, desk.rules)}")


def show_calls(desk: Desk, *, as_json: bool) -> None:
    """Print the buyers to be called."""
    found = review_store.list_open_calls(desk.db, desk.store_id)
    if as_json:
        print_json([review_views.call_dict(one) for one in found])
    elif not found:
        typer.echo(messages.text("reviews.calls.none"))
    for one in () if as_json else found:
        typer.echo(_call_line(desk, one))


def _call_line(desk: Desk, call: Call) -> str:
    late = call.due_at <= desk.now
    return messages.text(
        "reviews.call.overdue" if late else "reviews.call.line",
        review=call.review,
        order=call.order,
        attempts=call.attempts,
        due=told_end(call.due_at, desk.now, desk.rules),
    )


# --- one review ---------------------------------------------------------------------------------------


def show_story(desk: Desk, review_id: str, *, as_json: bool) -> None:
    """Print a review with everything around it."""
    with desk.db.snapshot() as reader:
        story = review_views.gather(reader, desk.rules, review_id)
    words = _words(desk)
    told = review_views.story_dict(story, desk.rules, words, desk.now)
    if as_json:
        print_json(told)
        return
    typer.echo(_head(desk, story.review))
    typer.echo(str(told["review"]["text"]))
    for line in _around(desk, story):
        typer.echo(line)
    for number, one in enumerate(told["script"], 1):
        typer.echo(messages.text("reviews.script.line", number=number, text=one["text"]))


def _head(desk: Desk, review: Review) -> str:
    return messages.text(
        "reviews.head",
        id=review.id,
        mood=_mood(desk, review),
        at=told_time(review.at, desk.now, desk.rules),
        order=review.order,
        title=review.title,
    )


def _around(desk: Desk, story: Story) -> list[str]:
    facts = story.facts
    if facts is None:
        lines = [messages.text("reviews.order.missing")]
    else:
        status = messages.text(f"orders.status.{facts.order.status}")
        lines = [messages.text("reviews.order.line", number=facts.order.number, status=status)]
        lines += [
            messages.text(
                "reviews.case.line",
                id=case.id,
                kind=messages.text(f"orders.case-kind.{case.kind}"),
                state=messages.text(f"orders.staff-state.{case.state}"),
            )
            for case in facts.cases
        ]
    lines += [_made_line(desk, call) for call in story.calls]
    if story.review.answer:
        lines.append(messages.text("reviews.answer.line", text=story.review.answer))
    return lines


def _made_line(desk: Desk, call: Call) -> str:
    state = messages.text(f"reviews.call-state.{call.state}")
    return messages.text(
        "reviews.call.made",
        state=state,
        attempts=call.attempts,
        result=messages.text(f"reviews.result.{call.result}") if call.result else "",
        cause=messages.text(f"reviews.cause.{call.cause}") if call.cause else "",
        note=masking.free_text(call.note),
        due=told_end(call.due_at, desk.now, desk.rules),
    )


def record(desk: Desk, review_id: str, made: Made, who: str, *, as_json: bool) -> None:
    """Write down a call."""
    call = desk.db.transaction(
        lambda tx: review_calls.record_call(tx, review_id, made, desk.rules, desk.now, who)
    )
    if as_json:
        print_json(review_views.call_dict(call))
    else:
        typer.echo(_made_line(desk, call))


# --- answers and causes -------------------------------------------------------------------------------


def answer(
    desk: Desk, review_id: str, *, text: str, accept: bool, pick: int, who: str, as_json: bool
) -> None:
    """Suggest an answer, or keep one."""
    words, banned = _words(desk), _banned(desk)
    review = review_store.get_review(desk.db, desk.store_id, review_id)
    suggested = review_answers.suggest(review, desk.rules, words, banned, desk.now, pick)
    if text or accept:
        kept = desk.db.transaction(
            lambda tx: review_answers.record_answer(
                tx, review_id, text or suggested.text, banned, desk.rules, desk.now, who
            )
        )
        told = review_views.review_dict(kept, desk.rules)
        print_json(told) if as_json else typer.echo(messages.text("reviews.answer.kept"))
    elif as_json:
        print_json(review_answers.as_dict(suggested))
    else:
        for line in _suggestion_lines(suggested):
            typer.echo(line)


def _suggestion_lines(suggested: Suggestion) -> list[str]:
    lines = [suggested.text or messages.text("reviews.answer.none")]
    lines += [messages.text("reviews.answer.source", source=one) for one in suggested.sources]
    lines += [messages.text("reviews.answer.missing", phrase=one) for one in suggested.missing]
    lines += [
        messages.text("reviews.answer.stop", why=messages.why("review.answer-blocked", one))
        for one in suggested.stops
    ]
    return lines


def show_causes(desk: Desk, told: str, *, as_json: bool) -> None:
    """Print why buyers were not content in a week."""
    monday = read_week(told) if told else this_week(desk.now, desk.rules)
    if monday is None:
        raise typer.BadParameter(messages.text("reviews.bad-week", told=told), param_hint="--week")
    week = week_of(desk.db, desk.rules, monday)
    shown = week.as_dict()
    if as_json:
        print_json(shown)
        return
    values = {name: shown[name] for name in ("week", "from", "to", "calls", "reached", "unreached")}
    typer.echo(messages.text("reviews.causes.head", **values))
    if not week.causes:
        typer.echo(messages.text("reviews.causes.none"))
        return
    rows = [
        [messages.text(f"reviews.cause.{c}" if c else "reviews.cause.untold"), str(n)]
        for c, n in week.causes.items()
    ]
    print_table(
        [messages.text("reviews.column.cause"), messages.text("reviews.column.count")], rows
    )


def _words(desk: Desk) -> Phrases:
    from shopbot.kb.loader import load

    knowledge = load(desk.settings.knowledge_dir())
    return phrases_of(lambda: knowledge)


def _banned(desk: Desk) -> Banned:
    from shopbot.kb.lint_texts import BannedFinder
    from shopbot.kb.loader import load

    words = load(desk.settings.knowledge_dir()).words.banned
    if not words:
        return lambda _text: ()
    finder = BannedFinder(words)
    return lambda text: [(word.kind, word.word) for word, _ in finder.find(text)]
