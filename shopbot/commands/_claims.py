"""What ``shopbot claims`` does behind its options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import typer

from shopbot import messages
from shopbot.commands._desk import Desk, open_desk, print_json, print_table
from shopbot.commands._returns import one_of, show, yuan
from shopbot.errors import EXIT_PROBLEMS
from shopbot.orders import claim_sheet, claim_store, claim_views
from shopbot.orders.access import plain_number
from shopbot.orders.claim_model import Claim, ClaimEvent, ClaimKind, ClaimStep
from shopbot.orders.claim_payments import Asked, compensate, decide
from shopbot.orders.claim_steps import open_claim, step_claim
from shopbot.orders.claim_store import ClaimFilter
from shopbot.orders.register import Cell
from shopbot.orders.timing import told_money
from shopbot.orders.workbook_out import Sheet, write_book

__all__ = ["one_of", "open_desk", "yuan"]

EVENTS = (*get_args(ClaimEvent), "compensate", "agree", "deny")

_ALL = 100_000
_WIDTH = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step as it was typed."""

    claim: str
    event: str
    fen: int | None
    papers: tuple[str, ...]
    note: str
    supervisor: bool
    who: str


def show_list(desk: Desk, wanted: ClaimFilter, *, as_json: bool) -> None:
    """Print claims."""
    found = claim_store.list_claims(desk.db, desk.store_id, wanted)
    told = [claim_views.claim_dict(one, desk.rules, desk.now) for one in found]
    show(told, as_json, lambda: _lines(found))


def _lines(found: list[Claim]) -> list[str]:
    if not found:
        return [messages.text("claims.none")]
    return [claim_views.sentence(one) for one in found]


def show_story(desk: Desk, claim_id: str, *, as_json: bool) -> None:
    """Print a claim with everything around it."""
    with desk.db.snapshot() as reader:
        told = claim_views.story_dict(reader, claim_id, desk.rules, desk.now)
        claim = claim_store.get_claim(reader, desk.store_id, claim_id)
    show(told, as_json, lambda: _story(desk, claim, told))


def _story(desk: Desk, claim: Claim, told: dict[str, Any]) -> list[str]:
    rows = [claim_views.sentence(claim)]
    if claim.deadline is not None:
        rows.append(messages.text("claims.deadline", at=desk.clock(claim.deadline)))
    if told["claim"]["missing_papers"] and claim.is_open:
        rows.append(
            messages.text("claims.missing", papers="、".join(told["claim"]["missing_papers"]))
        )
    if claim.asked_fen:
        asked, won = told_money(claim.asked_fen), told_money(claim.won_fen)
        rows.append(messages.text("claims.money", asked=asked, won=won))
    if told["may_compensate_fen"]:
        rows.append(messages.text("claims.most", most=told_money(told["may_compensate_fen"])))
    rows.extend(_paid(one["fen"], one["state"]) for one in told["compensations"])
    rows.extend(
        messages.text("claims.history", at=deed["at"][:16].replace("T", " "),
                      what=claim_views.deed_text(deed["what"]), who=deed["who"])
        for deed in told["history"]
    )  # fmt: skip
    return rows


def _paid(fen: int, state: str) -> str:
    return messages.text(f"claims.compensation.{state}", money=told_money(fen))


def open_one(
    desk: Desk, order: str, parcel: str, kind: ClaimKind, *, note: str, who: str, as_json: bool
) -> None:
    """Open a claim and print it."""
    claim = desk.db.transaction(
        lambda tx: open_claim(
            tx, plain_number(order), parcel, kind, desk.rules, desk.now, who, note=note
        )
    )
    told = claim_views.claim_dict(claim, desk.rules, desk.now)
    show(told, as_json, lambda: [claim_views.sentence(claim)])


def take(desk: Desk, taken: Taken, *, as_json: bool) -> None:
    """Take a step, or compensate, and print what came of it."""
    if taken.event in ("compensate", "agree", "deny"):
        _compensate(desk, taken, as_json=as_json)
        return
    step = ClaimStep(
        event=cast("ClaimEvent", taken.event),
        fen=taken.fen or 0,
        papers=taken.papers,
        note=taken.note,
    )
    claim = desk.db.transaction(
        lambda tx: step_claim(tx, taken.claim, step, desk.rules, desk.now, taken.who)
    )
    told = claim_views.claim_dict(claim, desk.rules, desk.now)
    show(told, as_json, lambda: [claim_views.sentence(claim)])


def _compensate(desk: Desk, taken: Taken, *, as_json: bool) -> None:
    if taken.event != "compensate" and not taken.supervisor:
        raise typer.BadParameter(messages.text("claims.supervisor-only"), param_hint="EVENT")
    asked = Asked(claim=taken.claim, fen=taken.fen, supervisor=taken.supervisor)
    if taken.event == "compensate":
        one = desk.db.transaction(lambda tx: compensate(tx, asked, desk.rules, desk.now, taken.who))
    else:
        agree = taken.event == "agree"
        one = desk.db.transaction(
            lambda tx: decide(tx, taken.claim, agree, desk.rules, desk.now, taken.who)
        )
    told = claim_views.compensation_dict(one, desk.rules)
    show(told, as_json, lambda: [_paid(one.fen, one.state)])


def show_sums(desk: Desk, *, as_json: bool) -> None:
    """Print the sums by courier."""
    found = claim_views.sums(desk.db, desk.store_id)
    if as_json:
        print_json([one.as_dict() for one in found])
    elif not found:
        typer.echo(messages.text("claims.none"))
    else:
        header = [str(title) for title in claim_sheet.titles(claim_sheet.SUMS)]
        rows = [[_cell(cell) for cell in claim_sheet.sum_row(one)] for one in found]
        print_table(header, rows)


def _cell(value: Cell) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def export(desk: Desk, file: Path) -> None:
    """Write the workbook; exit when it cannot be written."""
    wanted = ClaimFilter(count=_ALL)
    found = claim_store.list_claims(desk.db, desk.store_id, wanted)
    listed = claim_views.sums(desk.db, desk.store_id)
    try:
        write_book(
            file,
            (
                _sheet(
                    "claims", claim_sheet.COLUMNS, [claim_sheet.row(c, desk.rules) for c in found]
                ),
                _sheet("sums", claim_sheet.SUMS, [claim_sheet.sum_row(one) for one in listed]),
            ),
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        typer.echo(messages.text("register.failed", file=file, reason=reason), err=True)
        raise typer.Exit(EXIT_PROBLEMS) from None
    typer.echo(messages.text("claims.exported", file=file, count=len(found)))


def _sheet(name: str, columns: tuple[str, ...], rows: list[list[str | int | float]]) -> Sheet:
    return Sheet(
        title=messages.text(f"claims.sheet.{name}"),
        header=[str(title) for title in claim_sheet.titles(columns)],
        widths=[_WIDTH] * len(columns),
        rows=rows,
    )
