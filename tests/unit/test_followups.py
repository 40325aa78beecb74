"""Follow-ups: who is asked, when, both branches, the record and who is lost; the state table walked."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count as numbers
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot import audit, jobs, messages
from shopbot.errors import NotFound, OrdersFileUnreadable
from shopbot.orders import followup_register, followup_store, store
from shopbot.orders.followup_model import (
    EndedCase,
    Followup,
    FollowupResult,
    FollowupState,
    Sample,
    first_convenient,
    in_sample,
    is_convenient,
    is_member,
    why_asked,
)
from shopbot.orders.followup_steps import (
    ANSWER_WITHIN,
    PROBLEMS,
    TRANSITIONS,
    FollowupOver,
    Form,
    after,
    event_of,
    record,
)
from shopbot.orders.followup_store import FollowupFilter
from shopbot.orders.followup_work import list_waiting, next_slot, pick, plan_watches, register
from shopbot.orders.members import count_members, read_members, replace_members
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase
from shopbot.worker import Agenda, run_once
from tests.order_facts import RULES, STORE, at, case, rules
from tests.order_tables import bring, line, order, write

NOW = at("2026-11-22 12:00")
ENDED = at("2026-11-21 15:00")
LATER = at("2026-11-22 14:00")
SEED = "seed_test"


def ended(**changes: Any) -> EndedCase:
    """Return a case that ended yesterday, of a buyer who came once."""
    values: dict[str, Any] = {
        "id": "case_1", "order": "2611150001", "reason": "size", "ended_at": ENDED,
        "buyer": "山间清风", "bought": 1,
    }  # fmt: skip
    return EndedCase(**{**values, **changes})


def sample(share: int) -> Sample:
    """Return a month's sample."""
    return Sample(month="2026-11", seed=SEED, share=share, recorded_at=NOW)


def followup(**changes: Any) -> Followup:
    """Return an open follow-up."""
    values: dict[str, Any] = {
        "id": "fup_1", "store_id": STORE, "case": "case_1", "order": "2611150001", "why": "member",
        "next_at": LATER, "due_at": ENDED + timedelta(days=3), "case_ended_at": ENDED, "opened_at": NOW,
    }  # fmt: skip
    return Followup(**{**values, **changes})


# --- who is asked -------------------------------------------------------------------------------------


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 100), st.integers(0, 100))
def test_a_larger_share_keeps_who_was_in_the_smaller(
    seed: str, name: str, one: int, other: int
) -> None:
    """Nobody at 0 %, all at 100 %, and the same answer every time."""
    low, high = sorted((one, other))

    assert not in_sample(seed, name, 0)
    assert in_sample(seed, name, 100)
    assert in_sample(seed, name, high) or not in_sample(seed, name, low)
    assert in_sample(seed, name, one) == in_sample(seed, name, one)


@pytest.mark.parametrize("seed", ["a", "seed_1", "另一个"])
def test_the_share_of_a_sample_is_what_was_asked(seed: str) -> None:
    """Twenty of a hundred, within what chance allows, and not the same ones for another seed."""
    orders = [f"26111{n:05d}" for n in range(5000)]
    picked = [name for name in orders if in_sample(seed, name, 20)]

    assert 900 <= len(picked) <= 1100
    assert picked != [name for name in orders if in_sample(f"{seed}x", name, 20)]


def test_the_first_bucket_is_not_in_an_empty_sample() -> None:
    """One order in ten thousand comes first; at 0 % not even that one, at 1 % it does."""
    first = next(n for n in range(10**6) if _bucket(f"{n}") == 0)

    assert not in_sample(SEED, f"{first}", 0)
    assert in_sample(SEED, f"{first}", 1)


def _bucket(name: str) -> int:
    digest = hashlib.sha256(f"{SEED}|{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 10_000


@pytest.mark.parametrize(
    ("changes", "share", "why"),
    [
        pytest.param({"bought": 3}, 0, "member", id="members always"),
        pytest.param({"bought": 2}, 0, None, id="others not at 0 %"),
        pytest.param({"bought": 1, "listed": True}, 0, "member", id="listed members always"),
        pytest.param({"listed": True, "buyer": "山**风"}, 0, None, id="a masked one is nobody"),
        pytest.param({"bought": 2}, 100, "sample", id="others at 100 %"),
        pytest.param({"bought": 9, "buyer": "山**风"}, 0, None, id="a masked name is nobody's"),
        pytest.param({"bought": 9, "buyer": ""}, 100, "sample", id="no name, still sampled"),
        pytest.param({"bought": 9, "reason": "cancelled"}, 100, None, id="cancelled before shipping"),
        pytest.param({"bought": 9, "reason": "price-difference"}, 100, None, id="a price difference"),
    ],
)  # fmt: skip
def test_who_is_asked(changes: dict[str, Any], share: int, why: str | None) -> None:
    """Members all, others by the sample, and only where there was service."""
    assert why == why_asked(ended(**changes), sample(share), RULES)


@given(st.integers(0, 20))
def test_more_orders_never_make_one_less_of_a_member(bought: int) -> None:
    """The rule counts up."""
    more = ended(bought=bought + 1)

    assert is_member(more, RULES) or not is_member(ended(bought=bought), RULES)


# --- convenient hours ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        ("2026-11-22 10:00", "2026-11-22 10:00"), ("2026-11-22 08:00", "2026-11-22 09:30"),
        ("2026-11-22 12:30", "2026-11-22 14:00"), ("2026-11-22 20:30", "2026-11-23 09:30"),
        ("2026-11-22 23:59", "2026-11-23 09:30"), ("2026-11-22 00:00", "2026-11-22 09:30"),
    ],
)  # fmt: skip
def test_people_are_called_at_convenient_hours(moment: str, first: str) -> None:
    """Not at night, not at noon; the first moment after."""
    assert at(first) == first_convenient(at(moment), RULES)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 -- zone below
def test_the_first_convenient_moment_is_one_and_not_earlier(moment: datetime) -> None:
    """Within a day, and asking again changes nothing."""
    told = moment.replace(tzinfo=NOW.tzinfo)
    first = first_convenient(told, RULES)

    assert is_convenient(first, RULES)
    assert told <= first <= told + timedelta(days=1)
    assert first == first_convenient(first, RULES)


def test_hours_that_leave_no_moment_are_no_limit() -> None:
    """A slip in the rules must not stop the work."""
    clock = RULES.followups.hours_from
    wrong = rules(followups={"hours_until": clock})

    assert first_convenient(NOW, wrong) == NOW


# --- the form -----------------------------------------------------------------------------------------


def test_every_state_is_reached_and_every_pair_decided() -> None:
    """Walks the table: what fits leads on, what does not is refused."""
    reached: set[FollowupState] = {"open", "lapsed"}  # time alone makes one lapse
    for state in get_args(FollowupState):
        for attempts in range(3):
            for result in get_args(FollowupResult):
                told = followup(
                    state=state, attempts=attempts,
                    satisfied=state in ("done", "promised") or None,
                    ended_at=None if state in ("open", "promised") else NOW,
                )  # fmt: skip
                form = Form(result=result, score=4)
                wanted = TRANSITIONS[state].get(event_of(told, form, RULES))
                if wanted is None:
                    with pytest.raises(FollowupOver):
                        after(told, form, RULES, NOW, "mei")
                    continue
                changed = after(told, form, RULES, NOW, "mei")
                reached.add(changed.state)

                assert wanted == changed.state
                assert changed.is_open == (changed.ended_at is None)
                assert changed.state not in ("done", "promised") or changed.satisfied is not None

    assert set(get_args(FollowupState)) == reached
    assert set(get_args(FollowupState)) == set(TRANSITIONS)


@pytest.mark.parametrize(
    ("form", "state", "satisfied", "due"),
    [
        (Form(result="satisfied", score=5), "done", True, ENDED + timedelta(days=3)),
        (Form(result="unsatisfied", problem="speed"), "promised", False, NOW + ANSWER_WITHIN),
        (Form(result="declined"), "declined", None, ENDED + timedelta(days=3)),
        (Form(result="wrong-number"), "unreached", None, ENDED + timedelta(days=3)),
    ],
    ids=["satisfied", "unsatisfied", "declined", "wrong number"],
)
def test_both_branches_end_as_their_closing_says(
    form: Form, state: str, satisfied: bool | None, due: datetime
) -> None:
    """Content: done. Not content: an answer is owed within a day."""
    changed = after(followup(), form, RULES, NOW, "mei")

    assert (state, satisfied, due) == (changed.state, changed.satisfied, changed.due_at)


def test_who_does_not_answer_is_called_again_at_a_convenient_hour() -> None:
    """As often as the rules say, then no more."""
    missed = after(followup(), Form(result="no-answer"), RULES, at("2026-11-22 19:00"), "mei")
    last = after(followup(attempts=2), Form(result="no-answer"), RULES, NOW, "mei")

    assert ("open", at("2026-11-23 09:30")) == (missed.state, missed.next_at)
    assert "unreached" == last.state


# --- the work -----------------------------------------------------------------------------------------


def bought(folder: Path, db: SqliteDatabase, *buyers: str, day: str = "2026-11-15") -> list[str]:
    """Import one finished order for each name; return their numbers."""
    shown = [f"{day.replace('-', '')[2:]}{n:04d}" for n in range(1, len(buyers) + 1)]
    times = {"订单创建时间": f"{day} 09:12", "订单付款时间": f"{day} 09:13"}
    rows = [
        order(订单编号=number, 买家会员名=buyer, 订单状态="交易成功", **times)
        for number, buyer in zip(shown, buyers, strict=True)
    ]
    bring(
        db,
        orders=write(folder / "o.csv", rows),
        lines=write(folder / "l.csv", [line(订单编号=number) for number in shown]),
    )
    return shown


def finish(db: SqliteDatabase, *orders: str, when: datetime | None = ENDED, **changes: Any) -> None:
    """Write a case that has ended for each order."""
    for number in orders:
        values = {
            "id": f"case_{number}", "state": "finished", "kind": "exchange", "ended_at": when,
            **changes,
        }  # fmt: skip
        told = case(order=number, **values)
        db.transaction(partial(_add, told))


def _add(told: Any, tx: Any) -> None:
    store.add_case(tx, told)


def agenda(db: SqliteDatabase, kept: Rules) -> Agenda:
    """Return the due work of follow-ups alone, with seeds that can be told."""
    counter = numbers(1)
    return Agenda(
        registry=lambda: register(jobs.Registry(), db, kept, lambda: f"{SEED}_{next(counter)}"),
        plan=lambda tx, now: plan_watches(tx, STORE, now),
        next_plan=next_slot,
    )


def everybody(db: SqliteDatabase, **wanted: Any) -> list[Followup]:
    """Return all follow-ups."""
    return followup_store.list_followups(db, STORE, FollowupFilter(**wanted))


ALL = rules(followups={"other_share": 100})


def test_done_cases_are_picked_once(db: SqliteDatabase, tmp_path: Path) -> None:
    """Hour after hour the same; by the third day, at a convenient hour."""
    orders = bought(tmp_path, db, "甲", "乙")
    finish(db, *orders)
    for hours in (0, 1, 2):
        run_once(db, agenda(db, ALL), worker="w", now=NOW + timedelta(hours=hours))
    found = everybody(db)

    assert orders == sorted(one.order for one in found)
    assert {(LATER, ENDED + timedelta(days=3), "sample")} == {
        (one.next_at, one.due_at, one.why) for one in found
    }
    assert [] == list_waiting(db, ALL, NOW)


def test_members_are_all_asked_and_others_by_the_recorded_seed(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """Whoever repeats the choice with seed and share gets the same."""
    orders = bought(tmp_path, db, "会员甲", "会员甲", "会员甲", *[f"客{n}" for n in range(40)])
    finish(db, *orders)
    run_once(db, agenda(db, RULES), worker="w", now=NOW)
    (recorded,) = followup_store.list_samples(db, STORE)
    found = {one.order: one.why for one in everybody(db)}
    again = [n for n in orders[3:] if in_sample(recorded.seed, n, recorded.share)]

    assert ("2026-11", f"{SEED}_1", 20) == (recorded.month, recorded.seed, recorded.share)
    assert ["member"] * 3 == [found[number] for number in orders[:3]]
    assert sorted(again) == sorted(number for number, why in found.items() if why == "sample")


def test_the_shop_s_own_members_are_all_asked(db: SqliteDatabase, tmp_path: Path) -> None:
    """By a list, each in place of the one before; who is on none is sampled."""
    nobody = rules(followups={"other_share": 0})
    first, second, third = bought(tmp_path, db, "甲", "乙", "丙")
    file = tmp_path / "会员.csv"
    for text, number in (("会员名,会员等级\n丙,金卡\n", first), ("昵称\n甲\n甲\n山**风\n", second)):
        file.write_text(text, encoding="utf-8")
        told = read_members(file)
        db.transaction(lambda tx, told=told: replace_members(tx, STORE, told, NOW, "mei"))  # type: ignore[misc]
        finish(db, number)
    finish(db, third)
    run_once(db, agenda(db, nobody), worker="w", now=NOW)

    assert [(first, "member")] == [(one.order, one.why) for one in everybody(db)]
    assert (1, 1) == (count_members(db, STORE), told.masked)


def test_what_cannot_be_read_of_a_list_is_told(tmp_path: Path) -> None:
    """A formula is no name; the shop's own name of the column may be told."""
    book = openpyxl.Workbook()
    for cells in (["客户", "级别"], ["甲", "金"], ["=A2", "银"], ["山**风", "银"]):
        book.worksheets[0].append(cells)
    book.save(tmp_path / "m.xlsx")
    told = read_members(tmp_path / "m.xlsx", {"客户": "buyer", "级别": "level"})

    assert ({"甲": "金"}, 1, 1) == (told.levels, told.masked, told.unread)


@pytest.mark.parametrize("text", ["会员名\n", "会员名\n山**风\n", "订单编号\n1\n", ""])
def test_a_list_that_names_nobody_changes_nothing(
    db: SqliteDatabase, tmp_path: Path, text: str
) -> None:
    """A broken export must not make every member a stranger."""
    file = tmp_path / "m.csv"
    file.write_text("会员名\n甲\n", encoding="utf-8")
    db.transaction(lambda tx: replace_members(tx, STORE, read_members(file), NOW, "mei"))
    file.write_text(text, encoding="utf-8")

    with pytest.raises(OrdersFileUnreadable):
        read_members(file)
    assert 1 == count_members(db, STORE)


def test_the_seed_of_a_month_stays(db: SqliteDatabase, tmp_path: Path) -> None:
    """Even when the share in the rules changes meanwhile; the next month gets its own."""
    orders = bought(tmp_path, db, "甲", "乙", "丙")
    finish(db, orders[0])
    run_once(db, agenda(db, RULES), worker="w", now=NOW)
    finish(db, orders[1])
    run_once(db, agenda(db, ALL), worker="w", now=NOW + timedelta(hours=1))
    finish(db, orders[2], when=at("2026-12-01 00:10"))
    run_once(db, agenda(db, ALL), worker="w", now=at("2026-12-01 10:00"))

    assert [("2026-11", 20), ("2026-12", 100)] == [
        (one.month, one.share) for one in followup_store.list_samples(db, STORE)
    ]


def test_what_nobody_asked_in_time_lapses(db: SqliteDatabase, tmp_path: Path) -> None:
    """After two weeks nobody remembers; promised answers stay owed."""
    orders = bought(tmp_path, db, "甲", "乙")
    finish(db, *orders)
    run_once(db, agenda(db, ALL), worker="w", now=NOW)
    owed = next(one for one in everybody(db) if one.order == orders[0])
    write_form(db, owed.id, Form(result="unsatisfied", problem="speed"), LATER)
    run_once(db, agenda(db, ALL), worker="w", now=ENDED + timedelta(days=14))

    assert {orders[0]: "promised", orders[1]: "lapsed"} == {o.order: o.state for o in everybody(db)}


def write_form(db: SqliteDatabase, name: str, form: Form, now: datetime) -> Followup:
    """Fill in a form."""
    return db.transaction(lambda tx: record(tx, name, form, RULES, now, "mei"))


def test_the_list_of_the_day_holds_calls_and_promised_answers(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """From their hour on, until they are done."""
    finish(db, *bought(tmp_path, db, "甲"))
    run_once(db, agenda(db, ALL), worker="w", now=NOW)
    early, due = everybody(db, due=NOW), everybody(db, due=LATER)
    write_form(db, due[0].id, Form(result="unsatisfied", problem="attitude", note="说太慢"), LATER)
    promised = everybody(db, due=LATER)
    done = write_form(db, due[0].id, Form(result="answered"), LATER + timedelta(hours=3))
    deeds = [deed.name for deed in audit.list_deeds(db, store_id=STORE, subject=due[0].id)]

    assert ([], 1) == (early, len(due))
    assert ("promised", LATER + ANSWER_WITHIN) == (promised[0].state, promised[0].due_at)
    assert ("done", False, "说太慢", []) == (done.state, done.satisfied, done.note, everybody(db, due=NOW + timedelta(days=9)))  # fmt: skip
    assert ["followup.opened", "followup.unsatisfied", "followup.answered"] == deeds


def test_a_buyer_is_asked_once_about_all_of_an_order(db: SqliteDatabase, tmp_path: Path) -> None:
    """Several cases, one call, once none is open; what ended before the call brings no second one."""
    [number] = bought(tmp_path, db, "甲")
    finish(db, number)
    finish(db, number, when=ENDED + timedelta(hours=2), id="case_two")
    finish(db, number, when=None, id="case_open", state="approved")
    run_once(db, agenda(db, ALL), worker="w", now=NOW)
    waiting = everybody(db)
    db.transaction(lambda tx: _end(tx, "case_open", NOW))
    run_once(db, agenda(db, ALL), worker="w", now=NOW + timedelta(hours=2))
    [one] = everybody(db)
    write_form(db, one.id, Form(result="satisfied"), LATER + timedelta(hours=1))
    run_once(db, agenda(db, ALL), worker="w", now=LATER + timedelta(hours=2))
    finish(db, number, when=LATER + timedelta(hours=3), id="case_new")
    run_once(db, agenda(db, ALL), worker="w", now=LATER + timedelta(hours=4))

    assert ([], "case_open") == (waiting, one.case)
    assert ["case_open", "case_new"] == [found.case for found in everybody(db)]


def _end(tx: Any, case_id: str, now: datetime) -> None:
    present = store.get_case(tx, STORE, case_id)
    store.update_case(tx, replace(present, state="refunded", ended_at=now))


def test_a_form_for_nobody_is_refused(db: SqliteDatabase) -> None:
    """An unknown id, another store's job."""
    with pytest.raises(NotFound):
        write_form(db, "fup_none", Form(result="satisfied"), NOW)
    job = jobs.Job(
        id="job_1", store_id="other", kind="followups.pick", key="k", due=NOW, payload={},
        attempt=1, max_attempts=1, worker="w",
    )  # fmt: skip
    with pytest.raises(NotFound):
        pick(db, RULES, lambda: SEED, job, NOW)


# --- record and lost buyers ---------------------------------------------------------------------------


def test_the_record_is_a_workbook_without_formulas(db: SqliteDatabase, tmp_path: Path) -> None:
    """Row by row and by month, with seeds; what a buyer says is never run."""
    orders = bought(tmp_path, db, "甲方", "乙方", "丙方", "丁方")
    finish(db, *orders)
    run_once(db, agenda(db, ALL), worker="w", now=NOW)
    first, second, third, _ = everybody(db)
    write_form(db, first.id, Form(result="satisfied", score=5, suggestion="=1+1"), LATER)
    write_form(db, second.id, Form(result="unsatisfied", problem="speed"), LATER)
    write_form(db, second.id, Form(result="answered"), LATER + timedelta(hours=2))
    write_form(db, third.id, Form(result="wrong-number", note="号码13812345512空号"), LATER)
    with db.snapshot() as reader:
        told = followup_register.gather(reader, RULES, None, None, NOW)
    followup_register.write(tmp_path / "f.xlsx", told, RULES)
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    names = [messages.text(f"followups.sheet.{name}") for name in ("record", "summary", "lost")]
    rows = [[cell.value for cell in row] for row in book[names[0]].iter_rows(min_row=2)]
    summary = dict(
        zip(followup_register.SUMS, [cell.value for cell in book[names[1]][2]], strict=True)
    )

    titles = [cell.value for cell in book[names[1]][1]]

    assert names == book.sheetnames
    assert len(titles) == len(set(titles))
    assert "回访日期" not in titles  # counts, no days
    assert 4 == len(rows)
    assert all(cell.data_type != "f" for row in book[names[0]].iter_rows() for cell in row)
    assert "'=1+1" in rows[0]
    assert "不满意，已答复" in rows[1]
    assert "13812345512" not in str(rows)
    assert "甲方" not in str(rows)
    assert (4, 2, 1, 1, "50%", "50%", f"{SEED}_1") == tuple(
        summary[n] for n in ("picked", "asked", "satisfied", "unreached", "rate_reached", "rate_satisfied", "seed")
    )  # fmt: skip
    assert 1 == summary["open"]


def test_who_came_often_and_not_for_long_is_lost(db: SqliteDatabase, tmp_path: Path) -> None:
    """Several orders, none in half a year; the masked and the new are not."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    bought(old, db, "老甲", "老甲", "老甲", "老乙", "老乙", "一次", "还来", "还来", "青**石", "青**石", day="2026-03-01")  # fmt: skip
    bought(new, db, "还来", day="2026-11-01")
    found = followup_store.list_lost(db, STORE, RULES, NOW)

    assert [("老甲", 3), ("老乙", 2)] == [(one.buyer, one.orders) for one in found]
    assert ["2603010003", "2603010005"] == [one.last_order for one in found]
    assert [] == followup_store.list_lost(db, STORE, RULES, at("2026-08-01 12:00"))
    assert [] == followup_store.list_lost(db, "other", RULES, NOW)


def test_the_schema_and_the_model_have_the_same_words(db: SqliteDatabase, tmp_path: Path) -> None:
    """Each problem can be written, each state and result has a message."""
    finish(db, *bought(tmp_path, db, *[f"客{n}" for n in range(len(PROBLEMS))]))
    run_once(db, agenda(db, ALL), worker="w", now=NOW)
    for one, problem in zip(everybody(db), PROBLEMS, strict=True):
        write_form(db, one.id, Form(result="unsatisfied", problem=problem), LATER)

    assert all(messages.has(f"followups.problem.{name}") for name in PROBLEMS)
    assert all(messages.has(f"followups.result.{name}") for name in get_args(FollowupResult))
    assert all(messages.has(f"followups.state.{name}") for name in get_args(FollowupState))
