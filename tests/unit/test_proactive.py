"""News that agents look at first: held, let go, dropped, ended by its time; never what is not so any more."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from shopbot import audit, jobs
from shopbot.errors import Conflict, Malformed, NotFound
from shopbot.orders import due_work, outgoing, proactive_work
from shopbot.orders.claim_model import ClaimEvent, ClaimStep
from shopbot.orders.claim_steps import open_claim, step_claim
from shopbot.orders.contact import NoReplies, OutgoingMessage, RuleContact
from shopbot.orders.proactive import KINDS, Kind, hold_of, kind_of, telling_of
from shopbot.orders.truth import StillTrue
from shopbot.orders.watches import TOLD, Finding
from shopbot.rules import Rules
from shopbot.rules.proactive import ProactiveRules, Telling
from shopbot.storage import SqliteDatabase
from shopbot.storage.migrations import find_migrations, migrate
from shopbot.worker import Agenda, run_once, run_until
from tests.order_facts import NUMBER, RULES, STORE, at, rules
from tests.unit.test_cases import shop
from tests.unit.test_due_work import NOW, ROAD, STUCK, TRAVELS, bring

__all__ = ["shop"]  # a fixture

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LOST = ROAD + "SF1400000000008,2026-11-18 09:00:00,快件已丢失\n"
FOUND = LOST + "SF1400000000008,2026-11-18 10:30:00,快件已到达【成都转运中心】\n"


def agenda(db: SqliteDatabase, by: Rules = RULES) -> Agenda:
    """Return the watches that find, and the one that looks after what they found."""

    def registry() -> jobs.Registry:
        return proactive_work.register(due_work.registry(db, by), db, by)

    def plan(tx: Any, now: datetime) -> None:
        due_work.plan_watches(tx, STORE, now)
        proactive_work.plan_watches(tx, STORE, now)

    return Agenda(registry=registry, plan=plan, next_plan=proactive_work.next_slot)


@pytest.fixture
def lost(shop: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A shop in which the courier says that a parcel is lost, found by the watch."""
    bring(shop, tmp_path, TRAVELS, LOST, NOW)
    run_once(shop, agenda(shop), worker="w", now=NOW)
    return shop


def messages_of(db: SqliteDatabase) -> list[OutgoingMessage]:
    """Return the messages about the lost parcel's order."""
    return outgoing.list_messages(db, STORE, STUCK)


def states(db: SqliteDatabase) -> list[tuple[str, str, str]]:
    """Return kind, state and reason of each."""
    return [(one.kind, one.state, one.why) for one in messages_of(db)]


def take(db: SqliteDatabase, now: datetime, by: Rules = RULES) -> list[str]:
    """Return the phrases that may go now."""
    found = db.transaction(
        lambda tx: outgoing.take_due(
            tx, STORE, RuleContact(by), NoReplies(), now, truth=StillTrue(by)
        )
    )
    return [one.phrase for one in found]


def release(db: SqliteDatabase, message: str, now: datetime = NOW) -> OutgoingMessage:
    """Let a message go as an agent."""
    return db.transaction(
        lambda tx: proactive_work.release(tx, message, StillTrue(RULES), RULES, now, "小岭")
    )


def drop(db: SqliteDatabase, message: str, now: datetime = NOW) -> OutgoingMessage:
    """Drop a message as an agent."""
    return db.transaction(
        lambda tx: proactive_work.drop(tx, message, "已电话告知", RULES, now, "小岭")
    )


def told_first(**kinds: Any) -> Rules:
    """Return rules in which some kinds are told otherwise."""
    return replace(RULES, proactive=replace(RULES.proactive, **kinds))


# --- which kind it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_rule(kind: Kind) -> None:
    """And the documented values are the defaults."""
    assert telling_of(kind, RULES).tell in ("at-once", "agents-first")
    assert telling_of(kind, RULES) == telling_of(kind, replace(RULES, proactive=ProactiveRules()))


def test_every_trouble_that_is_told_has_a_kind() -> None:
    """A new one without a rule is noticed here, not in a watch at night."""
    troubles = [
        Finding(
            id="x", event="order.parcel-trouble", subject="p", data={"trouble": one}, phrase=None
        )
        for one in sorted(TOLD)
    ]
    breaches = [
        Finding(id="x", event="order.promise-broken", subject="s", data={"state": one}, phrase=None)
        for one in ("late", "stock-out", "presale-late")
    ]
    late = Finding(id="x", event="order.refund-late", subject="r", data={}, phrase=None)
    found = {kind_of(one) for one in (*troubles, *breaches, late)}

    assert set(KINDS) - {"restock"} == found


def test_what_has_no_rule_is_loud() -> None:
    """Nothing is told by a rule that nobody wrote."""
    finding = Finding(
        id="x", event="order.parcel-trouble", subject="p", data={"trouble": "returned"}, phrase=None
    )

    with pytest.raises(ValueError, match=r"proactive\.yaml"):
        kind_of(finding)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-18 10:00", "2026-11-18 14:00"), ("2026-11-18 17:30", "2026-11-18 21:30"),
        ("2026-11-18 20:38", "2026-11-19 12:08"), ("2026-11-18 22:00", "2026-11-19 13:00"),
        ("2026-11-19 03:00", "2026-11-19 13:00"),
    ],
    ids=["by-day", "until-night", "in-the-evening", "at-night", "after-midnight"],
)  # fmt: skip
def test_the_time_of_agents_does_not_run_at_night(now: str, until: str) -> None:
    """What is found in the evening is not let go before anybody is up."""
    hold = hold_of("lost", RULES, at(now))

    assert hold is not None
    assert (at(until), "go") == (hold.until, hold.then)


# --- held ----------------------------------------------------------------------------------------------


def test_agents_see_a_lost_parcel_first(lost: SqliteDatabase) -> None:
    """Nothing is delivered meanwhile, however often somebody looks."""
    during = [take(lost, NOW + hours * HOUR) for hours in range(4)]

    assert [("lost", "held", "")] == states(lost)
    assert [[], [], [], []] == during


def test_what_nobody_looks_at_goes_by_its_time(lost: SqliteDatabase) -> None:
    """After four hours, once, and the audit says that time did it."""
    run_until(lost, agenda(lost), worker="w", start=NOW, until=NOW + 4 * HOUR)
    going = take(lost, NOW + 4 * HOUR)
    deeds = audit.list_deeds(lost, store_id=STORE, subject=STUCK)

    assert ["order.track.lost"] == going
    assert ("system", "order.news.released") in [(one.who, one.name) for one in deeds]


def test_or_lapses_where_the_shop_wants_that(shop: SqliteDatabase, tmp_path: Path) -> None:
    """Nobody is told what nobody has looked at."""
    by = told_first(lost=Telling(tell="agents-first", hold=HOUR, then="lapse"))
    bring(shop, tmp_path, TRAVELS, LOST, NOW)
    run_until(shop, agenda(shop, by), worker="w", start=NOW, until=NOW + 6 * HOUR)

    assert [("lost", "dropped", "lapsed")] == states(shop)
    assert [] == take(shop, NOW + 6 * HOUR, by)


def test_at_once_is_at_once(shop: SqliteDatabase, tmp_path: Path) -> None:
    """A kind that the shop trusts to the watch goes as soon as it is found."""
    by = told_first(lost=Telling(tell="at-once"))
    bring(shop, tmp_path, TRAVELS, LOST, NOW)
    run_once(shop, agenda(shop, by), worker="w", now=NOW)

    assert [("lost", "waiting", "")] == states(shop)
    assert ["order.track.lost"] == take(shop, NOW, by)


def test_a_released_message_goes_at_once(lost: SqliteDatabase) -> None:
    """With who let it go, and once: letting it go again changes nothing."""
    [held] = messages_of(lost)
    first, again = release(lost, held.id), release(lost, held.id, NOW + MINUTE)
    deeds = audit.list_deeds(lost, store_id=STORE, subject=STUCK)

    assert ("waiting", "小岭", NOW) == (first.state, first.decided_by, first.decided_at)
    assert first == again
    assert [("order.news.released", {"message": held.id, "kind": "lost"})] == [
        (one.name, one.data) for one in deeds if one.name.startswith("order.news")
    ]
    assert ["order.track.lost"] == take(lost, NOW)


def test_a_dropped_message_is_never_told(lost: SqliteDatabase) -> None:
    """With why; it cannot be let go any more, and dropping it again changes nothing."""
    [held] = messages_of(lost)
    first, again = drop(lost, held.id), drop(lost, held.id)
    with pytest.raises(Conflict):
        release(lost, held.id)
    run_until(lost, agenda(lost), worker="w", start=NOW, until=NOW + 8 * HOUR)

    assert ("dropped", "staff", "已电话告知") == (first.state, first.why, first.note)
    assert first == again
    assert [] == take(lost, NOW + 8 * HOUR)


def test_what_goes_cannot_be_dropped(lost: SqliteDatabase) -> None:
    """Whoever comes later is told; what is not there is not found."""
    [held] = messages_of(lost)
    release(lost, held.id)

    with pytest.raises(Conflict):
        drop(lost, held.id)
    with pytest.raises(NotFound):
        drop(lost, "msg_none")


def test_dropping_wants_a_reason(lost: SqliteDatabase) -> None:
    """Whoever asks later why the buyer was not told finds it."""
    [held] = messages_of(lost)

    with pytest.raises(Malformed):
        lost.transaction(lambda tx: proactive_work.drop(tx, held.id, "", RULES, NOW, "小岭"))
    assert [("lost", "held", "")] == states(lost)


def test_who_writes_while_it_is_held_is_still_told(lost: SqliteDatabase) -> None:
    """An agent has decided so after they wrote."""
    [held] = messages_of(lost)
    done = release(lost, held.id, NOW + HOUR)
    decision = RuleContact(RULES).decide(done, (), 0, NOW + MINUTE, NOW + HOUR)

    assert decision.now


# --- not so any more -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["watch", "release", "list", "deliver"])
def test_a_parcel_that_turns_up_is_not_told_to_be_lost(
    lost: SqliteDatabase, tmp_path: Path, way: str
) -> None:
    """Whoever looks next drops it: the watch, the agent who lets it go, the delivery."""
    [held] = messages_of(lost)
    if way == "deliver":
        release(lost, held.id)
    bring(lost, tmp_path, "", FOUND, NOW + HOUR)
    later = NOW + HOUR
    if way == "watch":
        run_once(lost, agenda(lost), worker="w", now=later)
    elif way == "release":
        assert "dropped" == release(lost, held.id, later).state
    elif way == "deliver":
        assert [] == take(lost, later)
    else:
        assert [] == proactive_work.list_held(lost, StillTrue(RULES), STORE, later)
        return

    assert ("lost", "dropped", "not-true") == states(lost)[0]


@pytest.mark.parametrize("event", ["lost", "found"])
def test_what_a_claim_has_told_is_not_told_before_it(
    lost: SqliteDatabase, event: ClaimEvent
) -> None:
    """While the courier looks, it waits; once the claim tells how it ended, nobody hears of a guess."""
    [held] = messages_of(lost)
    opened = lost.transaction(
        lambda tx: open_claim(tx, STUCK, "SF1400000000008", "lost", RULES, NOW, "小岭")
    )
    with lost.snapshot() as reader:
        looking = StillTrue(RULES).against(reader, held, NOW)
    later, taken = NOW + HOUR, ClaimStep(event=event)
    lost.transaction(lambda tx: step_claim(tx, opened.id, taken, RULES, later, "小岭"))
    run_until(lost, agenda(lost), worker="w", start=later, until=NOW + 5 * HOUR)

    assert looking is None
    assert ("lost", "dropped", "overtaken") == states(lost)[0]
    assert f"claim.step.{event}" == messages_of(lost)[-1].phrase


def test_what_is_still_so_is_listed(lost: SqliteDatabase) -> None:
    """With its time."""
    [one] = proactive_work.list_held(lost, StillTrue(RULES), STORE, NOW + HOUR)

    assert ("lost", STUCK, NOW + 4 * HOUR) == (one.kind, one.order, one.held_until)


def test_several_workers_decide_once(lost: SqliteDatabase) -> None:
    """An agent lets it go while two workers see its time over: one of them did it."""
    [held] = messages_of(lost)
    later = NOW + 5 * HOUR
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(run_once, lost, agenda(lost), worker=w, now=later) for w in "ab"]
        pool.submit(release, lost, held.id, later).result()
        tallies = [one.result() for one in runs]
    deeds = audit.list_deeds(lost, store_id=STORE, subject=STUCK)

    assert 1 == [one.name for one in deeds].count("order.news.released")
    assert 0 == sum(one.dead for one in tallies)
    assert ["order.track.lost"] == take(lost, later)


def test_what_was_done_stays_true(shop: SqliteDatabase) -> None:
    """Messages that are no news of a watch are not asked after."""
    message = OutgoingMessage(
        id="m", store_id=STORE, order=NUMBER, subject="s", phrase="order.ship.late", values={},
        key="k", not_before=NOW, expires_at=NOW, created_at=NOW,
    )  # fmt: skip

    assert StillTrue(RULES).against(shop, message, NOW) is None


# --- the table of before -------------------------------------------------------------------------------


def test_messages_of_before_are_kept(tmp_path: Path) -> None:
    """The table is made anew; what waited, was sent or dropped is there as it was."""
    file = tmp_path / "old.db"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    known = find_migrations()
    before = [m for m in known if (m.package, m.number) != ("orders", 16)]
    migrate(connection, before, file)
    connection.execute("PRAGMA foreign_keys = OFF")
    rows = [("a", "waiting", "", None), ("b", "sent", "", "2"), ("c", "dropped", "too-old", None)]
    connection.executemany(
        "INSERT INTO outgoing_messages (id, store_id, order_number, subject, phrase, dedupe_key, "
        "state, why, not_before, expires_at, created_at, sent_at) "
        "VALUES (?1, 's', 'n', 'x', 'p', ?1, ?2, ?3, '1', '1', '1', ?4)",
        rows,
    )
    migrate(connection, known, file)
    found = connection.execute(
        "SELECT id, state, why, sent_at FROM outgoing_messages ORDER BY id"
    ).fetchall()
    connection.close()

    assert rows == [tuple(row) for row in found]


def test_rules_may_change_a_kind(tmp_path: Path) -> None:
    """Written as people do; what is left out keeps its default, a slip is told at its line."""
    from shopbot.rules import load_rules

    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "proactive.yaml").write_text(
        "丢件: {怎么说: 客服先看, 等多久: 30分钟, 没人处理: 作废}\nstuck: {tell: 随便}\n",
        encoding="utf-8",
    )
    loaded = load_rules(tmp_path)

    assert (
        Telling(tell="agents-first", hold=30 * MINUTE, then="lapse") == loaded.rules.proactive.lost
    )
    assert "at-once" == loaded.rules.proactive.stuck.tell
    assert [2, 2] == [one.line for one in loaded.problems]
    assert rules().proactive == ProactiveRules()
    assert get_args(Kind) == KINDS
