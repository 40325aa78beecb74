"""What a product picker offers for the letters typed so far, and the route that gives it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from shopbot.kb.entry import Product, Source
from shopbot.kb.product_search import matching
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.simulators.knowledge import FakeKnowledge

HERE = Source(file="products/a.csv", line=2)
SHOP = (
    Product(sku="LS-JK-02", name="轻风冲锋衣", category="冲锋衣", status="下架", source=HERE),
    Product(
        sku="LS-JK-01",
        name="云巅冲锋衣",
        category="冲锋衣",
        aliases=("云巅", "三合一"),
        links=("https://item.example.com/item.htm?id=620011001",),
        source=HERE,
    ),
    Product(sku="LS-TT-10", name="露营帐篷", category="帐篷", source=HERE),
)
FOUND = [
    ("nothing-typed", "", ["LS-JK-01", "LS-TT-10", "LS-JK-02"]),
    ("sku", "ls-jk-02", ["LS-JK-02"]),
    ("part-of-sku", "jk", ["LS-JK-01", "LS-JK-02"]),
    ("full-width", "ＬＳ－ＪＫ－０１", ["LS-JK-01"]),
    ("alias", "三合一", ["LS-JK-01"]),
    ("begins-before-holds", "云巅冲锋", ["LS-JK-01"]),
    ("category", "冲锋衣", ["LS-JK-01", "LS-JK-02"]),
    ("words", "冲锋衣 云巅", ["LS-JK-01"]),
    ("traditional", "衝鋒衣", ["LS-JK-01", "LS-JK-02"]),
    ("link", "https://item.example.com/item.htm?id=620011001&spm=a", ["LS-JK-01"]),
    ("nothing-like-it", "沙发", []),
]


@pytest.mark.parametrize(
    ("typed", "skus"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND]
)
def test_a_picker_offers_what_may_be_meant(typed: str, skus: list[str]) -> None:
    """SKU, name, alias, category and link lead to a product; what is off the shelf comes last."""
    assert skus == [product.sku for product in matching(SHOP, typed, 20)]


def test_no_more_than_asked_for() -> None:
    """A large shop does not flood the picker."""
    assert ["LS-JK-01"] == [product.sku for product in matching(SHOP, "冲锋衣", 1)]


def test_the_route_needs_the_key_and_gives_names(
    services: Services, fake_kb: FakeKnowledge
) -> None:
    """Agents get SKU, name, category and state; strangers nothing; a bad limit is told."""
    fake_kb.products = SHOP
    key = "correct-horse-battery-staple"
    settings = services.settings.model_copy(update={"agent_key": SecretStr(key)})
    app = create_app(replace(services, settings=settings))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        stranger = client.get("/api/v1/products")
        client.headers["Authorization"] = f"Bearer {key}"
        found = client.get("/api/v1/products", params={"q": "云巅"}).json()
        bad = client.get("/api/v1/products", params={"limit": 0}).json()

    assert 401 == stranger.status_code
    assert [
        {"sku": "LS-JK-01", "name": "云巅冲锋衣", "category": "冲锋衣", "status": "在售",
         "aliases": ["云巅", "三合一"]}
    ] == found["products"]  # fmt: skip
    assert "request.malformed" == bad["error"]
