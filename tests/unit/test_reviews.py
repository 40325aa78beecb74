"""Reviews: imported, called about, answered, invited, counted; the state table walked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot import audit, jobs, messages
from shopbot.errors import NotFound, OrdersFileUnreadable
from shopbot.orders import outgoing, review_answers, review_calls, review_store, store
from shopbot.orders.cases import CaseRequest, open_case
from shopbot.orders.cells import BadCell
from shopbot.orders.checks import all_ok
from shopbot.orders.claim_model import ClaimStep
from shopbot.orders.claim_steps import open_claim, step_claim
from shopbot.orders.conditions import Claim
from shopbot.orders.model import OrderTask
from shopbot.orders.review_causes import count, monday_of, read_week, week_of
from shopbot.orders.review_errors import AnswerBlocked, Answered, CallOver
from shopbot.orders.review_import import ReviewReport, ReviewRequest, import_reviews
from shopbot.orders.review_invites import Past, check_invite, kept_lines, plan_invites, signed_at
from shopbot.orders.review_model import Call, CallResult, CallState, Review, mood, needs_call
from shopbot.orders.review_rows import rating
from shopbot.orders.review_work import next_slot, plan_watches, register
from shopbot.orders.sentiment import Judge
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase
from shopbot.worker import Agenda, run_once
from tests.order_facts import NUMBER, RULES, SIGNED, STORE, at, case, facts, line, order, rules
from tests.order_tables import bring, write
from tests.order_tables import line as line_row
from tests.order_tables import order as order_row

NOW = at("2026-11-22 12:00")
ROW = {
    "订单编号": NUMBER,
    "评价时间": "2026-11-21 10:00",
    "评分": "2星",
    "评价内容": "质量不行，穿两天就开线了",
    "追评内容": "",
    "追评时间": "",
    "商家编码": "LS-JK-01-BK-L",
    "买家会员名": "山间清风",
    "评价ID": "R1",
    "商家回复": "",
}


def row(**changes: str) -> dict[str, str]:
    """Return a row of an export of reviews."""
    return {**ROW, **changes}


def take(
    db: SqliteDatabase,
    folder: Path,
    *rows: Mapping[str, str],
    now: datetime = NOW,
    as_of: datetime | None = None,
    **more: Any,
) -> ReviewReport:
    """Import a table of reviews."""
    file = write(folder / "reviews.csv", rows)
    request = ReviewRequest(file=file, as_of=as_of or now, rejects=folder / "r.csv", **more)
    return import_reviews(db, request, Judge(), RULES, now, who="test")


def only(db: SqliteDatabase, kind: str = "first", source_id: str = "R1") -> Review:
    """Return the review of a row."""
    found = review_store.find_review(db, STORE, source_id, kind)  # type: ignore[arg-type]
    assert found is not None
    return found


def told(**changes: Any) -> Review:
    """Return a review of yesterday with two stars."""
    values: dict[str, Any] = {
        "id": "rev_1",
        "store_id": STORE,
        "source": "reviews.csv",
        "source_id": "R1",
        "order": NUMBER,
        "rating": 2,
        "text": "质量不行",
        "at": at("2026-11-21 10:00"),
        "as_of": NOW,
        "created_at": NOW,
    }
    return Review(**{**values, **changes})


# --- rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "stars"),
    [
        ("5", 5), ("4.0", 4), ("3星", 3), ("２星", 2), ("一星", 1), ("★★★★☆", 4), ("⭐⭐", 2),
        ("好评", 5), ("中评", 3), ("差评", 1), (" 五星 ", 5), ("", None), ("--", None),
    ],
)  # fmt: skip
def test_stars_are_read_as_shops_write_them(cell: str, stars: int | None) -> None:
    """Numbers, words, signs; blank is not told."""
    assert stars == rating(cell)


@pytest.mark.parametrize("cell", ["0", "6", "九星", "4.5", "☆☆", "还行", "-1", "★★★★★★"])
def test_what_is_no_rating_is_refused(cell: str) -> None:
    """Rather than guessed."""
    with pytest.raises(BadCell):
        rating(cell)


@given(st.text(max_size=12))
def test_any_cell_is_stars_or_refused(cell: str) -> None:
    """No other error, and never a sixth star."""
    try:
        found = rating(cell)
    except BadCell:
        return

    assert found is None or 1 <= found <= 5


# --- import -------------------------------------------------------------------------------------------


def test_a_bad_review_brings_a_call_within_a_day(db: SqliteDatabase, tmp_path: Path) -> None:
    """Due 24 hours after it was written, once however often the file comes."""
    bring(db, orders=write(tmp_path / "o.csv", [order_row()]), lines=write(tmp_path / "l.csv", [line_row()]))  # fmt: skip
    first, again = take(db, tmp_path, row()), take(db, tmp_path, row())
    (call,) = review_store.list_open_calls(db, STORE)
    history = [event.name for event in store.list_events(db, STORE, NUMBER)]

    assert (1, 0) == (first.reviews.new, first.reviews.unchanged)
    assert (0, 1) == (again.reviews.new, again.reviews.unchanged)
    assert at("2026-11-22 10:00") == call.due_at
    assert 1 == only(db).line_no
    assert "review.call-opened" in history


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        pytest.param({"评分": "3"}, 1, id="三星是中评"),
        pytest.param({"评分": "好评", "评价内容": "太差了"}, 0, id="stars tell, not the text"),
        pytest.param({"评分": "", "评价内容": "太差了，再也不买"}, 1, id="a complaint without stars"),
        pytest.param({"评分": "", "评价内容": "很满意，物流也快"}, 0, id="praise without stars"),
        pytest.param({"评价时间": "2026-11-10 10:00"}, 0, id="old news"),
    ],
)  # fmt: skip
def test_who_is_called(
    db: SqliteDatabase, tmp_path: Path, changes: dict[str, str], calls: int
) -> None:
    """By the stars, by the text where there are none, and not weeks later."""
    take(db, tmp_path, row(**changes))

    assert calls == len(review_store.list_open_calls(db, STORE))


def test_a_later_word_is_a_review_of_its_own(db: SqliteDatabase, tmp_path: Path) -> None:
    """追评 in the same row, without stars, judged by its text."""
    later = {"追评内容": "用了一周坏了，质量太差", "追评时间": "2026-11-22 08:00"}
    take(db, tmp_path, row(评分="5", 评价内容="很好", **later))
    (call,) = review_store.list_open_calls(db, STORE)

    assert ("neg", None) == (only(db, "follow").sentiment, only(db, "follow").rating)
    assert only(db, "follow").id == call.review


def test_a_changed_review_drops_its_call_and_a_worse_one_opens_another(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """What a newer file says counts, what an older one said does not."""
    take(db, tmp_path, row())
    take(db, tmp_path, row(评分="5"), as_of=NOW + timedelta(hours=1), now=NOW + timedelta(hours=1))
    better = [one.state for one in review_store.list_calls(db, STORE, only(db).id)]
    take(db, tmp_path, row(评分="1"), as_of=NOW - timedelta(hours=1))
    older = only(db).rating
    take(db, tmp_path, row(评分="1"), as_of=NOW + timedelta(hours=2), now=NOW + timedelta(hours=2))
    worse = [one.state for one in review_store.list_calls(db, STORE, only(db).id)]

    assert ["dropped"] == better
    assert 5 == older
    assert ["dropped", "open"] == worse


def test_bad_rows_are_told_and_good_ones_stay(db: SqliteDatabase, tmp_path: Path) -> None:
    """Each with its reason; a dry run writes nothing."""
    rows = [
        row(), row(评价ID="R2", 评分="九星"), row(评价ID="R3", 评分="", 评价内容=""),
        row(评价ID="R4", 订单编号=""), row(评价ID="R5", 评价时间="明天"),
        row(评价ID="R6", 评价时间="2026-12-30 10:00"), row(评价ID="R7", 订单编号="2.61115E+09"),
    ]  # fmt: skip
    dry = take(db, tmp_path, *rows, dry_run=True)
    nothing = review_store.list_reviews(db, STORE, review_store.ReviewFilter())
    report = take(db, tmp_path, *rows)
    rejects = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")

    assert (1, 6) == (dry.reviews.new, dry.reviews.rejected)
    assert [] == nothing
    assert (1, 6, 1) == (report.reviews.new, report.reviews.rejected, report.reviews.waiting)
    assert messages.text("orders.cell.bad-rating") in rejects
    assert messages.text("orders.cell.no-review") in rejects


def test_a_table_without_the_needed_columns_is_refused(db: SqliteDatabase, tmp_path: Path) -> None:
    """Naming them, before anything is written."""
    with pytest.raises(OrdersFileUnreadable, match="评价时间"):
        take(db, tmp_path, {"订单编号": NUMBER, "评价内容": "好"})


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=20
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, CELLS)), min_size=1, max_size=4))
def test_any_table_comes_to_an_end(
    fresh_file: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    """Every row is used or refused, whatever stands in it."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "data").mkdir()
    (folder / "data" / fresh_file.name).write_bytes(fresh_file.read_bytes())
    from shopbot.storage import open_database

    db = open_database(folder / "data")
    try:
        tally = take(db, folder, *rows, row(评价ID="R99")).reviews
    finally:
        db.close()

    assert tally.new >= 1
    assert tally.rows <= tally.new + tally.updated + tally.unchanged + tally.rejected


# --- calls --------------------------------------------------------------------------------------------


def test_every_state_of_a_call_is_reached_and_every_pair_decided() -> None:
    """Walks the table: legal pairs lead somewhere, the others are refused."""
    reached: set[CallState] = {"open"}
    for state in get_args(CallState):
        for attempts in range(3):
            call = _call(state, attempts)
            for result in get_args(CallResult):
                made = review_calls.Made(result=result)
                event = review_calls.event_of(call, made, RULES)
                wanted = review_calls.TRANSITIONS[call.state].get(event)
                if wanted is None:
                    with pytest.raises(CallOver):
                        review_calls.after(call, made, RULES, NOW, "mei")
                    continue
                changed = review_calls.after(call, made, RULES, NOW, "mei")
                reached.add(changed.state)

                assert wanted == changed.state
                assert attempts + 1 == changed.attempts
                assert (changed.ended_at is None) == changed.is_open
    settled = review_calls.TRANSITIONS["open"]["settled"]

    assert {*get_args(CallState)} == reached | {settled}
    assert {*get_args(CallState)} == set(review_calls.TRANSITIONS)


@pytest.mark.parametrize(
    ("result", "now", "state", "due"),
    [
        pytest.param("no-answer", "2026-11-22 19:00", "open", "2026-11-23 09:30", id="not at night"),
        pytest.param("no-answer", "2026-11-22 08:30", "open", "2026-11-22 14:00", id="not at noon"),
        pytest.param("wrong-number", "2026-11-22 10:00", "unreached", "2026-11-22 12:00", id="not theirs"),
    ],
)  # fmt: skip
def test_who_was_not_reached_is_not_said_to_be(
    result: CallResult, now: str, state: CallState, due: str
) -> None:
    """Again at an hour at which people may be called; a wrong number is not called again."""
    made = review_calls.Made(result=result)
    changed = review_calls.after(_call("open", 0), made, RULES, at(now), "mei")

    assert (state, at(due)) == (changed.state, changed.due_at)


def _call(state: CallState, attempts: int) -> Call:
    ended = None if state == "open" else NOW
    return Call(
        id="call_1", store_id=STORE, review="rev_1", order=NUMBER, state=state, attempts=attempts,
        due_at=NOW, opened_at=NOW, ended_at=ended,
    )  # fmt: skip


def record(db: SqliteDatabase, review: str, result: CallResult, now: datetime, **more: Any) -> Call:
    """Write down a try."""
    made = review_calls.Made(result=result, **more)
    return db.transaction(lambda tx: review_calls.record_call(tx, review, made, RULES, now, "mei"))


def test_a_call_is_tried_again_until_somebody_answers(db: SqliteDatabase, tmp_path: Path) -> None:
    """Later the same day, with its cause kept and audited; the end is the end."""
    take(db, tmp_path, row())
    review = only(db).id
    missed = record(db, review, "no-answer", NOW)
    reached = record(db, review, "solved", NOW + timedelta(hours=5), cause="quality", note="已换货")
    deeds = [deed.name for deed in audit.list_deeds(db, store_id=STORE, subject=review)]

    assert ("open", NOW + RULES.reviews.call_again) == (missed.state, missed.due_at)
    assert ("done", "quality", 2, "mei") == (
        reached.state, reached.cause, reached.attempts, reached.done_by,
    )  # fmt: skip
    assert ["review.call-opened", "review.called", "review.called"] == deeds
    with pytest.raises(CallOver):
        record(db, review, "solved", NOW + timedelta(hours=6))


@pytest.mark.parametrize(("attempts", "state"), [(0, "open"), (1, "open"), (2, "unreached")])
def test_the_last_try_is_the_one_the_rules_name(attempts: int, state: str) -> None:
    """Three tries by default: the third that nobody answers is the end."""
    missed = review_calls.Made(result="no-answer")

    assert state == review_calls.after(_call("open", attempts), missed, RULES, NOW, "mei").state


def test_a_call_that_nobody_makes_is_written_down(db: SqliteDatabase, tmp_path: Path) -> None:
    """Once, when its time has run out; one that was made in time is not."""
    take(
        db,
        tmp_path,
        row(评价时间="2026-11-22 10:00"),
        row(评价ID="R2", 评价时间="2026-11-22 10:00"),
    )
    record(db, only(db, source_id="R2").id, "apologised", NOW)
    for hours in (1, 30, 31):
        run_once(db, agenda(db), worker="w", now=NOW + timedelta(hours=hours))
    late, made = (
        [d.name for d in audit.list_deeds(db, store_id=STORE, subject=only(db, source_id=name).id)]
        for name in ("R1", "R2")
    )

    assert 1 == late.count("review.call-overdue")
    assert 0 == made.count("review.call-overdue")


def test_a_review_without_a_call_cannot_be_called_about(db: SqliteDatabase, tmp_path: Path) -> None:
    """Nor can one that is not there."""
    take(db, tmp_path, row(评分="5"))
    for review in (only(db).id, "rev_none"):
        with pytest.raises(NotFound):
            record(db, review, "solved", NOW)


# --- answers ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spoken:
    """A phrase in words."""

    text: str
    entry: str = "x"
    version: str = "v"
    source: str = "a.yaml:1"


class Words:
    """Says the id of each phrase it knows."""

    def __init__(self, *unknown: str) -> None:
        self._unknown = unknown

    def say(self, phrase_id: str, values: Mapping[str, str], **_: Any) -> Spoken | None:
        """See Phrases."""
        return None if phrase_id in self._unknown else Spoken(text=f"[{phrase_id}]")


def banned(text: str) -> Sequence[tuple[str, str]]:
    """Find what is forbidden."""
    return [("违规", "返现")] if "返现" in text else []


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        pytest.param({"aspects": {"quality": "neg", "price": "pos"}}, ("neg", "neg.quality"), id="blamed aspects"),
        pytest.param({"rating": 5, "aspects": {"quality": "neg", "price": "pos"}}, ("pos", "pos.price"), id="praised aspects"),
        pytest.param({"rating": None, "sentiment": "neutral"}, ("neutral",), id="nothing said"),
        pytest.param({"aspects": dict.fromkeys(("quality", "size", "price"), "neg")}, ("neg", "neg.quality", "neg.size"), id="two at most"),
    ],
)  # fmt: skip
def test_an_answer_speaks_of_what_the_review_speaks_of(
    changes: dict[str, Any], wanted: tuple[str, ...]
) -> None:
    """Thanks or regret first, then the aspects of that mood."""
    found = review_answers.phrase_ids(told(**changes), RULES)

    assert tuple(f"review.answer.{name}" for name in wanted) == found


def test_a_suggestion_names_its_sources_and_what_is_missing() -> None:
    """A phrase nobody wrote is left out and told."""
    review = told(aspects={"quality": "neg"})
    found = review_answers.suggest(review, RULES, Words("review.answer.neg.quality"), banned, NOW)

    assert "[review.answer.neg]" == found.text
    assert (("a.yaml:1",), ("review.answer.neg.quality",), ()) == (
        found.sources, found.missing, found.stops,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "stop"),
    [("好评返现五元", "违规·返现"), ("{商品}很好", "unfilled-variable"), ("  ", "blank"), ("好" * 501, "too-long")],
)  # fmt: skip
def test_an_answer_that_may_not_be_published_is_not_kept(
    db: SqliteDatabase, tmp_path: Path, text: str, stop: str
) -> None:
    """Banned words, blanks to fill, nothing, too much."""
    take(db, tmp_path, row())
    with pytest.raises(AnswerBlocked) as refused:
        keep(db, text)

    assert stop in str(refused.value.values["why"])
    assert "" == only(db).answer


def keep(db: SqliteDatabase, text: str) -> Review:
    """Keep an answer to the first review."""
    review = only(db).id
    return db.transaction(
        lambda tx: review_answers.record_answer(tx, review, text, banned, RULES, NOW, "mei")
    )


def test_an_answer_is_kept_once_and_audited(db: SqliteDatabase, tmp_path: Path) -> None:
    """The same again changes nothing, another one is refused; the text is not in the audit."""
    take(db, tmp_path, row())
    kept, again = keep(db, "抱歉，马上处理。"), keep(db, "抱歉，马上处理。")
    deeds = [
        d for d in audit.list_deeds(db, store_id=STORE, subject=kept.id) if "answered" in d.name
    ]

    assert ("mei", NOW) == (kept.answered_by, kept.answered_at)
    assert kept == again
    assert [{"review": kept.id, "length": 8}] == [dict(deed.data) for deed in deeds]
    with pytest.raises(Answered):
        keep(db, "另一个回复")


# --- invitations --------------------------------------------------------------------------------------

LATER = SIGNED + timedelta(days=4)
TASK = OrderTask(
    id="task_1", store_id=STORE, order=NUMBER, kind="ask-courier", asked_at=LATER, due_at=LATER
)


@pytest.mark.parametrize(
    ("changes", "past", "now", "failed"),
    [
        pytest.param({}, {}, LATER, "", id="all well"),
        pytest.param({}, {}, SIGNED + timedelta(days=2), "invite-time", id="too early"),
        pytest.param({}, {}, SIGNED + timedelta(days=15), "invite-time", id="too late"),
        pytest.param({"parcels": ()}, {}, LATER, "invite-signed", id="not signed"),
        pytest.param({}, {"disputed": True}, LATER, "invite-no-dispute", id="after a dispute"),
        pytest.param({"cases": (case(),)}, {}, LATER, "invite-no-case", id="an open case"),
        pytest.param({"cases": (case(state="rejected"),)}, {}, LATER, "invite-no-case", id="a lost case"),
        pytest.param({"cases": (case(state="closed"),)}, {}, LATER, "invite-no-case", id="a lapsed case"),
        pytest.param({"cases": (case(state="finished"),)}, {}, LATER, "", id="a case that ended well"),
        pytest.param({"lines": (line(status="refunding"),)}, {}, LATER, "invite-no-case", id="refunding at the platform"),
        pytest.param({"lines": (line(status="refunded"),)}, {}, LATER, "invite-kept", id="refunded at the platform"),
        pytest.param({"cases": (case(kind="return", state="refunded"),)}, {}, LATER, "invite-kept", id="given back"),
        pytest.param({}, {"claimed": True}, LATER, "invite-no-claim", id="a lost parcel"),
        pytest.param({"tasks": (TASK,)}, {}, LATER, "invite-no-task", id="something promised"),
        pytest.param({"order": order(status="closed")}, {}, LATER, "invite-paid", id="closed"),
        pytest.param({}, {"reviewed": True}, LATER, "invite-not-reviewed", id="reviewed"),
        pytest.param({}, {"invited": True}, LATER, "invite-once", id="invited before"),
    ],
)  # fmt: skip
def test_who_is_asked_for_a_review(
    changes: dict[str, Any], past: dict[str, bool], now: datetime, failed: str
) -> None:
    """Only whose goods have come and with whom nothing is open; each condition by itself."""
    checks = check_invite(facts(**changes), Past(**past), RULES, now)
    against = [one.id for one in checks if not one.ok]

    assert (not failed) == all_ok(checks)
    assert ([failed] if failed else []) == against[:1]
    assert all(one.reason for one in checks)


def test_one_line_that_has_not_come_keeps_the_invitation_back() -> None:
    """All lines must be signed for."""
    two = facts(lines=(line(), line(2)))
    none = facts(parcels=())

    assert SIGNED == signed_at(two, LATER)
    assert signed_at(none, LATER) is None


def agenda(db: SqliteDatabase, kept: Rules = RULES) -> Agenda:
    """Return the due work of reviews alone."""
    return Agenda(
        registry=lambda: register(jobs.Registry(), db, kept),
        plan=lambda tx, now: plan_watches(tx, STORE, now),
        next_plan=next_slot,
    )


SIGNED_ROWS = {
    "订单状态": "卖家已发货，等待买家确认",
    "物流单号": "YT8800123456789",
    "物流公司": "圆通速递",
}
EVENTS = [
    {"物流单号": "YT8800123456789", "时间": "2026-11-15 20:00", "物流信息": "快件已被揽收"},
    {"物流单号": "YT8800123456789", "时间": "2026-11-17 15:30", "物流信息": "已签收，签收人：本人"},
]


@pytest.fixture
def shop(db: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A shop with one signed order."""
    bring(
        db,
        orders=write(tmp_path / "o.csv", [order_row(**SIGNED_ROWS)]),
        lines=write(tmp_path / "l.csv", [line_row()]),
        tracking=write(tmp_path / "t.csv", EVENTS),
    )
    return db


def test_the_buyer_is_invited_once_and_not_at_night(shop: SqliteDatabase) -> None:
    """Planned by the watch, sent no earlier than the quiet hours end."""
    night = at("2026-11-21 23:00")
    for hours in (0, 1, 20):
        run_once(shop, agenda(shop), worker="w", now=night + timedelta(hours=hours))
    (message,) = outgoing.list_messages(shop, STORE, NUMBER)

    assert ("review.invite", {"商品": "岭上三合一冲锋衣"}) == (message.phrase, message.values)
    assert at("2026-11-22 09:00") == message.not_before


@pytest.mark.parametrize(
    "kept", [rules(reviews={"invite": False}), RULES], ids=["unwanted", "early"]
)
def test_nobody_is_invited_when_it_is_not_time(shop: SqliteDatabase, kept: Rules) -> None:
    """Switched off by the shop, or the goods have just come."""
    now = at("2026-11-21 12:00") if kept is not RULES else at("2026-11-18 12:00")
    run_once(shop, agenda(shop, kept), worker="w", now=now)

    assert [] == outgoing.list_messages(shop, STORE, NUMBER)


def test_a_review_that_comes_meanwhile_withdraws_the_invitation(
    shop: SqliteDatabase, tmp_path: Path
) -> None:
    """Nobody is asked for what they have written."""
    run_once(shop, agenda(shop), worker="w", now=at("2026-11-21 23:00"))
    take(shop, tmp_path, row())
    (message,) = outgoing.list_messages(shop, STORE, NUMBER)

    assert ("dropped", "overtaken") == (message.state, message.why)


def test_a_case_that_is_opened_meanwhile_withdraws_the_invitation(shop: SqliteDatabase) -> None:
    """Nobody is asked for praise while something is wrong."""
    run_once(shop, agenda(shop), worker="w", now=at("2026-11-21 23:00"))
    request = CaseRequest(order=NUMBER, line_no=1, claim=Claim(kind="no-reason", intact=True))
    opened = shop.transaction(lambda tx: open_case(tx, request, RULES, NOW, "mei"))
    run_once(shop, agenda(shop), worker="w", now=NOW)
    (message,) = outgoing.list_messages(shop, STORE, NUMBER)

    assert opened.decision is not None
    assert "dropped" == message.state


def test_nobody_is_invited_whose_parcel_was_broken(shop: SqliteDatabase) -> None:
    """As long as it was not found to be all right."""
    opened = shop.transaction(
        lambda tx: open_claim(tx, NUMBER, "YT8800123456789", "not-received", RULES, NOW, "mei")
    )
    run_once(shop, agenda(shop), worker="w", now=NOW)
    before = outgoing.list_messages(shop, STORE, NUMBER)
    found = ClaimStep(event="found")
    shop.transaction(lambda tx: step_claim(tx, opened.id, found, RULES, NOW, "mei"))
    run_once(shop, agenda(shop), worker="w", now=NOW + timedelta(hours=1))
    phrases = [one.phrase for one in outgoing.list_messages(shop, STORE, NUMBER)]

    assert [] == before
    assert "review.invite" in phrases


def test_the_invitation_names_what_was_kept() -> None:
    """Gifts, and what went back, are left out."""
    lines = (line(), line(2, title="包"), line(3, title="袜子", gift=True))
    back = case(line_no=1, kind="return", state="refunded")

    assert ["包"] == [one.title for one in kept_lines(facts(lines=lines, cases=(back,)))]


def test_a_job_of_another_store_is_refused(shop: SqliteDatabase) -> None:
    """The rules of one shop are not applied to another."""
    job = jobs.Job(
        id="job_1", store_id="other", kind="reviews.invite", key="k", due=NOW, payload={}, attempt=1,
        max_attempts=1, worker="w",
    )  # fmt: skip
    with pytest.raises(NotFound):
        plan_invites(shop, RULES, job, NOW)


# --- causes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("2026-W47", date(2026, 11, 16)), ("2026w47", date(2026, 11, 16)),
        ("2026-11-22", date(2026, 11, 16)), ("2026-11-16", date(2026, 11, 16)),
        ("2026-W54", None), ("xx", None), ("0001-01-01", None), ("9999-12-31", None), ("", None),
    ],
)  # fmt: skip
def test_a_week_is_named_by_number_or_by_a_day(text: str, monday: date | None) -> None:
    """Anything else is told to be none."""
    assert monday == read_week(text)


@given(st.dates(date(2000, 1, 10), date(2099, 12, 20)))
def test_a_week_begins_on_its_monday(day: date) -> None:
    """Seven days have the same, and it is read again from its own name."""
    monday = monday_of(day)
    named = count([], monday).as_dict()["week"]

    assert 0 == monday.weekday()
    assert 0 <= (day - monday).days <= 6
    assert monday == read_week(str(named))


def test_causes_are_counted_by_the_week_of_the_stores_clock(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """Sunday 23:30 belongs to its week, half an hour later to the next."""
    names = ("R1", "R2", "R3")
    take(db, tmp_path, *[row(评价ID=name) for name in names])
    whens = (at("2026-11-22 23:30"), at("2026-11-22 23:40"), at("2026-11-23 00:10"))
    for name, when, cause in zip(names, whens, ("quality", "quality", "size"), strict=True):
        record(db, only(db, source_id=name).id, "solved", when, cause=cause)
    weeks = [week_of(db, RULES, date(2026, 11, day)) for day in (16, 23)]

    assert [{"quality": 2}, {"size": 1}] == [week.causes for week in weeks]
    assert [(2, 2, 0), (1, 1, 0)] == [(w.calls, w.reached, w.unreached) for w in weeks]


# --- lists and laws -----------------------------------------------------------------------------------


def test_a_list_filters_and_goes_on(db: SqliteDatabase, tmp_path: Path) -> None:
    """By stars, mood, answer and call; page after page without gap or repeat."""
    rows = [
        row(评价ID=f"R{n}", 评分=str(n % 5 + 1), 评价时间=f"2026-11-21 1{n}:00") for n in range(8)
    ]
    take(db, tmp_path, *rows)
    seen: list[str] = []
    after = None
    while True:
        page = review_store.list_reviews(db, STORE, review_store.ReviewFilter(after=after, count=3))
        seen += [one.source_id for one in page]
        if len(page) < 3:
            break
        after = (page[-1].at, page[-1].id)
    bad = review_store.list_reviews(db, STORE, review_store.ReviewFilter(bad_up_to=3))
    called = review_store.list_reviews(db, STORE, review_store.ReviewFilter(call="open"))

    assert [f"R{n}" for n in range(7, -1, -1)] == seen
    assert {one.id for one in bad} == {one.id for one in called}
    assert all((one.rating or 9) <= 3 for one in bad)
    assert [] == review_store.list_reviews(db, STORE, review_store.ReviewFilter(answered=True))
    assert [] == review_store.list_reviews(db, "other", review_store.ReviewFilter())


@given(
    st.one_of(st.none(), st.integers(1, 5)),
    st.sampled_from(["pos", "neg", "neutral"]),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_fewer_stars_never_spare_a_call(stars: int | None, sentiment: Any, age: timedelta) -> None:
    """And stars go before what was read from the text."""
    review = told(rating=stars, sentiment=sentiment, at=NOW - age)
    if stars is None:
        assert mood(review, RULES) == sentiment
        return
    worse = replace(review, rating=max(1, stars - 1))

    assert needs_call(worse, RULES, NOW) or not needs_call(review, RULES, NOW)


def test_the_schema_and_the_model_have_the_same_words(db: SqliteDatabase, tmp_path: Path) -> None:
    """Each result and cause can be written, each has a message."""
    results = [one for one in get_args(CallResult) if one != "no-answer"]
    causes = review_calls.CAUSES
    names = [f"R{n}" for n in range(max(len(results), len(causes)))]
    take(db, tmp_path, *[row(评价ID=name) for name in names])
    for n, name in enumerate(names):
        record(
            db, only(db, source_id=name).id, results[n % len(results)], NOW,
            cause=causes[n % len(causes)],
        )  # fmt: skip

    assert all(messages.has(f"reviews.result.{one}") for one in get_args(CallResult))
    assert all(messages.has(f"reviews.cause.{one}") for one in causes)
    assert all(messages.has(f"reviews.call-state.{one}") for one in get_args(CallState))
