"""Products, categories, colours and regions by name."""

from __future__ import annotations

import pytest

from shopbot.kb.entry import Colour, Product, Source
from shopbot.kb.mentions import Names, regions

SOURCE = Source(file="products/products.csv", line=2)
PRODUCTS = [
    Product(sku="LS-JK-01", name="云脊冲锋衣", source=SOURCE, category="冲锋衣",
            aliases=("云脊", "夹克", "西藏"), colours=(Colour(name="曜石黑", code="BK"),)),
    Product(sku="LS-JK-02", name="云脊冲锋衣Pro", source=SOURCE, category="冲锋衣",
            aliases=("夹克", "X"), colours=(Colour(name="松石绿"),)),
    Product(sku="LS-TX-09", name="Gore", source=SOURCE),
]  # fmt: skip
NAMES = Names(PRODUCTS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("云脊冲锋衣有货吗", [("product", "LS-JK-01")]),
        ("云脊冲锋衣pro有货吗", [("product", "LS-JK-02")]),
        ("ls-jk-01有货吗", [("product", "LS-JK-01")]),
        ("ls-jk-012有货吗", []),
        ("gorex", []),
        ("gore 防水吗", [("product", "LS-TX-09")]),
        ("夹克有货吗", [("product", "")]),
        ("冲锋衣有货吗", [("category", "冲锋衣")]),
        ("曜石黑发新疆", [("colour", "曜石黑"), ("region", "新疆")]),
        ("松石绿色有吗", [("colour", "松石绿")]),
        ("发西藏", [("product", "LS-JK-01")]),
        ("x", []),
        ("", []),
    ],
    ids=["longest", "longer", "sku", "longer-sku", "inside-word", "latin", "shared", "category",
         "colour-region", "with-colour-word", "both", "one-letter", "empty"],
)  # fmt: skip
def test_names_are_found(text: str, found: list[tuple[str, str]]) -> None:
    """The longest name at each place; a name that several products share names none of them."""
    assert found == [(s.kind, s.value) for s in NAMES.find(text)]


@pytest.mark.parametrize(
    ("text", "span"),
    [("松石绿色有吗", "松石绿色"), ("松石绿有吗", "松石绿"), ("松石绿色差大吗", "松石绿")],
)
def test_the_word_colour_belongs_to_the_colour(text: str, span: str) -> None:
    """色 after a colour's name is part of it, unless it begins another word."""
    (found,) = NAMES.find(text)

    assert span == text[found.start : found.end]


def test_a_shop_without_products_still_knows_the_map() -> None:
    """Regions are always there."""
    assert [("region", "北京")] == [(s.kind, s.value) for s in Names([]).find("发北京吗")]


def test_regions_are_names_of_their_own() -> None:
    """No blanks, no doubles, all provinces."""
    told = regions()

    assert len(told) == len(set(told))
    assert {"北京", "新疆", "西藏", "内蒙古", "台湾", "香港"} <= set(told)
    assert all(len(region) >= 2 for region in told)
