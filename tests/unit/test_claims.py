"""Lost and damaged parcels: every step, its clock, and a buyer who is paid once."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from typer.testing import CliRunner

from shopbot import jobs, messages
from shopbot.cli import app
from shopbot.errors import NotFound, ShopbotError
from shopbot.orders import claim_store, claim_views, outgoing, store
from shopbot.orders.actions import plan
from shopbot.orders.agenda import Item, sentence
from shopbot.orders.claim_errors import ClaimRefused, NotCompensated
from shopbot.orders.claim_machine import (
    TRANSITIONS,
    carrier_rules,
    papers_needed,
    refusals,
    take_step,
)
from shopbot.orders.claim_model import (
    COMPENSATION,
    ENDS,
    Claim,
    ClaimEvent,
    ClaimKind,
    ClaimState,
    ClaimStep,
    Compensation,
)
from shopbot.orders.claim_payments import Asked, compensate, decide, most_fen
from shopbot.orders.claim_steps import open_claim, step_claim
from shopbot.orders.conditions import Claim as Asking
from shopbot.orders.describe import describe
from shopbot.orders.dialogue import Apply, Known, Slots, Talk
from shopbot.orders.due_list import find_due
from shopbot.orders.due_work import registry
from shopbot.orders.eligibility import check_claim
from shopbot.orders.freight import Kind
from shopbot.orders.model import Refund
from shopbot.orders.money import count_money
from shopbot.rules.claims import CarrierClaims, ClaimRules
from shopbot.storage import SqliteDatabase, Transaction, open_database
from tests.order_facts import NUMBER, RULES, SIGNED, STORE, at, facts, parcel
from tests.order_facts import event as courier_event
from tests.order_facts import order as order_facts
from tests.order_tables import bring, line, order, write
from tests.unit.test_acting import NOW, SENT, acted, facts_of, shop

__all__ = ["shop"]  # a fixture

PARCEL = "YT8800123456789"
PAPERS = ("发货底单", "商品价值证明", "破损照片")
RANK = {"chasing": 0, "proving": 0, "established": 1, "filed": 2}
HOURS = timedelta(hours=48)


def claim(**changes: Any) -> Claim:
    """Return a claim that was just opened."""
    values: dict[str, Any] = {
        "id": "clm_1", "store_id": STORE, "order": "2611150001", "parcel": PARCEL,
        "carrier": "圆通速递", "kind": "lost", "state": "chasing", "opened_at": NOW,
    }  # fmt: skip
    return Claim(**{**values, **changes})


def opened(db: SqliteDatabase, kind: ClaimKind = "lost") -> Claim:
    """Open a claim about the parcel of the signed order."""
    return db.transaction(lambda tx: open_claim(tx, SENT, PARCEL, kind, RULES, NOW, "小岭"))


def step(db: SqliteDatabase, claim_id: str, event: ClaimEvent, **more: Any) -> Claim:
    """Take a step."""
    taken = ClaimStep(event=event, **more)
    return db.transaction(lambda tx: step_claim(tx, claim_id, taken, RULES, NOW, "小岭"))


def pay(db: SqliteDatabase, claim_id: str, fen: int | None, *, boss: bool = False) -> Compensation:
    """Compensate the buyer."""
    asked = Asked(claim=claim_id, fen=fen, supervisor=boss)
    return db.transaction(lambda tx: compensate(tx, asked, RULES, NOW, "小岭"))


def due(db: SqliteDatabase, hours: float = 0) -> list[Item]:
    """Return the claims of the day's list."""
    return [i for i in find_due(db, RULES, NOW + timedelta(hours=hours)) if i.what == "claim"]


# --- the machine --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", get_args(ClaimState))
@pytest.mark.parametrize("event", get_args(ClaimEvent))
def test_each_pair_is_a_step_or_refused(state: ClaimState, event: ClaimEvent) -> None:
    """With everything it needs; an end keeps no clock, what goes on has one."""
    told = claim(state=state, asked_fen=5000)
    taken = ClaimStep(event=event, fen=5000 if event == "won" else 3000, papers=PAPERS)
    if event not in TRANSITIONS[state]:
        assert ("state",) == refusals(told, taken, RULES)
        with pytest.raises(ValueError, match="no step"):
            take_step(told, taken, facts(), RULES, NOW)
        return
    moved = take_step(told, taken, facts(), RULES, NOW)

    assert moved.state == TRANSITIONS[state][event]
    assert (moved.state in ENDS) == (moved.deadline is None) == (moved.ended_at == NOW)


def test_every_state_is_reached() -> None:
    """From the three beginnings."""
    reached = {"chasing", "proving", "established"}
    while more := {to for s in reached for to in TRANSITIONS[s].values()} - reached:  # type: ignore[index]
        reached |= more

    assert set(get_args(ClaimState)) == reached


@given(
    st.lists(st.sampled_from(get_args(ClaimEvent)), max_size=12),
    st.sampled_from(["lost", "damaged"]),
)
def test_a_claim_never_goes_back(events: list[ClaimEvent], kind: ClaimKind) -> None:
    """Whatever is tried; what was won is never more than was asked for."""
    told = claim(kind=kind, state="chasing" if kind == "lost" else "established")
    for event in events:
        fen = {"file": 4000, "won": 0}.get(event, 1000)
        taken = ClaimStep(event=event, fen=fen, papers=PAPERS)
        if refusals(told, taken, RULES):
            continue
        moved = take_step(told, taken, facts(), RULES, NOW)

        assert RANK.get(moved.state, 3) > RANK.get(told.state, 3)
        assert 0 <= moved.won_fen <= moved.asked_fen
        told = moved


@pytest.mark.parametrize(
    ("state", "taken", "why"),
    [
        (
            "established",
            ClaimStep(event="file", fen=100),
            ("papers:发货底单", "papers:商品价值证明"),
        ),
        ("established", ClaimStep(event="file", papers=PAPERS), ("amount",)),
        ("filed", ClaimStep(event="partly", fen=5000), ("amount",)),
        ("filed", ClaimStep(event="partly"), ("amount",)),
        ("filed", ClaimStep(event="won"), ()),
        ("filed", ClaimStep(event="won", fen=5000), ()),
        ("filed", ClaimStep(event="won", fen=3000), ("amount",)),
    ],
    ids=[
        "no-papers",
        "no-sum",
        "all-is-not-part",
        "nothing-is-not-part",
        "won",
        "won-all",
        "won-less-is-part",
    ],
)
def test_what_a_step_needs(state: ClaimState, taken: ClaimStep, why: tuple[str, ...]) -> None:
    """Papers and sums."""
    assert why == refusals(claim(state=state, asked_fen=5000), taken, RULES)


def test_a_courier_may_want_more() -> None:
    """Named as people name it; what it leaves out is the shop's usual value."""
    own = CarrierClaims(name="圆通", damaged_within=timedelta(days=1), papers=("内件清单",))
    rules = replace(RULES, claims=ClaimRules(carriers=(own,)))
    told = claim(kind="damaged", state="established")

    assert (*PAPERS, "内件清单") == papers_needed(told, rules)
    assert timedelta(days=1) == carrier_rules("圆通速递", rules).damaged_within
    assert RULES.claims.lost_within == carrier_rules("圆通速递", rules).lost_within
    assert PAPERS == papers_needed(replace(told, carrier="中通快递"), rules)


# --- in the database ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state", "deadline"),
    [
        ("lost", "chasing", NOW + HOURS),
        ("not-received", "proving", NOW + HOURS),
        ("damaged", "established", at("2026-11-21 15:30")),
    ],
)
def test_a_claim_is_opened_once(
    shop: SqliteDatabase, kind: ClaimKind, state: ClaimState, deadline: Any
) -> None:
    """With its clock: for damage the courier's, from receipt; again it is the same one."""
    first, again = opened(shop, kind), opened(shop, kind)

    assert first == again
    assert (state, deadline, "圆通速递") == (first.state, deadline, first.carrier)


@pytest.mark.parametrize(("order", "parcel"), [("2611999999", PARCEL), (SENT, "YT000")])
def test_an_unknown_parcel_is_not_claimed(shop: SqliteDatabase, order: str, parcel: str) -> None:
    """Nor one of an unknown order."""
    with pytest.raises(NotFound):
        shop.transaction(lambda tx: open_claim(tx, order, parcel, "lost", RULES, NOW, "小岭"))


def test_a_claim_goes_its_way_to_the_sums(shop: SqliteDatabase) -> None:
    """Chased, lost, filed, won in part; the history tells each step, the buyer the loss once."""
    claim_id = opened(shop).id
    step(shop, claim_id, "lost")
    step(shop, claim_id, "file", fen=54800, papers=PAPERS)
    filed = claim_views.sums(shop, STORE)
    ended = step(shop, claim_id, "partly", fen=30000, note="只赔运费倍数")
    [total] = claim_views.sums(shop, STORE)
    with shop.snapshot() as reader:
        told = claim_views.story_dict(reader, claim_id, RULES, NOW)
    waiting = [m.phrase for m in outgoing.list_messages(shop, STORE, SENT) if m.state == "waiting"]

    assert (1, 54800, 0) == (filed[0].open, filed[0].open_fen, filed[0].won_fen)
    assert ("partly", 30000, None) == (ended.state, ended.won_fen, ended.deadline)
    assert (0, 0, 30000, 24800) == (total.open, total.open_fen, total.won_fen, total.refused_fen)
    assert ["claim.opened", "claim.lost", "claim.file", "claim.partly"] == [
        deed["what"] for deed in told["history"]
    ]
    assert ["claim.step.lost"] == waiting
    with pytest.raises(ClaimRefused):
        step(shop, claim_id, "won")


def test_a_report_of_a_buyer_opens_a_claim(shop: SqliteDatabase) -> None:
    """The task speaks of it on the day's list; the courier's answer ends the task and tells once."""
    acted(shop, "claim.not_received", SENT)
    [found] = claim_store.list_claims(shop, STORE, claim_store.ClaimFilter())
    before = due(shop, hours=47)
    step(shop, found.id, "lost")
    [task] = facts_of(shop, SENT).tasks
    waiting = [m.phrase for m in outgoing.list_messages(shop, STORE, SENT) if m.state == "waiting"]

    assert ("not-received", "proving", PARCEL) == (found.kind, found.state, found.parcel)
    assert [] == before
    assert "done" == task.state
    assert ["claim.step.lost"] == waiting
    assert ["established"] == [item.state for item in due(shop)]


def test_a_claim_that_stands_too_long_is_on_the_list(shop: SqliteDatabase) -> None:
    """Not before its day; then with its next step, and its history says that it is late."""
    claim_id = opened(shop).id
    early, [late] = due(shop), due(shop, hours=49)
    jobs.run_due(shop, registry(shop, RULES), worker="w", now=NOW + HOURS)
    names = [one.name for one in store.list_events(shop, STORE, SENT)]
    told = sentence(late, RULES, NOW + HOURS)

    assert [] == early
    assert (claim_id, True, "claim.chasing") == (late.subject, late.overdue, late.next)
    assert messages.text("due.next.claim.chasing") in told
    assert "claim.overdue" == names[-1]


def test_every_state_has_its_words() -> None:
    """On the list and in the sheet."""
    open_ = set(get_args(ClaimState)) - ENDS
    keys = [f"due.state.claim.{one}" for one in get_args(ClaimState)]
    keys += [f"due.next.claim.{one}" for one in (*sorted(open_), "compensation")]
    keys += [f"claims.kind.{one}" for one in get_args(ClaimKind)]

    assert [] == [key for key in keys if not messages.has(key)]


# --- compensation -------------------------------------------------------------------------------------


def test_a_buyer_is_compensated_once(shop: SqliteDatabase) -> None:
    """Within an agent's limit at once: a refund on the day's list, a word to the buyer; never again."""
    claim_id = opened(shop).id
    step(shop, claim_id, "lost")
    paid = pay(shop, claim_id, 10000)
    [refund] = facts_of(shop, SENT).refunds
    waiting = [m for m in outgoing.list_messages(shop, STORE, SENT) if m.state == "waiting"]
    listed = [i.state for i in find_due(shop, RULES, NOW) if i.what == "refund"]

    assert ("approved", 10000, 10000) == (paid.state, paid.fen, refund.difference_fen)
    assert [("claim.step.compensated", {"退款金额": "100元"})] == [
        (one.phrase, one.values) for one in waiting
    ]
    assert ["compensation"] == listed
    with pytest.raises(NotCompensated, match="twice"):
        pay(shop, claim_id, 100, boss=True)
    assert 1 == len(facts_of(shop, SENT).refunds)


@pytest.mark.parametrize("agree", [True, False], ids=["agreed", "denied"])
def test_more_than_an_agent_may_give_waits(shop: SqliteDatabase, agree: bool) -> None:
    """On the list until a supervisor decides; denied, another sum may be asked for."""
    claim_id = opened(shop).id
    step(shop, claim_id, "lost")
    asked = pay(shop, claim_id, None)
    before = [item.state for item in due(shop)]
    done = shop.transaction(lambda tx: decide(tx, claim_id, agree, RULES, NOW, "主管"))
    refunds = sum(one.cash_fen for one in facts_of(shop, SENT).refunds)

    assert ("asked", 54800) == (asked.state, asked.fen)
    assert "compensation" in before
    assert "compensation" not in [item.state for item in due(shop)]
    assert (54800 if agree else 0) == refunds
    assert "主管" == done.decided_by
    with pytest.raises(NotFound):
        shop.transaction(lambda tx: decide(tx, claim_id, agree, RULES, NOW, "主管"))
    if not agree:
        assert "approved" == pay(shop, claim_id, 5000).state


def test_what_forbids_to_compensate(shop: SqliteDatabase) -> None:
    """A parcel still looked for, more than was paid, a case that pays already."""
    claim_id = opened(shop).id
    with pytest.raises(NotCompensated, match="state"):
        pay(shop, claim_id, 100)
    step(shop, claim_id, "lost")
    with pytest.raises(NotCompensated, match="amount"):
        pay(shop, claim_id, 54801, boss=True)

    said: dict[str, Any] = {"text": "压坏了", "pictures": ("a.jpg",), "remedy": "refund"}
    plan = acted(shop, "claim.damaged", SENT, **said).plan
    acted(shop, "claim.damaged", SENT, confirmed=plan.key, **said)  # type: ignore[union-attr]

    assert 1 == len(facts_of(shop, SENT).cases)
    with pytest.raises(NotCompensated, match="case"):
        pay(shop, claim_id, 100)


class UndoError(Exception):
    """Ends an example without a trace."""


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tries=st.lists(
        st.tuples(st.sampled_from(["pay", "boss", "agree", "deny"]), st.integers(1, 60000)),
        max_size=8,
    )
)
def test_no_parcel_is_paid_for_twice(shop: SqliteDatabase, tries: list[tuple[str, int]]) -> None:
    """Whatever is asked for and decided: at most one sum, never more than was paid."""

    def example(tx: Transaction) -> None:
        made = open_claim(tx, SENT, PARCEL, "damaged", RULES, NOW, "小岭")
        for what, fen in tries:
            with suppress(NotCompensated, NotFound):
                if what in ("pay", "boss"):
                    asked = Asked(claim=made.id, fen=fen, supervisor=what == "boss")
                    compensate(tx, asked, RULES, NOW, "小岭")
                else:
                    decide(tx, made.id, what == "agree", RULES, NOW, "主管")
        found = claim_store.list_compensations(tx, STORE, made.id)
        agreed = [one.fen for one in found if one.state == "approved"]
        refunds = [one.cash_fen for one in store.get_facts(tx, STORE, SENT).refunds]

        assert len([one for one in found if one.state != "denied"]) <= 1
        assert sum(agreed) == sum(refunds) <= 54800
        raise UndoError

    with pytest.raises(UndoError):
        shop.transaction(example)


def test_a_parcel_found_after_its_buyer_was_paid_is_a_matter_for_staff(
    shop: SqliteDatabase,
) -> None:
    """For two days on the list; not where nobody was paid, or a supervisor said no."""
    made = opened(shop)
    step(shop, made.id, "lost")
    pay(shop, made.id, 20000)
    deny = partial(decide, claim_id=made.id, agree=False, rules=RULES, now=NOW, who="主管")
    shop.transaction(deny)
    step(shop, made.id, "found")
    denied = due(shop)
    again = opened(shop)
    step(shop, again.id, "lost")
    pay(shop, again.id, 5000)
    step(shop, again.id, "found")

    assert [] == denied
    assert [("found-paid", again.id)] == [(one.state, one.subject) for one in due(shop, 47)]
    assert [] == due(shop, 49)


def test_a_compensation_lies_on_the_lines_of_the_parcel(shop: SqliteDatabase) -> None:
    """So that what a line may get back later is less by it."""
    made = opened(shop, "damaged")
    before = most_fen(made, facts_of(shop, SENT))
    pay(shop, made.id, 5000)
    left = facts_of(shop, SENT)

    assert 54800 == before
    assert 49800 == most_fen(made, left)
    assert [1] == [one.line_no for one in left.refunds]
    assert 5000 == count_money(left).get_line(1).difference_back_fen


@pytest.mark.parametrize("kind", ["quality", "missing", "exchange"])
@pytest.mark.parametrize(
    ("fen", "step"),
    [pytest.param(54800, "hand-over", id="all"), pytest.param(5000, "apply", id="a part")],
)
def test_who_is_paid_for_a_lost_parcel_gets_no_goods_besides(
    kind: Kind, fen: int, step: str
) -> None:
    """All that it cost: a person looks before anything more is given. A part of it: as ever."""
    paid = Refund(
        id="ref_1", store_id=STORE, order=NUMBER, line_no=1, state="paid", difference_fen=fen,
        reason=COMPENSATION, created_at=NOW,
    )  # fmt: skip
    told = facts(order=order_facts(paid_fen=54800), refunds=(paid,))
    asked = Asking(kind=kind, quantity=1, pictures=1, intact=True)
    found = check_claim(told, 1, asked, RULES, SIGNED + timedelta(days=1))

    assert (step, step == "apply") == (found.next, found.eligible)


@pytest.mark.parametrize("action", ["order.track", "order.status", "claim.lost"])
@pytest.mark.parametrize(
    ("fen", "name"),
    [
        pytest.param(54800, "claim.step.compensated", id="all"),
        pytest.param(5000, "order.track.lost", id="a part"),
    ],
)
def test_who_is_paid_for_a_lost_parcel_is_not_asked_what_they_want(
    action: str, fen: int, name: str
) -> None:
    """Nor does anybody look for it again: shopper's page, talk and staff are told that it is made good."""
    gone = parcel(
        courier_event("2026-11-19 10:00", "快件已丢失"), asked="2026-11-19 11:00", line_nos=(1,)
    )
    paid = Refund(
        id="ref_1", store_id=STORE, order=NUMBER, line_no=1, state="paid", difference_fen=fen,
        reason=COMPENSATION, created_at=NOW,
    )  # fmt: skip
    told = facts(
        order=order_facts(paid_fen=54800, status="shipped"), parcels=(gone,), refunds=(paid,)
    )
    now = at("2026-11-19 12:00")
    known = Known(rules=RULES, talk=Talk(id="t1"), orders=(told,))
    found = plan(action, Slots(order=NUMBER), known, now)
    page = describe(told, RULES, now)

    assert name in [one.id for one in found.phrases]
    assert (fen == 54800) == ("已经为您登记全额赔付" in page.text)
    assert (fen == 54800) == ("您看哪种方便" not in page.text)
    assert isinstance(found, Apply)
    assert (fen == 54800) == (found.deed is None)


# --- the command --------------------------------------------------------------------------------------


def test_the_command_opens_steps_pays_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Chinese, as JSON, as a workbook; an empty shop has words for it."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "store.yaml").write_text("id: test\nname: 店\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("SHOPBOT_KNOWLEDGE", str(tmp_path / "store"))
    monkeypatch.setenv("SHOPBOT_DATA", str(tmp_path / "data"))
    sent = order(订单状态="卖家已发货，等待买家确认", 物流单号=PARCEL, 物流公司="圆通速递")
    tables = {
        "orders": write(tmp_path / "o.csv", [sent]), "lines": write(tmp_path / "l.csv", [line()]),
    }  # fmt: skip
    db = open_database(tmp_path / "data")
    bring(db, **tables)
    db.close()

    def run(*told: str) -> str:
        result = CliRunner().invoke(app, ["claims", *told], catch_exceptions=False)

        assert 0 == result.exit_code, result.output
        return result.stdout

    none = run("list")
    note = ("--note", "买家电话13812345512")
    made = json.loads(run("open", SENT, PARCEL, "--kind", "damaged", *note, "--json"))
    refused = CliRunner().invoke(app, ["claims", "step", made["id"], "file", "--amount", "300"])
    papers = [part for name in PAPERS for part in ("--paper", name)]
    filed = run("step", made["id"], "file", "--amount", "300", *papers)
    paid = run("step", made["id"], "compensate", "--amount", "200")
    agreed = run("step", made["id"], "agree", "--supervisor", "--who", "主管")
    shown = run("show", made["id"])
    listed = json.loads(run("list", "--open", "--json"))
    [total] = json.loads(run("sums", "--json"))
    run("export", str(tmp_path / "c.xlsx"))
    book = load_workbook(tmp_path / "c.xlsx")

    assert messages.text("claims.none") in none
    assert "等快递答复索赔" in filed
    assert "等主管批准" in paid
    assert "已同意" in agreed
    assert isinstance(refused.exception, ShopbotError)
    assert "最多可赔给买家" not in shown  # never twice for a parcel
    assert "300.00" in run("sums")
    assert "缺发货底单、缺商品价值证明" in messages.of_error(refused.exception)
    assert "向快递申请 300元" in shown
    assert "  向快递申请  " in shown
    assert "claim." not in shown
    assert ["filed"] == [one["state"] for one in listed]
    assert (30000, 20000) == (total["open_fen"], total["compensated_fen"])
    assert ["索赔登记", "按快递汇总"] == book.sheetnames
    assert [SENT, PARCEL] == [book["索赔登记"]["B2"].value, book["索赔登记"]["C2"].value]
    assert "13812345512" not in str([*book["索赔登记"].values, listed])
    assert "圆通速递" in run("sums")
