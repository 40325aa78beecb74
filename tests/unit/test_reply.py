"""What an entry says now: wordings, questions for what is unknown, and when it keeps silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopbot.kb.entry import Entry, Source, Validity, Variant
from shopbot.kb.loader import load
from shopbot.kb.product import Catalogue
from shopbot.kb.reply import Reply, Withheld, compose
from shopbot.kb.slots import Slots
from tests.kb_store import NOW, TEA_STORE

KNOWLEDGE = load(TEA_STORE)
CATALOGUE = Catalogue(KNOWLEDGE)
ENTRIES = {entry.id: entry for entry in KNOWLEDGE.entries}
FACTS = KNOWLEDGE.store.facts
HERE = Source(file="replies/x.yaml", line=1)


def said(entry: str | Entry, slots: Slots | None = None, **how: Any) -> Reply | Withheld:
    """Compose an entry of the tea shop at noon of the day."""
    told = ENTRIES[entry] if isinstance(entry, str) else entry
    return compose(told, slots or Slots(), CATALOGUE, FACTS, **{"now": NOW, **how})


def reply(entry: str | Entry, slots: Slots | None = None, **how: Any) -> Reply:
    """Compose an entry that must speak."""
    told = said(entry, slots, **how)
    assert isinstance(told, Reply), told

    return told


def test_store_facts_fill_an_answer() -> None:
    """The text is filled and traced to the line of its wording."""
    told = reply("shipping-time.default")

    assert "您好，付款后24小时内发出。" == told.text
    assert ("replies/service.yaml", 6, 0) == (told.source.file, told.source.line, told.variant)
    assert (("怎么存放",), ()) == (told.chips, told.needs)


@pytest.mark.parametrize(
    ("how", "variant"),
    [
        ({}, 0),
        ({"tone": "brief"}, 1),
        ({"tone": "formal"}, 0),
        ({"channel": "douyin"}, 2),
        ({"channel": "douyin", "tone": "brief"}, 2),
        ({"channel": "jd"}, 0),
    ],
)
def test_the_wording_fits_channel_and_tone(how: dict[str, Any], variant: int) -> None:
    """Channel goes before tone; a tone that is not written falls back to the warm one."""
    assert variant == reply("shipping-time.default", **how).variant


@pytest.mark.parametrize(
    ("product", "variant"), [("QS-HC-01", 2), ("QS-LC-02", 1), ("QS-QP-03", None)]
)
def test_the_wording_fits_product_before_category(product: str, variant: int | None) -> None:
    """The product's own wording goes first; without one that fits the entry keeps silent."""
    told = said("usage.brew", Slots(product=product))

    if variant is None:
        assert Withheld(reason="no-variant") == told
    else:
        assert isinstance(told, Reply)
        assert variant == told.variant


def test_equal_wordings_take_turns() -> None:
    """``pick`` walks through the wordings that fit equally well, deterministically."""
    variants = tuple(Variant(text=text, line=1) for text in "甲乙丙")
    entry = Entry(id="a", topic="usage", source=HERE, variants=variants)

    assert "甲乙丙甲乙" == "".join(reply(entry, pick=pick).text for pick in range(5))


def test_an_unknown_need_is_asked_for() -> None:
    """The entry's question is the text; what is needed and why stand beside it."""
    told = reply("usage.brew")

    assert ("您问的是哪一款茶？", ("product",), ("need:product",), -1) == (
        told.text,
        told.needs,
        told.reasons,
        told.variant,
    )


def test_an_action_without_wording_asks_and_goes_on() -> None:
    """An order entry asks for the order; once known nothing more is needed."""
    assert ("order",) == reply("order.where").needs
    assert () == reply("order.where", Slots(order="1234567890")).needs


def test_a_need_without_question_is_left_to_the_system_phrase() -> None:
    """Without an own question the entry says so, so that the bot's general one is used."""
    entry = replace(ENTRIES["usage.brew"], ask="")

    assert Withheld(reason="no-ask", names=("product",)) == said(entry)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (replace(ENTRIES["shipping-time.default"], status="draft"), "not-published"),
        (replace(ENTRIES["shipping-time.default"], status="retired"), "not-published"),
        (ENTRIES["gift.autumn"], "expired"),
        (
            replace(ENTRIES["gift.autumn"], valid=Validity(since=NOW + timedelta(seconds=1))),
            "not-yet",
        ),
    ],
    ids=["draft", "retired", "expired", "not-yet"],
)
def test_what_is_not_in_force_is_not_said(entry: Entry, reason: str) -> None:
    """Status and window close an entry."""
    told = said(entry)

    assert isinstance(told, Withheld)
    assert reason == told.reason


def test_a_missing_store_fact_withdraws_the_answer() -> None:
    """A blank fact is a gap, not an empty place in a sentence."""
    assert Withheld(reason="missing-fact", names=("客服电话",)) == said("physical-store.phone")


@pytest.mark.parametrize(
    ("scope", "slots", "how", "expected"),
    [
        ({"products": ("QS-HC-01",)}, Slots(product="QS-HC-01"), {}, "says"),
        ({"products": ("QS-HC-01",)}, Slots(product="QS-LC-02"), {}, "out-of-scope"),
        ({"products": ("QS-HC-01",)}, Slots(), {}, "asks"),
        ({"categories": ("红茶",)}, Slots(product="QS-HC-01"), {}, "says"),
        ({"categories": ("红茶",)}, Slots(category="红茶"), {}, "says"),
        ({"categories": ("红茶",)}, Slots(category="绿茶"), {}, "out-of-scope"),
        ({"categories": ("红茶",)}, Slots(), {}, "asks"),
        ({"channels": ("jd",)}, Slots(), {"channel": "jd"}, "says"),
        ({"channels": ("jd",)}, Slots(), {"channel": "pdd"}, "out-of-scope"),
        ({"channels": ("jd",)}, Slots(), {}, "out-of-scope"),
    ],
)
def test_an_entry_is_said_only_where_it_applies(
    scope: dict[str, tuple[str, ...]], slots: Slots, how: dict[str, str], expected: str
) -> None:
    """Scope narrows; an unknown product is asked for when the entry has a question."""
    base = ENTRIES["shipping-time.default"]
    told = said(replace(base, scope=replace(base.scope, **scope), ask="哪一款？"), slots, **how)

    if isinstance(told, Withheld):
        assert expected == told.reason
    else:
        assert expected == ("asks" if told.needs else "says")


def test_a_product_fact_is_told_from_its_own_line() -> None:
    """The source of a template's reply is the sheet's row."""
    told = reply("fact.origin", Slots(product="QS-HC-01"))

    assert "正山小种产自福建武夷山。" == told.text
    assert "products/tea.csv:2" == str(told.source)
    assert ("product:QS-HC-01", "fact:products/tea.csv:2") == told.reasons


def test_an_attribute_that_is_blank_withdraws_the_template() -> None:
    """What the sheet does not say is not said."""
    told = said("fact.taste", Slots(product="QS-LC-02"))

    assert Withheld(reason="missing-fact", names=("口感",)) == told


def test_an_unknown_sku_is_a_missing_fact() -> None:
    """A product that left the catalogue has nothing to tell."""
    assert Withheld(reason="missing-fact", names=("QS-00",)) == said(
        "fact.origin", Slots(product="QS-00")
    )


def test_a_price_is_told_while_it_is_fresh() -> None:
    """Past its freshness a price is withheld as stale, never told as a number."""
    fresh = reply("fact.price", Slots(product="QS-HC-01"))
    stale = said("fact.price", Slots(product="QS-LC-02"))
    later = said("fact.price", Slots(product="QS-HC-01"), now=NOW + timedelta(days=8))

    assert "正山小种现在128元（11月20日）。" == fresh.text
    assert Withheld(reason="stale-fact", names=("价格",)) == stale == later


def test_a_stale_price_in_an_ordinary_answer_withholds_it() -> None:
    """The rule holds for every text that names a price, not only for the price template."""
    entry = replace(ENTRIES["usage.brew"], variants=(Variant(text="{商品名}{价格}元。", line=1),))

    assert Withheld(reason="stale-fact", names=("价格",)) == said(entry, Slots(product="QS-LC-02"))


@pytest.mark.parametrize(
    ("slots", "text"),
    [
        (Slots(product="QS-HC-01", size="50g"), "正山小种（50g）有货。"),
        (Slots(product="QS-HC-01", size="100g"), None),
        (Slots(product="QS-QP-03", colour="黑", size="s码"), "茶人衫（S）只剩几件了。"),
        (Slots(product="QS-QP-03", colour="黑色", size="M"), "茶人衫（墨黑，M）缺货，到货日期还在核实。"),
        (Slots(product="QS-QP-03", colour="米白", size="L"), "茶人衫（米白，L）缺货，12月5日到货。"),
        (Slots(product="QS-QP-03", colour="白"), "茶人衫（米白，各尺码）缺货，12月5日到货。"),
        (Slots(product="QS-QP-03"), "茶人衫有：墨黑（S、L）。"),
        (Slots(product="QS-QP-03", colour="米白", size="9XL"), "茶人衫（米白，各尺码）缺货，12月5日到货。"),
        (Slots(product="QS-QP-03", colour="墨黑", size="9XL"), "茶人衫有：墨黑（S、L）。"),
        (Slots(product="QS-QP-03", colour="紫"), "茶人衫有：墨黑（S、L）。"),
    ],
)  # fmt: skip
def test_stock_is_told_by_colour_and_size(slots: Slots, text: str | None) -> None:
    """Each state has its wording; a wording whose fact is missing or past gives way to the next."""
    told = said("fact.stock", slots)

    assert text == (told.text if isinstance(told, Reply) else None)


def test_stale_stock_is_never_a_number() -> None:
    """Too old figures leave the answer to the checking phrase."""
    slots = Slots(product="QS-LC-02", size="50g")

    assert Withheld(reason="stale-fact", names=("库存",)) == said("fact.stock", slots)


def test_size_advice_asks_for_what_the_table_needs() -> None:
    """Only the measures that the product's own table has are asked for."""
    shirt = Slots(product="QS-QP-03", height=160)

    assert ("weight",) == reply("fact.size", shirt).needs
    assert "建议S。身高160cm、体重50kg正好在S码的范围里（身高155-165cm、体重45-55kg）。" == (
        reply("fact.size", replace(shirt, weight=50)).text
    )
    assert "200cm没有合适的码。尺码表的范围是身高155-180cm。" == (
        reply("fact.size", replace(shirt, height=200, weight=50)).text
    )
    assert Withheld(reason="missing-fact", names=("尺码表",)) == said(
        "fact.size", Slots(product="QS-HC-01", height=160, weight=50)
    )


def test_a_size_chart_brings_its_picture() -> None:
    """The path names the product's table; the text is the table."""
    told = reply("fact.chart", Slots(product="QS-QP-03"))

    assert ("media/size-shirt.png",) == told.attachments
    assert 3 == len(told.text.splitlines())


def test_two_products_are_compared() -> None:
    """The pair's note, in either order; without a note the honest wording; else the question."""
    pair = Slots(product="QS-LC-02", other_product="QS-HC-01")

    assert "正山小种是全发酵红茶，雨前龙井是绿茶。肠胃怕凉选红茶，爱清鲜选绿茶。" == (
        reply("fact.compare", pair).text
    )
    assert "茶人衫和正山小种各有特点，说说您的口味，我帮您挑。" == (
        reply("fact.compare", replace(pair, product="QS-QP-03")).text
    )
    assert ("product",) == reply("fact.compare", Slots(product="QS-HC-01")).needs


def test_values_are_never_expanded_again() -> None:
    """Braces that come from a sheet are text."""
    product = replace(CATALOGUE.products["QS-HC-01"], attributes={"产地": "{店名}"})
    catalogue = Catalogue(replace(KNOWLEDGE, products=(product,)))
    told = compose(ENTRIES["fact.origin"], Slots(product="QS-HC-01"), catalogue, FACTS, now=NOW)

    assert isinstance(told, Reply)
    assert "正山小种产自{店名}。" == told.text


def test_composing_is_the_same_at_the_same_moment() -> None:
    """Every entry gives equal results for equal facts."""
    moment = datetime(2026, 12, 1, tzinfo=UTC)

    for entry in KNOWLEDGE.entries:
        assert said(entry, now=moment) == said(entry, now=moment)
