"""The record of follow-ups (回访记录表), row by row and summed up by month, as a workbook. Names masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shopbot import messages
from shopbot.orders import followup_store, masking, store
from shopbot.orders.followup_model import Followup, Sample, month_of
from shopbot.orders.followup_store import FollowupFilter, LostBuyer
from shopbot.orders.model import OrderFacts
from shopbot.orders.register import yuan
from shopbot.orders.workbook_out import Cell, Sheet, write_book
from shopbot.rules import Rules
from shopbot.storage.database import Reader

COLUMNS = (
    "opened", "order", "buyer", "item", "case_kind", "case_ended", "why", "state", "reached",
    "result", "score", "problem", "suggestion", "note", "attempts", "who",
)  # fmt: skip
"""The columns in the order in which shops keep them; titles are messages followups.column.NAME."""

SUMS = (
    "month", "picked", "members", "sampled", "asked", "satisfied", "unsatisfied", "open",
    "unreached", "rate_reached", "rate_satisfied", "problems", "seed", "share",
)  # fmt: skip

LOST = ("buyer", "orders", "paid", "last", "order")

_WIDTHS = {"order": 20, "item": 28, "suggestion": 36, "note": 36, "problems": 36, "seed": 32}
_USUAL_WIDTH = 12
_PAGE = 500
_MISSED = frozenset({"unreached", "lapsed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A follow-up with the order it is about."""

    followup: Followup
    facts: OrderFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that a workbook of follow-ups holds."""

    entries: Sequence[Entry]
    samples: Sequence[Sample]
    lost: Sequence[LostBuyer]


def gather(
    reader: Reader, rules: Rules, since: datetime | None, until: datetime | None, now: datetime
) -> Record:
    """Read the follow-ups opened from ``since`` up to ``until``, the seeds, and who is lost."""
    entries: list[Entry] = []
    after = None
    while True:
        wanted = FollowupFilter(since=since, until=until, after=after, count=_PAGE)
        page = followup_store.list_followups(reader, rules.store_id, wanted)
        for one in page:
            facts = store.get_facts(reader, rules.store_id, one.order)
            entries.append(Entry(followup=one, facts=facts))
        if len(page) < _PAGE:
            break
        after = (page[-1].opened_at, page[-1].id)
    return Record(
        entries=entries,
        samples=followup_store.list_samples(reader, rules.store_id),
        lost=followup_store.list_lost(reader, rules.store_id, rules, now),
    )


def row(entry: Entry, rules: Rules) -> tuple[Cell, ...]:
    """Return the cells of one follow-up, in the order of :data:`COLUMNS`."""
    told, facts = entry.followup, entry.facts
    case = next((one for one in facts.cases if one.id == told.case), None)
    line = facts.find_line(case.line_no) if case else None
    cells: dict[str, Cell] = {
        "opened": _day(told.opened_at, rules),
        "order": told.order,
        "buyer": masking.nick(told.buyer),
        "item": line.title if line else facts.order.title,
        "case_kind": messages.text(f"orders.case-kind.{case.kind}") if case else "",
        "case_ended": _day(told.case_ended_at, rules),
        "why": messages.text(f"followups.why.{told.why}"),
        "state": messages.text(f"followups.state.{told.state}"),
        "reached": _day(told.reached_at, rules),
        "result": _result(told),
        "score": told.score if told.score is not None else "",
        "problem": _named("problem", told.problem),
        "suggestion": masking.free_text(told.suggestion),
        "note": masking.free_text(told.note),
        "attempts": told.attempts,
        "who": told.done_by if told.done_by != "system" else "",
    }
    return tuple(cells[name] for name in COLUMNS)


def sums(
    entries: Iterable[Entry], samples: Iterable[Sample], rules: Rules
) -> list[tuple[Cell, ...]]:
    """Return the summary by month of the case's end, in the order of :data:`SUMS`."""
    months: dict[str, list[Followup]] = {}
    for entry in entries:
        month = month_of(entry.followup.case_ended_at, rules)
        months.setdefault(month, []).append(entry.followup)
    seeds = {one.month: one for one in samples}
    return [_sum(month, found, seeds.get(month)) for month, found in sorted(months.items())]


def _sum(month: str, found: Sequence[Followup], sample: Sample | None) -> tuple[Cell, ...]:
    asked = [one for one in found if one.satisfied is not None]
    satisfied = sum(one.satisfied is True for one in asked)
    problems = Counter(one.problem for one in found if one.problem)
    cells: dict[str, Cell] = {
        "month": month,
        "picked": len(found),
        "members": sum(one.why == "member" for one in found),
        "sampled": sum(one.why == "sample" for one in found),
        "asked": len(asked),
        "satisfied": satisfied,
        "unsatisfied": len(asked) - satisfied,
        "open": sum(one.is_open for one in found),
        "unreached": sum(one.state in _MISSED for one in found),
        "rate_reached": _share(len(asked), len(found)),
        "rate_satisfied": _share(satisfied, len(asked)),
        "problems": "、".join(
            messages.text("followups.problems", problem=_named("problem", name), count=count)
            for name, count in problems.most_common()
        ),
        "seed": sample.seed if sample else "",
        "share": messages.text("followups.share", share=sample.share) if sample else "",
    }
    return tuple(cells[name] for name in SUMS)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else ""


def lost_row(buyer: LostBuyer, rules: Rules) -> tuple[Cell, ...]:
    """Return the cells of a lost buyer, in the order of :data:`LOST`."""
    return (
        masking.nick(buyer.buyer),
        buyer.orders,
        yuan(buyer.paid_fen),
        _day(buyer.last_at, rules),
        buyer.last_order,
    )


def write(path: Path, record: Record, rules: Rules) -> None:
    """Write the workbook whole or not at all; OSError when it cannot be written."""
    rows = [row(one, rules) for one in record.entries]
    summed = sums(record.entries, record.samples, rules)
    lost = [lost_row(one, rules) for one in record.lost]
    write_book(
        path,
        (
            _sheet("record", COLUMNS, rows),
            _sheet("summary", SUMS, summed),
            _sheet("lost", LOST, lost),
        ),
    )


def _sheet(name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Sheet:
    return Sheet(
        title=messages.text(f"followups.sheet.{name}"),
        header=[messages.text(f"followups.column.{column}") for column in columns],
        widths=[_WIDTHS.get(column, _USUAL_WIDTH) for column in columns],
        rows=rows,
    )


def _result(told: Followup) -> str:
    """Return what came of it; who was not content stays so when the promised answer was given."""
    answered = told.satisfied is False and told.result == "answered"
    return _named("result", "unsatisfied-answered" if answered else told.result)


def _named(kind: str, name: str) -> str:
    return messages.text(f"followups.{kind}.{name}") if name else ""


def _day(moment: datetime | None, rules: Rules) -> str:
    return moment.astimezone(rules.zone).strftime("%Y-%m-%d") if moment else ""
