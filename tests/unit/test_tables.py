"""Sheets as Excel writes them: delimiters, quotes, encodings, and rows that are wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.kb import sheet
from shopbot.kb.entry import Colour
from shopbot.kb.loader import load
from shopbot.kb.notes import Notes
from tests.kb_store import TEA_STORE, codes, places, written

HEAD = "款号,商品名,价格,状态\n"


def test_a_product_row_is_read_whole() -> None:
    """Lists, prices, dates, colours with codes and attributes come out typed."""
    by_sku = {product.sku: product for product in load(TEA_STORE).products}
    tea, shirt = by_sku["QS-HC-01"], by_sku["QS-QP-03"]

    assert ("小种红茶", "烟熏红茶") == tea.aliases
    assert {"产地": "福建武夷山", "口感": "桂圆香，\n带一点松烟香"} == dict(tea.attributes)
    assert (Colour(name="墨黑", code="BK"), Colour(name="米白", code="WH")) == shirt.colours
    assert ("268", datetime(2026, 9, 30, 16, tzinfo=UTC)) == (
        by_sku["QS-LC-02"].price,
        by_sku["QS-LC-02"].price_as_of,
    )


def test_line_numbers_stay_right_after_a_cell_of_two_lines() -> None:
    """A quoted line break moves the next row's line, not its number."""
    assert [2, 4, 5] == [product.source.line for product in load(TEA_STORE).products]


def test_stock_rows_carry_their_moment() -> None:
    """Pieces, time of the figure and day of new pieces are typed; no size means one size."""
    row = load(TEA_STORE).stock[1]

    assert ("100g", 0, datetime(2026, 11, 22, 1, tzinfo=UTC), date(2026, 12, 1)) == (
        row.size,
        row.quantity,
        row.as_of,
        row.restock,
    )


@pytest.mark.parametrize(
    "delimiter", [",", "\t", ";", "，"], ids=["comma", "tab", "semicolon", "wide"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_export_of_a_sheet_is_the_same_sheet(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    """Delimiter and encoding of the program that saved it do not matter."""
    text = (HEAD + "a-1,茶,12.50,在售\n").replace(",", delimiter)
    knowledge = load(written(tmp_path, {"products/a.csv": text.encode(encoding)}))

    assert [("A-1", "茶", "12.50")] == [(p.sku, p.name, p.price) for p in knowledge.products]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A,茶,12,在售,好喝,便宜\n", "too-many-cells"),
        (",茶,12,在售\n", "blank-cell"),
        ("A茶,茶,12,在售\n", "bad-sku"),
        ("A,茶,十二,在售\n", "bad-price"),
        ("A,茶,12,热卖\n", "bad-product-status"),
        ('A,"茶"叶,12,在售\n', "bad-row"),
        ('A,"茶,12,在售\n', "bad-row"),
    ],
)
def test_a_wrong_row_is_left_out_alone(tmp_path: Path, row: str, code: str) -> None:
    """The rows around a mistake load; the mistake is told with its line."""
    text = HEAD + "X-1,茶一,1,在售\n" + row + "X-2,茶二,2,在售\n"
    knowledge = load(written(tmp_path, {"products/a.csv": text}))

    assert [(code, "products/a.csv", 3)] == places(knowledge.problems)
    assert ["X-1", "X-2"] == [product.sku for product in knowledge.products]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("products/a.csv", "", ["empty-table"]),
        ("products/a.csv", "名称,价格\n茶,1\n", ["missing-column"]),
        ("products/a.csv", "款号,商品名,产地,产地\nA,茶,甲,乙\n", ["duplicate-column"]),
        ("products/a.csv", HEAD + "A,茶,1,在售\na,茶,1,在售\n", ["duplicate-sku"]),
        ("products/a.csv", "款号,商品名,重量(g)\nA,茶,1\n", ["bad-column-name"]),
        ("products/stock.csv", "款号,库存,截至\nA,很多,2026-11-22\n", ["bad-quantity"]),
        ("products/stock.csv", "款号,库存,截至\nA,1,刚才\n", ["bad-date"]),
        ("products/stock.csv", "款号,库存,截至,仓库\nA,1,2026-11-22,甲\n", ["unknown-column"]),
        ("products/sizes/a.csv", "尺码,身高起,身高止\nS,170,160\n", ["bad-range"]),
        ("products/sizes/a.csv", "尺码,身高起,身高止\nS,一米六,170\n", ["bad-measure"]),
        ("words/lexicon.txt", "茶 多\n茶\n", ["bad-frequency", "duplicate-word"]),
        ("words/synonyms.txt", "茶\n券,优惠券\n券,coupon\n", ["lone-synonym", "synonym-twice"]),
    ],
)
def test_mistakes_in_a_sheet_are_told(
    tmp_path: Path, name: str, text: str, expected: list[str]
) -> None:
    """Each slip has its code."""
    assert expected == codes(load(written(tmp_path, {name: text})))


CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",\n;'), max_size=8
)


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    """Quotes, commas and line breaks inside cells survive; every row knows its first line."""
    lines = ["甲,乙"]
    starts = []
    for one, two in rows:
        if not (one.strip() or two.strip()) or one.strip().startswith("#"):
            continue
        starts.append(sum(line.count("\n") + 1 for line in lines) + 1)
        lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in (one, two)))
    kept = [r for r in rows if (r[0].strip() or r[1].strip()) and not r[0].strip().startswith("#")]

    table = sheet.read("\n".join(lines), Notes("a.csv"), ("甲", "乙"))

    assert table is not None
    assert [(a.strip(), b.strip()) for a, b in kept] == [
        (r.get("甲"), r.get("乙")) for r in table.rows
    ]
    assert starts == [row.line for row in table.rows]


def test_a_sheet_of_stray_quotes_is_given_up_early() -> None:
    """Reading a file that is no table stays bounded."""
    notes = Notes("a.csv")
    text = "甲,乙\n" + '"a\n' * 20_000

    sheet.read(text, notes, ("甲",))

    assert sheet.MAX_BAD_ROWS == len(notes.problems)
