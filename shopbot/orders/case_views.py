"""After-sale cases as JSON for programs: the same shape on the command line and over HTTP. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shopbot.audit import Deed
from shopbot.orders.eligibility import Eligibility
from shopbot.orders.machine import Decision, list_events
from shopbot.orders.model import Case
from shopbot.rules import Rules


def answer(order: str, line: int, found: Eligibility, rules: Rules) -> dict[str, Any]:
    """Return the answer of ``returns check`` in its documented form."""
    return {
        "order": order,
        "line": line,
        "kind": found.kind,
        "at": _iso(found.at, rules),
        "eligible": found.eligible,
        "checks": [row.as_dict() for row in found.checks],
        "refund_fen": found.refund.cash_fen,
        "freight_payer": found.freight_payer,
        "deadline": _iso(found.deadline, rules),
        "next": found.next,
    }


def case_dict(case: Case, rules: Rules) -> dict[str, Any]:
    """Return a case without personal data."""
    return {
        "id": case.id,
        "order": case.order,
        "line": case.line_no,
        "kind": case.kind,
        "reason": case.reason,
        "state": case.state,
        "quantity": case.quantity,
        "freight_payer": case.freight_payer,
        "return_parcel": case.return_parcel,
        "resend_parcel": case.resend_parcel,
        "quote_fen": case.quote_fen,
        "grade": case.grade,
        "restocked": case.restocked,
        "lost": case.lost,
        "deadline": _iso(case.deadline, rules),
        "requested_at": _iso(case.requested_at, rules),
        "ended_at": _iso(case.ended_at, rules),
        "version": case.version,
    }


def case_story(case: Case, deeds: Sequence[Deed], rules: Rules) -> dict[str, Any]:
    """Return a case with its history and what may happen next."""
    return case_dict(case, rules) | {
        "history": [{"at": _iso(d.at, rules), "name": d.name, "who": d.who} for d in deeds],
        "next": list(list_events(case.kind, case.state)),
    }


def decision_dict(done: Decision, rules: Rules) -> dict[str, Any]:
    """Return what became of a step."""
    return {
        "allowed": done.allowed,
        "case": case_dict(done.case, rules),
        "checks": [row.as_dict() for row in done.checks],
        "effects": list(done.effects),
        "due": [{"event": due.event, "at": _iso(due.at, rules)} for due in done.due],
        "phrase": done.phrase.id if done.phrase else None,
    }


def _iso(moment: datetime | None, rules: Rules) -> str | None:
    return moment.astimezone(rules.zone).isoformat() if moment else None
