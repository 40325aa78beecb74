"""A shopper's socket drops in the middle of a talk: seen over the real sockets, looked after, settled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from shopbot import jobs
from shopbot.chat import due_work, offline
from shopbot.desk import tasks
from shopbot.ids import FixedClock
from shopbot.rules import Rules
from shopbot.web import attendance
from shopbot.web.services import Services
from tests.signed_in import with_key
from tests.simulators.server import served
from tests.simulators.socket_client import ShopperClient
from tests.simulators.talk import TalkStage


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count a line as gone without the grace for reloads."""
    monkeypatch.setattr(attendance, "GONE_AFTER_S", 0.0)


def until(come: Callable[[], bool]) -> bool:
    """Wait for what another thread is about to write."""
    nap = threading.Event()
    return any(come() or nap.wait(0.02) for _ in range(500))


def do_due(services: Services) -> list[str]:
    """Do the due work of now; return the kinds of open tasks."""
    registry = due_work.register(
        jobs.Registry(), services.db, Rules(store_id="test"), lambda: services.chat.gear.kb, "test"
    )
    jobs.run_due(services.db, registry, worker="w", now=services.clock.now())
    return [one.kind for one in tasks.list_tasks(services.db, "test")]


def drops(services: Services) -> int:
    """Return how many lines are known to have dropped and are looked at later."""
    found = jobs.list_jobs(services.db, store_id="test", state="waiting")
    return sum(one["kind"] == offline.DROPPED for one in found)


def visit(address: str, stage: TalkStage, clock: FixedClock, words: str) -> ShopperClient:
    """Come, write something, let it be answered, and go."""
    shopper = ShopperClient.come(address)
    with shopper.line() as line:
        line.say(words, "k-1")
        line.hear("ack")
        clock.move(timedelta(seconds=5))
        stage.run_due()
    return shopper


def test_a_shopper_who_is_cut_off_is_contacted_and_welcomed_back(
    services: Services, stage: TalkStage, clock: FixedClock
) -> None:
    """Two minutes after the line went; back again, the task is settled and the talk says so."""
    with served(with_key(services)) as address:
        shopper = visit(address, stage, clock, "转人工")
        assert until(lambda: drops(services) == 1)
        early = do_due(services)
        clock.move(timedelta(seconds=121))
        waiting = do_due(services)
        with shopper.line():
            assert until(lambda: not tasks.list_tasks(services.db, "test"))
    talk = stage.chat.find(shopper.talk)

    assert ([], ["dropped"]) == (early, waiting)
    assert 1 == sum("system.resume" in text for text in stage.said(talk, "system"))


def test_who_leaves_after_the_answer_is_not_looked_for(
    services: Services, stage: TalkStage, clock: FixedClock
) -> None:
    """Nothing is under way; another talk that drops shows that the first was looked at."""
    with served(with_key(services)) as address:
        for words in ("什么时候发货？", "转人工"):
            shopper = visit(address, stage, clock, words)
        assert until(lambda: drops(services) == 1)
        clock.move(timedelta(minutes=3))
        waiting = do_due(services)

    assert ["dropped"] == waiting
    assert [shopper.talk] == [one.conversation for one in tasks.list_tasks(services.db, "test")]


def test_who_asks_over_http_is_back(
    services: Services, stage: TalkStage, clock: FixedClock
) -> None:
    """A page whose sockets are blocked looks for news instead: nobody has to contact its shopper."""
    with served(with_key(services)) as address:
        shopper = visit(address, stage, clock, "转人工")
        assert until(lambda: drops(services) == 1)
        clock.move(timedelta(seconds=30))
        shopper.get("/events")
        clock.move(timedelta(minutes=3))

        assert [] == do_due(services)
