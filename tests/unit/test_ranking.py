"""What context adds, and the order that agents see."""

from __future__ import annotations

import pytest

from shopbot.kb.entry import Entry, Scope, Source
from shopbot.kb.fusion import Ranked
from shopbot.kb.ranking import (
    COMPARED,
    PRIORITY,
    PRODUCT_KNOWN,
    SCOPE_MATCHED,
    spread,
    with_context,
)
from shopbot.kb.slots import Slots

SOURCE = Source(file="replies/a.yaml", line=1)
ENTRIES = [
    Entry(id="plain", topic="t", source=SOURCE),
    Entry(id="fact", topic="t", source=SOURCE, attribute="面料"),
    Entry(id="scoped", topic="t", source=SOURCE, scope=Scope(products=("A",), categories=("裤",))),
    Entry(id="compare", topic="t", source=SOURCE, attribute="对比"),
    Entry(id="dear", topic="t", source=SOURCE, priority=3),
]


def _ranked(unit: int, fused: float) -> Ranked:
    return Ranked(unit=unit, phrasing=0, dense=0, words=0, pinyin=0, topic=0, fused=fused)


@pytest.mark.parametrize(
    ("slots", "gains"),
    [
        (Slots(), {"dear": 3 * PRIORITY}),
        (Slots(product="A"), {"fact": PRODUCT_KNOWN, "scoped": SCOPE_MATCHED, "compare": PRODUCT_KNOWN}),
        (Slots(product="B"), {"fact": PRODUCT_KNOWN, "compare": PRODUCT_KNOWN}),
        (Slots(category="裤"), {"scoped": SCOPE_MATCHED}),
        (Slots(product="B", other_product="A"), {"fact": PRODUCT_KNOWN, "compare": PRODUCT_KNOWN + COMPARED}),
    ],
    ids=["nothing", "scoped-product", "other-product", "category", "two-products"],
)  # fmt: skip
def test_context_lifts_what_fits(slots: Slots, gains: dict[str, float]) -> None:
    """Each kind of context adds its own small bonus and nothing else."""
    moved = with_context([_ranked(at, 0.5) for at in range(5)], ENTRIES, slots)
    told = {ENTRIES[r.unit].id: r.fused - 0.5 for r in moved}
    always = {"dear": 3 * PRIORITY}

    assert {e.id: {**always, **gains}.get(e.id, 0.0) for e in ENTRIES} == pytest.approx(told)


def test_the_lifted_entry_moves_up() -> None:
    """Candidates come best first after the bonus, ties as they were."""
    moved = with_context(
        [_ranked(0, 0.50), _ranked(3, 0.50), _ranked(2, 0.49)], ENTRIES, Slots(product="A")
    )

    assert [2, 3, 0] == [r.unit for r in moved]


@pytest.mark.parametrize(
    ("topics", "sure", "order"),
    [
        (["a", "a", "b", "a", "c"], False, [0, 2, 4, 1, 3]),
        (["a", "a", "b"], True, [0, 1, 2]),
        (["a"], False, [0]),
        ([], False, []),
    ],
)
def test_in_doubt_every_topic_shows_its_best_first(
    topics: list[str], sure: bool, order: list[int]
) -> None:
    """Five ways to be right instead of one said five times."""
    assert order == spread(topics, sure=sure)
