"""Lost buyers: announced once for each silence, on the lists of the day, until somebody or time ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from shopbot import audit, jobs, messages
from shopbot.errors import Conflict, NotFound
from shopbot.orders import lost_buyers, store
from shopbot.orders.due_list import find_due
from shopbot.orders.followup_views import notice_dict
from shopbot.orders.followup_work import find_lost
from shopbot.orders.lost_buyers import LostNotice, LostState, record_lost
from shopbot.orders.round import find_round
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase
from shopbot.worker import run_once
from tests.order_facts import RULES, STORE, at, rules
from tests.unit.test_followups import ALL, agenda, bought, finish
from tests.unit.test_reviews import row, take

NOW = at("2026-11-22 12:00")
DAY = timedelta(days=1)


@pytest.fixture
def shop(db: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A shop whose old friends bought three times and twice in March, one of them once."""
    folder = tmp_path / "march"
    folder.mkdir()
    bought(folder, db, "老甲", "老甲", "老甲", "老乙", "老乙", "一次", day="2026-03-01")
    return db


def look(db: SqliteDatabase, now: datetime, told: Rules = RULES) -> list[LostNotice]:
    """Let the watch work once; return whom nobody has asked yet."""
    run_once(db, agenda(db, told), worker="w", now=now)
    return lost_buyers.list_open(db, STORE)


def test_a_silence_is_announced_once(shop: SqliteDatabase) -> None:
    """Day after day the same two, in the history of their last orders and in the audit."""
    first = look(shop, NOW)
    again = look(shop, NOW + DAY)
    events = store.list_events(shop, STORE, "2603010003")
    deeds = audit.list_deeds(shop, store_id=STORE, subject=first[0].id)

    assert [("老甲", "2603010003", 3), ("老乙", "2603010005", 2)] == [
        (one.buyer, one.last_order, one.orders) for one in first
    ]
    assert first == again
    assert 1 == [event.name for event in events].count("followup.buyer-lost")
    assert [("followup.buyer-lost", "system")] == [(one.name, one.who) for one in deeds]


def test_who_comes_back_and_stays_away_is_announced_again(
    shop: SqliteDatabase, tmp_path: Path
) -> None:
    """An order ends the notice; half a year later there is a new one."""
    look(shop, NOW)
    bought(tmp_path, shop, "老甲", day="2026-11-22")
    back = look(shop, NOW + DAY)
    later = look(shop, at("2027-06-01 12:00"))

    assert ["老乙"] == [one.buyer for one in back]
    assert [("老甲", "2611220001")] == [(one.buyer, one.last_order) for one in later]
    assert {"returned", "open", "lapsed"} == {
        row["state"] for row in shop.all(lost_buyers.Q.all_lost_notices, store_id=STORE)
    }


def test_a_day_brings_no_more_than_the_rules_want(shop: SqliteDatabase) -> None:
    """Those who spent most first, the others on other days; 0 is nobody."""
    one_a_day = rules(followups={"lost_per_day": 1})

    assert [] == look(shop, NOW - DAY, rules(followups={"lost_per_day": 0}))
    assert ["老甲"] == [one.buyer for one in look(shop, NOW, one_a_day)]
    assert ["老甲", "老乙"] == [one.buyer for one in look(shop, NOW + DAY, one_a_day)]


def test_what_nobody_asked_in_time_lapses(shop: SqliteDatabase) -> None:
    """The list of the morning does not grow for ever."""
    look(shop, NOW)

    assert [] == look(shop, NOW + RULES.followups.give_up_after + DAY)


@pytest.mark.parametrize("result", lost_buyers.RESULTS)
def test_somebody_has_asked(shop: SqliteDatabase, result: lost_buyers.LostResult) -> None:
    """Written down once, safe to repeat; another result is refused; the day's lists forget it."""
    name = look(shop, NOW)[0].id
    for _ in range(2):
        done = shop.transaction(
            lambda tx: record_lost(tx, name, result, RULES, NOW, "客服小林", note="打 13812345512")
        )
    deeds = audit.list_deeds(shop, store_id=STORE, subject=name)
    other = next(one for one in lost_buyers.RESULTS if one != result)

    assert ("客服小林", result, NOW) == (done.done_by, done.state, done.ended_at)
    assert ["followup.buyer-lost", f"followup.buyer-{result}"] == [one.name for one in deeds]
    assert "13812345512" not in str(notice_dict(done))
    assert name not in {one.ref for one in find_round(shop, RULES, NOW).chores}
    with pytest.raises(Conflict, match="has ended as"):
        shop.transaction(lambda tx: record_lost(tx, name, other, RULES, NOW, "x"))


def test_what_is_not_ours_is_refused(shop: SqliteDatabase) -> None:
    """An unknown notice, one of another store, another store's job, one changed meanwhile."""
    notice = look(shop, NOW)[0]
    job = jobs.Job(
        id="job_1", store_id="other", kind="followups.find-lost", key="", due=NOW, payload={},
        attempt=1, max_attempts=1, worker="w",
    )  # fmt: skip

    for name, told in (("lost_x", RULES), (notice.id, replace(RULES, store_id="other"))):
        work = partial(
            record_lost, notice_id=name, result="contacted", rules=told, now=NOW, who="x"
        )
        with pytest.raises(NotFound):
            shop.transaction(work)
    with pytest.raises(NotFound):
        find_lost(shop, RULES, job, NOW)
    shop.transaction(lambda tx: record_lost(tx, notice.id, "contacted", RULES, NOW, "x"))
    with pytest.raises(Conflict, match="changed meanwhile"):
        shop.transaction(lambda tx: lost_buyers.end_notice(tx, notice, NOW, "x"))


def test_calls_followups_and_lost_buyers_stand_on_the_days_list(
    shop: SqliteDatabase, tmp_path: Path
) -> None:
    """Each with its next step and its id, as in the round."""
    finish(shop, *bought(tmp_path, shop, "甲方"))
    take(shop, tmp_path, row(订单编号="2611150001"))
    run_once(shop, agenda(shop, ALL), worker="w", now=NOW)
    items = find_due(shop, RULES, at("2026-11-22 14:30"))
    told = {item.what: item.as_dict(RULES) for item in items}
    refs = {chore.ref for chore in find_round(shop, RULES, at("2026-11-22 14:30")).chores}

    assert ["followup", "lost-buyer", "lost-buyer", "review"] == sorted(one.what for one in items)
    assert refs == {item.subject for item in items}
    assert "shopbot followups show" in told["followup"]["next_text"]
    assert "shopbot followups lost-done" in told["lost-buyer"]["next_text"]
    assert "2026-12-06T12:00:00+08:00" == told["lost-buyer"]["due"]
    assert "2 星评价，已打 0 次电话" == told["review"]["detail"]


def test_every_state_has_its_word() -> None:
    """Staff read each of them."""
    assert all(messages.has(f"followups.lost-state.{name}") for name in get_args(LostState))
