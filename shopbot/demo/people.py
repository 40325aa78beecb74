"""The demo's people: an agent and a supervisor, who sign in by one-time links and have no password."""

from __future__ import annotations

from datetime import datetime

from shopbot import messages
from shopbot.accounts import sessions, store
from shopbot.accounts.model import Issued, User
from shopbot.demo.stage import Stage
from shopbot.roles import Role
from shopbot.storage import Database, Transaction

PEOPLE: dict[str, tuple[str, Role]] = {
    "demo-agent": ("小岳", Role.AGENT),
    "demo-supervisor": ("老岑", Role.SUPERVISOR),
}


def seed(stage: Stage) -> str:
    """Add the people who are not there yet; tell their names."""

    def work(tx: Transaction) -> None:
        there = {user.name for user in store.list_users(tx, stage.store_id)}
        for name, (display, role) in PEOPLE.items():
            if name not in there:
                store.add_user(
                    tx,
                    store_id=stage.store_id,
                    name=name,
                    role=role,
                    password=None,
                    now=stage.now,
                    display=display,
                )

    stage.db.transaction(work)
    return messages.text("demo.people", names="、".join(shown for shown, _ in PEOPLE.values()))


def make_links(db: Database, store_id: str, now: datetime) -> list[tuple[User, Issued]]:
    """Make a link for each of the demo's people that may sign in; each works once."""

    def work(tx: Transaction) -> list[tuple[User, Issued]]:
        users = [user for user in store.list_users(tx, store_id) if user.name in PEOPLE]
        return [
            (user, sessions.make_link(tx, user, now, who="system"))
            for user in users
            if user.may_sign_in
        ]

    return db.transaction(work)
