"""News of orders in the talks of their buyers: once, at a decent hour, to nobody else, or by a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shopbot.chat import buyers, draft_store
from shopbot.chat import due_work as talk_work
from shopbot.desk import tasks
from shopbot.ids import FixedClock
from shopbot.orders import due_work, outgoing
from shopbot.orders.contact import RuleContact
from shopbot.orders.phrases import PHRASES, Phrase, phrase
from shopbot.storage import SqliteDatabase
from shopbot.worker import Agenda, run_once
from tests.order_facts import NUMBER, at
from tests.reception_stage import HOUR, MINUTE, SECOND, Shop
from tests.reception_stage import shop as reception_shop
from tests.unit.test_cases import shop as order_shop
from tests.unit.test_due_work import ROAD, TRAVELS, bring

__all__ = ["order_shop"]  # a fixture

STORE = "test"
NOW = at("2026-11-18 10:00")


@pytest.fixture
def here(order_shop: SqliteDatabase, tmp_path: Path) -> Shop:
    """A shop with one order and a desk."""
    return reception_shop(order_shop, FixedClock(NOW), tmp_path)


def plan(here: Shop, key: str = "k", **more: Any) -> None:
    """Plan to tell the buyer that the order is late."""
    values: dict[str, Any] = {
        "order": NUMBER,
        "subject": key,
        "phrase": phrase("order.ship.late", {"最晚发货": "11月18日"}),
        "urgent": False,
        **more,
    }
    here.db.transaction(
        lambda tx: outgoing.plan_message(
            tx,
            store_id=STORE,
            key=key,
            policy=RuleContact(here.rules),
            now=here.clock.now(),
            **values,
        )
    )


def filled(name: str) -> Phrase:
    """Return a phrase with a value for each of its variables."""
    return phrase(name, dict.fromkeys(PHRASES[name], "一"))


def show_order(here: Shop, visitor: str = "vis_1") -> None:
    """Let an order be told in a visitor's talk, as a proof would."""
    here.db.transaction(lambda tx: buyers.note_buyer(tx, STORE, NUMBER, visitor, here.clock.now()))


def states(here: Shop) -> list[tuple[str, str]]:
    """Return state and reason of the messages about the order."""
    found = outgoing.list_messages(here.db, STORE, NUMBER)
    return [(one.state, one.why) for one in found]


def news(here: Shop, visitor: str = "vis_1") -> list[str]:
    """Return the news in a visitor's talk."""
    talk = here.chat.history(visitor=visitor)[0]
    return [line for line in here.lines(talk, "shopper") if "order.ship.late" in line]


def test_the_buyer_is_told_once_with_a_receipt(here: Shop) -> None:
    """However often the round comes, and whoever does it: server or command."""
    talk = here.ask()
    show_order(here)
    here.clock.move(MINUTE)
    plan(here)
    for _ in range(3):
        here.rounds.tend()
        here.work()
    message = here.stage.events(talk)[-1]
    receipt = draft_store.get_receipt(here.db, STORE, message.id)

    assert ["bot:〔order.ship.late·0〕最晚发货11月18日"] == news(here)
    assert [("sent", "")] == states(here)
    assert (NUMBER, "order-news") == (receipt.order["number"], receipt.rule)


def test_another_visitor_is_told_nothing(here: Shop) -> None:
    """The order was shown in one browser only."""
    here.ask(visitor="vis_other")
    here.ask()
    show_order(here)
    here.clock.move(MINUTE)
    plan(here)
    here.rounds.tend()

    assert ([], 1) == (news(here, "vis_other"), len(news(here)))


def test_an_open_talk_is_preferred_a_closed_one_still_gets_it(here: Shop) -> None:
    """Two browsers: the one that talks now; none talks: the last one, without opening it."""
    old = here.ask(visitor="vis_old")
    show_order(here, "vis_old")
    here.chat.close(conversation=old.id, who="vis_old", by="shopper")
    here.clock.move(MINUTE)
    plan(here)
    here.rounds.tend()
    here.clock.move(3 * HOUR)
    here.ask(visitor="vis_new")
    show_order(here, "vis_new")
    here.clock.move(MINUTE)
    plan(here, "k2")
    here.rounds.tend()

    assert (1, 1) == (len(news(here, "vis_old")), len(news(here, "vis_new")))
    assert "closed" == here.chat.find(old.id).state


def test_no_talk_becomes_a_task_for_a_person(here: Shop) -> None:
    """Nothing vanishes: what nobody can be told here stands on the desk's list, once."""
    plan(here)
    for _ in range(2):
        here.rounds.tend()
    (task,) = tasks.list_tasks(here.db, STORE)

    assert [("dropped", "no-talk")] == states(here)
    assert ("contact", NUMBER, "no-talk") == (task.kind, task.order, task.data["why"])
    assert "平台或电话" in task.data["what"]
    assert "〔order.ship.late·0〕最晚发货11月18日" == task.data["say"]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        pytest.param("order.track.stuck", 1, id="trouble"),
        pytest.param("return.step.need-pictures", 1, id="something-is-asked"),
        pytest.param("return.step.received", 0, id="progress"),
        pytest.param("review.invite", 0, id="courtesy"),
        pytest.param("order.remind.pay-second", 0, id="a-kind-by-its-beginning"),
    ],
)
def test_only_what_matters_takes_the_time_of_a_person(here: Shop, name: str, left: int) -> None:
    """A shop whose buyers talk elsewhere is not asked to call each of them for a review."""
    plan(here, phrase=filled(name))
    here.rounds.tend()

    assert [("dropped", "no-talk")] == states(here)
    assert left == len(tasks.list_tasks(here.db, STORE))


def test_newer_news_ends_the_task_of_the_older(here: Shop) -> None:
    """Nobody calls to tell what was so yesterday; what is about something else stays."""
    plan(here, "k1", subject="case")
    plan(here, "k2", subject="parcel")
    for _ in range(2):  # one a buyer in each round, some time between them
        here.rounds.tend()
        here.clock.move(3 * HOUR)
    plan(here, "k3", subject="case", phrase=filled("return.step.received"))
    here.rounds.tend()
    open_now = tasks.list_tasks(here.db, STORE)
    (ended,) = tasks.list_tasks(here.db, STORE, state="dropped")

    assert ["parcel"] == [one.data["subject"] for one in open_now]
    assert ("case", "system", "情况已经变了，不用再告知") == (
        ended.data["subject"],
        ended.done_by,
        ended.result,
    )


def test_a_task_ends_when_what_it_tells_is_so_no_more(here: Shop, tmp_path: Path) -> None:
    """The parcel that was stuck moves on: nobody has to call, whoever did the call is kept."""
    watches = Agenda(
        registry=lambda: due_work.registry(here.db, here.rules),
        plan=lambda tx, now: due_work.plan_watches(tx, STORE, now),
        next_plan=due_work.next_slot,
    )
    bring(here.db, tmp_path, TRAVELS, ROAD, NOW)
    run_once(here.db, watches, worker="w", now=NOW)
    here.rounds.tend()
    here.work()
    before = [one.data["phrase"] for one in tasks.list_tasks(here.db, STORE)]
    here.clock.move(HOUR)
    moved = "SF1400000000008,2026-11-18 10:30:00,快件已到达【成都转运中心】\n"
    bring(here.db, tmp_path, "", ROAD + moved, here.clock.now())
    here.db.transaction(lambda tx: talk_work.plan_watches(tx, STORE, here.clock.now()))
    here.work()

    assert (["order.track.stuck"], []) == (before, tasks.list_tasks(here.db, STORE))


def test_a_phrase_without_words_becomes_a_task(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty message is never sent."""
    here.ask()
    show_order(here)
    here.clock.move(MINUTE)
    plan(here)
    monkeypatch.setattr(here.known, "say", lambda *_, **__: None)
    here.rounds.tend()

    assert ([("dropped", "no-words")], []) == (states(here), news(here))
    assert ["no-words"] == [one.data["why"] for one in tasks.list_tasks(here.db, STORE)]


def test_personal_data_is_told_to_nobody_unasked(here: Shop) -> None:
    """Somebody else may look at the screen by now."""
    here.ask()
    show_order(here)
    here.clock.move(MINUTE)
    words = {"订单号": NUMBER, "新地址": "西湖区文三路1号", "补差价": "0元"}
    plan(here, phrase=phrase("order.confirm.address", words))
    here.rounds.tend()

    assert [("dropped", "personal")] == states(here)
    assert "文三路" not in "".join(here.lines(here.chat.history(visitor="vis_1")[0]))


def test_quiet_hours_hold_it_back(here: Shop) -> None:
    """Nothing at 22:00, the news at 9:00."""
    here.ask()
    show_order(here)
    here.clock.move(12 * HOUR)
    plan(here)
    here.pass_time(10 * HOUR, MINUTE)
    night = news(here)
    here.pass_time(2 * HOUR, MINUTE)

    assert ([], 1) == (night, len(news(here)))


def test_who_writes_meanwhile_is_told_by_whoever_answers(here: Shop) -> None:
    """No news is pushed into a talk that is just about it."""
    here.ask()
    show_order(here)
    plan(here)
    here.clock.move(SECOND)
    here.ask("尺码怎么选？")
    here.clock.move(MINUTE)
    here.rounds.tend()

    assert ([("dropped", "replied")], []) == (states(here), news(here))


def test_news_does_not_answer_for_a_person(here: Shop) -> None:
    """A waiting shopper still waits, in the system's name while a person has the word."""
    talk = here.wait_for_human()
    show_order(here)
    here.clock.move(MINUTE)
    plan(here)
    here.rounds.tend()
    event = here.stage.events(talk)[-1]

    assert ("system", 0) == (event.author, event.turn)
    assert [talk.id] == here.rounds.list_waiting()


def test_a_browser_is_not_trusted_for_ever(here: Shop) -> None:
    """After two months nobody is told there any more."""
    here.ask()
    show_order(here)
    here.clock.move(timedelta(days=61))
    plan(here)
    here.rounds.tend()

    assert [("dropped", "no-talk")] == states(here)
