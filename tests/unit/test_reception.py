"""The reception with a clock moved by hand: who answers, the clocks, quiet talks, dropped lines."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from shopbot import audit, jobs, messages
from shopbot.chat import closing, promises, quiet, records, rounds, store
from shopbot.chat.lines import Line, Voice
from shopbot.chat.model import Conversation, Event
from shopbot.desk import tasks
from shopbot.desk.model import Hours, Span
from shopbot.errors import Conflict, Malformed, NotFound
from shopbot.ids import FixedClock
from shopbot.kb.entry import Promise
from shopbot.rules import DeskRules
from shopbot.storage import SqliteDatabase, Transaction
from tests.order_facts import SHANGHAI, at
from tests.reception_stage import BOSS, HOUR, LI, MINUTE, SECOND, START, WANG, Shop, shop
from tests.simulators.talk import said_entry

STORE = "test"
DAY_HOURS = Hours(
    zone=SHANGHAI, spans=(Span(days=(1, 2, 3, 4, 5, 6, 7), opens=time(9), closes=time(21)),)
)


@pytest.fixture
def here(db: SqliteDatabase, tmp_path: Path) -> Shop:
    """A shop that is always open, on a Wednesday morning."""
    return shop(db, FixedClock(START), tmp_path)


def tagged(lines: list[str]) -> list[str]:
    """Return the phrases that were said, without their wording: ``bot:system.greet``."""
    return [line.replace("〔", "").split("·")[0] for line in lines]


def open_tasks(here: Shop) -> list[tuple[str, str]]:
    """Return kind and audience of what is to be done."""
    return [(one.kind, one.audience) for one in tasks.list_tasks(here.db, STORE)]


def deeds(here: Shop, subject: str) -> list[str]:
    """Return the audit names about a talk."""
    return [one.name for one in audit.list_deeds(here.db, store_id=STORE, subject=subject)]


# --- who answers ---------------------------------------------------------------------------------


def test_a_waiting_shopper_gets_the_first_agent_who_comes(here: Shop) -> None:
    """And sees by name who speaks now; the hand-over is told once."""
    talk = here.wait_for_human()
    here.come(LI)
    held = [event.body for event in here.stage.events(talk, "shopper") if event.kind == "held"]

    assert [{"holder": "queue"}, {"holder": "agent", "name": "小李"}] == held
    assert ("agent", "li") == (here.chat.find(talk.id).holder, here.chat.find(talk.id).agent)


def test_a_lost_page_gives_the_talk_to_a_colleague_with_a_note(here: Shop) -> None:
    """After the grace only; the colleague reads why, the shopper sees who speaks."""
    here.come(LI)
    talk = here.wait_for_human()
    here.clock.move(100 * SECOND)
    here.come(WANG)
    here.rounds.tend()
    before = here.chat.find(talk.id).agent
    here.clock.move(70 * SECOND)
    here.reception.sign("wang")
    here.rounds.tend()
    notes = [event.body["text"] for event in here.stage.events(talk) if event.kind == "note"]

    assert ("li", "wang") == (before, here.chat.find(talk.id).agent)
    assert ["小李的页面断开了，会话回到排队。"] == notes


def test_a_page_that_comes_back_in_time_keeps_its_talks(here: Shop) -> None:
    """A reload is no reason to change hands."""
    here.come(LI)
    here.come(WANG)
    talk = here.wait_for_human()
    mine = here.chat.find(talk.id).agent
    for _ in range(10):
        here.clock.move(60 * SECOND)
        for person in (LI, WANG):
            here.reception.sign(person.id)
        here.rounds.tend()

    assert mine == here.chat.find(talk.id).agent


def test_who_comes_back_gets_what_waits(here: Shop) -> None:
    """A lost agent whose page gives a sign again is given talks at once."""
    here.come(LI)
    here.clock.move(10 * MINUTE)
    talk = here.wait_for_human()
    waited = here.chat.find(talk.id).holder
    here.reception.sign("li")

    assert ("queue", "agent") == (waited, here.chat.find(talk.id).holder)


def test_a_server_that_was_away_blames_nobody(here: Shop) -> None:
    """After ten minutes off: the talks wait for their agents' pages, and get nothing new meanwhile."""
    here.come(LI)
    talk = here.wait_for_human()
    here.clock.move(10 * MINUTE)
    here.rounds.wake()
    here.rounds.tend()
    kept = here.chat.find(talk.id).agent
    other = here.wait_for_human("vis_2")
    here.clock.move(60 * SECOND)
    here.reception.sign("li")
    here.rounds.tend()

    assert ("li", "queue") == (kept, other.holder)
    assert ["li", "li"] == [here.chat.find(one.id).agent for one in (talk, other)]


def test_who_does_not_come_back_after_that_loses_the_talks(here: Shop) -> None:
    """Two minutes later."""
    here.come(LI)
    talk = here.wait_for_human()
    here.clock.move(10 * MINUTE)
    here.rounds.wake()
    here.clock.move(2 * MINUTE)
    here.rounds.tend()

    assert "queue" == here.chat.find(talk.id).holder


def test_one_damaged_talk_holds_nobody_up(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are reminded in the same round."""
    broken, fine = here.ask(), here.ask(visitor="vis_2")
    remind = closing.remind

    def fails(tx: Transaction, talk: Conversation, *rest: Any) -> Conversation:
        if talk.id == broken.id:
            raise RuntimeError("damaged")
        return remind(tx, talk, *rest)

    monkeypatch.setattr(closing, "remind", fails)
    here.clock.move(11 * MINUTE)
    here.rounds.tend()

    assert "bot:system.still-there" not in tagged(here.lines(broken))
    assert "bot:system.still-there" in tagged(here.lines(fine))


def test_leaving_gives_every_talk_to_others(here: Shop) -> None:
    """At once; nothing is lost when nobody else is there."""
    here.come(LI)
    talk = here.wait_for_human()
    here.come(LI, "off")
    waiting = here.chat.find(talk.id).holder
    here.come(WANG)

    assert ("queue", "wang") == (waiting, here.chat.find(talk.id).agent)


def test_a_transfer_is_seen_by_both_and_said_once(here: Shop) -> None:
    """The colleague accepts: name and note are there, the shopper sees one change of hands."""
    here.come(LI)
    talk = here.wait_for_human()
    here.come(WANG)
    offer = here.reception.offer(talk.id, LI, taker="wang", note="想换M码，已核对库存")
    shown = here.reception.overview(WANG).transfers
    here.reception.answer_offer(offer.id, WANG, "accepted")
    held = [e.body.get("name") for e in here.stage.events(talk, "shopper") if e.kind == "held"]
    notes = [e.body["text"] for e in here.stage.events(talk) if e.kind == "note"]

    assert [offer.id] == [one.id for one in shown]
    assert [None, "小李", "小王"] == held
    assert ["想换M码，已核对库存", "小王接下了转来的会话。"] == notes
    assert () == here.reception.overview(LI).transfers


def test_an_offer_that_nobody_answers_stays_with_the_giver(here: Shop) -> None:
    """The giver reads so; the shopper notices nothing."""
    here.come(LI)
    talk = here.wait_for_human()
    here.come(WANG)
    here.reception.offer(talk.id, LI, taker="wang")
    shown = len(here.stage.events(talk, "shopper"))
    here.clock.move(100 * SECOND)
    for person in (LI, WANG):
        here.reception.sign(person.id)
    here.clock.move(20 * SECOND)
    here.rounds.tend()

    assert "li" == here.chat.find(talk.id).agent
    assert ["note"] == here.kinds(talk)[-1:]
    assert shown == len(here.stage.events(talk, "shopper"))


def test_the_overview_shows_each_what_is_theirs(here: Shop) -> None:
    """Supervisors' tasks and offers are theirs alone."""
    here.come(LI)
    here.come(BOSS)
    talk = here.wait_for_human()
    here.reception.offer(talk.id, LI)
    mine, boss, other = (here.reception.overview(one) for one in (LI, BOSS, WANG))

    assert ([1, 1, 0]) == [len(one.transfers) for one in (mine, boss, other)]
    assert mine.me is not None
    assert ("li", 1, 2) == (mine.me.id, mine.me.load, mine.facts.agents_online)


# --- the clocks ----------------------------------------------------------------------------------


def test_a_waiting_shopper_is_comforted_and_then_a_supervisor_told(here: Shop) -> None:
    """At 60 s, then every 3 minutes, three times, then an alert; and nothing more."""
    talk = here.wait_for_human()
    said: list[tuple[int, str]] = []
    start, known = here.clock.now(), len(here.lines(talk))
    for _ in range(20 * 60):
        here.pass_time(SECOND)
        lines = here.lines(talk)
        said += [(int((here.clock.now() - start).total_seconds()), one) for one in lines[known:]]
        known = len(lines)

    assert [(60, 0), (240, 1), (420, 2)] == [
        (seconds, int(line.split("·")[1][0])) for seconds, line in said
    ]
    assert {"system:system.still-waiting"} == set(tagged([line for _, line in said]))
    assert [("unanswered", "supervisor")] == open_tasks(here)
    assert 1 == here.kinds(talk).count("alerted")
    assert "alerted" not in here.kinds(talk, "shopper")
    assert 1 == deeds(here, talk.id).count("chat.alerted")


def test_an_answer_stops_every_clock(here: Shop) -> None:
    """No comfort line after a person has answered; the next question starts them again."""
    here.come(LI)
    talk = here.wait_for_human()
    here.pass_time(59 * SECOND)
    here.stage.reply(talk, "在的，我来看", agent="li")
    here.pass_time(5 * MINUTE, 5 * SECOND)
    quiet = tagged(here.lines(talk))[-1]
    here.stage.write(talk, "那什么时候到")
    here.pass_time(61 * SECOND)

    assert "agent:在的，我来看" == quiet
    assert "system:system.still-waiting" == tagged(here.lines(talk))[-1]


def test_an_answer_settles_the_alert(here: Shop) -> None:
    """The supervisors need not look any more."""
    talk = here.wait_for_human()
    here.pass_time(11 * MINUTE, 5 * SECOND)
    before = open_tasks(here)
    here.stage.reply(talk, "久等了", agent="li")

    assert ([("unanswered", "supervisor")], []) == (before, open_tasks(here))


def test_a_late_look_says_one_line(here: Shop) -> None:
    """After an outage of ten minutes one comfort line is said, not three."""
    talk = here.wait_for_human()
    here.clock.move(10 * MINUTE)
    here.pass_time(10 * SECOND)

    assert 1 == tagged(here.lines(talk)).count("system:system.still-waiting")


def test_two_servers_say_a_line_once(here: Shop, tmp_path: Path) -> None:
    """The key of a line is its turn and number, whoever says it."""
    talk = here.wait_for_human()
    other = shop(here.db, here.clock, tmp_path)
    here.clock.move(61 * SECOND)
    for one in (here, other, here):
        one.rounds.ring(talk.id)

    assert 1 == tagged(here.lines(talk)).count("system:system.still-waiting")


def test_a_shopper_is_greeted_within_five_seconds(here: Shop) -> None:
    """Once, even when the bot is slow; its answer comes after."""
    talk = here.open()
    here.stage.write(talk, "在吗")
    for _ in range(8):
        here.clock.move(SECOND)
        here.rounds.ring(talk.id)
    here.stage.run_due()
    lines = tagged(here.lines(talk))

    assert "bot:system.bot-greet" == lines[1]
    assert 1 == sum("greet" in line for line in lines)


def test_assist_mode_says_nothing_by_itself(here: Shop) -> None:
    """No greeting and no comfort; only the supervisors hear of a long wait."""
    talk = here.open(mode="assist")
    here.stage.write(talk, "多久发货？")
    here.clock.move(2 * SECOND)
    here.stage.run_due()
    here.pass_time(15 * MINUTE, 5 * SECOND)

    assert ["shopper:多久发货？"] == here.lines(talk)
    assert [("unanswered", "supervisor")] == open_tasks(here)


def test_no_words_no_line(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that wrote no comfort line says none, and the timer does not spin."""
    talk = here.wait_for_human()
    monkeypatch.setattr(here.known, "say", lambda *_, **__: None)
    here.clock.move(2 * MINUTE)

    assert here.rounds.ring(talk.id) is None
    assert "system" not in here.kinds(talk)


# --- written at night ----------------------------------------------------------------------------


def test_what_is_left_overnight_is_answered_first_with_an_apology(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """No comfort at night or at opening; first in the queue; one apology right before the answer."""
    here = shop(db, FixedClock(at("2026-11-18 22:30")), tmp_path, hours=DAY_HOURS)
    talk = here.wait_for_human()
    here.pass_time(10 * HOUR + 29 * MINUTE, 10 * MINUTE)
    here.pass_time(10 * MINUTE, 10 * SECOND)
    night = tagged(here.lines(talk))
    fresh = here.wait_for_human("vis_2")
    order = [one.conversation for one in here.desk.list_queue(db, STORE)]
    here.come(LI)
    here.stage.reply(talk, "您要的码有货", agent="li")
    here.stage.reply(talk, "需要帮您留一件吗", agent="li")

    assert not [line for line in night if "still-waiting" in line]
    assert 1 == len([line for line in night if "system.closed" in line])
    assert [talk.id, fresh.id] == order
    assert [
        "system:system.sorry-wait",
        "agent:您要的码有货",
        "agent:需要帮您留一件吗",
    ] == tagged(here.lines(talk))[-3:]


def test_who_waits_when_people_go_home_is_told_so_once(db: SqliteDatabase, tmp_path: Path) -> None:
    """At closing time; in the morning the talk still waits."""
    here = shop(db, FixedClock(at("2026-11-18 20:30")), tmp_path, hours=DAY_HOURS, comfort_most=0)
    talk = here.wait_for_human()
    here.pass_time(29 * MINUTE, MINUTE)
    before = tagged(here.lines(talk))
    here.pass_time(12 * HOUR, 5 * MINUTE)
    lines = tagged(here.lines(talk))

    assert "system:system.closed" not in before
    assert 1 == lines.count("system:system.closed")
    assert "queue" == here.chat.find(talk.id).holder


def test_no_apology_for_what_was_written_by_day(here: Shop) -> None:
    """Nobody kept them waiting overnight."""
    talk = here.wait_for_human()
    here.stage.reply(talk, "在的", agent="li")

    assert "system:system.sorry-wait" not in tagged(here.lines(talk))


def test_a_line_is_said_once_under_its_key(here: Shop) -> None:
    """By whomever: two servers, a repeat, another holder meanwhile."""
    talk = here.ask()
    line = Line(phrase="system.hold", key="house:test", rule="test")
    voice = Voice(here.known, "test")

    def say(tx: Transaction) -> Event | None:
        told, event = voice.say(tx, here.chat.find(talk.id), line, here.clock.now())
        store.save_conversation(tx, told)
        return event

    first = here.db.transaction(say)
    here.come(LI)
    here.chat.ask_human(conversation=talk.id)

    assert first is not None
    assert here.db.transaction(say) is None
    assert 1 == tagged(here.lines(talk)).count("bot:system.hold")


# --- quiet talks ---------------------------------------------------------------------------------


def test_a_quiet_talk_is_reminded_once_and_closed(here: Shop) -> None:
    """Ten minutes, one line; ten more, rating card, farewell, closed with a record."""
    talk = here.ask()
    here.pass_time(30 * MINUTE, 10 * SECOND)
    record = records.records_of(here.db, STORE, talk.id)

    assert [
        "bot:system.still-there",
        "bot:system.rating",
        "bot:system.bye",
    ] == tagged(here.lines(talk))[-3:]
    assert ("closed", 1) == (here.chat.find(talk.id).state, len(record))
    assert "by-bot" == record[0].outcome
    assert "chat.closed" in deeds(here, talk.id)


QUIET: dict[str, Any] = {
    "store_id": STORE, "id": "cnv_1", "visitor": "v", "started_at": START, "shopper_at": START,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "unanswered", "expected"),
    [
        pytest.param({}, False, ("remind", 10), id="silent"),
        pytest.param({}, True, None, id="somebody-must-answer"),
        pytest.param({"state": "closed"}, False, None, id="over"),
        pytest.param({"staff_at": START + 3 * MINUTE}, False, ("remind", 13), id="since-answer"),
        pytest.param({"reminded_at": START + 10 * MINUTE}, False, ("close", 20), id="reminded"),
        pytest.param(
            {"reminded_at": START + 10 * MINUTE, "staff_at": START + 15 * MINUTE},
            False,
            ("close", 25),
            id="an-agent-adds-something",
        ),
        pytest.param({"shopper_at": None}, False, ("close", 20), id="never-a-word"),
        pytest.param(
            {"shopper_at": START + 12 * MINUTE, "reminded_at": START + 10 * MINUTE},
            False,
            ("remind", 22),
            id="spoke-again",
        ),
    ],
)
def test_when_a_quiet_talk_is_looked_at(
    changes: dict[str, Any], unanswered: bool, expected: tuple[str, int] | None
) -> None:
    """Reminded once a silence, closed later, never while somebody must answer."""
    talk = Conversation(**{**QUIET, **changes})
    due = quiet.next_step(talk, DeskRules(), unanswered=unanswered)

    assert expected == (None if due is None else (due.step, (due.at - START) // MINUTE))


def test_a_shopper_who_goes_on_is_not_closed(here: Shop) -> None:
    """Every message begins the silence anew; so does the reminder."""
    here.known.add("颜色", said_entry("colour.which", "亲，有黑色和灰色~", topic="colour"))
    talk = here.ask()
    for text in ("尺码怎么选？", "有什么颜色？"):
        here.pass_time(15 * MINUTE, 30 * SECOND)
        here.stage.write(talk, text)
        here.clock.move(2 * SECOND)
        here.stage.run_due()

    assert "open" == here.chat.find(talk.id).state
    assert 2 == tagged(here.lines(talk)).count("bot:system.still-there")


def test_many_quiet_talks_hold_nobody_up(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were reminded and wait for their end take no place in a round."""
    monkeypatch.setattr(rounds, "MOST_QUIET", 2)
    first = [here.ask(visitor=f"vis_{n}") for n in range(3)]
    here.clock.move(10 * MINUTE)
    for _ in range(2):
        here.rounds.tend()
    here.clock.move(-9 * MINUTE)
    late = here.ask(visitor="vis_late")
    here.clock.move(12 * MINUTE)
    here.rounds.tend()

    assert all("bot:system.still-there" in tagged(here.lines(one)) for one in (*first, late))


def test_who_waits_for_an_answer_is_never_closed(here: Shop) -> None:
    """However long it takes."""
    talk = here.wait_for_human()
    here.pass_time(3 * HOUR, MINUTE)

    assert "open" == here.chat.find(talk.id).state
    assert "system:system.still-there" not in tagged(here.lines(talk))


def test_a_talk_without_a_word_ends_in_silence(here: Shop) -> None:
    """Nobody is asked to rate that nothing was said."""
    talk = here.open()
    here.pass_time(30 * MINUTE, MINUTE)
    (record,) = records.records_of(here.db, STORE, talk.id)

    assert ("closed", "nothing-asked") == (here.chat.find(talk.id).state, record.outcome)
    assert [] == here.lines(talk)


def test_closing_leaves_nothing_behind(here: Shop) -> None:
    """The agent's seat is free, the offer over, closing again changes nothing."""
    here.come(LI)
    talk = here.wait_for_human()
    here.stage.reply(talk, "好了", agent="li")
    here.come(WANG)
    here.reception.offer(talk.id, LI, taker="wang")
    here.chat.close(conversation=talk.id, who="li")
    count = len(here.stage.events(talk))
    here.chat.close(conversation=talk.id, who="li")

    assert [0, 0] == [agent.load for agent in here.reception.overview(LI).agents]
    assert () == here.reception.overview(WANG).transfers
    assert count == len(here.stage.events(talk))


# --- the record ----------------------------------------------------------------------------------


def test_the_record_tells_the_talk(here: Shop) -> None:
    """Topics, questions without numbers, who answered, how soon; a person may add a note."""
    here.come(LI)
    talk = here.ask("多久发货？我电话13812345512")
    here.clock.move(30 * SECOND)
    here.wait_for_human()
    here.clock.move(20 * SECOND)
    here.stage.reply(talk, "您好，今天能发", agent="li")
    here.chat.close(conversation=talk.id, who="li")
    records_made = records.list_records(here.db, STORE, since=START, until=START + HOUR)
    (record,) = records_made
    here.db.transaction(lambda tx: records.add_note(tx, STORE, talk.id, 1, "想要今天发", "li"))
    (noted,) = records.records_of(here.db, STORE, talk.id)

    assert ("by-agent", ("shipping-time",), ("li",)) == (
        record.outcome,
        record.topics,
        record.agents,
    )
    assert ("多久发货？我电话138****5512", "转人工") == record.questions
    assert record.first_answer_ms == 2000
    assert record.first_human_ms is not None
    assert 50_000 < record.first_human_ms < 60_000
    assert ("想要今天发", "li") == (noted.note, noted.noted_by)
    with pytest.raises(NotFound):
        here.db.transaction(lambda tx: records.add_note(tx, STORE, talk.id, 9, "x", "li"))


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        pytest.param({}, "nothing-asked", id="silent"),
        pytest.param({"shopper": 1, "bot": 1}, "by-bot", id="bot"),
        pytest.param({"shopper": 1, "bot": 1, "open_questions": True}, "unresolved", id="open"),
        pytest.param({"shopper": 1}, "unresolved", id="nothing-said"),
        pytest.param({"shopper": 2, "bot": 1, "agent": 1}, "by-agent", id="agent"),
        pytest.param({"shopper": 1, "bot": 1, "unanswered": True, "waiting": True}, "left", id="left"),
        pytest.param({"shopper": 2, "agent": 1, "unanswered": True}, "unanswered", id="unanswered"),
    ],
)  # fmt: skip
def test_what_came_of_a_talk(course: dict[str, Any], expected: str) -> None:
    """Judged from counts alone."""
    assert expected == records.judge(records.Course(**course))


def test_a_reopened_talk_has_a_record_for_each_part(here: Shop) -> None:
    """The second tells only what came after, and the wordings go on turning."""
    talk = here.ask()
    here.chat.close(conversation=talk.id, who="vis_1", by="shopper")
    here.clock.move(HOUR)
    here.stage.write(talk, "尺码怎么选？")
    here.clock.move(2 * SECOND)
    here.stage.run_due()
    here.chat.close(conversation=talk.id, who="vis_1", by="shopper")
    first, second = records.records_of(here.db, STORE, talk.id)

    assert ((1, ("shipping-time",)), (2, ("size-choice",))) == (
        (first.part, first.topics),
        (second.part, second.topics),
    )
    assert 2 == tagged(here.lines(talk)).count("bot:system.bye")


def test_a_new_talk_knows_the_old_one(here: Shop) -> None:
    """After the time to go on: another talk, article and wordings kept, nothing half done."""
    talk = here.chat.open(visitor="vis_1", product="LS-JK-01")
    here.ask()
    here.chat.close(conversation=talk.id, who="vis_1", by="shopper")
    here.clock.move(13 * HOUR)
    again = here.ask()

    assert talk.id != again.id
    assert here.lines(talk)[1] != here.lines(again)[1]
    assert "pending" not in closing.inherited(here.chat.find(talk.id))


# --- rating --------------------------------------------------------------------------------------


def test_a_rating_may_be_changed(here: Shop) -> None:
    """The last one counts; a rated talk is not asked to be rated again."""
    talk = here.ask()
    for stars, tags in ((2, ("回复慢",)), (5, ("fast", "kind"))):
        here.chat.rate(visitor="vis_1", conversation=talk.id, stars=stars, tags=tags, words=" 好 ")
    here.chat.close(conversation=talk.id, who="vis_1", by="shopper")
    rating = closing.find_rating(here.db, STORE, talk.id)

    assert rating is not None
    assert (5, ("fast", "kind"), "好") == (rating.stars, rating.tags, rating.words)
    assert "bot:system.rating" not in tagged(here.lines(talk))


def test_every_tag_of_the_page_is_taken(here: Shop) -> None:
    """Those it shows without a card are the same as those on the card."""
    talk = here.ask()
    tags = messages.text("chat.rating.tags").split("｜")
    here.chat.rate(visitor="vis_1", conversation=talk.id, stars=4, tags=tags)
    rating = closing.find_rating(here.db, STORE, talk.id)

    assert rating is not None
    assert closing.TAGS == rating.tags


@pytest.mark.parametrize(
    ("stars", "tags"),
    [
        pytest.param(0, (), id="none"),
        pytest.param(6, (), id="six"),
        pytest.param(5, ("<b>",), id="strange"),
    ],
)
def test_strange_ratings_are_refused(here: Shop, stars: int, tags: tuple[str, ...]) -> None:
    """And nothing is kept of them."""
    talk = here.ask()

    with pytest.raises(Malformed):
        here.chat.rate(visitor="vis_1", conversation=talk.id, stars=stars, tags=tags)
    assert closing.find_rating(here.db, STORE, talk.id) is None


# --- promises ------------------------------------------------------------------------------------


def promised(
    here: Shop, talk: Conversation, until: timedelta = 3 * HOUR, what: str = "补发赠品"
) -> str:
    """Let Li promise something."""
    made = here.chat.promise(
        conversation=talk.id, agent="li", what=what, until=here.clock.now() + until
    )
    return made.id


def states(here: Shop) -> dict[str, int]:
    """Return the counts of the promises of the day."""
    return promises.count_promises(here.db, STORE, START - HOUR, START + timedelta(days=3))


def test_a_promise_is_seen_before_it_is_due_and_when_it_is_broken(here: Shop) -> None:
    """A task for the agent an hour ahead, one for the supervisors when it is over."""
    talk = here.ask()
    promised(here, talk)
    here.pass_time(HOUR + 59 * MINUTE, MINUTE)
    early = open_tasks(here)
    here.pass_time(2 * MINUTE, MINUTE)
    warned = open_tasks(here)
    here.pass_time(HOUR, MINUTE)

    assert ([], [("promise-due", "agent")]) == (early, warned)
    assert ("promise-broken", "supervisor") in open_tasks(here)
    assert {"open": 0, "kept": 0, "broken": 1, "withdrawn": 0} == states(here)
    assert ["promise.made", "promise.broken"] == [
        name for name in deeds(here, talk.id) if name.startswith("promise.")
    ]


def test_a_kept_promise_asks_for_nothing_more(here: Shop) -> None:
    """Its due work is gone, its task settled; saying so twice is fine, the opposite is refused."""
    talk = here.ask()
    promise = promised(here, talk)
    here.pass_time(2 * HOUR + MINUTE, MINUTE)
    for _ in range(2):
        here.reception.end_promise(promise, "li", "kept")
    left = jobs.list_jobs(here.db, store_id=STORE, state="waiting")
    here.pass_time(2 * HOUR, MINUTE)

    assert ([], []) == (left, open_tasks(here))
    assert {"open": 0, "kept": 1, "broken": 0, "withdrawn": 0} == states(here)
    with pytest.raises(Conflict):
        here.reception.end_promise(promise, "li", "withdrawn")


def test_a_broken_promise_stays_broken_and_is_made_up_for(here: Shop) -> None:
    """It is off the list, but every count tells that it was late."""
    talk = here.ask()
    promise = promised(here, talk)
    here.pass_time(4 * HOUR, MINUTE)
    due = promises.list_promises(here.db, STORE, state="due")
    here.reception.end_promise(promise, "li", "kept")

    assert [promise] == [one.id for one in due]
    assert [] == promises.list_promises(here.db, STORE, state="due")
    assert 1 == states(here)["broken"]
    assert [] == open_tasks(here)
    assert "promise.kept-late" in deeds(here, talk.id)


@pytest.mark.parametrize(
    ("what", "until"),
    [
        pytest.param("  ", HOUR, id="nothing"),
        pytest.param("补发", timedelta(0), id="now"),
        pytest.param("补发", -HOUR, id="past"),
        pytest.param("补发", timedelta(days=400), id="never"),
    ],
)
def test_promises_that_are_none(here: Shop, what: str, until: timedelta) -> None:
    """Refused, and nothing is written."""
    talk = here.ask()

    with pytest.raises(Malformed):
        here.chat.promise(
            conversation=talk.id, agent="li", what=what, until=here.clock.now() + until
        )
    assert [] == promises.list_promises(here.db, STORE)


def test_a_promise_said_twice_is_one(here: Shop) -> None:
    """In the same talk, until the same time; another time is another promise."""
    talk = here.ask()
    first = promised(here, talk)

    assert first == promised(here, talk)
    assert first != promised(here, talk, 4 * HOUR)
    assert 2 == here.kinds(talk).count("promised")


def test_an_entry_said_again_promises_nothing_more(here: Shop) -> None:
    """The time of the first answer holds."""
    carries = Promise(what="回复查件结果", until="24h")
    here.known.add(
        "查件", said_entry("lost.ask", "24小时内回复您~", "24小时内给您答复", promise=carries)
    )
    talk = here.ask("帮我查件？")
    here.clock.move(HOUR)
    here.stage.write(talk, "尺码怎么选，还有查件呢？")
    here.clock.move(2 * SECOND)
    here.stage.run_due()
    found = promises.list_promises(here.db, STORE)

    assert [("回复查件结果", "lost.ask", "bot")] == [(p.what, p.entry, p.made_by) for p in found]
    assert 24 * HOUR == found[0].until - found[0].made_at


def test_who_comes_back_has_kept_the_word_of_the_bot(here: Shop) -> None:
    """稍等，我为您核实: a task for the agents at once, kept by whoever answers."""
    talk = here.ask()

    def hold(tx: Transaction) -> None:
        told, _ = promises.open_promise(
            tx,
            here.chat.find(talk.id),
            what="有没有L码",
            until=here.clock.now() + 30 * MINUTE,
            made_by="bot",
            now=here.clock.now(),
            warn=HOUR,
        )
        store.save_conversation(tx, told)

    here.db.transaction(hold)
    kept = promised(here, talk)
    here.work()
    before = open_tasks(here)
    here.stage.reply(talk, "L码有货", agent="li")
    left = promises.list_promises(here.db, STORE, state="open")

    assert ([("promise-due", "agent")], []) == (before, open_tasks(here))
    assert [kept] == [one.id for one in left]


def test_promises_do_not_show_to_the_shopper(here: Shop) -> None:
    """They are the staff's own book; another store has none of it."""
    talk = here.ask()
    promise = promised(here, talk)

    assert "promised" not in here.kinds(talk, "shopper")
    assert "promised" in here.kinds(talk)
    with pytest.raises(NotFound):
        promises.get_promise(here.db, "other", promise)


def test_promises_are_shown_at_the_hand_over(here: Shop) -> None:
    """Whoever takes the talk reads what must still be kept, and until when."""
    talk = here.ask()
    promised(here, talk)
    kept = promised(here, talk, what="回电")
    here.reception.end_promise(kept, "li", "kept")
    here.come(WANG)
    here.wait_for_human()
    notes = [event.body for event in here.stage.events(talk) if event.kind == "note"]

    assert ["这位顾客还有没兑现的承诺：补发赠品"] == [note["text"] for note in notes]
    assert ["补发赠品"] == [one["what"] for one in notes[0]["promises"]]


# --- the line drops ------------------------------------------------------------------------------


def test_a_dropped_line_asks_the_agent_to_contact_the_shopper(here: Shop) -> None:
    """After two minutes; with what was said last; settled and said when they are back."""
    here.come(LI)
    talk = here.wait_for_human()
    here.stage.write(talk, "我的手机13812345512打不通")
    here.reception.shopper_left(talk.id)
    here.pass_time(119 * SECOND, 10 * SECOND)
    early = [kind for kind, _ in open_tasks(here)]
    here.pass_time(2 * SECOND)
    (task,) = [one for one in tasks.list_tasks(here.db, STORE) if one.kind == "dropped"]
    here.reception.shopper_back(talk.id)
    here.reception.shopper_back(talk.id)

    assert "dropped" not in early
    assert ("agent", "li", "我的手机138****5512打不通") == (
        task.audience,
        task.agent,
        task.data["shopper"],
    )
    assert 30 * MINUTE == task.due_at - task.made_at
    assert "dropped" not in [kind for kind, _ in open_tasks(here)]
    assert 1 == tagged(here.lines(talk)).count("system:system.resume")


def test_a_line_dropped_in_a_complaint_is_the_supervisors_at_once(here: Shop) -> None:
    """Not in half an hour."""
    talk = here.wait_for_human(text="你们是骗子，我要投诉")
    here.reception.shopper_left(talk.id)
    here.pass_time(121 * SECOND, 10 * SECOND)
    (task,) = [one for one in tasks.list_tasks(here.db, STORE) if one.kind == "dropped"]

    assert ("supervisor", task.made_at) == (task.audience, task.due_at)


def test_a_reload_drops_nothing(here: Shop) -> None:
    """Gone and back within two minutes."""
    talk = here.wait_for_human()
    here.reception.shopper_left(talk.id)
    here.clock.move(5 * SECOND)
    here.reception.shopper_back(talk.id)
    here.pass_time(5 * MINUTE, 10 * SECOND)

    assert "dropped" not in [kind for kind, _ in open_tasks(here)]
    assert "system:system.resume" not in tagged(here.lines(talk))


def test_who_leaves_after_the_answer_is_left_in_peace(here: Shop) -> None:
    """Nothing is under way."""
    talk = here.ask()
    here.reception.shopper_left(talk.id)
    here.pass_time(5 * MINUTE, 10 * SECOND)

    assert [] == open_tasks(here)


def test_who_was_answered_meanwhile_is_not_contacted(here: Shop) -> None:
    """The answer waits for them."""
    here.come(LI)
    talk = here.wait_for_human()
    here.reception.shopper_left(talk.id)
    here.stage.reply(talk, "您好，可以换", agent="li")
    here.pass_time(5 * MINUTE, 10 * SECOND)

    assert [] == open_tasks(here)
