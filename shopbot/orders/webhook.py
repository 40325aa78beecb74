"""Takes what a shop platform or courier service pushes: signed, once, merged as everything else is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.orders import courier_api, source_store
from shopbot.orders.courier_api import Heard
from shopbot.orders.feed import SyncReport, Take
from shopbot.orders.intake import Intake, put_tracking
from shopbot.orders.review_sync import Reviewing, prepare_page
from shopbot.orders.row_reader import When
from shopbot.orders.signing import Signed, check_signature
from shopbot.orders.source import read_page
from shopbot.orders.source_errors import HookRefused
from shopbot.orders.sync import Around, take_page
from shopbot.storage import Transaction, load_queries

Q = load_queries("shopbot.orders")

ORDERS, REVIEWS = "orders", "reviews"
_KEEP = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedReviews:
    """A pushed page of reviews, signed and judged, not brought in yet."""

    nonce: str
    take: Take


def take_orders(
    tx: Transaction,
    what: Signed,
    headers: Mapping[str, str],
    key: bytes,
    source: str,
    around: Around,
    now: datetime,
) -> SyncReport:
    """Take a pushed page of orders; HookRefused unless it is signed and new, SourceWrong for no page."""
    nonce = check_signature(key, what, headers, now)
    page = read_page(source, what.body)
    _admit(tx, ORDERS, nonce, around.store_id, now)
    report = SyncReport(source=source)
    take_page(tx, page, source, around, now, report)
    return report


def read_reviews(
    what: Signed,
    headers: Mapping[str, str],
    key: bytes,
    source: str,
    around: Reviewing,
    now: datetime,
) -> PushedReviews:
    """Read and judge a pushed page of reviews, outside any transaction: judging takes its time.

    HookRefused unless it is signed, SourceWrong for no page.
    """
    nonce = check_signature(key, what, headers, now)
    page = read_page(source, what.body, "reviews")
    return PushedReviews(nonce=nonce, take=prepare_page(source, around, page, now))


def take_reviews(
    tx: Transaction, pushed: PushedReviews, source: str, store_id: str, now: datetime
) -> SyncReport:
    """Bring in a page that :func:`read_reviews` has read; HookRefused when it came before."""
    _admit(tx, REVIEWS, pushed.nonce, store_id, now)
    report = SyncReport(source=source_store.reviews_of(source))
    pushed.take(tx, report)
    return report


def _admit(tx: Transaction, hook: str, nonce: str, store_id: str, now: datetime) -> None:
    if not source_store.first_seen(tx, store_id, hook, nonce, now):
        raise HookRefused("replay")
    source_store.forget_seen(tx, store_id, now - _KEEP)


def take_push(
    tx: Transaction, form: Mapping[str, str], salt: str, around: Around, now: datetime
) -> int | None:
    """Take a push of 快递100; return how many events were news, None when it came before.

    HookRefused when it is not signed, SourceWrong when it is no push. It speaks for the moment of its
    newest event: when it was made it does not tell, and an old one that comes late must not look fresh.
    """
    param = courier_api.check_push(form, salt)
    heard = courier_api.read_push(param, When(as_of=now, now=now, zone=around.zone))
    digest = hashlib.sha256(param.encode()).hexdigest()
    if not source_store.first_seen(tx, around.store_id, courier_api.SOURCE, digest, now):
        return None
    source_store.forget_seen(tx, around.store_id, now - _KEEP)
    as_of = max((one.at for one in heard.events), default="")
    return put_heard(tx, heard, as_of, around.store_id, now) if as_of else 0


def put_heard(tx: Transaction, heard: Heard, as_of: str, store_id: str, now: datetime) -> int:
    """Merge the events of a parcel, keep that it was heard of; return how many were news."""
    tx.run(Q.put_parcel_check, store_id=store_id, parcel=heard.parcel, as_of=as_of)
    source = courier_api.SOURCE
    intake = Intake(store_id=store_id, source=source, who=f"source:{source}", now=ids.to_text(now))
    return [put_tracking(tx, intake, one, as_of) for one in heard.events].count("new")
