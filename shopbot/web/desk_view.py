"""What an agent sees at a glance: who waits, whose talks are whose, what is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopbot import messages
from shopbot.accounts.store import find_user
from shopbot.chat import schemas, store
from shopbot.chat.model import Conversation
from shopbot.chat.reception import Overview, Person
from shopbot.chat.store import TalkFilter
from shopbot.desk.important import list_important
from shopbot.desk.model import Agent, Talk, Task, Transfer
from shopbot.desk.store import role_of
from shopbot.ids import to_text
from shopbot.roles import Principal
from shopbot.storage.database import Reader
from shopbot.web.chat_views import short_visitor
from shopbot.web.services import Services

MOST_TALKS = 200  # that wait, or that agents hold, in one desk's picture
MOST_WITH_BOT = 50  # the latest of them; a busy shop has thousands, and every row is looked up
MOST_WORDS = 60  # characters of the last message


def staff_id(principal: Principal) -> str:
    """Return under which name a caller's deeds at the desk are kept; a key has no user behind it."""
    return principal.id or principal.name


def person_of(services: Services, principal: Principal) -> Person:
    """Return a caller as the desk knows them."""
    user = find_user(services.db, principal.store_id, principal.id) if principal.id else None
    return Person(
        id=staff_id(principal),
        name=user.display if user is not None else principal.name,
        role=role_of(principal.role.value),
    )


@dataclass(frozen=True, slots=True)
class Board:
    """What all desks of a store show, and each its part of it; ``rows`` by talk."""

    seen: Overview
    held: list[Conversation]
    bots: list[Conversation]
    rows: dict[str, dict[str, Any]]


def desk_picture(services: Services, person: Person) -> dict[str, Any]:
    """Return everything the desk's page lists, in the order in which it is to be worked off."""
    board = services.board.get(lambda: _look(services))
    seen, rows = board.seen.seen_by(person), board.rows
    names = {agent.id: agent.name for agent in seen.agents}
    waiting = [one for one in seen.queue if one.conversation in rows]
    offers = [one for one in seen.transfers if one.giver != person.id]
    return {
        "me": {
            "id": person.id,
            "name": person.name,
            "role": person.role,
            "state": seen.me.state if seen.me is not None else "off",
            "capacity": seen.me.capacity if seen.me is not None else None,
        },
        "now": to_text(services.clock.now()),
        "open": seen.facts.open,
        "queue": [rows[one.conversation] | _seat(one) for one in waiting],
        "mine": [rows[talk.id] for talk in board.held if talk.agent == person.id],
        "others": [rows[talk.id] for talk in board.held if talk.agent != person.id],
        "bot": [rows[talk.id] for talk in board.bots if talk.last_seq],
        "agents": [_agent(services, agent) for agent in seen.agents],
        "offers": [transfer_view(one, names, rows) for one in offers],
        "tasks": [task_view(task) for task in seen.tasks],
    }


def _look(services: Services) -> Board:
    seen, store_id = services.reception.whole(), services.store_id
    names = {agent.id: agent.name for agent in seen.agents}
    with services.db.snapshot() as reader:
        held, bots = (
            store.list_conversations(
                reader, store_id, TalkFilter(state="open", holder=holder, count=count)
            )
            for holder, count in (("agent", MOST_TALKS), ("bot", MOST_WITH_BOT))
        )
        queued = [
            store.get_conversation(reader, store_id, one.conversation)
            for one in seen.queue[:MOST_TALKS]
        ]
        talks = [*held, *bots, *(talk for talk in queued if talk.state == "open")]
        vips = list_important(reader, store_id)
        rows = {
            talk.id: talk_row(reader, talk, names) | {"vip": talk.visitor in vips} for talk in talks
        }
    return Board(seen, held, bots, rows)


def _seat(seat: Talk) -> dict[str, Any]:
    """Return why and since when a talk waits."""
    return {
        "reason": seat.reason,
        "priority": seat.priority,
        "since": to_text(seat.since),
    }


def talk_row(reader: Reader, talk: Conversation, names: dict[str, str]) -> dict[str, Any]:
    """Return one line of the desk's list."""
    last, unread = store.glimpse(reader, talk.store_id, talk.id)
    waits = talk.shopper_at is not None and (
        talk.staff_at is None or talk.staff_at < talk.shopper_at
    )
    return {
        "id": talk.id,
        "shopper": talk.customer or short_visitor(talk.visitor),
        "holder": talk.holder,
        "agent": talk.agent,
        "agent_name": names.get(talk.agent, ""),
        "product": talk.product,
        "unread": unread,
        "last_text": _words(last) if last else "",
        "waits_since": to_text(talk.shopper_at) if waits and talk.shopper_at else None,
    }


def _words(body: Any) -> str:
    words = schemas.words_of(body).replace("\n", " ")
    kind = str(body.get("type", "text"))
    return words[:MOST_WORDS] or messages.text(f"desk.message.{kind}")


def _agent(services: Services, agent: Agent) -> dict[str, Any]:
    standing = services.reception.standing(agent)
    state = standing if standing in {"online", "away"} else "off"
    return {"id": agent.id, "name": agent.name, "state": state, "load": agent.load}


def transfer_view(
    transfer: Transfer,
    names: Mapping[str, str] | None = None,
    rows: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return an offered talk, with names where they are known."""
    return {
        "id": transfer.id,
        "conversation": transfer.conversation,
        "shopper": (rows or {}).get(transfer.conversation, {}).get("shopper", ""),
        "giver": transfer.giver,
        "giver_name": (names or {}).get(transfer.giver, transfer.giver),
        "taker": transfer.taker,
        "note": transfer.note,
        "state": transfer.state,
        "until": to_text(transfer.expires_at),
    }


def task_view(task: Task) -> dict[str, Any]:
    """Return something that is to be done."""
    return {
        "id": task.id,
        "kind": task.kind,
        "conversation": task.conversation,
        "order": task.order,
        "due": to_text(task.due_at),
        "state": task.state,
        "words": str(task.data.get("what") or task.data.get("text") or task.order),
        "say": str(task.data.get("say", "")),
        "result": task.result,
    }
