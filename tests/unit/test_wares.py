"""The catalogue behind dialogue actions: what another colour or size is, costs and whether it is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shopbot.kb.loader import load
from shopbot.orders.dialogue import Ware, Wares
from shopbot.orders.price_protection import PriceNow
from shopbot.wares import CatalogueWares
from tests.kb_store import NOW, written
from tests.order_facts import line

PRODUCTS = (
    "款号,商品名,别名,类目,价格,价格日期,颜色,尺码,尺码表,链接,图片,状态\n"
    "A-01,冲锋衣,,冲锋衣,598,2026-11-20,曜石黑:BK|松石绿:GN,M|L|XL,,,,在售\n"
    "A-02,背包,,背包,199,2026-11-20,曜石黑:BK|墨绿:DG,均码,,,,在售\n"
    "A-03,旧款,,冲锋衣,,,曜石黑:BK,L,,,,在售\n"
    "A-04,茶叶,,食品,68,2026-10-01,,,,,,在售\n"
    "A-05,抓绒,,抓绒,199,2026-11-20,松石绿:GN|墨绿:DG|雾灰:GY,M,,,,在售\n"
)
STOCK = (
    "款号,颜色,尺码,库存,截至,补货日期\n"
    "A-01,曜石黑,L,9,2026-11-22 09:00,\nA-01,松石绿,L,2,2026-11-22 09:00,\n"
    "A-01,松石绿,XL,0,2026-11-22 09:00,\nA-01,曜石黑,XL,9,2026-11-01 09:00,\n"
    "A-02,墨绿,均码,30,2026-11-22 09:00,\n"
)
JACKET = line(sku="A-01-BK-L", colour="曜石黑", size="L")
BAG = line(sku="A-02-BK", colour="曜石黑", size="")
FLEECE = line(sku="A-05-GY-M", colour="雾灰", size="M")
NOTHING = Ware()


def _green(size: str, *, in_stock: bool | None = None) -> Ware:
    """Return the green jacket of 598 yuan."""
    return Ware(
        sku=f"A-01-GN-{size}", colour="松石绿", size=size, unit_fen=59800, in_stock=in_stock
    )


@pytest.fixture(scope="module")
def wares(tmp_path_factory: pytest.TempPathFactory) -> Wares:
    """The catalogue of a small shop."""
    files = {"products/all.csv": PRODUCTS, "products/stock.csv": STOCK}
    knowledge = load(written(tmp_path_factory.mktemp("shop"), files))

    return CatalogueWares(lambda: knowledge)


@pytest.mark.parametrize(
    ("bought", "colour", "size", "expected"),
    [
        (JACKET, "松石绿", "", _green("L", in_stock=True)),
        (JACKET, "绿", "XL码", _green("XL", in_stock=False)),
        (JACKET, "", "XL", replace(_green("XL"), sku="A-01-BK-XL", colour="曜石黑")),
        (JACKET, "", "M", replace(_green("M"), sku="A-01-BK-M", colour="曜石黑")),
        (JACKET, "绿", "大一码", _green("XL", in_stock=False)),
        (JACKET, "绿", "小一码", _green("M")),
        (JACKET, "", "大两码", Ware(sizes=("M", "L", "XL"))),
        (JACKET, "紫", "", Ware(colours=("曜石黑", "松石绿"))),
        (JACKET, "", "4XL", Ware(sizes=("M", "L", "XL"))),
        (FLEECE, "绿", "", Ware(colours=("松石绿", "墨绿"))),
        (line(sku="A-01", colour="", size=""), "松石绿", "L", _green("L", in_stock=True)),
        (BAG, "墨绿", "", Ware(sku="A-02-DG", colour="墨绿", size="均码", unit_fen=19900, in_stock=True)),
        (BAG, "墨绿", "XL", Ware(sizes=("均码",))),
        (line(sku="A-03-BK-L"), "", "L", Ware(sku="A-03-BK-L", colour="曜石黑", size="L")),
        (line(sku="A-01-GN-L", colour="", size=""), "", "", _green("L", in_stock=True)),
        (line(sku="A-04"), "", "", Ware(sku="A-04")),
        (line(sku="X-99"), "黑", "", NOTHING),
        (line(sku=""), "黑", "", NOTHING),
    ],
    ids=["colour", "word-and-size", "stale-stock", "no-stock-row", "one-larger", "one-smaller", "too-large", "no-such-colour",
         "no-such-size", "several-colours", "sku-without-variant", "one-size", "one-size-has-no-other", "no-price",
         "told-by-sku", "old-price", "unknown-sku", "no-sku"],
)  # fmt: skip
def test_what_is_wanted_is_found(
    wares: Wares, bought: object, colour: str, size: str, expected: Ware
) -> None:
    """By its own name; what is not known stays unknown, and what there is to choose from is told."""
    assert expected == wares.find(bought, colour, size, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sku", "fen"), [("A-01-GN-L", 59800), ("A-04", 6800), ("A-03", None), ("X", None), ("", None)]
)
def test_prices_are_those_of_the_catalogue(wares: Wares, sku: str, fen: int | None) -> None:
    """With the day they are of; none when it tells none."""
    found = wares.price(line(sku=sku))

    assert fen == (found.fen if found else None)
    assert found is None or isinstance(found, PriceNow)


def test_a_price_grows_old(wares: Wares) -> None:
    """After the days that prices count as fresh nobody promises it."""
    later = wares.find(JACKET, "松石绿", "", NOW + timedelta(days=8))

    assert (None, None) == (later.unit_fen, later.in_stock)


def test_the_catalogue_is_read_anew(tmp_path: Path) -> None:
    """What staff have saved meanwhile counts."""
    folder = written(tmp_path, {"products/all.csv": PRODUCTS, "products/stock.csv": STOCK})
    wares = CatalogueWares(lambda: load(folder))
    before = wares.price(JACKET)
    written(tmp_path, {"products/all.csv": PRODUCTS.replace("598", "498")})
    after = wares.price(JACKET)

    assert (59800, 49800) == (before and before.fen, after and after.fen)


@pytest.mark.parametrize(
    ("sku", "colour", "size", "expected"),
    [
        ("A-01", "曜石黑", "L", ("曜石黑", "L", "in")),
        ("A-01", "黑", "l码", ("曜石黑", "L", "in")),
        ("A-01", "松石绿", "XL", ("松石绿", "XL", "out")),
        ("A-01", "黑", "XL", ("曜石黑", "XL", "stale")),
        ("A-01", "", "L", ("", "L", "partial")),
        ("A-01", "", "", ("", "", "partial")),
        ("A-01", "黑", "M", ("曜石黑", "M", "untold")),
        ("A-01", "紫", "L", ("", "L", "no-such")),
        ("A-01", "黑", "4XL", ("曜石黑", "", "no-such")),
        ("A-02", "墨绿", "", ("墨绿", "", "in")),
        ("A-04", "", "", ("", "", "untold")),
    ],
    ids=[
        "there", "as-said", "gone", "old-figure", "some-colours", "some-of-all", "no-row",
        "no-such-colour", "no-such-size", "one-size", "nobody-counts",
    ],
)  # fmt: skip
def test_what_is_on_the_shelf(
    wares: Wares, sku: str, colour: str, size: str, expected: tuple[str, str, str]
) -> None:
    """By the fact that answers go by, named as the catalogue names it."""
    assert isinstance(wares, CatalogueWares)
    found = wares.look(sku, colour, size, NOW)

    assert found is not None
    assert expected == (found.colour, found.size, found.state)
    assert (found.as_of is not None) == (found.state not in ("untold", "no-such"))


def test_what_is_no_product_is_not_on_the_shelf(wares: Wares) -> None:
    """Whatever is asked."""
    assert isinstance(wares, CatalogueWares)
    assert wares.look("A-99", "", "", NOW) is None


def test_the_catalogue_follows_the_knowledge(tmp_path: Path) -> None:
    """New figures are seen at once; the same knowledge is read out once."""
    first = load(
        written(tmp_path / "a", {"products/all.csv": PRODUCTS, "products/stock.csv": STOCK})
    )
    filled = STOCK.replace("松石绿,XL,0", "松石绿,XL,7")
    then = load(
        written(tmp_path / "b", {"products/all.csv": PRODUCTS, "products/stock.csv": filled})
    )
    serving = [first]
    wares = CatalogueWares(lambda: serving[0])
    before = wares.look("A-01", "松石绿", "XL", NOW)
    serving[0] = then
    after = wares.look("A-01", "松石绿", "XL", NOW)

    assert before is not None
    assert after is not None
    assert ("out", "in") == (before.state, after.state)
