"""Visitors: who they are is a secret of 256 random bits, or the shop's word for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.accounts.errors import IdentityRefused
from shopbot.accounts.identity import Identity
from shopbot.accounts.model import VISITOR_IDLE, Issued, Visitor, digest
from shopbot.accounts.store import Q
from shopbot.storage import Database, Row, Transaction
from shopbot.storage.database import Reader

_TOUCH_EVERY = timedelta(hours=1)
_LONGEST_TOKEN = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """A visitor with a new token."""

    visitor: Visitor
    token: Issued


def new_id() -> str:
    """Return an id for a visitor nobody has seen before."""
    return ids.new_id("vis")


def new_visitor(store_id: str, now: datetime, visitor_id: str = "") -> Visitor:
    """Return a visitor nobody has seen before; :func:`keep` stores them."""
    return Visitor(id=visitor_id or new_id(), store_id=store_id, created_at=now)


def keep(tx: Transaction, visitor: Visitor, now: datetime) -> Welcome:
    """Store a new visitor and make their first token."""
    tx.run(
        Q.add_visitor,
        id=visitor.id,
        store_id=visitor.store_id,
        customer=visitor.customer or None,
        now=ids.to_text(now),
    )
    return Welcome(visitor=visitor, token=_issue(tx, visitor, now))


def welcome(
    tx: Transaction, store_id: str, identity: Identity | None, known: str, now: datetime
) -> Welcome:
    """Make a token: for a new visitor, or for the customer whom the shop vouches for.

    A customer has one visitor on all devices. ``known`` (the id of the visitor who asks, blank for
    none) becomes that visitor if neither is tied yet, so that a talk begun before signing in stays
    theirs; a talk of somebody else is never taken over. IdentityRefused when the identity was used.
    """
    if identity is None:
        return keep(tx, new_visitor(store_id, now), now)
    _use(tx, identity)
    row = tx.maybe_one(Q.get_visitor_by_customer, store_id=store_id, customer=identity.customer)
    if row is None and known:
        values = {"store_id": store_id, "id": known}
        if tx.run(Q.set_customer, **values, customer=identity.customer):
            row = tx.one(Q.get_visitor, **values)
    if row is not None:
        visitor = _visitor(row)
        return Welcome(visitor=visitor, token=_issue(tx, visitor, now))
    fresh = new_visitor(store_id, now)
    tied = Visitor(id=fresh.id, store_id=store_id, created_at=now, customer=identity.customer)
    return keep(tx, tied, now)


def find(db: Database, store_id: str, token: str, now: datetime) -> Visitor | None:
    """Return whose token it is, None when it does not hold; a token in use goes on holding."""
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    key = digest(token)
    row = db.maybe_one(Q.find_visitor_token, store_id=store_id, digest=key, now=ids.to_text(now))
    if row is None:
        return None
    if now - ids.from_text(row["seen_at"]) >= _TOUCH_EVERY:
        values = {"now": ids.to_text(now), "expires_at": ids.to_text(now + VISITOR_IDLE)}
        db.submit(lambda tx: tx.run(Q.touch_visitor_token, digest=key, **values))
    return _visitor(row)


def get(reader: Reader, store_id: str, visitor_id: str) -> Visitor | None:
    """Return a visitor by id."""
    row = reader.maybe_one(Q.get_visitor, store_id=store_id, id=visitor_id)
    return None if row is None else _visitor(row)


def revoke(tx: Transaction, store_id: str, token: str) -> bool:
    """End a token; false when it did not hold."""
    return tx.run(Q.drop_visitor_token, store_id=store_id, digest=digest(token)) == 1


def _use(tx: Transaction, identity: Identity) -> None:
    used = tx.run(
        Q.use_identity,
        store_id=identity.store_id,
        digest=digest(identity.nonce),
        expires_at=ids.to_text(identity.expires_at),
    )
    if used == 0:
        raise IdentityRefused


def _issue(tx: Transaction, visitor: Visitor, now: datetime) -> Issued:
    token, expires = ids.new_secret(), now + VISITOR_IDLE
    tx.run(
        Q.add_visitor_token,
        digest=digest(token),
        store_id=visitor.store_id,
        visitor_id=visitor.id,
        now=ids.to_text(now),
        expires_at=ids.to_text(expires),
    )
    return Issued(token=token, expires_at=expires)


def _visitor(row: Row) -> Visitor:
    return Visitor(
        id=row["id"],
        store_id=row["store_id"],
        created_at=ids.from_text(row["created_at"]),
        customer=row["customer"] or "",
    )
