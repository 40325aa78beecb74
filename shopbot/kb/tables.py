"""Products, stock, size tables, comparisons and banned words out of CSV sheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

from shopbot.kb import sheet, template, timespan
from shopbot.kb.entry import (
    BannedWord,
    Colour,
    Comparison,
    Product,
    SizeRow,
    Source,
    StockRow,
)
from shopbot.kb.notes import Notes

PRODUCT_COLUMNS = (
    "款号", "商品名", "别名", "类目", "价格", "价格日期", "颜色", "尺码", "尺码表", "链接", "图片", "状态",
)  # fmt: skip
STOCK_COLUMNS = ("款号", "颜色", "尺码", "库存", "截至", "补货日期")
COMPARE_COLUMNS = ("款号甲", "款号乙", "区别", "怎么选")
BANNED_COLUMNS = ("类别", "词", "怎么改", "例外")
PRODUCT_STATUSES = ("在售", "下架", "预售")
RANGES = {"身高": "height", "体重": "weight", "脚长": "foot_length"}
ONE_SIZE = "均码"

_SPLIT = re.compile(r"\s*[|｜]\s*")
_PRICE = re.compile(r"[¥￥]?\s*(\d{1,7}(?:\.\d{1,2})?)\s*元?")
_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_MOST, _LEAST = 9_999.0, 0.0

T = TypeVar("T")


def split(cell: str) -> tuple[str, ...]:
    """Return the parts of a cell that are apart by ``|``."""
    return tuple(part for part in _SPLIT.split(cell.strip()) if part)


def _each(rows: Iterable[sheet.Row], notes: Notes, make: Callable[[sheet.Row], T]) -> list[T]:
    """Make a record of each row; one that notes an error is left out."""
    found = []
    for row in rows:
        before = notes.errors
        record = make(row)
        if notes.errors == before:
            found.append(record)
    return found


def _required(row: sheet.Row, notes: Notes, *columns: str) -> None:
    for column in columns:
        if not row.get(column):
            notes.error("blank-cell", row.line, column_name=column)


def _unknown_columns(table: sheet.Sheet, known: tuple[str, ...], notes: Notes) -> None:
    for name in table.columns:
        if name and name not in known:
            notes.warning("unknown-column", 1, column_name=name, allowed="、".join(known))


def _sku(cell: str, row: sheet.Row, notes: Notes) -> str:
    told = unicodedata.normalize("NFKC", cell).strip().upper()
    if told and not _SKU.fullmatch(told):
        notes.error("bad-sku", row.line, sku=told)
    return told


def products(text: str, notes: Notes, zone: tzinfo) -> list[Product]:
    """Return the products of one sheet; columns beyond the fixed ones are attributes."""
    table = sheet.read(text, notes, ("款号", "商品名"))
    if table is None:
        return []
    attributes = [c for c in table.columns if c and c not in PRODUCT_COLUMNS]
    for name in attributes:
        if not template.is_name(name):
            notes.warning("bad-column-name", 1, column_name=name)
    return _each(table.rows, notes, lambda row: _product(row, attributes, notes, zone))


def _product(row: sheet.Row, attributes: list[str], notes: Notes, zone: tzinfo) -> Product:
    _required(row, notes, "款号", "商品名")
    status = row.get("状态") or "在售"
    if status not in PRODUCT_STATUSES:
        allowed = "、".join(PRODUCT_STATUSES)
        notes.error("bad-product-status", row.line, value=status, allowed=allowed)
    priced = timespan.moment(row.get("价格日期"), zone) if row.get("价格日期") else None
    if row.get("价格日期") and priced is None:
        notes.error("bad-date", row.line, value=row.get("价格日期"))
    return Product(
        sku=_sku(row.get("款号"), row, notes),
        name=row.get("商品名"),
        source=Source(file=notes.file, line=row.line),
        category=row.get("类目"),
        aliases=split(row.get("别名")),
        price=_price(row, notes),
        price_as_of=priced[0] if priced else None,
        colours=tuple(_colour(part) for part in split(row.get("颜色"))),
        sizes=split(row.get("尺码")),
        size_table=row.get("尺码表").removesuffix(".csv"),
        links=split(row.get("链接")),
        image=row.get("图片"),
        status=status,
        attributes={name: row.get(name) for name in attributes if row.get(name)},
    )


def _colour(part: str) -> Colour:
    name, _, code = part.replace("：", ":").partition(":")
    return Colour(name=name.strip(), code=code.strip().upper())


def _price(row: sheet.Row, notes: Notes) -> str:
    told = row.get("价格")
    if not told:
        return ""
    found = _PRICE.fullmatch(unicodedata.normalize("NFKC", told).replace(",", ""))
    if found is None:
        notes.error("bad-price", row.line, value=told)
        return ""
    return found[1].removesuffix(".00").removesuffix(".0")


def stock(text: str, notes: Notes, zone: tzinfo) -> list[StockRow]:
    """Return pieces on hand by product, colour and size."""
    table = sheet.read(text, notes, ("款号", "库存", "截至"))
    if table is None:
        return []
    _unknown_columns(table, STOCK_COLUMNS, notes)
    return _each(table.rows, notes, lambda row: _stock_row(row, notes, zone))


def _stock_row(row: sheet.Row, notes: Notes, zone: tzinfo) -> StockRow:
    _required(row, notes, "款号", "库存", "截至")
    as_of = timespan.moment(row.get("截至"), zone)
    if as_of is None and row.get("截至"):
        notes.error("bad-date", row.line, value=row.get("截至"))
    restock = timespan.day(row.get("补货日期"))
    if restock is None and row.get("补货日期"):
        notes.error("bad-date", row.line, value=row.get("补货日期"))
    return StockRow(
        sku=_sku(row.get("款号"), row, notes),
        colour=row.get("颜色"),
        size=row.get("尺码") or ONE_SIZE,
        quantity=_quantity(row, notes),
        as_of=as_of[0] if as_of else _NEVER,
        restock=restock,
        source=Source(file=notes.file, line=row.line),
    )


_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def _quantity(row: sheet.Row, notes: Notes) -> int:
    told = unicodedata.normalize("NFKC", row.get("库存")).removesuffix("件").strip()
    if re.fullmatch(r"\d{1,9}(\.0+)?", told):
        return int(told.partition(".")[0])
    if told:
        notes.error("bad-quantity", row.line, value=told)
    return 0


def size_table(text: str, notes: Notes) -> list[SizeRow]:
    """Return the sizes of one table; columns ``…起`` and ``…止`` are ranges, others measurements."""
    table = sheet.read(text, notes, ("尺码",))
    if table is None:
        return []
    return _each(table.rows, notes, lambda row: _size_row(row, table.columns, notes))


def _size_row(row: sheet.Row, columns: tuple[str, ...], notes: Notes) -> SizeRow:
    _required(row, notes, "尺码")
    ends = {f"{zh}{end}" for zh in RANGES for end in "起止"}
    ranges = {}
    for zh, name in RANGES.items():
        if row.get(f"{zh}起") or row.get(f"{zh}止"):
            ranges[name] = _range(row, zh, notes)
    told = {
        c: row.get(c) for c in columns if c not in ends and c not in ("", "尺码") and row.get(c)
    }
    source = Source(file=notes.file, line=row.line)
    return SizeRow(size=row.get("尺码"), ranges=ranges, measurements=told, source=source)


def _range(row: sheet.Row, zh: str, notes: Notes) -> tuple[float, float]:
    low = _number(row, f"{zh}起", _LEAST, notes)
    high = _number(row, f"{zh}止", _MOST, notes)
    if low > high:
        notes.error("bad-range", row.line, column_name=zh, low=f"{low:g}", high=f"{high:g}")
    return low, high


def _number(row: sheet.Row, column: str, default: float, notes: Notes) -> float:
    told = unicodedata.normalize("NFKC", row.get(column))
    if not told:
        return default
    if re.fullmatch(r"\d{1,4}(\.\d{1,2})?", told):
        return float(told)
    notes.error("bad-measure", row.line, column_name=column, value=told)
    return default


def comparisons(text: str, notes: Notes) -> list[Comparison]:
    """Return what tells pairs of products apart."""
    table = sheet.read(text, notes, ("款号甲", "款号乙", "区别"))
    if table is None:
        return []
    _unknown_columns(table, COMPARE_COLUMNS, notes)
    return _each(table.rows, notes, lambda row: _comparison(row, notes))


def _comparison(row: sheet.Row, notes: Notes) -> Comparison:
    _required(row, notes, "款号甲", "款号乙", "区别")
    return Comparison(
        first=_sku(row.get("款号甲"), row, notes),
        second=_sku(row.get("款号乙"), row, notes),
        difference=row.get("区别"),
        choose=row.get("怎么选"),
        source=Source(file=notes.file, line=row.line),
    )


def banned(text: str, notes: Notes) -> list[BannedWord]:
    """Return the words that may not be said."""
    table = sheet.read(text, notes, ("类别", "词"))
    if table is None:
        return []
    _unknown_columns(table, BANNED_COLUMNS, notes)
    return _each(table.rows, notes, lambda row: _banned_word(row, notes))


def _banned_word(row: sheet.Row, notes: Notes) -> BannedWord:
    _required(row, notes, "类别", "词")
    return BannedWord(
        kind=row.get("类别"),
        word=row.get("词"),
        hint=row.get("怎么改"),
        allowed=split(row.get("例外")),
        source=Source(file=notes.file, line=row.line),
    )
