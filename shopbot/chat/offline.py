"""Shoppers who wrote while nobody was there, and shoppers whose line dropped: none is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from shopbot import ids, jobs
from shopbot.chat import memory_json, records, rows, schemas, store, turn_store
from shopbot.chat.lines import Line, Voice
from shopbot.chat.model import Conversation
from shopbot.desk import tasks
from shopbot.desk.model import Task
from shopbot.errors import NotFound
from shopbot.orders import masking
from shopbot.rules import DeskRules
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")

DROPPED = "chat.dropped"
"""Kind of due work: a shopper left in the middle and may not have come back."""

COMPLAINTS = frozenset({"threat", "anger", "safety"})
"""Reasons for which a person was called that make a dropped line the supervisors' matter at once."""

_LAST_WORDS = 120  # characters of what was said last, for whoever contacts the shopper


class Hours(Protocol):
    """The part of the desk that knows when people answer."""

    def is_open(self, now: datetime) -> bool:
        """Tell whether people answer at this hour."""
        ...


# --- written while nobody was there -----------------------------------------------------------------


def was_left_overnight(opened_at: datetime, desk: Hours, now: datetime) -> bool:
    """Tell whether something was written outside the hours of people and they are back now."""
    return not desk.is_open(opened_at) and desk.is_open(now)


def apologise(
    tx: Transaction, talk: Conversation, desk: Hours, voice: Voice, now: datetime
) -> Conversation:
    """Apologise once before the first answer to what was left overnight; the talk is yet to be saved."""
    waiting = turn_store.list_unanswered(tx, talk)
    if not waiting or not was_left_overnight(waiting[0].opened_at, desk, now):
        return talk
    key = f"house:sorry:{waiting[0].number}"
    line = Line(
        phrase="system.sorry-wait",
        otherwise="system.thanks-wait",
        key=key,
        rule="left-overnight",
    )
    return voice.say(tx, talk, line, now)[0]


# --- the line dropped -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A talk at the moment its shopper left."""

    unanswered: bool
    complaint: bool  # a person was called for a complaint or danger
    ordering: bool  # an order action was under way
    with_agent: bool


Urgency = Literal["none", "contact", "supervisor"]


def judge(cut: Cut) -> Urgency:
    """Return what a dropped line needs: nothing, to be contacted, or a supervisor at once. Pure."""
    if not cut.unanswered and not cut.ordering:
        return "none"
    if cut.ordering or (cut.complaint and cut.unanswered):
        return "supervisor"
    return "contact"


def read_cut(reader: Reader, talk: Conversation) -> Cut:
    """Return how a talk stands."""
    key = {"store_id": talk.store_id, "conversation": talk.id}
    memory = memory_json.from_json(talk.memory)
    holds = [rows.event_body(row) for row in reader.all(Q.holds_since, **key, seq=0)]
    return Cut(
        unanswered=records.is_unanswered(reader, talk),
        complaint=talk.holder != "bot" and any(one.get("reason") in COMPLAINTS for one in holds),
        ordering=memory.pending is not None,
        with_agent=talk.holder == "agent",
    )


def left(tx: Transaction, talk: Conversation, rules: DeskRules, now: datetime) -> bool:
    """Take note that a shopper's last page is gone; False when nothing is under way.

    Nothing is done yet: they may only have reloaded the page.
    """
    if talk.state == "closed" or judge(read_cut(tx, talk)) == "none":
        return False
    plan = jobs.Plan(
        store_id=talk.store_id,
        kind=DROPPED,
        key=f"{talk.id}:{ids.to_text(now)}",
        due=now + rules.dropped_after,
        payload={"conversation": talk.id, "seq": talk.last_seq, "left_at": ids.to_text(now)},
    )
    return jobs.plan(tx, plan, now)


def was_gone(reader: Reader, store_id: str, conversation: str) -> bool:
    """Tell whether a shopper has left this talk in the middle and is not known to be back."""
    prefix = {"store_id": store_id, "first": f"{conversation}:", "last": f"{conversation};"}
    row = reader.maybe_one(Q.last_drop, **prefix, kind=DROPPED)
    if row is None:
        return False
    here = reader.maybe_one(Q.find_here, store_id=store_id, conversation=conversation)
    return here is None or str(here["at"]) <= str(row["idempotency_key"]).split(":", 1)[1]


def back(tx: Transaction, talk: Conversation, voice: Voice, now: datetime) -> Conversation:
    """Take note that a shopper is here again: nobody has to contact them any more. Saved.

    If somebody was to, they are told that the talk goes on.
    """
    tx.run(Q.put_here, store_id=talk.store_id, conversation=talk.id, at=ids.to_text(now))
    settled = tasks.settle(tx, talk.store_id, talk.id, frozenset({"dropped"}), "system", now)
    if not settled or talk.state == "closed":
        return talk
    line = Line(
        phrase="system.resume",
        key=f"house:resume:{talk.last_seq}",
        rule="dropped-and-back",
    )
    talk, _ = voice.say(tx, talk, line, now)
    return store.save_conversation(tx, talk)


def dropped_due(rules: DeskRules, job: jobs.Job, now: datetime) -> jobs.Apply:
    """Ask a person to contact a shopper who has not come back; at once for complaints and orders."""

    def work(tx: Transaction) -> None:
        try:
            talk = store.get_conversation(tx, job.store_id, str(job.payload["conversation"]))
        except NotFound:
            return
        left_at = ids.from_text(str(job.payload["left_at"]))
        urgency = judge(read_cut(tx, talk))
        if talk.state == "closed" or urgency == "none" or _is_back(tx, talk, left_at):
            return
        tasks.add_task(tx, _task(tx, talk, urgency, job, rules, now))

    return work


def _is_back(reader: Reader, talk: Conversation, left_at: datetime) -> bool:
    row = reader.maybe_one(Q.find_here, store_id=talk.store_id, conversation=talk.id)
    here = row is not None and ids.from_text(row["at"]) > left_at
    return here or (talk.shopper_at is not None and talk.shopper_at > left_at)


def _task(
    tx: Transaction,
    talk: Conversation,
    urgency: Urgency,
    job: jobs.Job,
    rules: DeskRules,
    now: datetime,
) -> Task:
    at_once = urgency == "supervisor"
    return Task(
        store_id=talk.store_id,
        id=ids.new_id("tsk"),
        kind="dropped",
        key=job.key,
        conversation=talk.id,
        order=memory_json.from_json(talk.memory).order,
        audience="supervisor" if at_once else "agent",
        agent=talk.agent,
        data={"urgency": urgency, **last_words(tx, talk)},
        made_at=now,
        due_at=now if at_once else now + rules.contact_within,
    )


def last_words(reader: Reader, talk: Conversation) -> Mapping[str, str]:
    """Return what each side said last, so that the last point can be repeated."""
    found: dict[str, str] = {}
    for event in store.latest_messages(reader, talk, talk.last_seq, 12):
        words = schemas.words_of(event.body)
        if words and not event.client_key.startswith("house:"):
            side = "shopper" if event.author == "shopper" else "staff"
            found[side] = masking.free_text(words)[:_LAST_WORDS]
    return found
