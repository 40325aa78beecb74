"""A follow-up on its way: both branches, tries that fail, the answer that is promised. A state table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from shopbot import audit
from shopbot.errors import Conflict
from shopbot.orders import followup_store, store
from shopbot.orders.followup_model import (
    Followup,
    FollowupResult,
    FollowupState,
    Problem,
    first_convenient,
)
from shopbot.rules import Rules
from shopbot.storage import Transaction

RESULTS: tuple[FollowupResult, ...] = get_args(FollowupResult)
PROBLEMS: tuple[Problem, ...] = get_args(Problem)
MOST_TEXT = 500  # characters
ANSWER_WITHIN = timedelta(hours=24)  # as the closing phrase says

FollowupEvent = Literal["satisfied", "unsatisfied", "answered", "declined", "missed", "missed-last"]

TRANSITIONS: dict[FollowupState, dict[FollowupEvent, FollowupState]] = {
    "open": {
        "satisfied": "done",
        "unsatisfied": "promised",
        "declined": "declined",
        "missed": "open",
        "missed-last": "unreached",
    },
    "promised": {"answered": "done"},
    "unreached": {"satisfied": "done", "unsatisfied": "promised"},  # they called back
    "done": {},
    "declined": {},
    "lapsed": {},
}
"""Besides, time makes an open one ``lapsed`` (see :mod:`followup_work`)."""


class FollowupOver(Conflict):
    """A follow-up cannot be recorded like that as it stands."""

    code = "followup.not-now"

    def __init__(self, followup_id: str, state: str, result: str) -> None:
        super().__init__(
            f"The follow-up {followup_id} is {state}; {result} does not fit. Look at it first.",
            id=followup_id,
            state=state,
            result=result,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is filled in after a call."""

    result: FollowupResult
    score: int | None = None
    problem: Problem | Literal[""] = ""
    suggestion: str = ""
    note: str = ""


def event_of(followup: Followup, form: Form, rules: Rules) -> FollowupEvent:
    """Return what a form is to its follow-up."""
    if form.result == "wrong-number":
        return "missed-last"
    if form.result != "no-answer":
        return form.result
    last = followup.attempts + 1 >= rules.followups.attempts
    return "missed-last" if last else "missed"


def after(followup: Followup, form: Form, rules: Rules, now: datetime, who: str) -> Followup:
    """Return the follow-up with a form filled in; FollowupOver when it does not fit. Pure."""
    event = event_of(followup, form, rules)
    state = TRANSITIONS[followup.state].get(event)
    if state is None:
        raise FollowupOver(followup.id, followup.state, form.result)
    reached = event in ("satisfied", "unsatisfied", "declined")
    told = replace(
        followup,
        state=state,
        attempts=followup.attempts + (event != "answered"),
        result=form.result,
        score=form.score or followup.score,
        problem=form.problem or followup.problem,
        suggestion=form.suggestion[:MOST_TEXT] or followup.suggestion,
        note=form.note[:MOST_TEXT] or followup.note,
        done_by=who,
        reached_at=now if reached else followup.reached_at,
        ended_at=None if state in ("open", "promised") else now,
    )
    if event in ("satisfied", "unsatisfied"):
        told = replace(told, satisfied=event == "satisfied")
    if state == "open":
        return replace(told, next_at=first_convenient(now + rules.followups.again, rules))
    if state == "promised":
        return replace(told, next_at=now, due_at=now + ANSWER_WITHIN)
    return told


def record(
    tx: Transaction, followup_id: str, form: Form, rules: Rules, now: datetime, who: str
) -> Followup:
    """Fill in a form; NotFound for an unknown follow-up, FollowupOver when it does not fit."""
    followup = followup_store.get_followup(tx, rules.store_id, followup_id)
    changed = after(followup, form, rules, now, who)
    followup_store.update_followup(tx, changed)
    write_down(tx, changed, form.result, who, now)
    return followup_store.get_followup(tx, rules.store_id, followup_id)


def write_down(tx: Transaction, followup: Followup, what: str, who: str, now: datetime) -> None:
    """Record the deed ``followup.WHAT``, and in the history of the order."""
    name = f"followup.{what}"
    data = {
        "followup": followup.id,
        "case": followup.case,
        "state": followup.state,
        "problem": followup.problem,
    }
    deed = audit.Deed(
        store_id=followup.store_id, name=name, who=who, subject=followup.id, at=now, data=data
    )
    audit.record(tx, deed)
    store.add_event(tx, followup.store_id, followup.order, name, at=now, who=who, data=data)
