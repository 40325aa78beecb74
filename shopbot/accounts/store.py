"""Users in the database: added, found, closed and opened, each deed written down."""

from __future__ import annotations

import re
from datetime import datetime

from shopbot import audit, ids
from shopbot.accounts import passwords
from shopbot.accounts.errors import BadAccount, UserExists, UserUnknown
from shopbot.accounts.model import User
from shopbot.roles import STAFF, Role
from shopbot.storage import Row, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.accounts")

LOCAL_NAME = "local"
_TAKEN = frozenset({LOCAL_NAME, "agent", "bot", "buyer", "cli", "shopper", "system", "unknown"})
"""Names under which others than users are written down."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_MAX_DISPLAY = 40


def check_name(name: str) -> str:
    """Return a sign-in name in lower case; BadAccount tells what it may be made of."""
    lowered = name.strip().lower()
    if not _NAME.fullmatch(lowered) or lowered in _TAKEN:
        raise BadAccount(
            f"{name!r} is no name to sign in with",
            "Take 2 to 32 letters a-z, digits, dots, dashes (not 'local', 'agent', 'system' …).",
            "bad-name",
            name=name[:64],
        )
    return lowered


def add_user(
    tx: Transaction,
    *,
    store_id: str,
    name: str,
    role: Role,
    password: str | None,
    now: datetime,
    display: str = "",
    who: str = "cli",
) -> User:
    """Add a user; without a password they come in by a link only.

    The local admin is shut out with the first account. Raises BadAccount or UserExists.
    """
    if role not in STAFF:
        raise BadAccount(
            f"{role} is no role of a user",
            "Take agent, supervisor, staff or admin.",
            "bad-role",
            role=role,
        )
    name = check_name(name)
    shown = display.strip() or name
    if len(shown) > _MAX_DISPLAY or not shown.isprintable():
        raise BadAccount(
            "The name to show will not do",
            f"At most {_MAX_DISPLAY} letters, no breaks.",
            "bad-display",
            most=_MAX_DISPLAY,
        )
    hashed = None if password is None else passwords.hash_checked(password, name)
    user = _add(tx, store_id, name, shown, role, hashed, is_local=False, now=now)
    for other in list_users(tx, store_id):
        if other.is_local:
            tx.run(Q.drop_user_tokens, store_id=store_id, user_id=other.id)
    write_down(tx, user, "account.user.added", who, now, role=role.value)
    return user


def ensure_local(tx: Transaction, store_id: str, display: str, now: datetime) -> User | None:
    """Return the admin of a machine nobody else reaches; None as soon as there is any account."""
    if has_accounts(tx, store_id):
        return None
    row = tx.maybe_one(Q.get_user_by_name, store_id=store_id, name=LOCAL_NAME)
    if row is not None:
        return user_of(row)
    return _add(tx, store_id, LOCAL_NAME, display, Role.ADMIN, None, is_local=True, now=now)


def has_accounts(reader: Reader, store_id: str) -> bool:
    """Tell whether anybody has an account, be it a closed one."""
    return int(reader.one(Q.count_accounts, store_id=store_id)["accounts"]) > 0


def get_user(reader: Reader, store_id: str, name: str) -> User:
    """Return a user by name; UserUnknown when there is none."""
    row = reader.maybe_one(Q.get_user_by_name, store_id=store_id, name=name.strip().lower())
    if row is None:
        raise UserUnknown(name[:64])
    return user_of(row)


def find_user(reader: Reader, store_id: str, user_id: str) -> User | None:
    """Return a user by id."""
    row = reader.maybe_one(Q.get_user, store_id=store_id, id=user_id)
    return None if row is None else user_of(row)


def list_users(reader: Reader, store_id: str) -> list[User]:
    """Return all users by name, closed ones too."""
    return [user_of(row) for row in reader.all(Q.list_users, store_id=store_id)]


def set_password(
    tx: Transaction, user: User, password: str, now: datetime, who: str = "cli"
) -> None:
    """Take a new password and end all sessions, links and keys; BadAccount for a weak one."""
    hashed = passwords.hash_checked(password, user.name)
    tx.run(
        Q.set_password,
        store_id=user.store_id,
        id=user.id,
        password_hash=hashed,
        now=ids.to_text(now),
    )
    tx.run(Q.drop_user_tokens, store_id=user.store_id, user_id=user.id)
    write_down(tx, user, "account.password.changed", who, now)


def set_open(tx: Transaction, user: User, is_open: bool, now: datetime, who: str = "cli") -> None:
    """Open or close an account; closing ends all its sessions, links and keys."""
    stamp = ids.to_text(now)
    closed = None if is_open else stamp
    tx.run(Q.set_disabled, store_id=user.store_id, id=user.id, disabled_at=closed, now=stamp)
    if not is_open:
        tx.run(Q.drop_user_tokens, store_id=user.store_id, user_id=user.id)
    write_down(tx, user, f"account.user.{'enabled' if is_open else 'disabled'}", who, now)


def write_down(
    tx: Transaction, user: User, name: str, who: str, now: datetime, **data: object
) -> None:
    """Put a deed about a user into the audit trail."""
    audit.record(
        tx,
        audit.Deed(
            store_id=user.store_id, name=name, who=who, subject=user.id, at=now,
            data={"user": user.name, **data},
        ),
    )  # fmt: skip


def user_of(row: Row) -> User:
    """Read a row of a query on users."""
    closed = row["disabled_at"]
    return User(
        id=row["id"],
        store_id=row["store_id"],
        name=row["name"],
        display=row["display"],
        role=Role(row["role"]),
        created_at=ids.from_text(row["created_at"]),
        has_password=row["password_hash"] is not None,
        is_local=bool(row["is_local"]),
        disabled_at=None if closed is None else ids.from_text(closed),
    )


def _add(
    tx: Transaction,
    store_id: str,
    name: str,
    display: str,
    role: Role,
    hashed: str | None,
    *,
    is_local: bool,
    now: datetime,
) -> User:
    added = tx.run(
        Q.add_user,
        id=ids.new_id("usr"),
        store_id=store_id,
        name=name,
        display=display,
        role=role.value,
        password_hash=hashed,
        is_local=int(is_local),
        now=ids.to_text(now),
    )
    if added == 0:
        raise UserExists(name)
    return get_user(tx, store_id, name)
