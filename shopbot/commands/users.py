"""Accounts of the store's people: add, list, close, new passwords, links, keys."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from shopbot import messages
from shopbot.roles import Role

app = typer.Typer(no_args_is_help=True)

_NAME = typer.Argument(help="The name to sign in with.", show_default=False)
_STORE = typer.Option("--store", help="The store's id, if there are several.")
_STDIN = typer.Option("--password-stdin", help="Read the password from stdin (one line).")


@app.command()
def add(
    name: Annotated[str, _NAME],
    role: Annotated[str, typer.Option(help="agent, supervisor, staff or admin.")],
    display: Annotated[str, typer.Option(help="The name colleagues and shoppers read.")] = "",
    password_stdin: Annotated[bool, _STDIN] = False,
    no_password: Annotated[bool, typer.Option(help="They sign in by links only.")] = False,
    store: Annotated[str | None, _STORE] = None,
) -> None:
    """Add a user; the password is asked for twice."""
    from shopbot.accounts import store as users
    from shopbot.accounts.errors import BadAccount
    from shopbot.commands._accounts import open_book, read_password

    if role not in {one.value for one in Role} or role == Role.SHOPPER:
        raise BadAccount(
            f"{role!r} is no role", "Take agent, supervisor, staff, admin.", "bad-role", role=role
        )
    users.check_name(name)
    with open_book(store) as book:
        password = None if no_password else read_password(name, password_stdin)
        user = book.db.transaction(
            lambda tx: users.add_user(
                tx,
                store_id=book.store_id,
                name=name,
                role=Role(role),
                password=password,
                now=book.now,
                display=display,
            )
        )
    typer.echo(messages.text("users.added", name=user.name, role=_role(user.role)))


@app.command("list")
def list_(
    store: Annotated[str | None, _STORE] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List all accounts, closed ones too."""
    from shopbot.accounts import store as users
    from shopbot.commands._accounts import as_dict, open_book

    with open_book(store) as book:
        found = users.list_users(book.db, book.store_id)
    if as_json:
        typer.echo(json.dumps([as_dict(user) for user in found], ensure_ascii=False))
        return
    for user in found:
        state = "open" if user.may_sign_in else "closed"
        typer.echo(
            messages.text(
                f"users.row-{state}", name=user.name, display=user.display, role=_role(user.role)
            )
        )
    if not found:
        typer.echo(messages.text("users.none"))


@app.command()
def passwd(
    name: Annotated[str, _NAME],
    password_stdin: Annotated[bool, _STDIN] = False,
    store: Annotated[str | None, _STORE] = None,
) -> None:
    """Set a new password; ends all sessions, links and keys of the user."""
    from shopbot.accounts import store as users
    from shopbot.commands._accounts import open_book, read_password

    with open_book(store) as book:
        user = users.get_user(book.db, book.store_id, name)
        password = read_password(user.name, password_stdin)
        book.db.transaction(lambda tx: users.set_password(tx, user, password, book.now))
    typer.echo(messages.text("users.password-set", name=user.name))


@app.command()
def disable(name: Annotated[str, _NAME], store: Annotated[str | None, _STORE] = None) -> None:
    """Close an account; ends all its sessions, links and keys at once."""
    _set_open(name, store, is_open=False)


@app.command()
def enable(name: Annotated[str, _NAME], store: Annotated[str | None, _STORE] = None) -> None:
    """Open a closed account again."""
    _set_open(name, store, is_open=True)


@app.command()
def link(
    name: Annotated[str, _NAME],
    url: Annotated[
        str, typer.Option(help="Where the server is reached; default by settings.")
    ] = "",
    store: Annotated[str | None, _STORE] = None,
) -> None:
    """Print a link that signs the user in once, within a day."""
    from shopbot.accounts import sessions
    from shopbot.commands._accounts import base_address, get_user, link_address, open_book

    with open_book(store) as book:
        user = get_user(book, name)
        made = book.db.transaction(lambda tx: sessions.make_link(tx, user, book.now))
        typer.echo(link_address(url or base_address(book.settings), made))


@app.command()
def key(name: Annotated[str, _NAME], store: Annotated[str | None, _STORE] = None) -> None:
    """Print a key with which a program acts as the user, for a year; it is shown this once."""
    from shopbot.accounts import sessions
    from shopbot.commands._accounts import get_user, open_book

    with open_book(store) as book:
        user = get_user(book, name)
        typer.echo(book.db.transaction(lambda tx: sessions.make_key(tx, user, book.now)).token)


def _set_open(name: str, store: str | None, *, is_open: bool) -> None:
    from shopbot.accounts import store as users
    from shopbot.commands._accounts import open_book

    with open_book(store) as book:
        user = users.get_user(book.db, book.store_id, name)
        book.db.transaction(lambda tx: users.set_open(tx, user, is_open, book.now))
    typer.echo(messages.text("users.opened" if is_open else "users.closed", name=user.name))


def _role(role: Role) -> str:
    return messages.text(f"role.{role.value}")
