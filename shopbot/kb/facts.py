"""The values an entry's variables have for a product in view, each with where it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shopbot import messages
from shopbot.kb import sizing, stock
from shopbot.kb.entry import Entry, Product, Source, StockRow
from shopbot.kb.product import Catalogue, match_size, near_colours
from shopbot.kb.slots import Slots

ALWAYS = ("商品名", "款号", "商品名乙")
"""Names of a product; a text with only these tells no fact of it."""

STATES: Mapping[str, str] = {"预售": "presale", "下架": "gone"}
"""How a product is sold, by its sheet: an entry that words this state says so instead of the rest."""

PRICE, PRICE_DATE = "价格", "价格日期"
EXTRA: Mapping[str, tuple[str, ...]] = {
    "库存": ("颜色", "尺码", "库存截至", "补货日期", "可选"),
    "价格": ("价格", "价格日期"),
    "尺码推荐": ("推荐尺码", "推荐理由", "身高", "体重", "脚长"),
    "尺码表": ("尺码表",),
    "对比": ("商品名乙", "区别", "怎么选"),
}
"""Variables that a built-in attribute gives its templates besides those of any product."""

PRODUCT = ("商品名", "款号", "价格", "价格日期", "颜色", "尺码")
"""Variables of any product; every attribute column is one more."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What can be said now; ``missing`` and ``stale`` are facts that decide the whole entry."""

    values: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    when: str = ""
    missing: str = ""
    too_old: str = ""
    ask: tuple[str, ...] = ()
    reasons: list[str] = field(default_factory=list)

    def put(self, source: Source, **values: str) -> None:
        """Add values that are not blank, told by ``source``."""
        for name, value in values.items():
            if value:
                self.values[name] = value
                self.sources[name] = source


def gather(
    entry: Entry,
    slots: Slots,
    catalogue: Catalogue,
    store_facts: Mapping[str, str],
    *,
    now: datetime,
) -> Told:
    """Return the values for ``entry``: the store's facts and those of the product in view."""
    told = Told(values={name: value for name, value in store_facts.items() if value})
    product = catalogue.find(slots.product) if slots.product else None
    if product is None:
        if slots.product:
            told.missing = slots.product
        return told
    _product(told, product, catalogue, now)
    state = STATES.get(product.status, "")
    if state and any(variant.when == state for variant in entry.variants):
        told.when = state
        return told
    built_in = _BUILT_IN.get(entry.attribute)
    if built_in is not None:
        built_in(told, product, slots, catalogue, now)
    elif entry.attribute and entry.attribute not in told.values:
        told.missing = entry.attribute
    return told


def _product(told: Told, product: Product, catalogue: Catalogue, now: datetime) -> None:
    source = product.source
    told.put(source, **product.attributes)
    told.put(
        source,
        商品名=product.name,
        款号=product.sku,
        颜色="、".join(colour.name for colour in product.colours),
        尺码="、".join(product.sizes),
    )
    if not product.price:
        return
    oldest = now - timedelta(seconds=catalogue.freshness[PRICE])
    if product.price_as_of is None or product.price_as_of < oldest:
        told.stale.update((PRICE, PRICE_DATE))
        return
    day = product.price_as_of.astimezone(catalogue.zone).date()
    told.put(source, 价格=product.price, 价格日期=stock.day_text(day, catalogue.zone))


def _stock(told: Told, product: Product, slots: Slots, catalogue: Catalogue, now: datetime) -> None:
    rows = catalogue.stock_rows(product.sku)
    near = near_colours([row.colour for row in rows], slots.colour)
    rows = [row for row in rows if row.colour in near] if near else rows
    colour, size = _asked(rows, slots)
    found = stock.stock_state(rows, colour, size, now, catalogue.freshness["库存"])
    told.when = found.state
    if found.state == "unknown":
        told.missing = "库存"
        return
    if found.state == "stale":
        told.too_old = "库存"
        return
    first = found.rows[0]
    one = len(found.rows) == 1
    today = now.astimezone(catalogue.zone).date()
    asked = [r for r in found.rows if colour in ("", r.colour) and size in ("", r.size)]
    restock = stock.restock_date(asked, today)
    told.put(
        first.source,
        颜色=first.colour if one else colour or messages.text("reply.stock.all-colours"),
        尺码=first.size if one else size or messages.text("reply.stock.all-sizes"),
        库存截至=stock.day_text(min(row.as_of for row in found.rows), catalogue.zone),
        补货日期=stock.day_text(restock, catalogue.zone) if restock else "",
        可选=stock.available([row for row in found.rows if row.quantity > 0]),
    )


def _asked(rows: Sequence[StockRow], slots: Slots) -> tuple[str, str]:
    """Return the colour and size meant, as the stock sheet names them; blank for one it has not."""
    colours = list(dict.fromkeys(row.colour for row in rows))
    near = near_colours(colours, slots.colour)
    colour = near[0] if len(near) == 1 else ""
    size = match_size([row.size for row in rows], slots.size)
    return (colours[0] if len(colours) == 1 else colour), size


def _price(told: Told, product: Product, slots: Slots, catalogue: Catalogue, now: datetime) -> None:
    if PRICE in told.stale:
        told.too_old = PRICE
    elif not product.price:
        told.missing = PRICE


def _size_chart(
    told: Told, product: Product, slots: Slots, catalogue: Catalogue, now: datetime
) -> None:
    rows = catalogue.size_rows(product)
    if not rows:
        told.missing = "尺码表"
        return
    told.put(rows[0].source, 尺码表=sizing.chart(rows))


def _size_advice(
    told: Told, product: Product, slots: Slots, catalogue: Catalogue, now: datetime
) -> None:
    rows = catalogue.size_rows(product)
    measures = sizing.measures_of(rows)
    if not measures:
        told.missing = "尺码表"
        return
    told.ask = tuple(name for name in measures if getattr(slots, name) is None)
    if told.ask:
        return
    advice = sizing.size_advice(rows, slots.height, slots.weight, slots.foot_length)
    told.when = advice.when
    sizes = advice.sizes
    named = sizes[0] if len(sizes) == 1 else ""
    if len(sizes) > 1:
        named = messages.text("reply.size.or", small=sizes[0], large=sizes[-1])
    source = next((row.source for row in rows if row.size in sizes), rows[0].source)
    told.put(source, 推荐尺码=named, 推荐理由=advice.text)
    body = {"身高": slots.height, "体重": slots.weight, "脚长": slots.foot_length}
    told.put(source, **{name: f"{value:g}" for name, value in body.items() if value is not None})


def _comparison(
    told: Told, product: Product, slots: Slots, catalogue: Catalogue, now: datetime
) -> None:
    other = catalogue.find(slots.other_product) if slots.other_product else None
    if other is None:
        told.ask = ("product",)
        return
    told.put(other.source, 商品名乙=other.name)
    found = catalogue.comparison(product.sku, other.sku)
    told.when = "found" if found else "none"
    if found:
        ends = "。；;. "
        told.put(found.source, 区别=found.difference.rstrip(ends), 怎么选=found.choose.rstrip(ends))


_BUILT_IN: Mapping[str, Callable[[Told, Product, Slots, Catalogue, datetime], None]] = {
    "库存": _stock,
    "价格": _price,
    "尺码表": _size_chart,
    "尺码推荐": _size_advice,
    "对比": _comparison,
}
