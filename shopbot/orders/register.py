"""The register of returns and exchanges (退换货登记表), row by row and summed up by month. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbot import messages
from shopbot.audit import Deed
from shopbot.orders import masking
from shopbot.orders.model import Case, OrderFacts
from shopbot.orders.money import count_money
from shopbot.orders.shares import next_pieces
from shopbot.orders.stock_back import count_stock_back
from shopbot.rules import Rules

COLUMNS = (
    "day", "order", "buyer", "item", "sku", "variant", "quantity", "kind", "reason", "parcel",
    "received", "inspection", "stock", "loss",
    "refund", "state", "who", "remark",
)  # fmt: skip
"""The columns in the order in which shops keep them; titles are messages register.column.NAME."""

SUMS = (
    "month", "kind", "cases", "pieces", "open", "restocked", "lost", "lost_value", "refunded",
)  # fmt: skip

_NOBODY = frozenset({"system", "buyer"})
_UNINSPECTED = frozenset({"requested", "need_pictures", "approved", "shipped_back", "received"})

Cell = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One case with the order it belongs to and who dealt with it."""

    case: Case
    facts: OrderFacts
    deeds: Sequence[Deed] = ()

    @property
    def refund_fen(self) -> int:
        """Return what was or will be paid back for the case."""
        mine = [one for one in self.facts.refunds if one.case_id == self.case.id]
        return sum(one.cash_fen for one in mine if one.state != "dropped")

    @property
    def paid_back_fen(self) -> int:
        """Return what was paid back for the case."""
        mine = [one for one in self.facts.refunds if one.case_id == self.case.id]
        return sum(one.cash_fen for one in mine if one.state == "paid")

    def loss_fen(self, rules: Rules) -> int:
        """Return what the goods that came back have lost of what was paid for them, by their grade.

        A case inspected before grades were kept has lost what was written off.
        """
        case = self.case
        pieces = case.lost if case.grade is None else case.quantity
        if not pieces:
            return 0
        line = count_money(self.facts).get_line(case.line_no)
        value = next_pieces(line.cash_fen, 0, min(pieces, line.quantity), line.quantity)
        if case.grade is None:
            return value
        return count_stock_back(pieces, case.grade, value, rules).loss_fen


def row(entry: Entry, rules: Rules) -> tuple[Cell, ...]:
    """Return the cells of one case, in the order of :data:`COLUMNS`."""
    case, order = entry.case, entry.facts.order
    line = entry.facts.find_line(case.line_no)
    told: dict[str, Cell] = {
        "day": _day(case.requested_at, rules),
        "order": order.number,
        "buyer": masking.nick(order.buyer),
        "item": line.title if line else "",
        "sku": line.sku if line else "",
        "variant": " ".join(part for part in (line.colour, line.size) if part) if line else "",
        "quantity": case.quantity,
        "kind": messages.text(f"orders.case-kind.{case.kind}"),
        "reason": messages.text(f"register.reason.{case.reason}"),
        "parcel": case.return_parcel,
        "received": _day(case.received_at, rules),
        "inspection": _inspection(case),
        "stock": _stock(case),
        "loss": yuan(entry.loss_fen(rules)),
        "refund": yuan(entry.refund_fen),
        "state": messages.text(f"orders.staff-state.{case.state}"),
        "who": next((d.who for d in reversed(entry.deeds) if d.who not in _NOBODY), ""),
        "remark": masking.free_text(case.detail),
    }
    return tuple(told[name] for name in COLUMNS)


def sums(entries: Iterable[Entry], rules: Rules) -> list[tuple[Cell, ...]]:
    """Return stock-back, loss and refunds by month and kind, in the order of :data:`SUMS`."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        month = entry.case.requested_at.astimezone(rules.zone).strftime("%Y-%m")
        groups.setdefault((month, entry.case.kind), []).append(entry)
    return [_sum(month, kind, found, rules) for (month, kind), found in sorted(groups.items())]


def _sum(month: str, kind: str, found: Sequence[Entry], rules: Rules) -> tuple[Cell, ...]:
    told: dict[str, Cell] = {
        "month": month,
        "kind": messages.text(f"orders.case-kind.{kind}"),
        "cases": len(found),
        "pieces": sum(one.case.quantity for one in found),
        "open": sum(one.case.is_open for one in found),
        "restocked": sum(one.case.restocked for one in found),
        "lost": sum(one.case.lost for one in found),
        "lost_value": yuan(sum(one.loss_fen(rules) for one in found)),
        "refunded": yuan(sum(one.paid_back_fen for one in found)),
    }
    return tuple(told[name] for name in SUMS)


def yuan(fen: int) -> float:
    """Return fen as yuan for a cell that can be summed up; exact to the fen."""
    return round(fen / 100, 2)


def _day(moment: datetime | None, rules: Rules) -> str:
    return moment.astimezone(rules.zone).strftime("%Y-%m-%d") if moment else ""


def _inspection(case: Case) -> str:
    if case.kind in ("refund", "resend"):
        return messages.text("register.inspection.none-needed")
    if case.state == "disputed":
        return messages.text("register.inspection.disputed")
    if case.inspected_at is not None:
        passed = messages.text("register.inspection.passed")
        if case.grade is None:
            return passed
        grade = messages.text(f"register.grade.{case.grade}")
        return messages.text("register.inspection.graded", passed=passed, grade=grade)
    waits = case.received_at is not None and case.state in _UNINSPECTED
    return messages.text("register.inspection.waiting") if waits else ""


def _stock(case: Case) -> str:
    parts = []
    if case.restocked:
        parts.append(messages.text("register.stock.restocked", count=case.restocked))
    if case.lost:
        parts.append(messages.text("register.stock.lost", count=case.lost))
    return messages.text("register.stock.and").join(parts)
