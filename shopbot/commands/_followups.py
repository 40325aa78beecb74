"""What ``shopbot followups`` does behind its options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from shopbot import messages
from shopbot.app import phrases_of
from shopbot.commands._desk import Desk, open_desk, print_json, print_table, read_time
from shopbot.commands._orders_import import columns_of
from shopbot.commands._returns import one_of
from shopbot.orders import followup_register, followup_store, followup_views
from shopbot.orders.followup_model import Followup, FollowupState, first_convenient, is_convenient
from shopbot.orders.followup_steps import Form, record
from shopbot.orders.followup_store import FollowupFilter
from shopbot.orders.lost_buyers import LostResult, record_lost
from shopbot.orders.members import read_members, replace_members
from shopbot.orders.timing import told_end, told_money

__all__ = ["one_of", "open_desk"]

_MOST = 1000


def show_due(desk: Desk, *, as_json: bool) -> None:
    """Print whom to call now, and whom an answer was promised."""
    wanted = FollowupFilter(due=desk.now, count=_MOST)
    found = followup_store.list_followups(desk.db, desk.store_id, wanted)
    if as_json:
        _print_all(desk, found)
        return
    if found and not is_convenient(desk.now, desk.rules):
        later = desk.clock(first_convenient(desk.now, desk.rules))
        typer.echo(messages.text("followups.not-now", later=later))
    _print_lines(desk, found, "followups.none-due")


def show_list(desk: Desk, state: FollowupState | None, count: int, *, as_json: bool) -> None:
    """Print follow-ups."""
    wanted = FollowupFilter(state=state, count=count)
    found = followup_store.list_followups(desk.db, desk.store_id, wanted)
    if as_json:
        _print_all(desk, found)
    else:
        _print_lines(desk, found, "followups.none")


def show_story(desk: Desk, followup_id: str, *, as_json: bool) -> None:
    """Print a follow-up with what is said on the phone."""
    from shopbot.kb.loader import load

    knowledge = load(desk.settings.knowledge_dir())
    words = phrases_of(lambda: knowledge)
    with desk.db.snapshot() as reader:
        told = followup_views.story_dict(reader, followup_id, desk.rules, words, desk.now)
        followup = followup_store.get_followup(reader, desk.store_id, followup_id)
    if as_json:
        print_json(told)
        return
    typer.echo(_line(desk, followup))
    for place, said in told["script"].items():
        named = messages.text(f"followups.place.{place}")
        typer.echo(messages.text("followups.script", place=named, text=said["text"]))


def fill_in(desk: Desk, followup_id: str, form: Form, who: str, *, as_json: bool) -> None:
    """Write a form down."""
    done = desk.db.transaction(lambda tx: record(tx, followup_id, form, desk.rules, desk.now, who))
    if as_json:
        print_json(followup_views.followup_dict(done, desk.rules, desk.now))
    else:
        typer.echo(_line(desk, done))


def export(desk: Desk, file: Path, since: str, until: str) -> bool:
    """Write the workbook; False, told, when it cannot be written."""
    begin, end = read_time(since, desk.rules), read_time(until, desk.rules)
    with desk.db.snapshot() as reader:
        told = followup_register.gather(reader, desk.rules, begin, end, desk.now)
    try:
        followup_register.write(file, told, desk.rules)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        typer.echo(messages.text("register.failed", file=file, reason=reason), err=True)
        return False
    typer.echo(messages.text("followups.exported", file=file, count=len(told.entries)))
    return True


def bring_members(desk: Desk, file: Path, pairs: Sequence[str], who: str, *, as_json: bool) -> None:
    """Let a list of members take the place of the one before."""
    told = read_members(file, columns_of(desk, None, pairs, file))
    desk.db.transaction(lambda tx: replace_members(tx, desk.store_id, told, desk.now, who))
    if as_json:
        print_json(told.as_dict())
        return
    values = {"file": told.file, "members": len(told.levels)}
    typer.echo(messages.text("followups.members", **values))
    if told.masked:
        typer.echo(messages.text("followups.members-masked", masked=told.masked))
    if told.unread:
        typer.echo(messages.text("followups.members-unread", unread=told.unread))


def show_lost(desk: Desk, count: int, *, as_json: bool) -> None:
    """Print lost buyers, names masked."""
    found = followup_store.list_lost(desk.db, desk.store_id, desk.rules, desk.now, count)
    told = [followup_views.lost_dict(one) for one in found]
    if as_json:
        print_json(told)
    elif not found:
        days = desk.rules.followups.lost_after.days
        typer.echo(messages.text("followups.none-lost", days=days))
    else:
        header = [messages.text(f"followups.column.{name}") for name in followup_register.LOST]
        rows = [
            [
                shown["buyer"],
                str(one.orders),
                told_money(one.paid_fen),
                desk.clock(one.last_at),
                one.last_order,
            ]
            for shown, one in zip(told, found, strict=True)
        ]
        print_table(header, rows)


def end_lost(
    desk: Desk, notice_id: str, result: LostResult, note: str, who: str, *, as_json: bool
) -> None:
    """Write down what came of a lost buyer."""
    done = desk.db.transaction(
        lambda tx: record_lost(tx, notice_id, result, desk.rules, desk.now, who, note=note)
    )
    told = followup_views.notice_dict(done)
    state = messages.text(f"followups.lost-state.{done.state}")
    if as_json:
        print_json(told)
    else:
        typer.echo(
            messages.text("followups.lost-done", buyer=told["buyer"], id=done.id, state=state)
        )


def _print_all(desk: Desk, found: list[Followup]) -> None:
    print_json([followup_views.followup_dict(one, desk.rules, desk.now) for one in found])


def _print_lines(desk: Desk, found: list[Followup], empty: str) -> None:
    for one in found:
        typer.echo(_line(desk, one))
    if not found:
        typer.echo(messages.text(empty))


def _line(desk: Desk, one: Followup) -> str:
    late = one.is_open and one.due_at <= desk.now
    return messages.text(
        "followups.line-late"
        if late
        else "followups.line"
        if one.is_open
        else "followups.line-over",
        id=one.id,
        order=one.order,
        why=messages.text(f"followups.why.{one.why}"),
        state=messages.text(f"followups.state.{one.state}"),
        attempts=one.attempts,
        result=messages.text(f"followups.result.{one.result}") if one.result else "",
        due=told_end(one.due_at, desk.now, desk.rules),
    )
