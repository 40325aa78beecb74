"""The orders of a story: few plain words become what an import would have brought in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot import ids
from shopbot.chat.stories import OrderTold
from shopbot.demo.book import stock_of_words
from shopbot.demo.parcels import WAYS, Way, signed_way
from shopbot.errors import Conflict
from shopbot.kb.product import Catalogue
from shopbot.orders.breaker import Breaker
from shopbot.orders.cases import CaseRequest, open_case, step_case
from shopbot.orders.conditions import Claim
from shopbot.orders.intake import Intake, put_lines, put_order, put_shipment, put_tracking
from shopbot.orders.machine import CaseEvent
from shopbot.orders.merge import Snapshot, Value
from shopbot.orders.records import EventRecord, LineRecord
from shopbot.orders.source_store import SourceState, put_source
from shopbot.orders.states import LINE_RANK, ORDER_RANK, OrderStatus
from shopbot.rules import Rules, texts
from shopbot.storage import Transaction

_SOURCE = "story"
_HEARD = timedelta(minutes=20)  # ago
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_GIFT = "赠品"
_PRICE = 10000  # fen, of what the catalogue does not know
_CARRIER, _PARCEL = 0, "YT88{number:013d}"
_RETURNED = "SF1599990000001"
_STATES: dict[str, OrderStatus] = {"packing": "paid", "presale": "paid", "signed": "shipped"}
_PAID = {
    "paid": _HOUR,
    "packing": 10 * _HOUR,
    "presale": _DAY,
    "closed": 3 * _DAY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Where a story's orders are written."""

    tx: Transaction
    rules: Rules
    catalogue: Catalogue
    now: datetime

    @property
    def intake(self) -> Intake:
        """Return who brings the orders."""
        return Intake(
            store_id=self.rules.store_id, source=_SOURCE, who=_SOURCE, now=ids.to_text(self.now)
        )


def write_order(shop: Shop, told: OrderTold) -> None:
    """Write one order with its lines, its parcel and what the courier told."""
    way = _way(told)
    status: OrderStatus = _STATES.get(told.status, told.status)  # type: ignore[arg-type]
    paid = (
        told.paid or _PAID.get(told.status) or (timedelta(hours=way.shipped + 12) if way else None)
    )
    paid_at = None if told.status == "unpaid" or paid is None else shop.now - paid
    created = (paid_at or shop.now - 2 * _HOUR) - timedelta(minutes=1)
    lines = [_line(shop, told, sku) for sku in told.goods]
    goods = sum(
        _count(one.snapshot.values["unit_fen"]) * _count(one.snapshot.values["quantity"])
        for one in lines
    )
    as_of = ids.to_text(max(shop.now - _HEARD, created))
    values = _values(shop, told, goods, paid_at, created, way)
    snapshot = Snapshot(ORDER_RANK[status], as_of, {"status": status, **values})
    put_order(shop.tx, shop.intake, told.number, snapshot)
    if way is not None:
        _ship(shop, told.number, way, as_of)
    put_lines(shop.tx, shop.intake, told.number, [(one, True) for one in lines], set())
    if told.case:
        _open_case(shop, told)


def cut_off(shop: Shop) -> None:
    """Let the orders' source be down: it failed again and again, the orders are known as they were."""
    tried = shop.now - timedelta(minutes=1)
    state = SourceState(
        source=_SOURCE,
        as_of=shop.now - _HEARD,
        breaker=Breaker(failures=5, open_until=shop.now + timedelta(minutes=3)),
        problem="HTTP 503",
    )
    put_source(shop.tx, shop.rules.store_id, state, tried)


def _open_case(shop: Shop, told: OrderTold) -> None:
    """Let the first position be on its way back, as far as the story tells."""
    request = CaseRequest(order=told.number, line_no=1, claim=Claim(kind="no-reason", intact=True))
    decision = open_case(shop.tx, request, shop.rules, shop.now, _SOURCE).decision
    if decision is None:
        raise Conflict("The return of a story does not qualify. Let its order be signed lately.")
    events = {
        "requested": (),
        "approved": (CaseEvent(name="approve", who="agent"),),
        "shipped_back": (
            CaseEvent(name="approve", who="agent"),
            CaseEvent(name="ship_back", who="buyer", parcel=_RETURNED),
        ),
    }
    for one in events[told.case]:
        step_case(shop.tx, decision.case.id, one, shop.rules, shop.now, _SOURCE)


def _count(value: Value) -> int:
    return int(value or 0)


def _way(told: OrderTold) -> Way | None:
    """Return what the parcel went through; None when there is none."""
    if told.status in ("signed", "finished"):
        hours = (told.signed or (20 * _DAY if told.status == "finished" else _DAY)) / _HOUR
        return signed_way(hours)
    if told.status != "shipped":
        return None
    return next(way for way in WAYS if way.name == told.parcel)


def _values(
    shop: Shop,
    told: OrderTold,
    goods: int,
    paid_at: datetime | None,
    created: datetime,
    way: Way | None,
) -> dict[str, Value]:
    place = stock_of_words()["usual"]
    shipped = shop.now - timedelta(hours=way.shipped) if way else None
    presale = told.status == "presale"
    ship_by = shop.now + (told.ship_by or 10 * _DAY) if presale else None
    finished = shop.now - _DAY if told.status == "finished" else None
    closed = shop.now - _DAY if told.status == "closed" else None
    times = {
        "created_at": created,
        "paid_at": paid_at,
        "shipped_at": shipped,
        "finished_at": finished,
        "closed_at": closed,
        "presale_ship_by": ship_by,
        "deposit_paid_at": None,
    }
    names = (
        "buyer_note", "seller_note", "invoice_title", "shop_name", "deposit_fen", "balance_fen", "points",
        "discount_platform_fen", "discount_points_fen", "close_reason",
    )  # fmt: skip
    return {
        **dict.fromkeys(names),
        "goods_fen": goods,
        "shipping_fen": 0,
        "total_fen": goods,
        "paid_fen": goods if paid_at else None,
        "discount_fen": None,
        "discount_store_fen": None,
        "quantity": len(told.goods),
        "presale": int(presale),
        "freight_insurance": int(told.insured),
        "payment_method": stock_of_words()["payments"][0],
        "title": told.goods[0],
        "channel": stock_of_words()["channels"][0],
        "buyer": told.tail,
        "receiver": stock_of_words()["surnames"][0],
        "phone": f"1380000{told.tail}",
        "address": " ".join((*place[:3], place[3])),
        "province": place[0],
        "city": place[1],
        "district": place[2],
        **{name: ids.to_text(at) if at else None for name, at in times.items()},
    }


def _line(shop: Shop, told: OrderTold, named: str) -> LineRecord:
    """One position: ``LS-JK-01-BK-L``, ``LS-JK-01-BK-L×2`` or ``赠品 登山扣``; what it cost more than today."""
    sku, _, count = named.removeprefix(_GIFT).strip().partition("×")
    gift = named.startswith(_GIFT)
    hit = shop.catalogue.find_sku(sku)
    price = texts.money(hit.product.price) if hit else None
    values: dict[str, Value] = {
        "title": hit.product.name if hit else sku,
        "sku": sku.strip() if hit else None,
        "attributes": None,
        "colour": (hit.colour if hit else "") or None,
        "size": (hit.size if hit else "") or None,
        "unit_fen": 0 if gift else (price or _PRICE) + told.dearer * 100,
        "quantity": int(count or 1),
        "paid_fen": None,
        "gift": int(gift),
        "exempt": None,
        "parcels": None,
        "status": "normal",
    }
    as_of = ids.to_text(shop.now - timedelta(minutes=20))
    return LineRecord(
        row=0,
        number=told.number,
        identity=named,
        snapshot=Snapshot(LINE_RANK["normal"], as_of, values),
    )


def _ship(shop: Shop, number: str, way: Way, as_of: str) -> None:
    words = stock_of_words()
    parcel = _PARCEL.format(number=int(number[-8:]) if number[-8:].isdecimal() else 1)
    values: dict[str, Value] = {
        "carrier": words["couriers"][_CARRIER][0],
        "shipped_at": ids.to_text(shop.now - timedelta(hours=way.shipped)),
    }
    put_shipment(shop.tx, shop.intake, number, parcel, Snapshot(0, as_of, values))
    heard = ids.to_text(shop.now - timedelta(hours=way.heard))
    for hours, key in way.told:
        event = EventRecord(
            row=0,
            parcel=parcel,
            at=ids.to_text(shop.now - timedelta(hours=hours)),
            text=words["courier"][key].format(city=words["usual"][1]),
            place="",
            raw_status="",
        )
        put_tracking(shop.tx, shop.intake, event, heard)
