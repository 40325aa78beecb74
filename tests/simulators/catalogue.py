"""A small shelf of products, made without files."""

from __future__ import annotations

from collections.abc import Sequence

from shopbot.kb.entry import (
    Colour,
    Entry,
    Knowledge,
    Phrasing,
    Product,
    Source,
    StoreFacts,
    Variant,
    Words,
)

_SHEET = "products/products.csv"
PRODUCTS = (
    Product(sku="LS-JK-01", name="云脊冲锋衣", source=Source(file=_SHEET, line=2), category="冲锋衣",
            aliases=("云脊",), colours=(Colour(name="曜石黑", code="BK"), Colour(name="松石绿", code="GN")),
            sizes=("M", "L", "XL"), links=("https://item.taobao.com/item.htm?id=740001000101",)),
    Product(sku="LS-DW-02", name="轻羽羽绒服", source=Source(file=_SHEET, line=3), category="羽绒服",
            aliases=("轻羽",), colours=(Colour(name="米白", code="WH"),), sizes=("S", "M"),
            links=("740001000202",)),
    Product(sku="LS-KD-03", name="小岭童装", source=Source(file=_SHEET, line=4), category="童装",
            sizes=("140", "150")),
)  # fmt: skip


def entry(identity: str, topic: str, *questions: str, answer: str = "亲，稍等~") -> Entry:
    """Return a published entry with these phrasings."""
    return Entry(
        id=identity,
        topic=topic,
        source=Source(file="replies/all.yaml", line=1),
        phrasings=tuple(Phrasing(text=text, line=2) for text in questions),
        variants=(Variant(text=answer, line=3),),
    )


def knowledge(
    entries: Sequence[Entry] = (),
    products: Sequence[Product] = PRODUCTS,
    words: Words | None = None,
) -> Knowledge:
    """Return a store of these entries and products, without files."""
    return Knowledge(
        store=StoreFacts(id="test", name="测试店"),
        entries=tuple(entries),
        products=tuple(products),
        stock=(),
        sizes={},
        comparisons=(),
        words=words or Words(),
        topics={},
        problems=(),
        files={},
    )
