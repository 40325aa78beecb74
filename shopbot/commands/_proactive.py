"""What ``shopbot orders proactive`` does behind its options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import typer

from shopbot import messages
from shopbot.app import phrases_of, shelf_of
from shopbot.chat.delivery import TalkReplies
from shopbot.commands._desk import Desk, open_desk, print_json
from shopbot.commands._returns import show
from shopbot.errors import Conflict, NotFound
from shopbot.kb.loader import load
from shopbot.orders import proactive_views, proactive_work
from shopbot.orders.contact import OutgoingMessage
from shopbot.orders.phrases import Phrases
from shopbot.orders.proactive_views import news_dict
from shopbot.orders.truth import StillTrue
from shopbot.storage import Transaction

__all__ = ["open_desk"]

Step = Callable[[Transaction, str], OutgoingMessage]


def show_list(desk: Desk, *, as_json: bool) -> None:
    """Print what is held and who waits for goods."""
    with desk.db.snapshot() as reader:
        told = proactive_views.list_dict(reader, _truth(desk), _words(desk), desk.rules, desk.now)
    show(told, as_json, lambda: _lines(desk, told))


def release(desk: Desk, names: Sequence[str], who: str, *, as_json: bool) -> bool:
    """Let messages go; False, told, when one could not."""
    truth = _truth(desk)

    def step(tx: Transaction, name: str) -> OutgoingMessage:
        return proactive_work.release(tx, name, truth, desk.rules, desk.now, who)

    return _each(desk, names, step, as_json=as_json)


def drop(desk: Desk, names: Sequence[str], why: str, who: str, *, as_json: bool) -> bool:
    """Drop messages; False, told, when one could not be."""
    if not why.strip():
        raise typer.BadParameter("say why in a few words", param_hint="--why")

    def step(tx: Transaction, name: str) -> OutgoingMessage:
        return proactive_work.drop(tx, name, why.strip(), desk.rules, desk.now, who)

    return _each(desk, names, step, as_json=as_json)


def _each(desk: Desk, names: Sequence[str], step: Step, *, as_json: bool) -> bool:
    """Do one after another, each in a transaction of its own, so that one slip stops nothing else."""
    done: list[OutgoingMessage] = []
    failed = False
    for name in dict.fromkeys(names):
        try:
            done.append(desk.db.transaction(lambda tx, one=name: step(tx, one)))  # type: ignore[misc]
        except (Conflict, NotFound) as slip:
            typer.echo(f"{name}: {slip}", err=True)
            failed = True
    words = _words(desk)
    if as_json:
        print_json([news_dict(one, words, desk.rules, desk.now) for one in done])
    else:
        show(None, False, lambda: [_ended(one) for one in done])
    return not failed


def _ended(message: OutgoingMessage) -> str:
    if message.state == "dropped":
        why = proactive_views.why_text(message)
        return messages.text("proactive.dropped", id=message.id, why=why)
    key = "sent" if message.state == "sent" else "released"
    return messages.text(f"proactive.{key}", id=message.id)


def _lines(desk: Desk, told: dict[str, Any]) -> list[str]:
    return [*_held(desk, told["held"]), *_waiting(desk, told)]


def _held(desk: Desk, held: list[dict[str, Any]]) -> list[str]:
    if not held:
        return [messages.text("proactive.none")]
    rows = [
        messages.text(
            "proactive.line",
            id=one["id"],
            order=one["order"],
            kind=one["kind_text"],
            text=one["text"] or messages.text("proactive.no-words", phrase=one["phrase"]),
            until=desk.clock(datetime.fromisoformat(one["held_until"])),
            then=messages.text(f"proactive.then.{one['then']}"),
        )
        for one in held
    ]
    return [messages.text("proactive.count", count=len(held)), *rows]


def _waiting(desk: Desk, told: dict[str, Any]) -> list[str]:
    if not told["restock"]:
        return [messages.text("proactive.nobody-waits")]
    rows = [
        messages.text(
            "proactive.wish-due" if one["due"] else "proactive.wish",
            title=one["title"],
            waiting=one["waiting"],
            due=one["due"],
            since=desk.clock(datetime.fromisoformat(one["since"])),
        )
        for one in told["restock"]
    ]
    return [messages.text("proactive.waiting", count=told["waiting"]), *rows]


def _truth(desk: Desk) -> StillTrue:
    return StillTrue(desk.rules, shelf_of(desk.settings.knowledge_dir()), TalkReplies)


def _words(desk: Desk) -> Phrases:
    folder = desk.settings.knowledge_dir()
    return phrases_of(cache(lambda: load(folder)))  # read when something is to be said
