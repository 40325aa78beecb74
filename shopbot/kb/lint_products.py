"""Sheets that refer to each other: templates, stock, size tables, comparisons and products."""

from __future__ import annotations

from collections.abc import Iterator

from shopbot.kb import fields
from shopbot.kb.entry import Knowledge, Problem
from shopbot.kb.notes import problem
from shopbot.kb.product import match_colour, match_size
from shopbot.kb.tables import ONE_SIZE


def lint(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield references that lead nowhere."""
    yield from _attributes(knowledge)
    yield from _products(knowledge)
    yield from _stock(knowledge)
    yield from _comparisons(knowledge)


def _attributes(knowledge: Knowledge) -> Iterator[Problem]:
    columns = {name for product in knowledge.products for name in product.attributes}
    known = columns | set(fields.BUILT_IN_ATTRIBUTES)
    for entry in knowledge.entries:
        if entry.attribute and entry.attribute not in known and entry.status == "published":
            meant = fields.guess(entry.attribute, known)
            place = entry.place("attribute")
            yield problem(
                "unknown-attribute", "error", place, attribute=entry.attribute, meant=meant or "—"
            )


def _products(knowledge: Knowledge) -> Iterator[Problem]:
    names: dict[str, str] = {}
    for product in knowledge.products:
        if product.size_table and product.size_table not in knowledge.sizes:
            yield problem(
                "missing-size-table", "error", product.source, sku=product.sku,
                table=product.size_table,
            )  # fmt: skip
        for name in dict.fromkeys((product.name, *product.aliases)):
            other = names.setdefault(fields.plain(name), product.sku)
            if other != product.sku:
                yield problem(
                    "same-product-name", "warning", product.source, name=name, other=other
                )


def _stock(knowledge: Knowledge) -> Iterator[Problem]:
    products = {product.sku: product for product in knowledge.products}
    seen: dict[tuple[str, str, str], int] = {}
    for row in knowledge.stock:
        product = products.get(row.sku)
        if product is None:
            yield problem("stock-of-unknown", "warning", row.source, sku=row.sku)
            continue
        key = (row.sku, row.colour, row.size)
        if key in seen:
            yield problem("stock-twice", "error", row.source, sku=row.sku, first=seen[key])
        seen.setdefault(key, row.source.line)
        colours = [colour.name for colour in product.colours]
        if row.colour and colours and not match_colour(colours, row.colour):
            yield problem("stock-colour", "warning", row.source, colour=row.colour, sku=row.sku)
        if row.size != ONE_SIZE and product.sizes and not match_size(product.sizes, row.size):
            yield problem("stock-size", "warning", row.source, size=row.size, sku=row.sku)


def _comparisons(knowledge: Knowledge) -> Iterator[Problem]:
    skus = {product.sku for product in knowledge.products}
    for told in knowledge.comparisons:
        for sku in (told.first, told.second):
            if sku not in skus:
                yield problem("compare-unknown", "warning", told.source, sku=sku)
