"""The desk's rows and its facts: one way in, one way out."""

from __future__ import annotations

from datetime import datetime

from shopbot import ids
from shopbot.desk.model import Agent, AgentRole, Presence, Talk, TalkState, Transfer
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.desk")


def list_agents(reader: Reader, store_id: str) -> list[Agent]:
    """Return everybody who ever sat at the desk, with how many talks they hold."""
    return [_agent(row) for row in reader.all(Q.list_agents, store_id=store_id)]


def find_agent(reader: Reader, store_id: str, agent: str) -> Agent | None:
    """Return one agent, None when they never sat at the desk."""
    return next((one for one in list_agents(reader, store_id) if one.id == agent), None)


def put_agent(tx: Transaction, agent: Agent) -> None:
    """Write what an agent says of themselves; load and ``given_at`` are the desk's own."""
    tx.run(
        Q.put_agent,
        store_id=agent.store_id,
        id=agent.id,
        name=agent.name,
        role=agent.role,
        state=agent.state,
        capacity=agent.capacity,
        since=ids.to_text(agent.since),
        seen_at=ids.to_text(agent.seen_at),
    )


def see_agent(tx: Transaction, store_id: str, agent: str, now: datetime) -> None:
    """Write down a sign of an agent's page."""
    tx.run(Q.see_agent, store_id=store_id, id=agent, seen_at=ids.to_text(now))


def give_agent(tx: Transaction, store_id: str, agent: str, now: datetime) -> None:
    """Write down that an agent got a talk."""
    tx.run(Q.give_agent, store_id=store_id, id=agent, given_at=ids.to_text(now))


def find_talk(reader: Reader, store_id: str, conversation: str) -> Talk | None:
    """Return a talk, None when it never came to the desk."""
    row = reader.maybe_one(Q.get_talk, store_id=store_id, conversation=conversation)
    return None if row is None else _talk(row)


def list_talks(reader: Reader, store_id: str, state: TalkState) -> list[Talk]:
    """Return the talks of a state, who waits longest first."""
    return [_talk(row) for row in reader.all(Q.list_talks, store_id=store_id, state=state)]


def talks_of(reader: Reader, store_id: str, agent: str) -> list[Talk]:
    """Return what an agent holds."""
    return [_talk(row) for row in reader.all(Q.talks_of_agent, store_id=store_id, agent=agent)]


def count_waiting(reader: Reader, store_id: str) -> int:
    """Return how many talks wait."""
    return int(reader.one(Q.count_waiting, store_id=store_id)["talks"])


def put_talk(tx: Transaction, talk: Talk) -> None:
    """Write a talk as it stands now."""
    tx.run(
        Q.put_talk,
        store_id=talk.store_id,
        conversation=talk.conversation,
        state=talk.state,
        agent=talk.agent,
        wanted=talk.wanted,
        audience=talk.audience,
        shopper=talk.shopper,
        reason=talk.reason,
        priority=talk.priority,
        vip=int(talk.vip),
        since=ids.to_text(talk.since),
        given_at=_text(talk.given_at),
    )


def set_vip(tx: Transaction, store_id: str, conversation: str, *, vip: bool) -> None:
    """Write whether a talk is that of an important customer; one that never came here stays away."""
    tx.run(Q.set_vip, store_id=store_id, conversation=conversation, vip=int(vip))


def find_known(reader: Reader, store_id: str, shopper: str, since: datetime) -> str:
    """Return who last answered a shopper, blank when nobody has since a time."""
    row = reader.maybe_one(Q.find_known, store_id=store_id, shopper=shopper) if shopper else None
    return str(row["agent"]) if row and ids.from_text(row["at"]) >= since else ""


def put_known(tx: Transaction, store_id: str, shopper: str, agent: str, now: datetime) -> None:
    """Remember who answers a shopper."""
    if shopper:
        tx.run(Q.put_known, store_id=store_id, shopper=shopper, agent=agent, at=ids.to_text(now))


def add_transfer(tx: Transaction, transfer: Transfer) -> bool:
    """Write an offer; False while the talk is offered to somebody already."""
    added = tx.run(
        Q.add_transfer,
        store_id=transfer.store_id,
        id=transfer.id,
        conversation=transfer.conversation,
        giver=transfer.giver,
        taker=transfer.taker,
        audience=transfer.audience,
        note=transfer.note,
        asked_at=ids.to_text(transfer.asked_at),
        expires_at=ids.to_text(transfer.expires_at),
    )
    return added == 1


def end_transfer(tx: Transaction, transfer: Transfer) -> bool:
    """Write how an offer ended; False when it ended before."""
    changed = tx.run(
        Q.end_transfer,
        store_id=transfer.store_id,
        id=transfer.id,
        state=transfer.state,
        ended_by=transfer.ended_by,
        ended_at=_text(transfer.ended_at),
    )
    return changed == 1


def get_transfer(reader: Reader, store_id: str, transfer: str) -> Transfer | None:
    """Return an offer, None when there is none of this id."""
    row = reader.maybe_one(Q.get_transfer, store_id=store_id, id=transfer)
    return None if row is None else _transfer(row)


def find_transfer(reader: Reader, store_id: str, conversation: str) -> Transfer | None:
    """Return the open offer of a talk."""
    row = reader.maybe_one(Q.find_transfer, store_id=store_id, conversation=conversation)
    return None if row is None else _transfer(row)


def list_transfers(reader: Reader, store_id: str) -> list[Transfer]:
    """Return all open offers, the oldest first."""
    return [_transfer(row) for row in reader.all(Q.list_transfers, store_id=store_id)]


def role_of(name: str) -> AgentRole:
    """Return the desk's role of an account's role: whoever may step in counts as supervisor."""
    return "supervisor" if name in ("supervisor", "admin") else "agent"


def _agent(row: Row) -> Agent:
    state: Presence = row["state"]
    return Agent(
        store_id=row["store_id"],
        id=row["id"],
        name=row["name"],
        role=row["role"],
        state=state,
        capacity=row["capacity"],
        since=ids.from_text(row["since"]),
        seen_at=ids.from_text(row["seen_at"]),
        load=int(row["held"]),
        given_at=_moment(row["given_at"]),
    )


def _talk(row: Row) -> Talk:
    return Talk(
        store_id=row["store_id"],
        conversation=row["conversation"],
        state=row["state"],
        agent=row["agent"],
        wanted=row["wanted"],
        audience=row["audience"],
        shopper=row["shopper"],
        reason=row["reason"],
        priority=row["priority"],
        vip=bool(row["vip"]),
        since=ids.from_text(row["since"]),
        given_at=_moment(row["given_at"]),
        version=row["version"],
    )


def _transfer(row: Row) -> Transfer:
    return Transfer(
        store_id=row["store_id"],
        id=row["id"],
        conversation=row["conversation"],
        giver=row["giver"],
        taker=row["taker"],
        audience=row["audience"],
        note=row["note"],
        state=row["state"],
        asked_at=ids.from_text(row["asked_at"]),
        expires_at=ids.from_text(row["expires_at"]),
        ended_by=row["ended_by"],
        ended_at=_moment(row["ended_at"]),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else ids.to_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else ids.from_text(text)
