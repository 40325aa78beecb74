"""The demo store is as rich as it is said to be, and keeps the rules that it sets itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopbot.kb import fields
from shopbot.kb.entry import Entry, Knowledge, Problem
from shopbot.kb.lint import lint
from shopbot.kb.lint_texts import KINDS, BannedFinder
from shopbot.kb.loader import load
from shopbot.kb.readiness import readiness
from shopbot.kb.storefile import actions, zone_of

STORE = Path(__file__).resolve().parents[2] / "knowledge"
TODAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAYS = [
    pytest.param(datetime(2026, 11, 22, 4, 0, tzinfo=UTC), id="between-the-sales"),
    pytest.param(datetime(2026, 12, 10, 4, 0, tzinfo=UTC), id="double-12"),
    pytest.param(datetime(2027, 1, 12, 4, 0, tzinfo=UTC), id="new-year-fair"),
    pytest.param(datetime(2027, 2, 6, 4, 0, tzinfo=UTC), id="spring-festival"),
    pytest.param(datetime(2027, 4, 1, 4, 0, tzinfo=UTC), id="ordinary-spring"),
]
FREQUENT = (
    "shipping-time", "logistics-query", "urge-shipping", "delivery-time", "shipping-fee",
    "return-request", "return-policy", "exchange-request", "refund-progress", "cancel-order",
    "coupon", "promotion", "price-bargain", "size-advice", "stock", "product-recommend",
    "quality-issue", "change-address", "invoice", "greeting",
)  # fmt: skip
"""Topics that most conversations of a clothes shop are about."""
BUILT_IN = frozenset({"库存", "价格", "颜色", "尺码", "尺码表", "尺码推荐", "对比"})


@pytest.fixture(scope="module")
def store() -> Knowledge:
    """The demo store as it stands."""
    return load(STORE)


@pytest.fixture(scope="module")
def problems(store: Knowledge) -> tuple[Problem, ...]:
    """All that is wrong with it today, without what needs the search."""
    return lint(store, STORE, at=TODAY)


def replies(store: Knowledge) -> list[Entry]:
    """Published entries of replies/ that a shopper asks for; fixed phrases left out."""
    return [e for e in _published(store, "replies/") if e.phrasings]


def policies(store: Knowledge) -> list[Entry]:
    """Published sections of policies/."""
    return list(_published(store, "policies/"))


def templates(store: Knowledge) -> list[Entry]:
    """Published product templates."""
    return [e for e in _published(store, "products/") if e.attribute]


def _published(store: Knowledge, folder: str) -> Iterator[Entry]:
    return (
        e for e in store.entries if e.status == "published" and e.source.file.startswith(folder)
    )


def test_nothing_must_be_mended(problems: tuple[Problem, ...]) -> None:
    """The demo store has no error, and no warning but that past seasons are over."""
    told = [f"{p.source} {p.code} {p.message}" for p in problems if p.code != "expired"]

    assert [] == told


def test_it_sells_enough_of_different_kinds(store: Knowledge) -> None:
    """There are at least 48 products in at least 8 categories of two products or more."""
    categories = Counter(product.category for product in store.products)

    assert 48 <= len(store.products)
    assert 8 <= sum(count >= 2 for count in categories.values())


def test_each_product_can_be_sold(store: Knowledge) -> None:
    """Each product has a price with its date, colours, sizes, a link, care or terms, and stock."""
    in_stock = {row.sku for row in store.stock}
    wrong = [
        product.sku
        for product in store.products
        if not (product.price and product.price_as_of and product.colours and product.sizes)
        or not product.links
        or len(product.attributes) < 6
        or product.sku not in in_stock
    ]

    assert [] == wrong


def test_stock_rows_speak_of_what_is_sold(store: Knowledge) -> None:
    """Each stock row names a product's own colour and size, with the time it was counted."""
    sold = {product.sku: product for product in store.products}
    wrong = [
        str(row.source)
        for row in store.stock
        if row.colour not in {colour.name for colour in sold[row.sku].colours}
        or row.size not in sold[row.sku].sizes
        or row.as_of > TODAY
    ]

    assert [] == wrong


def test_every_colour_and_size_is_counted(store: Knowledge) -> None:
    """Each colour and size of each product that is not discontinued has a stock row."""
    counted = {(row.sku, row.colour, row.size) for row in store.stock}
    wanted = {
        (product.sku, colour.name, size)
        for product in store.products
        if product.status != "下架"
        for colour in product.colours
        for size in product.sizes
    }

    assert set() == wanted - counted


def test_all_states_of_stock_occur(store: Knowledge) -> None:
    """The stock sheet holds plenty, few, none with and without a date, and an old count."""
    assert any(row.quantity > 20 for row in store.stock)
    assert any(0 < row.quantity <= 3 for row in store.stock)
    assert any(row.quantity == 0 and row.restock for row in store.stock)
    assert any(row.quantity == 0 and not row.restock for row in store.stock)
    assert 2 <= len({row.as_of for row in store.stock})


def test_size_tables_give_ranges_and_a_picture(store: Knowledge) -> None:
    """Each size table is used, gives ranges or measures for each size, and has its picture."""
    used = {product.size_table for product in store.products if product.size_table}
    empty = [
        f"{name} {row.size}"
        for name, rows in store.sizes.items()
        for row in rows
        if not (row.ranges or row.measurements)
    ]

    assert used == set(store.sizes)
    assert [] == empty
    assert [] == [n for n in sorted(used) if not (STORE / f"media/size-{n}.png").is_file()]


def test_clothes_are_sized_by_height_and_weight(store: Knowledge) -> None:
    """Tables of clothes range over height and weight, those of shoes over the foot's length."""
    kinds = {frozenset(key for row in rows for key in row.ranges) for rows in store.sizes.values()}

    assert frozenset({"height", "weight"}) in kinds
    assert frozenset({"foot_length"}) in kinds


def test_products_are_compared(store: Knowledge) -> None:
    """At least twenty pairs of products are compared, with a difference and a way to choose."""
    whole = [told for told in store.comparisons if told.difference and told.choose]

    assert 20 <= len(whole) == len(store.comparisons)


def test_each_attribute_has_a_template(store: Knowledge) -> None:
    """Whatever a product sheet tells, a template asks for; no template asks for anything else."""
    columns = {name for product in store.products for name in product.attributes}

    assert columns | BUILT_IN == {entry.attribute for entry in templates(store)}


def test_there_are_enough_replies(store: Knowledge) -> None:
    """There are at least 300 reply entries, each with at least five phrasings."""
    entries = replies(store)

    assert 300 <= len(entries)
    assert [] == [entry.id for entry in entries if len(entry.phrasings) < 5]


def test_frequent_replies_have_variants(store: Knowledge) -> None:
    """Topics asked for every day have entries with two wordings, some short, some formal."""
    varied = Counter(entry.topic for entry in replies(store) if len(entry.variants) >= 2)
    tones = Counter(variant.tone for entry in replies(store) for variant in entry.variants)

    assert [] == [topic for topic in FREQUENT if varied[topic] < 2]
    assert {"warm", "brief", "formal"} == set(tones)


def test_each_topic_has_replies(store: Knowledge) -> None:
    """Each of the 69 topics has at least three reply entries."""
    counts = Counter(entry.topic for entry in replies(store))

    assert 69 == len(store.topics)
    assert [] == [topic for topic in store.topics if counts[topic] < 3]


@pytest.mark.parametrize("day", DAYS)
def test_each_topic_is_answered_all_year(store: Knowledge, day: datetime) -> None:
    """Whatever the season, no topic is left without a valid answer."""
    assert [] == [topic.id for topic in readiness(store, day).missing]


def test_actions_are_those_of_the_topics(store: Knowledge) -> None:
    """Each topic with an action has an entry that starts it; no entry names another action."""
    started = {(entry.topic, entry.action) for entry in replies(store) if entry.action}
    wanted = {(topic.id, topic.action) for topic in store.topics.values() if topic.action}

    assert wanted == started
    assert {action for _, action in started} == set(actions(store.topics))


def test_entries_that_need_something_ask_for_it(store: Knowledge) -> None:
    """An entry with needs has the question for them; a third of the entries offer a next step."""
    entries = [*replies(store), *templates(store)]

    assert [] == [entry.id for entry in entries if entry.needs and not entry.ask]
    assert len(entries) / 3 <= sum(bool(entry.chips) for entry in entries)


def test_chips_are_short(store: Knowledge) -> None:
    """A next step is short enough to be a button, and an entry offers no more than four."""
    wrong = [
        entry.id
        for entry in store.entries
        if len(entry.chips) > 4 or any(len(chip) > 16 for chip in entry.chips)
    ]

    assert [] == wrong


def test_chips_are_phrasings(store: Knowledge) -> None:
    """Each next step is, word for word, a phrasing of a published entry."""
    asked = {p.text for e in store.entries if e.status == "published" for p in e.phrasings}
    chips = {chip for entry in store.entries if entry.status == "published" for chip in entry.chips}

    assert set() == chips - asked


def test_waiting_for_stock_leads_to_restocking(store: Knowledge) -> None:
    """The stock template's next step belongs to the template that tells when goods come back."""
    by_id = {entry.id: entry for entry in store.entries}

    assert "什么时候补货" in by_id["fact.stock"].chips
    assert "什么时候补货" in {phrasing.text for phrasing in by_id["fact.restock"].phrasings}


def test_policies_are_many_and_short(store: Knowledge) -> None:
    """There are at least 40 policy sections, each of at most 300 characters."""
    sections = policies(store)

    assert 40 <= len(sections)
    assert [] == [s.id for s in sections for v in s.variants if len(v.text) > 300]


def test_policies_come_and_go(store: Knowledge) -> None:
    """Some policies are over, some hold now for a while, some are yet to come."""
    windows = [section.valid for section in policies(store)]

    assert any(w.until and w.until <= TODAY for w in windows)
    assert any(w.until and w.covers(TODAY) for w in windows)
    assert any(w.since and TODAY < w.since for w in windows)


@pytest.mark.parametrize(
    ("season", "day"),
    [
        pytest.param("双11", datetime(2026, 11, 5, tzinfo=UTC), id="double-11"),
        pytest.param("双12", datetime(2026, 12, 9, tzinfo=UTC), id="double-12"),
        pytest.param("春节", datetime(2027, 2, 3, tzinfo=UTC), id="spring-festival"),
    ],
)
def test_seasons_have_their_policies(store: Knowledge, season: str, day: datetime) -> None:
    """Each of the great seasons has dated sections on shipping that hold on its days only."""
    dated = [
        section
        for section in policies(store)
        if section.valid.until
        and section.valid.covers(day)
        and any(season in phrasing.text for phrasing in section.phrasings)
    ]

    assert any("shipping" in section.source.file for section in dated)
    assert not any(section.valid.covers(day.replace(year=2028)) for section in dated)


def test_windows_are_whole_days_of_the_shop(store: Knowledge) -> None:
    """A validity window ends after it begins, within the years the demo is about."""
    zone = zone_of(store.store)
    wrong = [
        entry.id
        for entry in store.entries
        for since, until in [(entry.valid.since, entry.valid.until)]
        if (since and until and until <= since)
        or any(at and not 2026 <= at.astimezone(zone).year <= 2027 for at in (since, until))
    ]

    assert [] == wrong


def test_system_phrases_are_complete(store: Knowledge) -> None:
    """All fixed phrases, required and optional, are there with a wording."""
    worded = {e.id for e in _published(store, "replies/system.yaml") if e.variants}

    assert {*fields.SYSTEM_REQUIRED, *fields.SYSTEM_OPTIONAL} == worded


def test_it_keeps_its_own_word_list(store: Knowledge) -> None:
    """No answer, question back or policy says a word from the shop's own banned list."""
    finder = BannedFinder(store.words.banned)
    said = [
        f"{entry.id}: {word.word} ({around})"
        for entry in store.entries
        for text in (*(variant.text for variant in entry.variants), entry.ask)
        for word, around in finder.find(text)
    ]

    assert set(KINDS) == {word.kind for word in store.words.banned}
    assert [] == said


def test_every_fact_is_known(store: Knowledge) -> None:
    """No fact of the shop is blank, and the people who may say a thing are named."""
    assert [] == [name for name, value in store.store.facts.items() if not value]
    assert [] == [entry.id for entry in replies(store) if not entry.owner]


def test_all_states_of_an_entry_occur(store: Knowledge) -> None:
    """The demo shows drafts and retired entries beside published ones."""
    assert {"draft", "published", "retired"} == {entry.status for entry in store.entries}
