"""A call to a buyer who is not content: a state table, and what a recorded try makes of the call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from shopbot import ids, jobs
from shopbot.errors import NotFound
from shopbot.orders import review_store
from shopbot.orders.followup_model import first_convenient
from shopbot.orders.review_errors import CallOver
from shopbot.orders.review_log import write_down
from shopbot.orders.review_model import (
    Call,
    CallResult,
    CallState,
    Cause,
    Review,
    call_due,
    needs_call,
)
from shopbot.rules import Rules
from shopbot.storage import Transaction

CALL_DUE = "review.call-due"
"""The kind of job that tells of a call nobody has made in time; see :func:`call_is_due`."""

RESULTS: tuple[CallResult, ...] = get_args(CallResult)
CAUSES: tuple[Cause, ...] = get_args(Cause)
MOST_NOTE = 500  # characters

CallEvent = Literal[
    "reached",  # somebody spoke with the buyer
    "missed",  # nobody answered, and it will be tried again
    "missed-last",  # nobody answered, as often as the rules want it tried; or the number is not theirs
    "settled",  # the buyer has changed the review: no call is needed
]

TRANSITIONS: dict[CallState, dict[CallEvent, CallState]] = {
    "open": {"reached": "done", "missed": "open", "missed-last": "unreached", "settled": "dropped"},
    "done": {},
    "unreached": {"reached": "done"},  # they called back
    "dropped": {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A try to reach the buyer, as somebody writes it down."""

    result: CallResult
    cause: Cause | Literal[""] = ""
    note: str = ""


def event_of(call: Call, made: Made, rules: Rules) -> CallEvent:
    """Return what a try is to its call."""
    if made.result == "wrong-number":  # nobody was reached, and trying again helps nobody
        return "missed-last"
    if made.result != "no-answer":
        return "reached"
    last = call.attempts + 1 >= rules.reviews.call_attempts
    return "missed-last" if last else "missed"


def after(call: Call, made: Made, rules: Rules, now: datetime, who: str) -> Call:
    """Return the call after a try; CallOver when its state allows none. Pure."""
    event = event_of(call, made, rules)
    state = TRANSITIONS[call.state].get(event)
    if state is None:
        raise CallOver(call.id, call.state)
    again = first_convenient(now + rules.reviews.call_again, rules)
    return replace(
        call,
        state=state,
        attempts=call.attempts + 1,
        due_at=again if state == "open" else call.due_at,
        result=made.result,
        cause=made.cause or call.cause,
        note=made.note[:MOST_NOTE] or call.note,
        done_by=who,
        ended_at=None if state == "open" else now,
    )


def mind_review(tx: Transaction, review: Review, rules: Rules, now: datetime) -> None:
    """Open a call for a review that wants one; drop the one of a review that no longer does.

    A review and what was added to it (追评) are one matter: a buyer is not called twice about what was
    known at the first call.
    """
    group = _group(tx, review)
    calls = {one.id: review_store.list_calls(tx, one.store_id, one.id) for one in group}
    wanting = [one for one in group if needs_call(one, rules, now)]
    for one in group:
        if one not in wanting:
            calls[one.id] = [_settle(tx, call, now) for call in calls[one.id]]
    made = [call for of_one in calls.values() for call in of_one]
    for one in wanting:
        if not any(_covers(call, one) for call in made):
            made.append(_open(tx, one, rules, now))


def _group(tx: Transaction, review: Review) -> list[Review]:
    """Return a review and what was added to it."""
    of_order = review_store.list_of_order(tx, review.store_id, review.order)
    return [one for one in of_order if one.source_id == review.source_id]


def _covers(call: Call, review: Review) -> bool:
    """Tell whether a call is, or was, about a review: it did not end before the review was known."""
    if call.state == "dropped":
        return False
    return call.ended_at is None or call.ended_at >= review.created_at


def record_call(
    tx: Transaction, review_id: str, made: Made, rules: Rules, now: datetime, who: str
) -> Call:
    """Write down a try to reach the buyer of a review.

    NotFound when there is no such review or no call about it, CallOver when it has ended.
    """
    review = review_store.get_review(tx, rules.store_id, review_id)
    calls = review_store.list_calls(tx, rules.store_id, review_id)
    if not calls:
        raise NotFound("review call")
    call = calls[-1]
    changed = after(call, made, rules, now, who)
    review_store.update_call(tx, changed)
    jobs.cancel(tx, store_id=call.store_id, kind=CALL_DUE, key=_key(call))
    if changed.is_open:
        _remind(tx, changed, now)
    write_down(tx, review, "called", _told(changed), who=who, now=now)
    return review_store.get_call(tx, call.store_id, call.id)


def call_is_due(job: jobs.Job, now: datetime) -> jobs.Apply:
    """Handle a job of kind :data:`CALL_DUE`: nobody has called in time, which is written down."""
    name = str(job.payload["call"])

    def work(tx: Transaction) -> None:
        call = review_store.get_call(tx, job.store_id, name)
        if call.is_open and call.attempts == int(job.payload["attempts"]):
            review = review_store.get_review(tx, job.store_id, call.review)
            write_down(tx, review, "call-overdue", _told(call), who="system", now=now)

    return work


def _open(tx: Transaction, review: Review, rules: Rules, now: datetime) -> Call:
    call = Call(
        id=ids.new_id("call"),
        store_id=review.store_id,
        review=review.id,
        order=review.order,
        due_at=call_due(review, rules),
        opened_at=now,
    )
    review_store.add_call(tx, call)
    _remind(tx, call, now)
    write_down(tx, review, "call-opened", _told(call), who="system", now=now)
    return call


def _settle(tx: Transaction, call: Call, now: datetime) -> Call:
    state = TRANSITIONS[call.state].get("settled")
    if state is None:
        return call
    dropped = replace(call, state=state, done_by="system", ended_at=now)
    review_store.update_call(tx, dropped)
    jobs.cancel(tx, store_id=call.store_id, kind=CALL_DUE, key=_key(call))
    return dropped


def _remind(tx: Transaction, call: Call, now: datetime) -> None:
    reminder = jobs.Plan(
        store_id=call.store_id,
        kind=CALL_DUE,
        key=_key(call),
        due=call.due_at,
        payload={"call": call.id, "attempts": call.attempts},
    )
    jobs.plan(tx, reminder, now)


def _key(call: Call) -> str:
    return f"{call.id}:{call.attempts}"


def _told(call: Call) -> dict[str, object]:
    return {"state": call.state, "result": call.result, "cause": call.cause}
