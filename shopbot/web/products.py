"""GET /api/v1/products: the store's products by name or SKU, to choose the one in view."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from shopbot.errors import Forbidden, HostNotAllowed, Malformed, TooMany, Unauthenticated
from shopbot.kb.entry import Product
from shopbot.kb.product_search import matching
from shopbot.roles import Principal, Role
from shopbot.web.auth import require, services_of
from shopbot.web.schemas import error_responses

router = APIRouter(prefix="/api/v1", tags=["suggest"])

_MAY_SEE = require(Role.AGENT, Role.SUPERVISOR, Role.STAFF, Role.ADMIN)


class ProductBody(BaseModel):
    """A product as a picker shows it."""

    sku: str
    name: str
    category: str
    status: str
    aliases: list[str]


class Products(BaseModel):
    """Products found, best first."""

    products: list[ProductBody]


@router.get(
    "/products",
    response_model=Products,
    responses=error_responses(Unauthenticated, Forbidden, HostNotAllowed, Malformed, TooMany),
)
async def products(
    request: Request,
    _: Annotated[Principal, Depends(_MAY_SEE)],
    q: Annotated[
        str, Query(max_length=100, description="Part of a SKU, name, alias or category; a link.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=50, description="How many at most.")] = 20,
) -> Products:
    """Find products to choose the one a shopper is looking at; without `q` the first ones."""
    services = services_of(request)
    found = await services.pool.run(lambda: matching(services.kb.products, q, limit))
    return Products(products=[_body(product) for product in found])


def _body(product: Product) -> ProductBody:
    return ProductBody(
        sku=product.sku,
        name=product.name,
        category=product.category,
        status=product.status,
        aliases=list(product.aliases),
    )
