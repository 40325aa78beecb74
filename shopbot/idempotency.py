"""A creating request that is repeated gets the first answer and creates nothing more.

The answer is stored in the transaction that does the work, so the two hold or fall together. Cases:

======================  =====================================================================
key not seen            the work is done, its answer stored
same key, same body     the stored answer; no work
same key, other body    IdempotencyMismatch (409)
two at the same time    one after the other (write transactions are serial): work, stored answer
the work raises         nothing is stored; a repeat tries again
another principal       a key of its own: answers are never shared between callers
======================  =====================================================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.errors import IdempotencyMismatch
from shopbot.storage import Database, Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.storage")

KEEP = timedelta(days=2)  # longer than any client goes on trying


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What makes a request the same as another."""

    store_id: str
    who: str
    route: str  # method and path template: "POST /api/v1/returns"
    key: str  # the Idempotency-Key header
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status and a JSON body."""

    status: int
    body: Mapping[str, object]
    repeated: bool = False


def run_once(
    db: Database, request: Request, work: Callable[[Transaction], Answer], now: datetime
) -> Answer:
    """Do ``work`` unless ``request`` was answered before; see the table above."""
    return db.transaction(lambda tx: answer_once(tx, request, work, now))


def answer_once(
    tx: Transaction, request: Request, work: Callable[[Transaction], Answer], now: datetime
) -> Answer:
    """As :func:`run_once`, inside a transaction that is already open."""
    stored = tx.maybe_one(Q.get_answer, **_key(request))
    digest = hashlib.sha256(request.body).hexdigest()
    if stored is not None:
        if stored["body_hash"] != digest:
            raise IdempotencyMismatch(request.key)
        return Answer(status=stored["status"], body=json.loads(stored["answer"]), repeated=True)
    answer = work(tx)
    tx.run(
        Q.add_answer,
        **_key(request),
        body_hash=digest,
        status=answer.status,
        answer=json.dumps(answer.body, ensure_ascii=False),
        now=ids.to_text(now),
    )
    return answer


def was_answered(reader: Reader, request: Request) -> bool:
    """Tell whether ``request`` was answered before, whatever its body."""
    return reader.maybe_one(Q.get_answer, **_key(request)) is not None


def forget(db: Database, now: datetime) -> int:
    """Clear answers older than :data:`KEEP`; return how many."""
    return db.run(Q.forget_answers, before=ids.to_text(now - KEEP))


def _key(request: Request) -> dict[str, str]:
    return {
        "store_id": request.store_id,
        "who": request.who,
        "route": request.route,
        "idempotency_key": request.key,
    }
