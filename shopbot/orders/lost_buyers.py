"""Buyers who used to come and do not any more: announced once for each silence, until somebody asked them.

A silence is told by the last order before it: who comes back and stays away again is announced again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from shopbot import audit, ids
from shopbot.errors import Conflict, NotFound
from shopbot.orders import followup_store, store
from shopbot.orders.followup_store import LostBuyer
from shopbot.orders.rows import moment
from shopbot.rules import Rules
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders", "followups.sql")

LostState = Literal[
    "open",  # 待联系
    "contacted",  # 已联系
    "given-up",  # 不再联系
    "returned",  # end: 又下单了
    "lapsed",  # end: 过时未联系
]
LostResult = Literal["contacted", "given-up"]
RESULTS: tuple[LostResult, ...] = get_args(LostResult)

MOST_NOTE = 500  # characters
_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LostNotice:
    """That a buyer was found lost, and what came of it."""

    id: str
    store_id: str
    buyer: str
    last_order: str
    last_at: datetime
    orders: int
    paid_fen: int
    state: LostState = "open"
    note: str = ""
    done_by: str = ""
    found_at: datetime
    ended_at: datetime | None = None
    version: int = 1


def get_notice(reader: Reader, store_id: str, notice_id: str) -> LostNotice:
    """Return a notice; NotFound when the store has none of this id."""
    found = reader.maybe_one(Q.get_lost_notice, store_id=store_id, id=notice_id)
    if found is None:
        raise NotFound("lost buyer")
    return _notice(found)


def list_open(reader: Reader, store_id: str, count: int = _MOST) -> list[LostNotice]:
    """Return the buyers whom nobody has asked yet, the longest found first."""
    return [_notice(row) for row in reader.all(Q.open_lost_notices, store_id=store_id, count=count)]


def find_new(reader: Reader, rules: Rules, now: datetime) -> list[LostBuyer]:
    """Return whom to announce today: lost, not announced for this silence, as many as the rules want.

    Those who spent most come first; the others wait for another day.
    """
    most = rules.followups.lost_per_day
    lost = followup_store.list_lost(reader, rules.store_id, rules, now, _MOST) if most else []
    known = {
        (row["buyer"], row["last_order"])
        for row in reader.all(Q.all_lost_notices, store_id=rules.store_id)
    }
    return [one for one in lost if (one.buyer, one.last_order) not in known][:most]


def find_over(reader: Reader, rules: Rules, now: datetime) -> list[LostNotice]:
    """Return the open notices that time has ended: the buyer is back, or nobody asked in time."""
    back = {row["id"] for row in reader.all(Q.returned_buyers, store_id=rules.store_id)}
    limit = now - rules.followups.give_up_after
    ended: list[LostNotice] = []
    for one in list_open(reader, rules.store_id):
        if one.id in back:
            ended.append(replace(one, state="returned"))
        elif one.found_at <= limit:
            ended.append(replace(one, state="lapsed"))
    return ended


def announce(tx: Transaction, lost: Iterable[LostBuyer], rules: Rules, now: datetime) -> int:
    """Write notices of buyers who are lost; return how many are new."""
    return sum(_announce(tx, one, rules, now) for one in lost)


def _announce(tx: Transaction, lost: LostBuyer, rules: Rules, now: datetime) -> bool:
    notice = LostNotice(
        id=ids.new_id("lost"),
        store_id=rules.store_id,
        buyer=lost.buyer,
        last_order=lost.last_order,
        last_at=lost.last_at,
        orders=lost.orders,
        paid_fen=lost.paid_fen,
        found_at=now,
    )
    added = tx.run(
        Q.add_lost_notice,
        id=notice.id,
        store_id=notice.store_id,
        buyer=notice.buyer,
        last_order=notice.last_order,
        last_at=ids.to_text(notice.last_at),
        orders=notice.orders,
        paid_fen=notice.paid_fen,
        found_at=ids.to_text(now),
    )
    if added:
        _write_down(tx, notice, "system", now)
    return added == 1


def end_notice(tx: Transaction, notice: LostNotice, now: datetime, who: str) -> None:
    """Write how a notice ended; Conflict when it was changed meanwhile."""
    changed = tx.run(
        Q.end_lost_notice,
        store_id=notice.store_id,
        id=notice.id,
        version=notice.version,
        state=notice.state,
        note=notice.note,
        done_by=who,
        ended_at=ids.to_text(now),
    )
    if changed == 0:
        raise Conflict(
            f"The notice {notice.id} was changed meanwhile. Load it and decide again.", id=notice.id
        )
    _write_down(tx, notice, who, now)


def record_lost(
    tx: Transaction,
    notice_id: str,
    result: LostResult,
    rules: Rules,
    now: datetime,
    who: str,
    *,
    note: str = "",
) -> LostNotice:
    """Write down that somebody has asked a lost buyer, or will not; safe to repeat.

    NotFound for an unknown notice; Conflict when it ended otherwise.
    """
    notice = get_notice(tx, rules.store_id, notice_id)
    if notice.state == result:
        return notice
    if notice.state != "open":
        raise Conflict(
            f"The notice {notice.id} has ended as {notice.state}. Look at it before you go on.",
            id=notice.id,
        )
    end_notice(tx, replace(notice, state=result, note=note[:MOST_NOTE]), now, who)
    return get_notice(tx, rules.store_id, notice_id)


def _write_down(tx: Transaction, notice: LostNotice, who: str, now: datetime) -> None:
    """Record the deed ``followup.buyer-STATE``, and in the history of the last order."""
    what = "lost" if notice.state == "open" else notice.state
    name, data = f"followup.buyer-{what}", {"notice": notice.id, "orders": notice.orders}
    deed = audit.Deed(
        store_id=notice.store_id, name=name, who=who, subject=notice.id, at=now, data=data
    )
    audit.record(tx, deed)
    store.add_event(tx, notice.store_id, notice.last_order, name, at=now, who=who, data=data)


def _notice(row: Row) -> LostNotice:
    told: dict[str, Any] = dict(row)
    for name in ("last_at", "found_at", "ended_at"):
        told[name] = moment(row[name])
    return LostNotice(**told)
