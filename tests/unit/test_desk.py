"""The desk in a real database: presence, queue, assignment, transfer, tasks; nothing lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any, TypeVar

import pytest

from shopbot import audit, ids
from shopbot.desk import tasks
from shopbot.desk.model import Agent, Hours, Span, Task
from shopbot.desk.service import Desk
from shopbot.errors import Conflict, NotFound
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase, Transaction
from tests.order_facts import RULES, SHANGHAI, STORE, at

T = TypeVar("T")

NOW = at("2026-11-18 10:00")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CNV = "cnv_1"


def made(rules: Rules = RULES) -> Desk:
    """Return a desk that is always open."""
    return Desk(rules=lambda: rules, hours=lambda: Hours(zone=SHANGHAI))


@pytest.fixture
def desk() -> Desk:
    """A desk with the default rules."""
    return made()


def do(db: SqliteDatabase, work: Callable[[Transaction], T]) -> T:
    """Do something in a transaction of its own."""
    return db.transaction(work)


def come(db: SqliteDatabase, desk: Desk, agent: str, now: Any = NOW, **more: Any) -> Agent:
    """Let an agent come to the desk."""
    state = more.pop("state", "online")
    return do(
        db,
        lambda tx: desk.set_presence(tx, STORE, agent, state, now, name=agent.title(), **more),
    )


def wait(db: SqliteDatabase, desk: Desk, conversation: str = CNV, **more: Any) -> None:
    """Let a talk wait."""
    values: dict[str, Any] = {
        "reason": "asked-for-human", "priority": "normal", "vip": False, "now": NOW,
    }  # fmt: skip
    do(db, lambda tx: desk.enqueue(tx, STORE, conversation, **{**values, **more}))


def assigned(db: SqliteDatabase, desk: Desk, now: Any = NOW) -> list[tuple[str, str, str]]:
    """Assign what waits; return talk, agent and reason."""
    found = do(db, lambda tx: desk.assign_next(tx, STORE, now))
    return [(one.conversation, one.agent, one.because) for one in found]


def queue(db: SqliteDatabase, desk: Desk) -> list[str]:
    """Return the talks that wait, in order."""
    return [one.conversation for one in desk.list_queue(db, STORE)]


def deeds(db: SqliteDatabase, subject: str) -> list[str]:
    """Return the audit names about a subject."""
    return [deed.name for deed in audit.list_deeds(db, store_id=STORE, subject=subject)]


def test_a_talk_waits_until_somebody_comes(db: SqliteDatabase, desk: Desk) -> None:
    """Nobody is there: it waits; the first who comes gets it, once."""
    wait(db, desk)
    before = assigned(db, desk)
    come(db, desk, "li")
    after = assigned(db, desk)

    assert ([], [(CNV, "li", "least-busy")], []) == (before, after, assigned(db, desk))
    assert ["chat.queued", "chat.taken"] == deeds(db, CNV)


def test_facts_tell_who_could_take_over(db: SqliteDatabase, desk: Desk) -> None:
    """Online with room, online, and how many wait."""
    come(db, desk, "li", capacity=1)
    come(db, desk, "wang")
    come(db, desk, "zhao", state="away")
    do(db, lambda tx: desk.take(tx, STORE, "cnv_0", "li", NOW))
    wait(db, desk)
    facts = desk.facts(db, STORE, NOW)

    assert (True, 2, 1, 1) == (facts.open, facts.agents_online, facts.agents_free, facts.waiting)


def test_facts_tell_when_people_come_again(db: SqliteDatabase) -> None:
    """Nothing while they are there."""
    span = Span(days=(1, 2, 3, 4, 5, 6, 7), opens=time(9), closes=time(21))
    desk = Desk(rules=lambda: RULES, hours=lambda: Hours(zone=SHANGHAI, spans=(span,)))
    night, day = (
        desk.facts(db, STORE, at(when)) for when in ("2026-11-18 02:00", "2026-11-18 10:00")
    )

    assert (False, at("2026-11-18 09:00")) == (night.open, night.opens_at)
    assert (True, None) == (day.open, day.opens_at)


def test_first_asked_stays_responsible(db: SqliteDatabase, desk: Desk) -> None:
    """A shopper who comes again in a new talk gets whom they know, busier or not."""
    come(db, desk, "li")
    come(db, desk, "wang")
    wait(db, desk, shopper="vis_1")
    first = assigned(db, desk)[0][1]
    do(db, lambda tx: desk.take(tx, STORE, "cnv_x", first, NOW))
    wait(db, desk, "cnv_2", shopper="vis_1")

    assert [("cnv_2", first, "first-asked")] == assigned(db, desk)


def test_who_was_asked_long_ago_is_not_waited_for(db: SqliteDatabase, desk: Desk) -> None:
    """After a week anybody may take it."""
    come(db, desk, "li")
    wait(db, desk, shopper="vis_1")
    assigned(db, desk)
    later = NOW + timedelta(days=8)
    wait(db, desk, "cnv_2", shopper="vis_1", now=later)

    assert "" == desk.list_queue(db, STORE)[0].wanted


def test_asked_twice_waits_once(db: SqliteDatabase, desk: Desk) -> None:
    """The place is kept, the higher priority counts."""
    wait(db, desk)
    wait(db, desk, priority="urgent", reason="safety", now=NOW + MINUTE)
    wait(db, desk, now=NOW + 2 * MINUTE)
    (talk,) = desk.list_queue(db, STORE)

    assert (NOW, "urgent", "safety") == (talk.since, talk.priority, talk.reason)


def test_a_colleague_does_not_take_what_another_holds(db: SqliteDatabase, desk: Desk) -> None:
    """Taking one's own again is fine; a supervisor may step in."""
    wait(db, desk)
    do(db, lambda tx: desk.take(tx, STORE, CNV, "li", NOW))
    do(db, lambda tx: desk.take(tx, STORE, CNV, "li", NOW))

    with pytest.raises(Conflict):
        do(db, lambda tx: desk.take(tx, STORE, CNV, "wang", NOW))
    with pytest.raises(Conflict):
        wait(db, desk)
    do(db, lambda tx: desk.take(tx, STORE, CNV, "boss", NOW, step_in=True))
    found = desk.find_talk(db, STORE, CNV)

    assert found is not None
    assert "boss" == found.agent


def test_two_who_take_at_the_same_time(db: SqliteDatabase, desk: Desk) -> None:
    """One gets it, the other is told."""
    wait(db, desk)
    outcomes = []
    tries = [
        db.submit(lambda tx, a=agent: desk.take(tx, STORE, CNV, a, NOW))  # type: ignore[misc]
        for agent in ("li", "wang")
    ]
    for one in tries:
        error = one.exception()
        outcomes.append(type(error) if error else one.result().agent)

    assert ["li", Conflict] == outcomes


def test_a_reload_keeps_the_talks_a_lost_page_gives_them_back(
    db: SqliteDatabase, desk: Desk
) -> None:
    """Back in time: nothing changes. Not back: the talks wait again, ahead of ordinary ones."""
    come(db, desk, "li")
    wait(db, desk)
    assigned(db, desk)
    do(db, lambda tx: desk.sign(tx, STORE, "li", NOW + 60 * SECOND))
    kept = do(db, lambda tx: desk.sweep(tx, STORE, NOW + 160 * SECOND))
    wait(db, desk, "cnv_2", now=NOW + 230 * SECOND)
    gone = do(db, lambda tx: desk.sweep(tx, STORE, NOW + 225 * SECOND))
    again = do(db, lambda tx: desk.sweep(tx, STORE, NOW + 230 * SECOND))

    assert () == kept.released
    assert [(CNV, "li", "Li", "lost")] == [
        (one.conversation, one.agent, one.name, one.why) for one in gone.released
    ]
    assert () == again.released
    assert [CNV, "cnv_2"] == queue(db, desk)


def test_the_timer_knows_when_to_look(db: SqliteDatabase, desk: Desk) -> None:
    """When a page will count as lost, and only for who holds talks."""
    come(db, desk, "wang")
    idle = desk.next_change(db, STORE, NOW)
    come(db, desk, "li")
    do(db, lambda tx: desk.take(tx, STORE, CNV, "li", NOW))

    assert (None, NOW + 45 * SECOND) == (idle, desk.next_change(db, STORE, NOW))


def test_going_off_gives_the_talks_back_at_once(db: SqliteDatabase, desk: Desk) -> None:
    """And who left gets nothing more."""
    come(db, desk, "li")
    wait(db, desk)
    assigned(db, desk)
    come(db, desk, "li", state="off")
    swept = do(db, lambda tx: desk.sweep(tx, STORE, NOW))

    assert ["off"] == [one.why for one in swept.released]
    assert [] == assigned(db, desk)


def test_agents_take_their_talks_themselves_where_the_shop_wants_it(db: SqliteDatabase) -> None:
    """Nothing is given out."""
    desk = made(replace(RULES, desk=replace(RULES.desk, assign="take")))
    come(db, desk, "li")
    wait(db, desk)

    assert ([], [CNV]) == (assigned(db, desk), queue(db, desk))


# --- transfer ------------------------------------------------------------------------------------


@pytest.fixture
def held(db: SqliteDatabase, desk: Desk) -> Desk:
    """Li holds a talk, Wang and a supervisor are there."""
    come(db, desk, "li")
    come(db, desk, "wang")
    come(db, desk, "boss", role="supervisor")
    do(db, lambda tx: desk.take(tx, STORE, CNV, "li", NOW))
    return desk


def offered(db: SqliteDatabase, desk: Desk, taker: str = "wang", **more: Any) -> str:
    """Offer Li's talk; return the offer's id."""
    values = {"giver": "li", "taker": taker, "now": NOW, **more}
    return do(db, lambda tx: desk.offer(tx, STORE, CNV, **values)).id


def answer(db: SqliteDatabase, desk: Desk, offer: str, agent: str, **more: Any) -> None:
    """Answer an offer."""
    values: dict[str, Any] = {"role": "agent", "answer": "accepted", "now": NOW, **more}
    do(db, lambda tx: desk.answer(tx, STORE, offer, agent=agent, **values))


def holder(db: SqliteDatabase, desk: Desk) -> str:
    """Return who holds the talk."""
    found = desk.find_talk(db, STORE, CNV)
    return found.agent if found else ""


def test_a_transfer_moves_the_talk_when_it_is_accepted(db: SqliteDatabase, held: Desk) -> None:
    """Until then the giver keeps it."""
    offer = offered(db, held)
    before = holder(db, held)
    answer(db, held, offer, "wang")

    assert ("li", "wang", []) == (before, holder(db, held), held.list_transfers(db, STORE))
    assert ["chat.taken", "chat.transfer-offered", "chat.transfer-accepted", "chat.taken"] == deeds(
        db, CNV
    )


def test_a_transfer_that_is_returned_changes_nothing(db: SqliteDatabase, held: Desk) -> None:
    """By the colleague, or taken back by the giver; then it can be offered anew."""
    answer(db, held, offered(db, held), "wang", answer="returned")
    answer(db, held, offered(db, held), "li", answer="returned")
    offered(db, held, "")

    assert ("li", 1) == (holder(db, held), len(held.list_transfers(db, STORE)))


def test_supervisors_answer_what_is_offered_to_them(db: SqliteDatabase, held: Desk) -> None:
    """Any of them; an agent may not."""
    offer = offered(db, held, "")

    with pytest.raises(NotFound):
        answer(db, held, offer, "wang")
    answer(db, held, offer, "boss", role="supervisor")

    assert "boss" == holder(db, held)


@pytest.mark.parametrize(
    ("giver", "taker", "error"),
    [
        pytest.param("wang", "li", Conflict, id="not-holding-it"),
        pytest.param("li", "li", Conflict, id="to-oneself"),
        pytest.param("li", "nobody", NotFound, id="unknown"),
        pytest.param("li", "off", Conflict, id="not-there"),
    ],
)
def test_offers_that_are_refused(
    db: SqliteDatabase, held: Desk, giver: str, taker: str, error: type[Exception]
) -> None:
    """With the reason, and nothing written."""
    come(db, held, "off", state="off")

    with pytest.raises(error):
        offered(db, held, taker, giver=giver)
    assert [] == held.list_transfers(db, STORE)


def test_a_talk_is_offered_to_one_at_a_time(db: SqliteDatabase, held: Desk) -> None:
    """The second offer is refused, the first holds."""
    offered(db, held)

    with pytest.raises(Conflict):
        offered(db, held, "")


def test_an_offer_nobody_answers_is_over(db: SqliteDatabase, held: Desk) -> None:
    """After two minutes; accepting it then is refused, the giver keeps the talk."""
    offer = offered(db, held)
    for agent in ("li", "wang", "boss"):
        do(db, lambda tx, a=agent: held.sign(tx, STORE, a, NOW + MINUTE))  # type: ignore[misc]
    swept = do(db, lambda tx: held.sweep(tx, STORE, NOW + 2 * MINUTE))

    assert [(offer, "expired")] == [(one.id, one.state) for one in swept.expired]
    with pytest.raises(Conflict):
        answer(db, held, offer, "wang", now=NOW + 2 * MINUTE)
    assert "li" == holder(db, held)


def test_an_offer_ends_when_the_talk_does(db: SqliteDatabase, held: Desk) -> None:
    """A released talk is accepted by nobody; releasing again changes nothing."""
    offer = offered(db, held)
    do(db, lambda tx: held.release(tx, STORE, CNV, NOW, who="li"))
    do(db, lambda tx: held.release(tx, STORE, CNV, NOW, who="li"))

    with pytest.raises(Conflict):
        answer(db, held, offer, "wang")
    assert 1 == deeds(db, CNV).count("chat.released")


@pytest.mark.parametrize("how", ["steps-in", "lost", "off"])
def test_an_offer_ends_when_the_giver_has_the_talk_no_more(
    db: SqliteDatabase, held: Desk, how: str
) -> None:
    """A supervisor took it, or it went back to the queue: nobody accepts what is not theirs."""
    offer = offered(db, held)
    later = NOW
    if how == "steps-in":
        do(db, lambda tx: held.take(tx, STORE, CNV, "boss", NOW, step_in=True))
    elif how == "off":
        come(db, held, "li", state="off")
    else:
        later = NOW + 3 * MINUTE
    do(db, lambda tx: held.sweep(tx, STORE, later))

    assert [] == held.list_transfers(db, STORE)
    with pytest.raises(Conflict):
        answer(db, held, offer, "wang")


def test_another_store_sees_nothing(db: SqliteDatabase, held: Desk) -> None:
    """Not its agents, its talks or its offers."""
    offer = offered(db, held)

    assert held.find_talk(db, "other", CNV) is None
    assert ([], [], []) == (
        held.list_agents(db, "other"),
        held.list_queue(db, "other"),
        held.list_transfers(db, "other"),
    )
    with pytest.raises(NotFound):
        do(
            db,
            lambda tx: held.answer(
                tx, "other", offer, agent="wang", role="agent", answer="accepted", now=NOW
            ),
        )


# --- tasks ---------------------------------------------------------------------------------------


def task(key: str = CNV, **changes: Any) -> Task:
    """Return a contact task that is due in half an hour."""
    values: dict[str, Any] = {
        "store_id": STORE, "id": ids.new_id("tsk"), "kind": "contact", "key": key,
        "conversation": CNV, "made_at": NOW, "due_at": NOW + 30 * MINUTE,
    }  # fmt: skip
    return Task(**{**values, **changes})


def test_a_task_is_written_once(db: SqliteDatabase) -> None:
    """Also after it was done: what was settled does not come back."""
    first = task()
    made_once = do(db, lambda tx: tasks.add_task(tx, first))
    twice = do(db, lambda tx: tasks.add_task(tx, task()))
    do(
        db,
        lambda tx: tasks.end_task(
            tx, STORE, first.id, "done", who="li", now=NOW, result="打过电话了"
        ),
    )
    later = do(db, lambda tx: tasks.add_task(tx, task()))
    (done,) = tasks.list_tasks(db, STORE, state="done")

    assert (True, False, False) == (made_once, twice, later)
    assert ("li", "打过电话了", []) == (done.done_by, done.result, tasks.list_tasks(db, STORE))


def test_a_task_ends_one_way(db: SqliteDatabase) -> None:
    """Saying the same again is fine, the opposite is refused."""
    one = task()
    do(db, lambda tx: tasks.add_task(tx, one))
    for _ in range(2):
        do(db, lambda tx: tasks.end_task(tx, STORE, one.id, "done", who="li", now=NOW))

    with pytest.raises(Conflict):
        do(db, lambda tx: tasks.end_task(tx, STORE, one.id, "dropped", who="li", now=NOW))
    with pytest.raises(NotFound):
        do(db, lambda tx: tasks.end_task(tx, "other", one.id, "done", who="li", now=NOW))


def test_answering_settles_what_asked_for_it(db: SqliteDatabase) -> None:
    """Only tasks of these kinds, of this talk."""
    kinds = (("contact", "1"), ("dropped", "2"), ("promise-due", "3"))
    for kind, key in kinds:
        do(db, lambda tx, k=kind, n=key: tasks.add_task(tx, task(n, kind=k)))  # type: ignore[misc]
    settled = do(
        db,
        lambda tx: tasks.settle(tx, STORE, CNV, frozenset({"contact", "dropped"}), "li", NOW),
    )

    assert 2 == settled
    assert ["promise-due"] == [one.kind for one in tasks.list_tasks(db, STORE)]
