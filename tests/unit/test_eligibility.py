"""May it come back? Deadlines at midnight and over holidays, exempt goods, and every reason told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.conditions import Claim
from shopbot.orders.deadlines import find_deadline
from shopbot.orders.eligibility import Eligibility, check_claim
from shopbot.orders.freight import Kind, find_freight_payer
from shopbot.orders.model import OrderFacts
from shopbot.rules.model import Extension, Warranty
from tests.order_facts import (
    PAID,
    RULES,
    at,
    case,
    event,
    facts,
    line,
    order,
    parcel,
    rules,
    signed_parcel,
)

KINDS: tuple[Kind, ...] = get_args(Kind)
FESTIVAL = tuple(at(f"2027-02-0{day} 00:00").astimezone(RULES.zone).date() for day in (5, 6, 7, 8))
IN_2027 = rules(calendar={"holidays": FESTIVAL})


def checked(told: OrderFacts, when: str, kind: Kind = "no-reason", **claim: Any) -> Eligibility:
    """Check a claim about line 1 under the default rules."""
    return check_claim(told, 1, Claim(kind=kind, **claim), RULES, at(when))


def failed(found: Eligibility) -> set[str]:
    """Return what stands against it."""
    return {row.id for row in found.checks if not row.ok}


def signed_on(when: str) -> OrderFacts:
    """Return an order whose parcel was signed then."""
    before = at(when) - timedelta(days=4)
    return facts(order=order(created_at=before, paid_at=before), parcels=(signed_parcel(at(when)),))


MIDNIGHT = [
    ("2026-11-20 00:00", "2026-11-28 00:00", RULES, "seven days after the first minute of a day"),
    ("2026-11-20 23:59", "2026-11-28 00:00", RULES, "and after its last minute: the same"),
    ("2026-11-21 00:00", "2026-11-29 00:00", RULES, "one minute later is a day more"),
    ("2026-09-25 12:00", "2026-10-09 00:00", RULES, "National Day moves to 8 October, a Thursday"),
    ("2026-11-14 12:00", "2026-11-22 00:00", RULES, "a plain Saturday does not move"),
    ("2027-01-29 12:00", "2027-02-10 00:00", IN_2027, "除夕 2027-02-05 moves to 9 February"),
    ("2027-01-29 12:00", "2027-02-06 00:00", RULES, "the same without a filled calendar"),
    ("2026-12-25 12:00", "2027-01-02 00:00", RULES, "over the year, 1 January 2027 not filled in"),
]


@pytest.mark.parametrize(
    ("signed", "end", "shop", "why"), MIDNIGHT, ids=[row[3][:30] for row in MIDNIGHT]
)
def test_seven_days_end_at_midnight(signed: str, end: str, shop: Any, why: str) -> None:
    """Counted from the day after signing, to 24:00 of the last day, holidays moved (§203)."""
    told = signed_on(signed)
    last, over = at(end) - timedelta(microseconds=1), at(end)
    seen = [
        check_claim(told, 1, Claim(kind="no-reason"), shop, now).eligible for now in (last, over)
    ]
    found = check_claim(told, 1, Claim(kind="no-reason"), shop, last)

    assert (at(end), [True, False]) == (found.deadline, seen), why


ROWS = [
    ({"order": order(status="unpaid", paid_at=None), "parcels": ()}, {}, {"order-state", "signed"}, "none", "not paid"),
    ({"order": order(status="paid"), "parcels": ()}, {}, {"order-state", "signed"}, "cancel", "not shipped: cancel"),
    ({"order": order(status="closed")}, {}, {"order-state"}, "none", "closed"),
    ({"lines": (line(status="refunded"),)}, {}, {"line-state", "quantity"}, "none", "refunded on the platform"),
    ({"lines": (line(status="refunding"),)}, {}, {"line-state", "quantity"}, "none", "being refunded there"),
    ({"lines": (line(title="定制刺绣抓绒衣"),)}, {}, {"exempt"}, "none", "made to order"),
    ({"lines": (line(exempt=True),)}, {}, {"exempt"}, "none", "confirmed at purchase"),
    ({"lines": (line(title="羊毛袜"),)}, {"opened": True}, {"exempt"}, "none", "socks, opened"),
    ({"lines": (line(title="羊毛袜"),)}, {"opened": False}, set(), "apply", "socks, unopened"),
    ({"lines": (line(title="羊毛袜"),)}, {}, set(), "apply", "socks, not said: to be inspected"),
    ({}, {"intact": False}, {"intact"}, "hand-over", "worn: a person looks first"),
    ({}, {"intact": True}, set(), "apply", "intact"),
    ({}, {"quantity": 2}, {"quantity"}, "none", "more than were bought"),
    ({}, {"quantity": 0}, {"quantity"}, "none", "nothing"),
    ({"cases": (case(),)}, {}, {"quantity", "open-case"}, "follow-case", "a case is open"),
    ({"cases": (case(state="cancelled", ended_at=PAID),)}, {}, set(), "apply", "a withdrawn case is no case"),
    ({"lines": (line(gift=True, unit_fen=0),)}, {}, {"gift-line"}, "none", "a gift alone"),
    ({"parcels": (parcel(event("2026-11-15 20:00", "已揽收")),)}, {}, set(), "apply", "on its way: may be asked for"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "claim", "against", "step", "why"), ROWS, ids=[row[4] for row in ROWS]
)
def test_no_reason_returns(
    changes: dict[str, Any], claim: dict[str, Any], against: set[str], step: str, why: str
) -> None:
    """Each condition, the next step, and a sentence for each row."""
    found = checked(facts(**changes), "2026-11-18 10:00", **claim)

    assert (against, step) == (failed(found), found.next), why
    assert found.eligible == (not against)
    assert all(row.reason for row in found.checks)
    assert found.eligible or found.refund.cash_fen == 0


TIMES = [
    ("no-reason", "2026-11-24 23:59", True, "apply", "the seventh day"),
    ("no-reason", "2026-11-25 00:00", False, "exchange", "too late to return, an exchange is left"),
    ("no-reason", "2026-12-03 00:00", False, "none", "too late for both"),
    ("quality", "2026-11-24 23:59", True, "send-pictures", "pictures are asked for"),
    ("quality", "2026-11-25 00:00", False, "exchange", "15 days for an exchange"),
    ("quality", "2026-12-03 00:00", False, "repair", "then the warranty"),
    ("quality-exchange", "2026-12-02 23:59", True, "send-pictures", "the fifteenth day"),
    ("quality-exchange", "2026-12-03 00:00", False, "repair", "the sixteenth"),
    ("exchange", "2026-12-02 23:59", True, "apply", "size within 15 days"),
    ("exchange", "2026-12-03 00:00", False, "none", "size after them"),
    ("wrong", "2026-11-19 15:29", True, "send-pictures", "within 48 hours"),
    ("wrong", "2026-11-19 15:31", True, "verify", "later: looked into, not refused"),
    ("damaged", "2026-11-25 12:00", True, "verify", "much later"),
    ("repair", "2026-12-20 12:00", True, "apply", "in warranty"),
    ("repair", "2028-11-20 12:00", True, "apply", "out of warranty: at cost"),
]


@pytest.mark.parametrize(
    ("kind", "when", "eligible", "step", "why"), TIMES, ids=[f"{r[0]}-{r[4]}" for r in TIMES]
)
def test_each_kind_in_time(kind: Kind, when: str, eligible: bool, step: str, why: str) -> None:
    """Signed on 17 November at 15:30."""
    found = checked(facts(), when, kind)

    assert (eligible, step) == (found.eligible, found.next), why


def test_one_exchange_an_order() -> None:
    """The second exchange of size is refused; a fault does not count."""
    before = case(kind="exchange", reason="size", state="finished", ended_at=PAID)
    told = facts(cases=(before,))
    seen = [
        failed(checked(told, "2026-11-18 10:00", kind)) for kind in ("exchange", "quality-exchange")
    ]

    assert [{"exchange-left"}, set()] == seen


def test_a_campaign_may_be_returned_for_longer() -> None:
    """Orders paid in the campaign have until its day, if that is later than seven days."""
    longer = Extension(
        name="双11", paid_from=at("2026-10-31 20:00"), paid_until=at("2026-11-12 00:00"),
        last_day=at("2026-11-30 00:00").astimezone(RULES.zone).date(),
    )  # fmt: skip
    shop = rules(returns={"extensions": (longer,)})
    ends = [
        check_claim(
            facts(order=order(paid_at=at(paid)), parcels=(signed_parcel(at(signed)),)),
            1, Claim(kind="no-reason"), shop, at("2026-11-28 10:00"),
        ).deadline
        for paid, signed in (
            ("2026-11-01 10:00", "2026-11-04 10:00"),
            ("2026-11-01 10:00", "2026-11-26 10:00"),
            ("2026-11-12 00:00", "2026-11-14 10:00"),
        )
    ]  # fmt: skip

    assert [at("2026-12-01 00:00"), at("2026-12-04 00:00"), at("2026-11-22 00:00")] == ends


def test_several_parcels_count_from_the_last() -> None:
    """A line in two parcels is received when the second is signed."""
    first, second = signed_parcel(at("2026-11-17 10:00")), signed_parcel(at("2026-11-20 10:00"))

    assert (
        at("2026-11-28 00:00")
        == checked(facts(parcels=(first, second)), "2026-11-21 10:00").deadline
    )


def test_an_unknown_day_of_receipt_is_asked_about() -> None:
    """A finished order without a courier's word: surely in time, or a person looks."""
    told = facts(order=order(status="finished"), parcels=())
    seen = [checked(told, when) for when in ("2026-11-20 10:00", "2026-12-20 10:00")]

    assert [(True, "apply"), (False, "hand-over")] == [
        (found.eligible, found.next) for found in seen
    ]


ON_ITS_WAY = event("2026-11-17 08:00", "【南京市】已到达")
AT_STATION = event("2026-11-17 08:00", "【菜鸟驿站】已存放，请凭取件码取件")
BELIEVED = [
    ("quality", (), "2026-11-16 20:00", True, "send-pictures", "no courier's word, two days later"),
    ("quality", (), "2026-11-15 20:00", False, "wait-signing", "no courier's word, two hours later"),
    ("quality", (), "2026-12-20 20:00", False, "hand-over", "perhaps too late: a person asks when"),
    ("quality", (ON_ITS_WAY,), "2026-11-17 20:00", True, "send-pictures", "no news for twelve hours"),
    ("quality", (ON_ITS_WAY,), "2026-11-17 09:00", False, "wait-signing", "seen on its way just now"),
    ("quality", (AT_STATION,), "2026-11-17 09:00", True, "send-pictures", "at the station: opened there"),
    ("no-reason", (AT_STATION,), "2026-11-17 09:00", True, "wait-signing", "it may be left there"),
    ("no-reason", (ON_ITS_WAY,), "2026-11-17 09:00", True, "wait-signing", "it may be refused"),
    ("no-reason", (), "2026-11-18 20:00", True, "apply", "surely in time, whenever it came"),
    ("missing", (), "2026-11-16 20:00", True, "send-pictures", "within the time to tell, surely"),
    ("missing", (), "2026-11-25 20:00", True, "verify", "perhaps later: looked into"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "events", "now", "eligible", "step", "why"), BELIEVED, ids=[r[0] + "-" + r[5] for r in BELIEVED]
)  # fmt: skip
def test_silence_is_no_proof_that_a_parcel_is_on_its_way(
    kind: Kind, events: tuple[Any, ...], now: str, eligible: bool, step: str, why: str
) -> None:
    """Whoever speaks of the goods is believed where no courier says otherwise, once they may be there."""
    found = checked(facts(parcels=(parcel(*events),)), now, kind)

    assert (eligible, step) == (found.eligible, found.next), why
    assert found.deadline is None


def test_an_order_without_parcels_is_judged_alike() -> None:
    """A shop that imports no parcel numbers at all can still hear of a hole."""
    found = checked(facts(parcels=()), "2026-11-18 10:00", "quality")

    assert (True, "send-pictures") == (found.eligible, found.next)


def test_a_shared_parcel_number_proves_no_receipt() -> None:
    """A signature that may be another buyer's starts no period."""
    told = signed_parcel()
    doubtful = replace(told, shipment=replace(told.shipment, doubtful=True))

    assert checked(facts(parcels=(doubtful,)), "2026-12-20 10:00").deadline is None


@pytest.mark.parametrize(
    ("kind", "insured", "covered", "payer", "why"),
    [
        pytest.param("no-reason", False, True, "buyer", "the law", id="no-reason"),
        pytest.param("no-reason", True, True, "insurance", "insured", id="insured"),
        pytest.param("quality", True, True, "seller", "our fault, insured or not", id="quality"),
        pytest.param("exchange", False, True, "buyer", "the way back", id="exchange"),
        pytest.param("wrong", False, True, "seller", "our fault", id="wrong"),
        pytest.param("repair", False, True, "seller", "in warranty", id="repair"),
        pytest.param("repair", True, False, "buyer", "out of it, not insured", id="repair-paid"),
    ],
)
def test_who_pays_the_way_back(
    kind: Kind, insured: bool, covered: bool, payer: str, why: str
) -> None:
    """By kind, insurance and warranty."""
    found = find_freight_payer(kind, order(freight_insurance=insured), RULES, in_warranty=covered)

    assert payer == found, why


def test_the_warranty_of_the_longest_code_counts() -> None:
    """Tents have a year; the end of February has no 30th."""
    shop = rules(returns={"warranties": (Warranty(skus=("LS-TN",), months=12),)})
    signed = at("2026-11-30 12:00")
    ends = [
        find_deadline("repair", signed, order(), line(sku=sku), shop)
        for sku in ("LS-TN-02", "LS-JK-01")
    ]

    assert [at("2027-12-01 00:00"), at("2027-03-01 00:00")] == ends


MOMENTS = st.integers(0, 60 * 24 * 500).map(lambda m: at("2026-08-01 00:00") + timedelta(minutes=m))


@given(MOMENTS, MOMENTS, st.sampled_from(KINDS))
def test_signed_later_never_ends_earlier(one: datetime, other: datetime, kind: Kind) -> None:
    """Deadlines keep the order of signatures and lie after them."""
    first, second = sorted((one, other))
    ends = [find_deadline(kind, signed, order(), line(), IN_2027) for signed in (first, second)]

    assert ends[0] is not None
    assert ends[1] is not None
    assert first < ends[0] <= ends[1]


@given(
    st.sampled_from(KINDS),
    MOMENTS,
    st.integers(0, 3) | st.none(),
    st.sampled_from([None, True, False]),
    st.sampled_from(
        ["unpaid", "deposit_paid", "paid", "part_shipped", "shipped", "finished", "closed"]
    ),
)
def test_any_claim_gets_an_answer(
    kind: Kind, now: datetime, pieces: int | None, said: bool | None, status: Any
) -> None:
    """Whatever is asked, the answer has reasons, words and at most the paid money."""
    told = facts(order=order(status=status), lines=(line(quantity=2),))
    claim = Claim(kind=kind, quantity=pieces, intact=said, opened=said)
    found = check_claim(told, 1, claim, RULES, now)

    assert found.eligible == all(row.ok for row in found.checks)
    assert 0 <= found.refund.cash_fen <= told.order.paid_fen
    assert all(row.reason for row in found.checks)
    assert (found.next in ("apply", "send-pictures", "verify")) == found.eligible or (
        found.eligible and found.next == "wait-signing" and kind == "no-reason"
    )
