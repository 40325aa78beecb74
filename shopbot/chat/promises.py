"""What was promised to shoppers: written down, reminded of, kept, broken or withdrawn. Nothing is forgotten.

A promise follows its talk to the end: staff see it before it is due, everybody sees when it is broken, and
a broken one stays on the list until somebody has made up for it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from shopbot import audit, ids, jobs, messages
from shopbot.chat import store
from shopbot.chat.model import Conversation, Promise
from shopbot.chat.rows import moment
from shopbot.desk import tasks
from shopbot.desk.model import Task
from shopbot.errors import Conflict, Malformed, NotFound
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")

WARN, BREAK = "promise.warn", "promise.break"
"""Kinds of due work: shown to staff before it is due; broken when it was not kept."""

MOST_WHAT = 200  # characters
LONGEST = timedelta(days=366)

BOT = "bot"
"""Who made a promise that no person made."""

Ending = Literal["kept", "withdrawn"]


def open_promise(
    tx: Transaction,
    talk: Conversation,
    *,
    what: str,
    until: datetime,
    made_by: str,
    now: datetime,
    warn: timedelta,
    entry: str = "",
) -> tuple[Conversation, Promise]:
    """Write a promise with its due work; the talk (yet to be saved) is returned with its event.

    ``made_by``: "bot" or a user id; ``warn``: how long before ``until`` staff are reminded
    (``rules.desk.promise_warn``). What bot or entry say again in a talk is the same promise; its
    first time holds. Malformed when nothing is promised or its time is over.
    """
    if not what.strip():
        raise Malformed("A promise says what will be done. Write it in a few words.")
    if not now < until <= now + LONGEST:
        raise Malformed("A promise ends in the future, within a year. Choose another time.")
    made = Promise(
        store_id=talk.store_id,
        id=ids.new_id("prm"),
        conversation=talk.id,
        what=what.strip()[:MOST_WHAT],
        until=until,
        entry=entry,
        made_by=made_by,
        made_at=now,
    )
    before = _same(tx, made)
    if before is not None:
        return talk, before
    tx.run(
        Q.add_promise,
        store_id=made.store_id,
        id=made.id,
        conversation=made.conversation,
        what=made.what,
        until=ids.to_text(until),
        entry=entry,
        made_by=made_by,
        made_at=ids.to_text(now),
    )
    _plan(tx, made, WARN, max(now, until - warn), now)
    _plan(tx, made, BREAK, until, now)
    _record(tx, made, "promise.made", made_by, now)
    told = {"promise": made.id, "what": made.what, "until": ids.to_text(until)}
    return _note(tx, talk, "promised", told, made_by, now), made


def end_promise(
    tx: Transaction,
    store_id: str,
    promise: str,
    ending: Ending,
    *,
    who: str,
    now: datetime,
) -> Promise:
    """Say that a promise was kept, or is taken back. Safe to repeat; Conflict when it ended otherwise.

    A broken one stays broken in every count, but is off the list once somebody has made up for it.
    """
    found = get_promise(tx, store_id, promise)
    if found.closed_at is not None:
        if found.state not in (ending, "broken"):
            raise Conflict(f"The promise {promise} has ended as {found.state}.", id=promise)
        return found
    talk = store.get_conversation(tx, store_id, found.conversation)
    store.save_conversation(tx, _end(tx, talk, found, ending, who, now))
    return get_promise(tx, store_id, promise)


def _end(
    tx: Transaction, talk: Conversation, found: Promise, ending: Ending, who: str, now: datetime
) -> Conversation:
    state = "broken" if found.state == "broken" else ending
    tx.run(
        Q.end_promise,
        store_id=found.store_id,
        id=found.id,
        state=state,
        closed_by=who,
        closed_at=ids.to_text(now),
    )
    for kind in (WARN, BREAK):
        jobs.cancel(tx, store_id=found.store_id, kind=kind, key=found.id)
    _settle(tx, found, who, now)
    name = f"promise.{ending}" if state == ending else f"promise.{ending}-late"
    _record(tx, found, name, who, now)
    told = {"promise": found.id, "state": name.removeprefix("promise.")}
    return _note(tx, talk, "promise", told, who, now)


def _same(reader: Reader, made: Promise) -> Promise | None:
    """Return the open promise that says the same; an agent's may have another time."""
    for one in list_promises(reader, made.store_id, conversation=made.conversation, state="open"):
        said = (one.entry, one.what) == (made.entry, made.what)
        if said and (made.entry or made.made_by == BOT or one.until == made.until):
            return one
    return None


def get_promise(reader: Reader, store_id: str, promise: str) -> Promise:
    """Return a promise; NotFound when the store has none of this id."""
    row = reader.maybe_one(Q.get_promise, store_id=store_id, id=promise)
    if row is None:
        raise NotFound("promise")
    return _promise(row)


def list_promises(
    reader: Reader, store_id: str, *, conversation: str = "", state: str = "", count: int = 500
) -> list[Promise]:
    """Return promises, the next due first: all, of a talk, of a state, or ``due``: not made good."""
    rows = reader.all(
        Q.list_promises, store_id=store_id, conversation=conversation, state=state, count=count
    )
    return [_promise(row) for row in rows]


def count_promises(
    reader: Reader, store_id: str, since: datetime, until: datetime
) -> dict[str, int]:
    """Return how many of the promises made in a time are open, kept, broken, withdrawn."""
    rows = reader.all(
        Q.count_promises, store_id=store_id, since=ids.to_text(since), until=ids.to_text(until)
    )
    found = {row["state"]: int(row["promises"]) for row in rows}
    return {state: found.get(state, 0) for state in ("open", "kept", "broken", "withdrawn")}


def keep_holds(tx: Transaction, talk: Conversation, agent: str, now: datetime) -> Conversation:
    """Somebody has come back to a shopper whom the bot had asked to wait; the talk is yet to be saved."""
    for one in list_promises(tx, talk.store_id, conversation=talk.id, state="open"):
        if one.made_by == BOT and not one.entry:
            talk = _end(tx, talk, one, "kept", agent, now)
    return talk


def show_open(tx: Transaction, talk: Conversation, now: datetime) -> Conversation:
    """Note for whoever takes a talk over what must still be kept; the talk is yet to be saved."""
    waiting = list_promises(tx, talk.store_id, conversation=talk.id, state="due")
    if not waiting:
        return talk
    told = [
        {"promise": one.id, "what": one.what, "until": ids.to_text(one.until)} for one in waiting
    ]
    text = messages.text("desk.promises-open", what="、".join(one.what for one in waiting))
    new = store.NewEvent(
        kind="note",
        author="system",
        audience="staff",
        turn=talk.turn,
        body={"text": text, "promises": told},
    )
    return store.append(tx, talk, new, now)[0]


# --- due work ---------------------------------------------------------------------------------------


def warn_due(job: jobs.Job, now: datetime) -> jobs.Apply:
    """Show a promise to staff before it is due."""

    def work(tx: Transaction) -> None:
        found = _still_open(tx, job)
        if found is not None:
            tasks.add_task(tx, _task(tx, found, "promise-due", now))

    return work


def break_due(job: jobs.Job, now: datetime) -> jobs.Apply:
    """Notice that a promise was not kept: the supervisors see it, the talk's staff too."""

    def work(tx: Transaction) -> None:
        found = _still_open(tx, job)
        if found is None:
            return
        tx.run(
            Q.end_promise,
            store_id=found.store_id,
            id=found.id,
            state="broken",
            closed_by="",
            closed_at=None,
        )
        tasks.add_task(tx, _task(tx, found, "promise-broken", now))
        _record(tx, found, "promise.broken", "system", now)
        _note_saved(tx, found, {"promise": found.id, "state": "broken"}, "", now)

    return work


def _still_open(tx: Transaction, job: jobs.Job) -> Promise | None:
    try:
        found = get_promise(tx, job.store_id, str(job.payload["promise"]))
    except NotFound:
        return None
    return found if found.state == "open" else None


def _task(
    tx: Transaction, found: Promise, kind: Literal["promise-due", "promise-broken"], now: datetime
) -> Task:
    talk = store.get_conversation(tx, found.store_id, found.conversation)
    agent = talk.agent or ("" if found.made_by == "bot" else found.made_by)
    broken = kind == "promise-broken"
    return Task(
        store_id=found.store_id,
        id=ids.new_id("tsk"),
        kind=kind,
        key=found.id,
        conversation=found.conversation,
        audience="supervisor" if broken else "agent",
        agent=agent,
        data={"promise": found.id, "what": found.what, "until": ids.to_text(found.until)},
        made_at=now,
        due_at=now if broken else found.until,
    )


def _settle(tx: Transaction, found: Promise, who: str, now: datetime) -> None:
    for task in tasks.tasks_of(tx, found.store_id, found.conversation):
        mine = task.data.get("promise") == found.id
        if mine and task.state == "open":
            tasks.end_task(tx, found.store_id, task.id, "done", who=who, now=now)


def _plan(tx: Transaction, made: Promise, kind: str, due: datetime, now: datetime) -> None:
    payload = {"promise": made.id}
    plan = jobs.Plan(store_id=made.store_id, kind=kind, key=made.id, due=due, payload=payload)
    jobs.plan(tx, plan, now)


def _note(
    tx: Transaction,
    talk: Conversation,
    kind: Literal["promised", "promise"],
    body: dict[str, str],
    who: str,
    now: datetime,
) -> Conversation:
    by_agent = who not in ("", "bot", "system")
    new = store.NewEvent(
        kind=kind,
        author="agent" if by_agent else "system",
        who=who if by_agent else "",
        audience="staff",
        body=body,
    )
    talk, _ = store.append(tx, talk, new, now)
    return talk


def _note_saved(
    tx: Transaction, found: Promise, body: dict[str, str], who: str, now: datetime
) -> None:
    talk = store.get_conversation(tx, found.store_id, found.conversation)
    store.save_conversation(tx, _note(tx, talk, "promise", body, who, now))


def _record(tx: Transaction, found: Promise, name: str, who: str, now: datetime) -> None:
    data = {"id": found.id, "until": ids.to_text(found.until), "entry": found.entry}
    deed = audit.Deed(
        store_id=found.store_id,
        name=name,
        who=who or "system",
        subject=found.conversation,
        at=now,
        data=data,
    )
    audit.record(tx, deed)


def _promise(row: Row) -> Promise:
    made = Promise(
        store_id=row["store_id"],
        id=row["id"],
        conversation=row["conversation"],
        what=row["what"],
        until=ids.from_text(row["until"]),
        state=row["state"],
        entry=row["entry"],
        made_by=row["made_by"],
        made_at=ids.from_text(row["made_at"]),
    )
    return replace(made, closed_by=row["closed_by"], closed_at=moment(row["closed_at"]))
