"""Why a source gave nothing is told in words, on the morning's list and by the command."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shopbot import messages
from shopbot.orders import source_store
from shopbot.orders.breaker import Breaker
from shopbot.orders.round import find_round
from shopbot.orders.source_store import Refusal, SourceState
from shopbot.orders.source_words import reason_text, why_text
from shopbot.storage import SqliteDatabase
from tests.order_facts import RULES, STORE, at

NOW = at("2026-11-22 08:30")
OPEN = Breaker(failures=4, open_until=NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ConnectError", "连不上"), ("ReadTimeout", "太久没有回答"), ("too slow", "太久没有回答"),
        ("RemoteProtocolError", "连接断了"), ("no page", "不是约定的格式"), ("cursor", "打转"),
        ("HTTP 503", "对方出错了"), ("HTTP 401", "不认签名"), ("HTTP 404", "地址不对"),
        ("HTTP 302", "不肯回答"), ("503", "授权码"), ("601", "余额不足"), ("502", "对方出错了"),
        ("499", "不肯回答"), ("too large", "太大"),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_words(reason: str, words: str) -> None:
    """With the short reason behind it, for whoever mends it."""
    told = reason_text(reason)

    assert words in told
    assert told.endswith(f"（{reason}）")


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("paid_fen:negative", "买家实际支付金额：不能是负数"),
        ("number:no-number, created_at:future", "订单编号：没有订单编号；订单创建时间：时间在将来"),
        ("lines:no-text", "商品行：没有内容"),
        ("as_of:bad-date", "截至时间（as_of）：不是看得懂的时间"),
        ("who:knows", "who:knows"),
    ],
)
def test_what_could_not_be_taken_is_told_in_words(why: str, words: str) -> None:
    """By the names that shops' exports have; what nobody knows stays as it is kept."""
    assert words == why_text(why)


OF_TABLES = frozenset({"repeated", "rounded-contradicts", "shared-parcel"})
"""They speak of another row of the same file; a source tells one order at a time."""


def test_every_problem_of_a_row_has_words() -> None:
    """None but those of tables needs a value that is not kept."""
    known = {key.removeprefix("orders.cell.") for key in messages.templates("orders.cell.")}

    assert {"future", "rounded", "no-review"} <= known
    for key in known - OF_TABLES:
        assert f"number:{key}" != why_text(f"number:{key}"), key


@pytest.mark.parametrize(
    ("source", "section", "read", "says"),
    [
        pytest.param("shop", "missed", at("2026-11-22 03:10"), "从03:10起没有同步过来：连不上", id="orders"),
        pytest.param("shop:reviews", "reviews", None, "评价一次也没有同步过来", id="reviews"),
        pytest.param("kuaidi100", "parcels", at("2026-11-21 22:00"), "从11月21日22:00起查不到物流", id="courier"),
    ],
)  # fmt: skip
def test_a_dead_source_stands_on_the_morning_list(
    db: SqliteDatabase, source: str, section: str, read: datetime | None, says: str
) -> None:
    """Late, with since when and why, and what to do meanwhile."""
    state = SourceState(source=source, as_of=read, breaker=OPEN, problem="ConnectError")
    db.transaction(lambda tx: source_store.put_source(tx, STORE, state, NOW))
    [chore] = find_round(db, RULES, NOW).chores

    assert (section, source, True) == (chore.section, chore.ref, chore.overdue)
    assert says in chore.says
    assert "急的" in chore.next or "差评" in chore.next


@pytest.mark.parametrize(
    ("state", "tried"),
    [
        pytest.param(SourceState(source="shop", as_of=NOW), NOW, id="read"),
        pytest.param(
            SourceState(source="shop", as_of=NOW, breaker=Breaker(failures=1), problem="HTTP 503"),
            NOW, id="a hiccup",
        ),
        pytest.param(SourceState(source="shop"), NOW - timedelta(days=2), id="given up"),
    ],
)  # fmt: skip
def test_a_source_that_does_well_is_no_chore(
    db: SqliteDatabase, state: SourceState, tried: datetime
) -> None:
    """Nor one that failed once, nor one that nobody reads any more."""
    db.transaction(lambda tx: source_store.put_source(tx, STORE, state, tried))

    assert () == find_round(db, RULES, NOW).chores


def test_a_nameless_order_is_told_without_a_number(db: SqliteDatabase) -> None:
    """It has none to look for."""
    refusal = Refusal(source="shop", order=source_store.UNNAMED, why="number:no-number", at=NOW)
    db.transaction(lambda tx: source_store.put_refused(tx, STORE, refusal))
    [chore] = find_round(db, RULES, NOW).of("missed")

    assert ("", "shop") == (chore.subject, chore.ref)
    assert "没有订单编号" in chore.says
