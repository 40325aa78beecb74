"""What is the matter with a parcel: each trouble from its facts, nothing made up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.arrival import expected_arrival
from shopbot.orders.logistics import Verdict, judge_parcel
from shopbot.orders.model import Parcel
from shopbot.orders.parcels import view_parcel
from shopbot.orders.troubles import NEXT
from shopbot.rules.model import Closure
from tests.order_facts import RULES, SHIPPED, at, event, order, parcel, rules

COLLECTED = event("2026-11-15 20:00", "【杭州市】已揽收")
MOVED = event("2026-11-16 08:00", "快件离开【杭州转运中心】已发往【成都转运中心】")
DELIVERING = event("2026-11-17 09:00", "【成都武侯】正在派件")
STATION = event("2026-11-17 10:32", "已由【菜鸟驿站】代收，请及时取件")
SIGNED = event("2026-11-17 15:30", "已签收，签收人：家门口")
SICHUAN = "四川省"


def judged(when: str, *events: Any, province: str = SICHUAN, **more: Any) -> Verdict:
    """Judge a parcel with these events as of a time."""
    return judge_parcel(parcel(*events), order(province=province), RULES, at(when), **more)


ROWS = [
    ("2026-11-15 19:00", (), "no-data", "just shipped, the courier is silent"),
    ("2026-11-17 19:00", (), "not-collected-late", "silent for two days"),
    ("2026-11-15 23:00", (event("2026-11-15 18:00", "等待揽收"),), "not-collected", "hours ago"),
    ("2026-11-16 19:00", (event("2026-11-15 18:00", "等待揽收"),), "not-collected-late", "a day"),
    ("2026-11-17 08:00", (COLLECTED, MOVED), "on-way", "moving, in time"),
    ("2026-11-19 07:59", (COLLECTED, MOVED), "on-way", "one minute under 72 hours"),
    ("2026-11-19 08:01", (COLLECTED, MOVED), "stuck", "one minute over 72 hours"),
    ("2026-11-23 08:01", (COLLECTED, MOVED), "lost-suspected", "over seven days"),
    ("2026-11-17 12:00", (COLLECTED, DELIVERING), "delivering", "out since morning"),
    ("2026-11-18 10:00", (COLLECTED, DELIVERING), "delivering-slow", "out since yesterday"),
    ("2026-11-18 09:00", (COLLECTED, STATION), "at-station", "waits to be fetched"),
    ("2026-11-21 10:00", (COLLECTED, STATION), "station-overdue", "waits for four days"),
    ("2026-11-18 09:00", (COLLECTED, SIGNED), "signed", "signed"),
    ("2026-11-17 12:00", (event("2026-11-17 11:00", "收件人拒收"),), "refused", "refused"),
    (
        "2026-11-17 12:00",
        (event("2026-11-17 11:00", "快件正在退回"),),
        "returning",
        "on its way back",
    ),
    ("2026-11-17 12:00", (event("2026-11-17 11:00", "退件已签收"),), "returned", "back"),
    ("2026-11-17 12:00", (event("2026-11-17 11:00", "外包装破损"),), "damaged", "damaged"),
    ("2026-11-17 12:00", (event("2026-11-17 11:00", "地址不详"),), "problem", "address"),
    ("2026-11-17 12:00", (event("2026-11-17 11:00", "快件丢失"),), "lost", "the courier says lost"),
]


@pytest.mark.parametrize(
    ("when", "events", "trouble", "why"), ROWS, ids=[f"{r[2]}-{i}" for i, r in enumerate(ROWS)]
)
def test_each_trouble(when: str, events: tuple[Any, ...], trouble: str, why: str) -> None:
    """The trouble, a reason for it, words for it and a next step."""
    verdict = judged(when, *events)

    assert trouble == verdict.trouble, why
    assert NEXT[verdict.trouble] == verdict.next
    assert verdict.reasons
    assert all(check.reason for check in verdict.reasons)
    assert verdict.phrase.id.startswith("order.track.")


def test_the_remote_stand_longer() -> None:
    """A parcel to Xinjiang is not stuck before 96 hours."""
    seen = [
        judged("2026-11-19 12:00", COLLECTED, MOVED, province=p).trouble for p in ("四川省", "新疆")
    ]

    assert ["stuck", "on-way"] == seen


def test_it_is_late_when_the_region_says_so() -> None:
    """Two days at most to Shanghai, a day of grace, then late though it moves."""
    steps = [event(f"2026-11-{day} 08:00", f"到达【站{day}】") for day in (16, 17, 18, 19)]
    seen = [judged(when, COLLECTED, *steps, province="上海").trouble
            for when in ("2026-11-18 23:59", "2026-11-19 00:01")]  # fmt: skip

    assert ["on-way", "late"] == seen


def test_a_closure_is_no_trouble() -> None:
    """Where staff typed a closure a parcel stands without being stuck, and the reason is told."""
    snow = Closure(
        name="暴雪",
        provinces=("黑龙江",),
        since=at("2026-11-16 00:00"),
        until=at("2026-11-25 00:00"),
    )
    changed = rules(logistics={"closures": (snow,)})
    now = at("2026-11-21 12:00")
    verdict = judge_parcel(parcel(COLLECTED, MOVED), order(province="黑龙江省"), changed, now)
    elsewhere = judge_parcel(parcel(COLLECTED, MOVED), order(province=SICHUAN), changed, now)

    assert ("standing", "暴雪", "stuck") == (
        verdict.trouble,
        verdict.phrase.values["停运原因"],
        elsewhere.trouble,
    )


def test_holidays_stand_still() -> None:
    """National Day does not count towards the 72 hours."""
    move = event("2026-09-30 20:00", "到达【成都】")
    seen = [judged(when, move).trouble for when in ("2026-10-08 20:00", "2026-10-11 01:00")]

    assert ["on-way", "stuck"] == seen


@pytest.mark.parametrize(
    ("when", "trouble", "why"),
    [
        pytest.param("2026-11-17 16:00", "signed-just-now", "look around first", id="just-now"),
        pytest.param("2026-11-17 18:00", "signed-not-received", "within the window", id="window"),
        pytest.param("2026-11-28 18:00", "not-received-late", "after ten days", id="late"),
    ],
)
def test_signed_but_not_received(when: str, trouble: str, why: str) -> None:
    """What the shopper says decides only with the time of signing."""
    assert trouble == judged(when, COLLECTED, SIGNED, not_received=True).trouble, why


def test_old_news_is_told_as_such() -> None:
    """Every phrase says as of when; what is older than the rules call fresh is marked."""
    fresh = judged("2026-11-17 11:00", COLLECTED, STATION)
    old = judged("2026-11-18 11:00", COLLECTED, STATION)

    assert (False, "10:32", True, "11月17日10:32") == (
        fresh.stale,
        fresh.phrase.values["截至"],
        old.stale,
        old.phrase.values["截至"],
    )


def test_asking_again_makes_old_news_fresh() -> None:
    """A courier asked at noon that has nothing new speaks for noon."""
    asked = parcel(COLLECTED, STATION, asked="2026-11-18 12:00")
    verdict = judge_parcel(asked, order(), RULES, at("2026-11-18 12:30"))

    assert (False, "12:00") == (verdict.stale, verdict.phrase.values["截至"])


def test_a_shared_number_tells_nothing() -> None:
    """A number that stands on another buyer's order too is never told."""
    verdict = judge_parcel(parcel(COLLECTED, doubtful=True), order(), RULES, at("2026-11-16 12:00"))

    assert ("doubtful", {}) == (verdict.trouble, dict(verdict.phrase.values))


def test_an_event_from_the_future_is_ignored() -> None:
    """A slip of the source does not become a fact."""
    view = view_parcel(parcel(COLLECTED, SIGNED), at("2026-11-16 12:00"))

    assert ("collected", 1, None) == (view.status, view.ignored, view.signed_at)


def test_what_nobody_understands_changes_nothing() -> None:
    """An unknown sentence keeps the status and is shown as the last word."""
    view = view_parcel(
        parcel(COLLECTED, event("2026-11-16 09:00", "感谢使用")), at("2026-11-17 09:00")
    )

    assert ("collected", "感谢使用", "杭州市") == (view.status, view.text, view.place)


@pytest.mark.parametrize(
    ("texts", "status", "why"),
    [
        pytest.param(("收件人拒收", "到达【杭州】"), "returning", "it travels back", id="refused"),
        pytest.param(("收件人拒收", "已签收"), "returned", "the shop signed", id="refused-signed"),
        pytest.param(("已签收", "到达【成都】"), "signed", "scanned late", id="late-scan"),
    ],
)
def test_what_came_before_counts(texts: tuple[str, ...], status: str, why: str) -> None:
    """A line means something else after a refusal or a signature."""
    events = [event(f"2026-11-17 1{i}:00", text) for i, text in enumerate(texts)]

    assert status == view_parcel(parcel(*events), at("2026-11-18 12:00")).status, why


def test_no_province_no_estimate() -> None:
    """Without an address no day of arrival is told."""
    verdict = judged("2026-11-16 12:00", COLLECTED, MOVED, province="")

    assert (None, "order.track.on-way-unknown") == (verdict.arrival, verdict.phrase.id)


HOURS = st.integers(0, 24 * 90)


@given(HOURS, HOURS, st.sampled_from(["上海", "四川省", "新疆", "黑龙江省"]))
def test_later_shipping_never_arrives_earlier(one: int, other: int, province: str) -> None:
    """Arrival is monotonic in the start, holidays and closures included."""
    starts = [at("2026-12-20 00:00") + timedelta(hours=hours) for hours in sorted((one, other))]
    found = [expected_arrival(start, order(province=province), "", RULES) for start in starts]

    assert found[0] is not None
    assert found[1] is not None
    assert found[0].first <= found[1].first
    assert found[0].last <= found[1].last
    assert found[0].first <= found[0].last


_TEXTS = [
    "已揽收",
    "运输中",
    "到达【成都】",
    "派件中",
    "已签收",
    "收件人拒收",
    "快件正在退回",
    "感谢",
    "破损",
    "",
]
EVENTS = st.lists(st.tuples(st.integers(-50, 400), st.sampled_from(_TEXTS)), max_size=8)


@given(EVENTS, st.integers(0, 500), st.booleans(), st.sampled_from(["", "四川省", "新疆"]))
def test_any_record_gets_a_verdict(
    told: list[tuple[int, str]], hours: int, not_received: bool, province: str
) -> None:
    """Whatever the courier says in whatever order, there is one verdict with words and reasons."""
    record: Parcel = parcel(*(_after(moved, text) for moved, text in told))
    now: datetime = SHIPPED + timedelta(hours=hours)
    verdict = judge_parcel(record, order(province=province), RULES, now, not_received=not_received)
    known = [e for e in record.events if e.at <= now + timedelta(minutes=10)]

    assert verdict.reasons
    assert verdict.view.ignored == len(record.events) - len(known)
    assert verdict.status is None or known


def _after(hours: int, text: str) -> Any:
    moment = SHIPPED + timedelta(hours=hours)
    return event("2026-11-15 18:00", text, at=moment, as_of=moment)
