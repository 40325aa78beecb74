"""The guard: pure, every stop and what is allowed beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shopbot.chat.guard import Seen, Words, check
from shopbot.kb.entry import Promise
from shopbot.kb.reply import Withheld
from shopbot.rules import Rules
from tests.conftest import START

SEEN = Seen(rules=Rules(), now=START)
NUMBER = "2024112233445566"


@pytest.mark.parametrize(
    ("words", "changes", "stops"),
    [
        pytest.param(Words(text="亲，48小时内发出~"), {}, [], id="fine"),
        pytest.param(Words(text="  "), {}, ["empty"], id="empty"),
        pytest.param(Words(text="哦"), {}, ["empty-reply:哦"], id="curt"),
        pytest.param(Words(text="好吧"), {}, ["empty-reply:好吧"], id="grudging"),
        pytest.param(Words(text="好的，马上帮您看"), {}, [], id="polite"),
        pytest.param(Words(text="您的{快递}已发"), {}, ["missing-fact:{快递}"], id="open-variable"),
        pytest.param(Words(text="您的}已发"), {}, ["missing-fact:}"], id="half-a-variable"),
        pytest.param(
            Words(text="大概吧"),
            {"banned": [("含糊", "大概")]},
            ["banned-word:含糊·大概"],
            id="banned",
        ),
        pytest.param(
            Words(text="x好", entry="a.b"),
            {"withheld": Withheld(reason="expired")},
            ["expired-entry:a.b (expired)"],
            id="expired",
        ),
        pytest.param(
            Words(text="x好", entry="a.b"),
            {"withheld": Withheld(reason="missing-fact", names=("价格",))},
            ["withheld-entry:a.b (missing-fact)"],
            id="fact-gone",
        ),
        pytest.param(
            Words(text=f"订单{NUMBER}已发"),
            {},
            [f"order-without-proof:{NUMBER}"],
            id="foreign-order",
        ),
        pytest.param(
            Words(text=f"订单{NUMBER}已发"), {"proved": frozenset({NUMBER})}, [], id="own-order"
        ),
        pytest.param(
            Words(text=f"订单{NUMBER}？"), {"told": frozenset({NUMBER})}, [], id="number-they-told"
        ),
        pytest.param(
            Words(text="已发货", orders=(NUMBER,)),
            {"told": frozenset({NUMBER})},
            [f"order-without-proof:{NUMBER}"],
            id="data-needs-proof-though-told",
        ),
        pytest.param(
            Words(text="好的", promise=Promise(what="发货", until="2026-11-11")),
            {},
            ["promise-past:2026-11-11"],
            id="promise-past",
        ),
        pytest.param(
            Words(text="好的", promise=Promise(what="发货", until="48h")),
            {},
            [],
            id="promise-ahead",
        ),
        pytest.param(
            Words(text="赔您500元", by_hand=True), {}, ["promise-amount:500"], id="too-much-money"
        ),
        pytest.param(Words(text="补偿您20元", by_hand=True), {}, [], id="small-money"),
        pytest.param(Words(text="赔您500元"), {}, [], id="curated-money"),
        pytest.param(
            Words(text="2小时内给您发货", by_hand=True),
            {},
            ["promise-shipping:2小时内给您发货"],
            id="too-soon",
        ),
        pytest.param(Words(text="48小时内发货", by_hand=True), {}, [], id="as-the-rules-say"),
    ],
)
def test_what_leaves_and_what_does_not(
    words: Words, changes: dict[str, object], stops: list[str]
) -> None:
    """Each stop names its reason; the neighbour that is fine passes."""
    seen = replace(SEEN, **changes)  # type: ignore[arg-type]

    assert stops == [str(stop) for stop in check(words, seen)]


@pytest.mark.parametrize(
    ("words", "banned", "final"),
    [
        ("您的{快递}", [], True),
        (f"订单{NUMBER}", [], True),
        ("x刷单", [("违规", "刷单")], True),
        ("x大概", [("含糊", "大概")], False),
        ("赔您500元", [], False),
    ],
)
def test_what_an_agent_may_override(words: str, banned: list[tuple[str, str]], final: bool) -> None:
    """Wording and promises are theirs to answer for; gaps, foreign data and illegal offers are not."""
    found = check(Words(text=words, by_hand=True), replace(SEEN, banned=banned))

    assert [final] == [stop.final for stop in found]
