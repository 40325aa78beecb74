"""What ``shopbot orders round`` does behind its options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from shopbot import messages
from shopbot.chat.promised import of_promises
from shopbot.commands._desk import Desk
from shopbot.commands._returns import show
from shopbot.orders import round_sheet
from shopbot.orders.chores import SECTIONS, Chore
from shopbot.orders.round import Round, find_round
from shopbot.orders.timing import told_end


def show_round(desk: Desk, xlsx: Path | None, *, as_json: bool) -> bool:
    """Print what the morning needs, or write it as a workbook; False, told, when it cannot be."""
    told = find_round(desk.db, desk.rules, desk.now, (of_promises,))
    if xlsx is not None and not _write(desk, xlsx, told):
        return False
    if as_json:
        show(told.as_dict(desk.rules), True, list)
    elif xlsx is not None:
        typer.echo(messages.text("round.exported", file=xlsx, count=len(told.chores)))
    else:
        show(None, False, lambda: list(_lines(desk, told)))
    return True


def _write(desk: Desk, file: Path, told: Round) -> bool:
    try:
        round_sheet.write(file, told, desk.rules)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        typer.echo(messages.text("register.failed", file=file, reason=reason), err=True)
        return False
    return True


def _lines(desk: Desk, told: Round) -> Iterator[str]:
    if not told.chores:
        yield messages.text("round.none")
        return
    values = {"count": len(told.chores), "overdue": told.overdue}
    yield messages.text("round.head", day=desk.clock(told.at), **values)
    for section in SECTIONS:
        chores = told.of(section)
        if not chores:
            continue
        late = sum(chore.overdue for chore in chores)
        title = messages.text(f"round.section.{section}")
        key = "round.title-late" if late else "round.title"
        yield messages.text(key, title=title, count=len(chores), overdue=late)
        yield from (_line(desk, chore) for chore in chores)


def _line(desk: Desk, chore: Chore) -> str:
    said = messages.text(
        "round.line-of" if chore.ref else "round.line",
        subject=chore.subject,
        says=chore.says,
        next=chore.next,
        ref=chore.ref,
    )
    if chore.due is None:
        return said
    by = told_end(chore.due, desk.now, desk.rules)
    return said + messages.text("round.late" if chore.overdue else "round.by", by=by)
