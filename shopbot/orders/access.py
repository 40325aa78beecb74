"""The only place that hands order data to a shopper, and how an order is shown to be theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shopbot import ids
from shopbot.errors import NotFound
from shopbot.orders import identity, masking, store
from shopbot.orders.cells import BadCell, order_number
from shopbot.orders.identity import ProofDecision, Tries
from shopbot.orders.model import OrderFacts
from shopbot.orders.rows import moment
from shopbot.storage import Database, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")

_PEPPER = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who tries: a visitor's secret id, and the network address they come from."""

    store_id: str
    visitor: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What came of a try."""

    decision: ProofDecision
    order: str = ""
    expires_at: datetime | None = None


def access_order(
    reader: Reader, *, store_id: str, visitor: str, number: str, now: datetime
) -> OrderFacts:
    """Return an order that ``visitor`` has shown to be theirs, masked.

    NotFound is the same for an order that is not there, not theirs or not proved any more.
    """
    proof = reader.maybe_one(
        Q.get_proof,
        store_id=store_id,
        visitor=_visitor(reader, store_id, visitor),
        order_number=number,
        now=ids.to_text(now),
    )
    if proof is None:
        raise NotFound("order")
    return masking.facts(store.get_facts(reader, store_id, number))


def access_orders(
    reader: Reader, *, store_id: str, visitor: str, now: datetime
) -> list[OrderFacts]:
    """Return all orders that ``visitor`` has shown to be theirs, masked."""
    key = _visitor(reader, store_id, visitor)
    rows = reader.all(Q.list_proofs, store_id=store_id, visitor=key, now=ids.to_text(now))
    numbers = [str(row["order_number"]) for row in rows]
    return [masking.facts(store.get_facts(reader, store_id, number)) for number in numbers]


def is_order(reader: Reader, store_id: str, number: str) -> bool:
    """Tell whether a number is an order's of the store; never to be told to a shopper."""
    return reader.maybe_one(Q.has_order, store_id=store_id, number=number) is not None


def prove_by_phone(
    tx: Transaction, asker: Asker, *, number: str, tail: str, now: datetime
) -> Proved:
    """Take order number and phone tail for proof; failed tries are written down.

    Do not raise inside this transaction on refusal: the failed try must stay. Wait
    ``decision.delay_s`` before answering.
    """
    pepper = ensure_pepper(tx, asker.store_id)
    number = plain_number(number)
    keys = {
        "store_id": asker.store_id,
        "visitor": identity.digest(pepper, "visitor", asker.visitor),
        "address": identity.digest(pepper, "address", identity.network(asker.address)),
        "order_digest": identity.digest(pepper, "order", number),
    }
    tries = _tries(tx, keys, now)
    row = tx.maybe_one(Q.get_phone, store_id=asker.store_id, number=number)
    matches = identity.tail_matches(pepper, row["phone"] if row else None, tail.strip())
    decision = identity.decide(tries, matches, now)
    if decision.verdict == "refused":
        tx.run(Q.add_try, id=ids.new_id("try"), **keys, at=ids.to_text(now))
    if not decision.granted:
        return Proved(decision=decision)
    return _keep(tx, asker, number, "phone", decision, now)


def prove_by_token(
    tx: Transaction, asker: Asker, *, token: str, site_key: bytes, now: datetime
) -> Proved:
    """Take a token of the shop's site for proof; each works once."""
    refused = Proved(decision=ProofDecision(verdict="refused"))
    claim = identity.read_token(site_key, token, now)
    if claim is None or claim.store_id != asker.store_id:
        return refused
    if claim.visitor not in {"", asker.visitor}:
        return refused
    if tx.maybe_one(Q.has_order, store_id=asker.store_id, number=claim.order) is None:
        return refused
    used = tx.run(
        Q.use_token,
        store_id=asker.store_id,
        nonce=claim.nonce,
        expires_at=ids.to_text(claim.expires_at),
    )
    if used == 0:
        return refused
    return _keep(tx, asker, claim.order, "token", ProofDecision(verdict="granted"), now)


def forget_expired(db: Database, now: datetime) -> int:
    """Clear tries, tokens and proofs that count no more; return how many."""
    return db.transaction(lambda tx: forget_in(tx, now))


def forget_in(tx: Transaction, now: datetime) -> int:
    """Do the same inside a transaction."""
    return (
        tx.run(Q.forget_tries, before=ids.to_text(now - identity.DAY))
        + tx.run(Q.forget_tokens, before=ids.to_text(now))
        + tx.run(Q.forget_proofs, before=ids.to_text(now))
    )


def ensure_pepper(tx: Transaction, store_id: str) -> bytes:
    """Return the store's secret for digests, made at first use."""
    tx.run(Q.add_secret, store_id=store_id, name=_PEPPER, value=ids.new_secret())
    return str(tx.one(Q.get_secret, store_id=store_id, name=_PEPPER)["value"]).encode()


def _visitor(reader: Reader, store_id: str, visitor: str) -> str:
    row = reader.maybe_one(Q.get_secret, store_id=store_id, name=_PEPPER)
    pepper = str(row["value"]).encode() if row else b""  # none: nobody has proved anything yet
    return identity.digest(pepper, "visitor", visitor)


def _tries(tx: Transaction, keys: dict[str, str], now: datetime) -> Tries:
    hour, day = ids.to_text(now - identity.HOUR), ids.to_text(now - identity.DAY)
    row = tx.one(Q.count_tries, **keys, hour=hour, day=day)
    return Tries(
        by_visitor=row["by_visitor"],
        by_address=row["by_address"],
        at_order=row["at_order"],
        oldest=moment(row["oldest"]),
    )


def _keep(
    tx: Transaction,
    asker: Asker,
    number: str,
    how: identity.How,
    decision: ProofDecision,
    now: datetime,
) -> Proved:
    expires = now + identity.HOLDS
    tx.run(
        Q.put_proof,
        store_id=asker.store_id,
        visitor=_visitor(tx, asker.store_id, asker.visitor),
        order_number=number,
        how=how,
        proved_at=ids.to_text(now),
        expires_at=ids.to_text(expires),
    )
    return Proved(decision=decision, order=number, expires_at=expires)


def plain_number(number: str) -> str:
    """Return the number as it is stored; what cannot be one is looked for all the same."""
    try:
        found = order_number(number)
    except BadCell:
        return number[:64]
    return found if isinstance(found, str) else number[:64]
