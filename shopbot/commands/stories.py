"""Play the stories of a store against its knowledge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopbot import ids, logs, messages
from shopbot.commands._progress import bars
from shopbot.config import load_settings

if TYPE_CHECKING:
    from shopbot.chat.stories import Shelf, Story
    from shopbot.demo.story_play import Played

app = typer.Typer()


@app.command()
def stories(
    names: Annotated[
        list[str] | None, typer.Argument(help="Parts of titles or file names; all when absent.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Store id below SHOPBOT_STORES.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play stories/*.yaml in a scratch shop and show where a talk did not go as written."""
    from shopbot.chat.stories import load_stories
    from shopbot.demo.story_play import Workshop, play_all
    from shopbot.kb.service import KnowledgeBase
    from shopbot.rules import load_rules
    from shopbot.wares import CatalogueWares

    settings = load_settings()
    logs.configure("error", settings.log_format)  # the answer is on stdout alone
    watch = ids.stopwatch()
    with bars() as progress, KnowledgeBase.open(settings, store=store, progress=progress) as base:
        base.refresh(progress=progress, refit=True)  # small changes would else wait for a fit
        rules = load_rules(base.folder).rules
        shelf = load_stories(base.folder, rules.zone)
        chosen = _chosen(shelf, names or [], base.folder)
        wares = CatalogueWares(lambda: base.generation.knowledge)
        workshop = Workshop(kb=base, rules=rules, wares=wares, shelf=wares)
        played = list(play_all(workshop, chosen, progress))
    _report(shelf, played, watch() / 1000, as_json=as_json)
    if any(problem.severity == "error" for problem in shelf.problems):
        raise typer.Exit(1)
    if not all(one.ok for one in played):
        raise typer.Exit(1)


def _chosen(shelf: Shelf, names: Sequence[str], folder: Path) -> list[tuple[str, Story]]:
    if not shelf.stories and not shelf.problems:
        raise typer.BadParameter(messages.text("stories.no-folder", folder=str(folder)))
    if not names:
        return list(shelf.stories)
    found = [
        (file, story)
        for file, story in shelf.stories
        if any(name in story.title or name in file for name in names)
    ]
    if not found:
        raise typer.BadParameter(messages.text("stories.none", names="、".join(names)))
    return found


def _report(shelf: Shelf, played: Sequence[Played], seconds: float, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_told(shelf, played, seconds), ensure_ascii=False, indent=2))
        return
    for problem in shelf.problems:
        typer.echo(str(problem))
    for one in played:
        key = "stories.ok" if one.ok else "stories.missed"
        typer.echo(messages.text(key, file=one.file, title=one.title))
        if not one.ok:
            _both_sides(one)
    failed = sum(not one.ok for one in played)
    typer.echo(
        messages.text("stories.sum", count=len(played), failed=failed, seconds=f"{seconds:.1f}")
    )


def _both_sides(one: Played) -> None:
    for line in one.lines:
        typer.echo(f"      {line}")
    for missed in one.missed:
        typer.echo(
            messages.text("stories.step", step=missed.step, what=missed.what, got=missed.got)
        )


def _told(shelf: Shelf, played: Sequence[Played], seconds: float) -> dict[str, Any]:
    return {
        "problems": [str(problem) for problem in shelf.problems],
        "stories": [
            {
                "file": one.file,
                "title": one.title,
                "ok": one.ok,
                "lines": list(one.lines),
                "missed": [
                    {"step": missed.step, "expected": missed.what, "got": missed.got}
                    for missed in one.missed
                ],
            }
            for one in played
        ],
        "failed": sum(not one.ok for one in played),
        "seconds": round(seconds, 1),
    }
