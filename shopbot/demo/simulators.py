"""The platform and the courier service of the demo, on this machine, and the settings that name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import structlog
from pydantic import SecretStr

from shopbot import ids
from shopbot.config import Settings
from shopbot.demo.book import SOURCE, stock_of_words
from shopbot.demo.chance import Chance
from shopbot.demo.courier import Courier
from shopbot.demo.loopback import served
from shopbot.demo.platform import Faults, Platform
from shopbot.demo.stage import Stage
from shopbot.demo.traffic import Push, Traffic, review_of
from shopbot.orders import due_work, source_store, store
from shopbot.orders.cells import CHINA
from shopbot.orders.model import OrderFacts
from shopbot.orders.source_store import COURIER, reviews_of
from shopbot.orders.states import OrderStatus
from shopbot.orders.store import OrderFilter
from shopbot.orders.watches import WATCHED_FOR
from shopbot.storage import Database, Transaction
from shopbot.storage.database import Reader

log = structlog.get_logger(__name__)

FAULTS = Faults(down=40, late=5, late_s=2.0, repeated=8, shuffled=4)
"""Mostly well-behaved, now and then slow: what comes twice, late or in disorder changes nothing."""

_HOOK = "api/v1/hooks/couriers/kuaidi100"
_WAITING, _SAMPLES, _REVIEWED = 6, 30, 40
_PAID_LATELY = timedelta(hours=40)
_CUSTOMER = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the demo's server and simulators know of each other; new for each start."""

    key: str
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulators:
    """The platform and the courier of a store, and what goes on there."""

    store_id: str
    traffic: Traffic
    secrets: Secrets


def make_simulators(stage: Stage) -> Simulators:
    """Return simulators that know the demo's orders on their way, and some reviews of those received."""
    secrets = Secrets(key=ids.new_id("key"), salt=ids.new_id("slt"))
    chance = Chance(stage.seed)
    now = ids.now
    platform = Platform(key=secrets.key.encode(), now=now, chance=chance, faults=FAULTS)
    courier = Courier(_CUSTOMER, secrets.key, secrets.salt, chance=chance)
    with stage.db.snapshot() as reader:
        ended = _facts(reader, stage, "finished", _REVIEWED)
        paid = _facts(reader, stage, "paid", _SAMPLES)
    _write_reviews(platform, ended, stage, chance)
    _carry(courier, stage)
    waiting = [
        one
        for one in paid
        if not one.order.presale
        and one.order.paid_at is not None
        and stage.now - one.order.paid_at < _PAID_LATELY
        and not (one.tasks or one.cases)
    ]
    traffic = Traffic(
        platform=platform,
        courier=courier,
        chance=chance,
        samples=ended[:_SAMPLES],
        waiting=waiting[-_WAITING:],
    )
    return Simulators(store_id=stage.store_id, traffic=traffic, secrets=secrets)


def _facts(reader: Reader, stage: Stage, status: OrderStatus, count: int) -> list[OrderFacts]:
    wanted = OrderFilter(status=status, count=count)
    found = store.list_orders(reader, stage.store_id, wanted)
    return [store.get_facts(reader, stage.store_id, one.number) for one in found]


def _write_reviews(
    platform: Platform, ended: Sequence[OrderFacts], stage: Stage, chance: Chance
) -> None:
    """Let buyers have written about what they received; one of them a thing that cannot be taken."""
    words = stock_of_words()["reviews"]
    for n, facts in enumerate(ended):
        order = facts.order
        if order.finished_at is None:
            continue
        at = min(order.finished_at + timedelta(hours=1 + n % 30), stage.now - timedelta(hours=1))
        stars, text = chance.pick(words, "seeded", order.number)
        told = {**review_of(order, order.number, at), "rating": stars, "text": text}
        platform.put_review(f"R{order.number}", **(told if n else {**told, "rating": 9}))


def _carry(courier: Courier, stage: Stage) -> None:
    """Let the courier know what the parcels on their way went through."""
    since = ids.to_text(stage.now - WATCHED_FOR)
    for facts in due_work.each_order(
        stage.db, due_work.Q.travelling_orders, store_id=stage.store_id, since=since
    ):
        for parcel in facts.parcels:
            if courier.has(parcel.shipment.parcel):
                continue  # it stands on two orders
            for event in parcel.events:
                local = f"{event.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
                courier.add(parcel.shipment.parcel, local, event.text)


@contextmanager
def simulated(made: Simulators, settings: Settings) -> Iterator[Settings]:
    """Serve the simulators while the block runs; gives settings that name them, and nothing real."""
    with served(made.traffic.platform) as shop, served(made.traffic.courier) as courier:
        changes = {
            "source_url": shop,
            "source_key": SecretStr(made.secrets.key),
            "source_name": SOURCE,
            "sync_every": 1,
            "courier_url": courier,
            "courier_customer": _CUSTOMER,
            "courier_key": SecretStr(made.secrets.key),
            "courier_salt": SecretStr(made.secrets.salt),
        }
        yield settings.model_copy(update=changes)


def forget(db: Database, store_id: str) -> None:
    """Forget how far the simulators were read: they are gone, and others begin anew."""

    def work(tx: Transaction) -> None:
        for name in (SOURCE, reviews_of(SOURCE), COURIER):
            source_store.drop_source(tx, store_id, name)

    db.transaction(work)


@contextmanager
def pushing(url: str) -> Iterator[Push]:
    """Give what sends a courier's word to the server; a failure is told in the log."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with httpx.Client(timeout=10, trust_env=False) as client:

        def push(body: bytes) -> None:
            try:
                client.post(f"{url}{_HOOK}", content=body, headers=headers).raise_for_status()
            except httpx.HTTPError as error:
                log.warning("demo.push", error=type(error).__name__)

        yield push
