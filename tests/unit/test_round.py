"""The morning's list: every area in its section, the same for people, programs and Excel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from shopbot import messages
from shopbot.orders import review_store, round_sheet
from shopbot.orders.agenda import Item, list_items
from shopbot.orders.chores import SECTIONS, Chore
from shopbot.orders.claim_model import ClaimStep
from shopbot.orders.claim_steps import open_claim, step_claim
from shopbot.orders.claim_work import is_in_hand
from shopbot.orders.due_list import find_due
from shopbot.orders.model import OrderTask
from shopbot.orders.review_calls import Made, record_call
from shopbot.orders.round import MISSED_AFTER, find_round, is_missed, of_item
from shopbot.orders.states import CaseState, TaskKind
from shopbot.rules import Rules
from shopbot.storage import Database, SqliteDatabase
from shopbot.web.server import create_app
from shopbot.web.services import Services
from shopbot.worker import run_once
from tests.order_facts import NUMBER, RULES, STORE, at, case, event, facts, parcel
from tests.order_facts import order as order_facts
from tests.order_tables import bring, order, write
from tests.signed_in import AGENT, with_key
from tests.unit import test_due_work as on_the_road
from tests.unit.test_followups import ALL, agenda, bought, finish
from tests.unit.test_reviews import row, take

NOW = at("2026-11-22 14:30")
PARCEL = "SF1400000000008"
GONE = f"{PARCEL},2026-11-18 09:00:00,快件已丢失\n"
MISSED, NEAR = "2611180001", "2611200001"


@pytest.fixture
def shop(db: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A shop with a forgotten order, one that is nearly late, a bad review and a buyer to be asked."""
    finish(db, *bought(tmp_path, db, "甲方"))
    run_once(db, agenda(db, ALL), worker="w", now=at("2026-11-22 12:00"))
    rows = [
        order(订单编号=MISSED, 订单创建时间="2026-11-18 09:12", 订单付款时间="2026-11-18 09:13"),
        order(订单编号=NEAR, 订单创建时间="2026-11-20 15:12", 订单付款时间="2026-11-20 15:13"),
    ]
    bring(db, orders=write(tmp_path / "more.csv", rows))
    take(db, tmp_path, row(订单编号=MISSED))
    return db


def promised(db: Database, rules: Rules, now: datetime) -> Iterator[Chore]:
    """Yield a promise, as another package would."""
    yield Chore(section="promises", subject="cnv_1", says="三点前回电", next="回电", due=now)


def test_every_area_has_its_section(shop: SqliteDatabase) -> None:
    """In the order of the sections, each chore with its next step; what is passed in is there too."""
    told = find_round(shop, RULES, NOW, (promised,))

    assert [
        ("missed", MISSED), ("shipping", NEAR), ("reviews", MISSED), ("followups", "2611150001"),
        ("promises", "cnv_1"),
    ] == [(chore.section, chore.subject) for chore in told.chores]  # fmt: skip
    assert all(chore.says and chore.next for chore in told.chores)
    assert 2 == told.overdue  # the forgotten order, and the call that was due this morning


def test_programs_see_all_sections(shop: SqliteDatabase) -> None:
    """Empty ones too, with titles for people and times on the store's clock."""
    told = find_round(shop, RULES, NOW).as_dict(RULES)

    assert list(SECTIONS) == [one["section"] for one in told["sections"]]
    assert told["count"] == sum(one["count"] for one in told["sections"])
    assert "2026-11-20T09:13:00+08:00" == told["sections"][0]["chores"][0]["due"]


@pytest.mark.parametrize(
    ("item", "waited", "parcels", "expected"),
    [
        pytest.param({}, MISSED_AFTER, (), True, id="a day past the promise"),
        pytest.param({}, MISSED_AFTER - timedelta(minutes=1), (), False, id="not yet"),
        pytest.param({"state": "due-soon"}, MISSED_AFTER, (), False, id="in time"),
        pytest.param({"what": "parcel"}, MISSED_AFTER, (), False, id="a parcel"),
        pytest.param({"due": None}, MISSED_AFTER, (), False, id="no date"),
    ],
)
def test_when_an_order_is_missed(
    item: dict[str, Any], waited: timedelta, parcels: tuple[Any, ...], expected: bool
) -> None:
    """Late for a day, and nothing was sent."""
    values: dict[str, Any] = {
        "what": "shipping", "order": MISSED, "subject": "", "state": "late",
        "next": "shipping.late", "due": NOW - waited, "overdue": True,
    }  # fmt: skip
    told = facts(order=order_facts(status="paid"), parcels=parcels)

    assert expected == is_missed(Item(**{**values, **item}), told, NOW)


def test_an_order_with_a_parcel_is_not_missed() -> None:
    """The warehouse has it."""
    item = Item(
        what="shipping", order=MISSED, subject="", state="late", next="shipping.late",
        due=NOW - MISSED_AFTER, overdue=True,
    )  # fmt: skip

    assert facts().parcels
    assert not is_missed(item, facts(), NOW)


def test_a_claim_has_a_section_of_its_own() -> None:
    """With the step that its state wants."""
    item = Item(
        what="claim", order=MISSED, subject="clm_1", state="established",
        next="claim.established", due=NOW, overdue=True, detail="SF1400234567890",
    )  # fmt: skip
    chore = of_item(item)

    assert ("claims", "clm_1") == (chore.section, chore.ref)
    assert "SF1400234567890" in chore.next


def test_what_a_claim_sees_to_is_not_asked_for_again(db: SqliteDatabase, tmp_path: Path) -> None:
    """A lost parcel is on the list until somebody takes it to the courier; found and lost again, it is back."""
    now = on_the_road.NOW
    on_the_road.bring(db, tmp_path, on_the_road.TRAVELS, on_the_road.ROAD + GONE, now)

    def listed(later: datetime) -> list[tuple[str, str]]:
        return [(one.section, one.ref) for one in find_round(db, RULES, later).chores]

    before = listed(now)
    claim = db.transaction(
        lambda tx: open_claim(tx, on_the_road.STUCK, PARCEL, "lost", RULES, now, "小岭")
    )
    chasing, late = listed(now), listed(now + timedelta(days=3))
    step = ClaimStep(event="drop")
    db.transaction(lambda tx: step_claim(tx, claim.id, step, RULES, now, "小岭"))
    due = [one.what for one in find_due(db, RULES, now)]

    assert [("parcels", PARCEL)] == before == listed(now)
    assert ([], [("claims", claim.id)]) == (chasing, late)
    assert ["parcel"] == due


def test_what_a_case_replaces_is_not_asked_for_again() -> None:
    """The goods are sent again, or paid back; a case that came to nothing does not count."""
    item = Item(
        what="parcel", order=NUMBER, subject="YT8800123456789", state="lost", next="parcel.claim", due=None,
        overdue=False,
    )  # fmt: skip
    sent = parcel(line_nos=(1,))
    states: tuple[CaseState, ...] = ("approved", "rejected")
    found = [
        is_in_hand(item, (), facts(parcels=(sent,), cases=(case(kind="resend", state=one),)), ())
        for one in states
    ]

    assert [True, False] == found


def test_a_review_of_the_night_is_on_the_same_morning_s_list(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    """The next morning it would be late; tried in vain, it comes again when it is to be tried again."""
    morning = at("2026-11-22 08:30")
    take(db, tmp_path, row(评价时间="2026-11-22 02:00"), now=at("2026-11-22 03:00"))
    first = [one.subject for one in find_round(db, RULES, morning).of("reviews")]
    [call] = review_store.list_open_calls(db, STORE)
    evening = at("2026-11-22 19:00")
    missed = Made(result="no-answer")
    db.transaction(lambda tx: record_call(tx, call.review, missed, RULES, evening, "mei"))
    found = [find_round(db, RULES, evening), find_round(db, RULES, morning + timedelta(days=1))]

    assert [call.order] == first
    assert [0, 1] == [len(one.of("reviews")) for one in found]


@pytest.mark.parametrize(
    ("kind", "alone"), [("check-lost", True), ("add-note", False)], ids=["looks for it", "another"]
)
def test_what_a_task_looks_for_is_on_the_list_once(kind: TaskKind, alone: bool) -> None:
    """The buyer's wish stands there with its time; the parcel need not stand there besides."""
    now = at("2026-11-25 10:00")
    wish = OrderTask(
        id="task_1", store_id=STORE, order=NUMBER, kind=kind, parcel="YT8800123456789",
        asked_at=now, due_at=now,
    )  # fmt: skip
    gone = parcel(event("2026-11-24 10:00", "快件已丢失"), asked="2026-11-25 09:00")
    told = facts(order=order_facts(status="shipped"), parcels=(gone,), tasks=(wish,))
    items = list_items(told, RULES, now)
    left = [one.what for one in items if not is_in_hand(one, items, told, ())]

    assert {"parcel", "task"} == {one.what for one in items}
    assert alone == ("parcel" not in left)
    assert "task" in left


def test_the_workbook_has_an_overview_and_every_chore(shop: SqliteDatabase, tmp_path: Path) -> None:
    """Text stays text; two columns are left to be ticked off."""
    told = find_round(shop, RULES, NOW, (promised,))
    round_sheet.write(tmp_path / "round.xlsx", told, RULES)
    book = openpyxl.load_workbook(tmp_path / "round.xlsx")
    overview, chores = book.worksheets

    assert [len(SECTIONS) + 1, len(told.chores) + 1] == [overview.max_row, chores.max_row]
    assert MISSED == chores["B2"].value
    assert "2026-11-20 09:13" == chores["F2"].value
    assert messages.text("round.column.done") == chores["H1"].value


def test_agents_get_the_round_by_http(services: Services, shop: SqliteDatabase) -> None:
    """With the same content; nobody else does."""
    app = create_app(with_key(services))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        told = client.get("/api/v1/orders/round", headers=AGENT)
        stranger = client.get("/api/v1/orders/round")

    assert (200, 401) == (told.status_code, stranger.status_code)
    assert MISSED == told.json()["sections"][0]["chores"][0]["subject"]
