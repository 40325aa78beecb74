"""Follow-ups in the database. Every query carries the store; a stale write is a Conflict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shopbot import ids
from shopbot.errors import Conflict, NotFound
from shopbot.orders.followup_model import EndedCase, Followup, FollowupState, Sample
from shopbot.orders.rows import moment
from shopbot.rules import Rules
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders", "followups.sql")

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 12, 31, tzinfo=UTC)
_TIMES = ("next_at", "due_at", "case_ended_at", "opened_at", "reached_at", "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupFilter:
    """Which follow-ups of a list are wanted; None does not filter."""

    state: FollowupState | None = None
    due: datetime | None = None  # to be made, or answered, by then
    since: datetime | None = None  # opened at or after
    until: datetime | None = None  # opened before
    after: tuple[datetime, str] | None = None  # opened_at and id of the last one seen
    count: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LostBuyer:
    """A buyer who used to come and does not any more."""

    buyer: str
    orders: int
    paid_fen: int
    last_at: datetime
    last_order: str


def get_followup(reader: Reader, store_id: str, followup_id: str) -> Followup:
    """Return a follow-up; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_followup, store_id=store_id, id=followup_id)
    if found is None:
        raise NotFound("followup")
    return _followup(found)


def list_followups(reader: Reader, store_id: str, wanted: FollowupFilter) -> list[Followup]:
    """Return follow-ups, the longest open first."""
    opened, last = wanted.after or (_BEGIN, "")
    found = reader.all(
        Q.list_followups,
        store_id=store_id,
        state=wanted.state or "",
        due="" if wanted.due is None else ids.to_text(wanted.due),
        since=ids.to_text(wanted.since or _BEGIN),
        until=ids.to_text(wanted.until or _END),
        after_opened=ids.to_text(opened),
        after_id=last,
        count=wanted.count,
    )
    return [_followup(row) for row in found]


def add_followup(tx: Transaction, followup: Followup) -> bool:
    """Write a new follow-up; False when the case has one."""
    added = tx.run(
        Q.add_followup,
        id=followup.id,
        store_id=followup.store_id,
        case_id=followup.case,
        order_number=followup.order,
        buyer=followup.buyer,
        why=followup.why,
        next_at=ids.to_text(followup.next_at),
        due_at=ids.to_text(followup.due_at),
        case_ended_at=ids.to_text(followup.case_ended_at),
        opened_at=ids.to_text(followup.opened_at),
    )
    return added == 1


def update_followup(tx: Transaction, followup: Followup) -> None:
    """Write a follow-up that was read before; Conflict when it was changed meanwhile."""
    changed = tx.run(
        Q.update_followup,
        state=followup.state,
        attempts=followup.attempts,
        next_at=ids.to_text(followup.next_at),
        due_at=ids.to_text(followup.due_at),
        result=followup.result,
        satisfied=None if followup.satisfied is None else int(followup.satisfied),
        score=followup.score,
        problem=followup.problem,
        suggestion=followup.suggestion,
        note=followup.note,
        done_by=followup.done_by,
        reached_at=_text(followup.reached_at),
        ended_at=_text(followup.ended_at),
        store_id=followup.store_id,
        id=followup.id,
        version=followup.version,
    )
    if changed == 0:
        raise Conflict(
            f"The follow-up {followup.id} was changed meanwhile. Load it and decide again.",
            id=followup.id,
        )


def find_sample(reader: Reader, store_id: str, month: str) -> Sample | None:
    """Return the sample of a month, None when nobody was picked in it yet."""
    found = reader.maybe_one(Q.get_sample, store_id=store_id, month=month)
    return None if found is None else _sample(found)


def ensure_sample(
    tx: Transaction, store_id: str, month: str, rules: Rules, now: datetime, seed: str
) -> Sample:
    """Return the sample of a month; the first caller's seed and the rule's share are recorded."""
    share = rules.followups.other_share
    recorded = ids.to_text(now)
    tx.run(
        Q.add_sample, store_id=store_id, month=month, seed=seed, share=share, recorded_at=recorded
    )
    return _sample(tx.one(Q.get_sample, store_id=store_id, month=month))


def list_samples(reader: Reader, store_id: str) -> list[Sample]:
    """Return all months with their seeds."""
    return [_sample(row) for row in reader.all(Q.list_samples, store_id=store_id)]


def list_ended_cases(
    reader: Reader, store_id: str, since: datetime, after: str = "", count: int = 500
) -> list[EndedCase]:
    """Return cases that ended well since and have no follow-up, by id."""
    found = reader.all(
        Q.ended_cases, store_id=store_id, since=ids.to_text(since), after=after, count=count
    )
    return [
        EndedCase(
            id=row["id"],
            order=row["order_number"],
            reason=row["reason"],
            ended_at=ids.from_text(row["ended_at"]),
            buyer=row["buyer"],
            bought=row["bought"],
            listed=bool(row["listed"]),
        )
        for row in found
    ]


def list_lost(
    reader: Reader, store_id: str, rules: Rules, now: datetime, count: int = 1000
) -> list[LostBuyer]:
    """Return buyers with several orders and none for long, those who spent most first."""
    found = reader.all(
        Q.lost_buyers,
        store_id=store_id,
        before=ids.to_text(now - rules.followups.lost_after),
        orders=rules.followups.lost_orders,
        count=count,
    )
    return [
        LostBuyer(
            buyer=row["buyer"],
            orders=row["orders"],
            paid_fen=row["paid_fen"],
            last_at=ids.from_text(row["last_at"]),
            last_order=row["last_order"],
        )
        for row in found
    ]


def _text(at: datetime | None) -> str | None:
    return None if at is None else ids.to_text(at)


def _followup(row: Row) -> Followup:
    told: dict[str, Any] = dict(row)
    told["order"], told["case"] = told.pop("order_number"), told.pop("case_id")
    told["satisfied"] = None if row["satisfied"] is None else bool(row["satisfied"])
    for name in _TIMES:
        told[name] = moment(row[name])
    return Followup(**told)


def _sample(row: Row) -> Sample:
    return Sample(
        month=row["month"],
        seed=row["seed"],
        share=row["share"],
        recorded_at=ids.from_text(row["recorded_at"]),
    )
