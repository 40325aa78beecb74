"""What a user comes in with: sessions (a cookie), one-time links, keys for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.accounts import passwords
from shopbot.accounts.errors import BadAccount, LinkRefused, LoginRefused
from shopbot.accounts.model import (
    API_HOLDS,
    LINK_HOLDS,
    SESSION_IDLE,
    SESSION_LONGEST,
    Issued,
    TokenKind,
    User,
    digest,
)
from shopbot.accounts.store import Q, has_accounts, user_of, write_down
from shopbot.storage import Database, Row, Transaction
from shopbot.storage.database import Reader

_HOLDS: dict[TokenKind, timedelta] = {
    "session": SESSION_LONGEST,
    "link": LINK_HOLDS,
    "api": API_HOLDS,
}
_IDLE: dict[TokenKind, timedelta] = {**_HOLDS, "session": SESSION_IDLE}
_TOUCH_EVERY = timedelta(minutes=5)
_LONGEST_TOKEN = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user who has come in."""

    user: User
    session: Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A token that holds, with the user behind it."""

    user: User
    seen_at: datetime
    expires_at: datetime


def issue(tx: Transaction, user: User, kind: TokenKind, now: datetime) -> Issued:
    """Make a token for a user; it is returned once and kept as a digest."""
    token, expires = ids.new_secret(), now + _HOLDS[kind]
    tx.run(
        Q.add_user_token,
        digest=digest(token),
        store_id=user.store_id,
        user_id=user.id,
        kind=kind,
        now=ids.to_text(now),
        expires_at=ids.to_text(expires),
    )
    return Issued(token=token, expires_at=expires)


def find(reader: Reader, store_id: str, token: str, kind: TokenKind, now: datetime) -> Held | None:
    """Return who is behind a token, None when it does not hold (any more)."""
    row = _row(reader, store_id, token, kind, now)
    if row is None:
        return None
    return Held(
        user=user_of(row),
        seen_at=ids.from_text(row["seen_at"]),
        expires_at=ids.from_text(row["expires_at"]),
    )


def touch(db: Database, token: str, held: Held, now: datetime) -> None:
    """Keep a session from going idle; written at most every five minutes, and not waited for."""
    if now - held.seen_at >= _TOUCH_EVERY:
        values = {"digest": digest(token), "now": ids.to_text(now)}
        db.submit(lambda tx: tx.run(Q.touch_user_token, **values))


def find_login(reader: Reader, store_id: str, name: str) -> tuple[User, str | None] | None:
    """Return the user of a name with the hash of the password."""
    row = reader.maybe_one(Q.get_user_by_name, store_id=store_id, name=name.strip().lower()[:64])
    return None if row is None else (user_of(row), row["password_hash"])


def is_right(found: tuple[User, str | None] | None, password: str) -> bool:
    """Compare a password (slow on purpose); false for no user, no password, a closed account."""
    user, hashed = found if found is not None else (None, None)
    same = passwords.verify(hashed, password)
    return same and user is not None and user.may_sign_in


def sign_in(
    tx: Transaction, found: tuple[User, str | None], fresh_hash: str | None, now: datetime
) -> Login:
    """Begin a session after :func:`is_right`; LoginRefused if the account changed meanwhile."""
    user, hashed = found
    row = tx.maybe_one(Q.get_user, store_id=user.store_id, id=user.id)
    if row is None or row["password_hash"] != hashed or row["disabled_at"] is not None:
        raise LoginRefused
    if fresh_hash is not None:
        values = {"id": user.id, "password_hash": fresh_hash, "now": ids.to_text(now)}
        tx.run(Q.set_password, store_id=user.store_id, **values)
    write_down(tx, user, "account.login.ok", user.name, now, how="password")
    return Login(user=user, session=issue(tx, user, "session", now))


def use_link(tx: Transaction, store_id: str, token: str, now: datetime) -> Login:
    """Begin a session by a one-time link; LinkRefused when it is used, too old or made up."""
    held = find(tx, store_id, token, "link", now)
    if held is None or tx.run(Q.drop_user_token, store_id=store_id, digest=digest(token)) == 0:
        raise LinkRefused
    write_down(tx, held.user, "account.login.ok", held.user.name, now, how="link")
    return Login(user=held.user, session=issue(tx, held.user, "session", now))


def make_link(tx: Transaction, user: User, now: datetime, who: str = "cli") -> Issued:
    """Make a link that signs ``user`` in once, within a day; BadAccount for a closed account."""
    _check_open(tx, user)
    write_down(tx, user, "account.link.made", who, now)
    return issue(tx, user, "link", now)


def make_key(tx: Transaction, user: User, now: datetime, who: str = "cli") -> Issued:
    """Make a key with which a program acts as ``user``, for a year; BadAccount when closed."""
    _check_open(tx, user)
    write_down(tx, user, "account.key.made", who, now)
    return issue(tx, user, "api", now)


def sign_out(tx: Transaction, user: User, token: str, now: datetime) -> None:
    """End a session."""
    if tx.run(Q.drop_user_token, store_id=user.store_id, digest=digest(token)):
        write_down(tx, user, "account.logout", user.name, now)


def forget_expired(tx: Transaction, now: datetime) -> int:
    """Clear what holds no more: sessions, links, keys, visitors' tokens, used identities."""
    stamp = ids.to_text(now)
    return (
        tx.run(Q.forget_user_tokens, now=stamp, session_seen=ids.to_text(now - SESSION_IDLE))
        + tx.run(Q.forget_visitor_tokens, now=stamp)
        + tx.run(Q.forget_identities, now=stamp)
    )


def end_all(tx: Transaction) -> int:
    """End all sessions, links and keys of everybody; return how many there were."""
    return tx.run(Q.drop_all_user_tokens)


def _check_open(tx: Transaction, user: User) -> None:
    shut_out = user.is_local and has_accounts(tx, user.store_id)
    if shut_out or not user.may_sign_in:
        raise BadAccount(
            f"The account {user.name!r} is closed",
            "Open it with `shopbot users enable NAME`, or take another.",
            "closed",
            name=user.name,
        )


def _row(reader: Reader, store_id: str, token: str, kind: TokenKind, now: datetime) -> Row | None:
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    return reader.maybe_one(
        Q.find_user_token,
        store_id=store_id,
        digest=digest(token),
        kind=kind,
        now=ids.to_text(now),
        seen_after=ids.to_text(now - _IDLE[kind]),
    )
