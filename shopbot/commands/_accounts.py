"""What ``shopbot users`` and the greeting of ``serve`` share: the store, passwords, links."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import typer

from shopbot import ids, messages
from shopbot.accounts import passwords, sessions, store
from shopbot.accounts.model import Issued, User
from shopbot.config import Settings, load_settings
from shopbot.errors import EXIT_USAGE
from shopbot.storage import Database, SqliteDatabase, Transaction, open_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The users of one store."""

    settings: Settings
    db: SqliteDatabase
    store_id: str
    now: datetime


@contextmanager
def open_book(store_id: str | None = None) -> Iterator[Book]:
    """Open the database; the store is the one served, or the one named."""
    from shopbot.kb.stores import store_folder
    from shopbot.rules import load_rules

    settings = load_settings()
    served = load_rules(store_folder(settings, store_id)).rules.store_id
    db = open_database(settings.data_dir())
    try:
        yield Book(settings=settings, db=db, store_id=served, now=ids.now())
    finally:
        db.close()


def read_password(name: str, from_stdin: bool) -> str:
    """Ask twice at a terminal, or take the first line of stdin; BadAccount for a weak one."""
    if from_stdin:
        return passwords.check_password(sys.stdin.readline().rstrip("\r\n"), name)
    if not sys.stdin.isatty():
        typer.echo(messages.text("users.no-terminal"), err=True)
        raise typer.Exit(EXIT_USAGE)
    password: str = typer.prompt(
        messages.text("users.password", least=passwords.SHORTEST),
        hide_input=True,
        confirmation_prompt=messages.text("users.password-again"),
        err=True,
    )
    return passwords.check_password(password, name)


def has_accounts(settings: Settings) -> bool:
    """Tell whether the store that will be served has any account."""
    from shopbot.kb.stores import store_folder
    from shopbot.rules import load_rules

    store_id = load_rules(store_folder(settings)).rules.store_id
    db = open_database(settings.data_dir())
    try:
        return store.has_accounts(db, store_id)
    finally:
        db.close()


def local_link(db: Database, store_id: str, now: datetime) -> Issued | None:
    """Make a one-time link for this machine's admin; None as soon as there is any account."""

    def work(tx: Transaction) -> Issued | None:
        local = store.ensure_local(tx, store_id, messages.text("accounts.local"), now)
        return None if local is None else sessions.make_link(tx, local, now, who="system")

    return db.transaction(work)


def get_user(book: Book, name: str) -> User:
    """Return a user; ``local`` is made when it is asked for and there is no account yet."""
    if name == store.LOCAL_NAME:
        shown = messages.text("accounts.local")
        local = book.db.transaction(
            lambda tx: store.ensure_local(tx, book.store_id, shown, book.now)
        )
        if local is not None:
            return local
    return store.get_user(book.db, book.store_id, name)


def link_address(base: str, link: Issued) -> str:
    """Return the address to open; the token stands behind ``#``, which no server gets to see."""
    return f"{base.rstrip('/')}/login#{link.token}"


def base_address(settings: Settings) -> str:
    """Return where the server is reached from this machine, by its settings."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def as_dict(user: User) -> dict[str, object]:
    """Return what may be told about a user."""
    return {
        "id": user.id,
        "name": user.name,
        "display": user.display,
        "role": user.role.value,
        "open": user.may_sign_in,
        "password": user.has_password,
        "created_at": user.created_at.isoformat(),
    }
