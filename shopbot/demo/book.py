"""Writes the demo's orders as an import would: through intake, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml

from shopbot import ids
from shopbot.demo.chance import Chance
from shopbot.demo.goods import Bought, Good, buy
from shopbot.demo.parcels import FINE, Way
from shopbot.orders.intake import Intake, put_lines, put_order, put_shipment, put_tracking
from shopbot.orders.merge import Snapshot, Value
from shopbot.orders.records import EventRecord, LineRecord
from shopbot.orders.states import LINE_RANK, ORDER_RANK, OrderStatus
from shopbot.rules import Rules
from shopbot.storage import Transaction

SOURCE = "demo"
_FIRST = 5000  # serial of the first order: no number of the samples
_LIST = timedelta(minutes=20)  # how old the list of orders is
_STORE_COUPON = ((49900, 5000), (29900, 2000))  # from, off
_PLATFORM_COUPON = 1500
_EVENING = 21  # o'clock
_NIGHT = timedelta(hours=11)


@cache
def stock_of_words() -> dict[str, Any]:
    """Return names, places, couriers and sentences (orders.yaml)."""
    text = (resources.files("shopbot.demo") / "orders.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One order to be written; hours count back from now."""

    status: OrderStatus
    created: float
    paid: float | None = None
    deposit: float | None = None  # presale: when the first part was paid
    finished: float | None = None
    closed: float | None = None
    why: str = ""  # close reason
    ways: tuple[Way, ...] = ()
    presale: bool = False
    ship_by: float | None = None  # hours from now: presale
    lines: int = 1
    line_status: str = "normal"
    plain: bool = False  # goods that may come back without a reason; no coupon


@dataclass(slots=True, kw_only=True)
class Book:
    """Where the demo's orders are written."""

    tx: Transaction
    rules: Rules
    now: datetime
    chance: Chance
    goods: Sequence[Good]
    count: int = 0
    numbers: list[str] = field(default_factory=list)
    _shared: str = ""

    def write(self, plot: Plot) -> str:
        """Write one order with lines, parcels and courier events; return its number."""
        serial = self.count
        self.count += 1
        created = self.ago(plot.created)
        local = created.astimezone(self.rules.zone)
        number = f"{local:%y%m%d}{_FIRST + serial:04d}"
        bought = self._buy(plot, serial)
        values = self._values(plot, serial, bought, created)
        intake = self._intake()
        as_of = ids.to_text(max(self.now - _LIST, created))
        put_order(self.tx, intake, number, Snapshot(ORDER_RANK[plot.status], as_of, values))
        parcels = [self._parcel(serial, place, way) for place, way in enumerate(plot.ways)]
        packed = _packed(plot, bought, [parcel for _, parcel in parcels])
        lines = [
            (_line(one, number, plot.line_status, as_of, parcel), True)
            for one, parcel in zip(bought, packed, strict=True)
        ]
        for way, (carrier, parcel) in zip(plot.ways, parcels, strict=True):
            self._ship(number, carrier, parcel, way, str(values["city"]), as_of)
        put_lines(self.tx, intake, number, lines, set())
        self.numbers.append(number)
        return number

    def ago(self, hours: float) -> datetime:
        """Return the moment so many hours before now."""
        return self.now - timedelta(hours=hours)

    def _intake(self) -> Intake:
        now = ids.to_text(self.now)
        return Intake(store_id=self.rules.store_id, source=SOURCE, who=SOURCE, now=now)

    def _buy(self, plot: Plot, serial: int) -> list[Bought]:
        goods = self.goods
        goods = [one for one in goods if one.presale == plot.presale] or goods
        if plot.plain:
            goods = [one for one in goods if not self._is_exempt(one)] or goods
        bought = [buy(self.chance, goods, serial, n) for n in range(plot.lines)]
        total = sum(one.fen for one in bought)
        gifts = [gift for gift in self.rules.returns.gifts if total >= gift.threshold]
        return [*bought, *(Bought(title=gift.name, unit_fen=0, gift=True) for gift in gifts)]

    def _is_exempt(self, good: Good) -> bool:
        name, sku = good.product.name, good.product.sku
        return any(
            any(word in name for word in rule.words) or any(sku.startswith(p) for p in rule.skus)
            for rule in self.rules.returns.exempt
        )

    def _values(
        self, plot: Plot, serial: int, bought: Sequence[Bought], created: datetime
    ) -> dict[str, Value]:
        words = stock_of_words()
        goods = sum(one.fen for one in bought)
        place = self._place(plot, serial)
        shipping = self._postage(place[0], goods)
        store = 0 if plot.plain else next((o for f, o in _STORE_COUPON if goods >= f), 0)
        platform = _PLATFORM_COUPON if self.chance.once_in(5, "coupon", serial) else 0
        platform = platform if goods > 2 * _PLATFORM_COUPON and not plot.plain else 0
        points = 500 if self.chance.once_in(8, "points", serial) and goods > 10000 else 0
        paid = plot.paid is not None
        due = goods + shipping - store - platform - points
        deposit = goods // 1000 * 100 if plot.presale and plot.deposit is not None else None
        first = self.ago(plot.ways[0].shipped) if plot.ways else None
        times = {
            "created_at": created,
            "paid_at": self._maybe(plot.paid),
            "shipped_at": first,
            "finished_at": self._maybe(plot.finished),
            "closed_at": self._maybe(plot.closed),
            "deposit_paid_at": self._maybe(plot.deposit),
            "presale_ship_by": self._maybe(-plot.ship_by if plot.ship_by is not None else None),
        }
        return {
            "status": plot.status,
            "goods_fen": goods,
            "shipping_fen": shipping,
            "total_fen": goods + shipping,
            "paid_fen": due if paid else deposit,
            "deposit_fen": deposit,
            "balance_fen": None if deposit is None else due - deposit,
            "discount_fen": store + platform + points if paid else None,
            "discount_store_fen": store if paid else None,
            "discount_platform_fen": platform if paid else None,
            "discount_points_fen": points if paid else None,
            "points": points if paid else None,
            "quantity": sum(one.quantity for one in bought),
            "presale": int(plot.presale),
            "freight_insurance": int(self.chance.once_in(3, "insurance", serial)),
            "payment_method": self.chance.pick(words["payments"], "pay", serial) if paid else None,
            "close_reason": words["close_reasons"][plot.why] if plot.why else None,
            "title": bought[0].title,
            **self._person(serial, place),
            **{name: ids.to_text(at) if at else None for name, at in times.items()},
        }

    def _person(self, serial: int, place: Sequence[str]) -> dict[str, Value]:
        words, chance = stock_of_words(), self.chance
        person = chance.below(300, "person", serial)
        province, city, district, road = place
        masked = chance.once_in(4, "masked", serial)
        tail = f"{chance.below(10000, 'phone', person):04d}"
        given = chance.pick(words["given"], "given", person)
        surname = chance.pick(words["surnames"], "surname", person)
        note = chance.pick(words["notes"], "note", serial)
        remark = chance.pick(words["seller_notes"], "remark", serial)
        return {
            "channel": chance.pick(words["channels"], "channel", serial),
            "buyer": f"{chance.pick(words['nicks'], 'nick', person)}{person}",
            "receiver": f"{surname}{'*' * len(given)}" if masked else f"{surname}{given}",
            "phone": f"100****{tail}" if masked else f"100{person:04d}{tail}",
            "address": f"{province} {city} {district} {road}{1 + person}号",
            "province": province,
            "city": city,
            "district": district,
            "buyer_note": note if chance.once_in(6, "has-note", serial) else None,
            "seller_note": remark if chance.once_in(9, "has-remark", serial) else None,
            "invoice_title": None,
            "shop_name": None,
        }

    def _place(self, plot: Plot, serial: int) -> Sequence[str]:
        words = stock_of_words()
        where = plot.ways[0].where if plot.ways else "anywhere"
        found: Sequence[str] = (
            self.chance.pick(words["places"], "place", serial)
            if where == "anywhere"
            else words[where]
        )
        return found

    def _postage(self, province: str, goods: int) -> int:
        shipping = self.rules.shipping
        if any(province.startswith(name) for name in shipping.remote):
            return int(shipping.postage_remote)
        return 0 if goods >= shipping.free_from else int(shipping.postage)

    def _maybe(self, hours: float | None) -> datetime | None:
        return None if hours is None else self.ago(hours)

    def _by_day(self, way: Way, hours: float) -> datetime:
        """Return when a courier did something; an untroubled parcel is not carried at night."""
        at = self.ago(hours)
        if way.name != FINE:
            return at
        since = (at.astimezone(self.rules.zone) - timedelta(hours=_EVENING)).time()
        night = timedelta(hours=since.hour, minutes=since.minute)  # since nine in the evening
        if night >= _NIGHT:
            return at
        return at - night - timedelta(hours=1) + night / (_NIGHT / timedelta(hours=1))

    def _parcel(self, serial: int, place: int, way: Way) -> tuple[str, str]:
        """Return a courier and a number as it gives them."""
        words = stock_of_words()
        carrier, start = self.chance.pick(words["couriers"], "courier", serial, place)
        width = 15 if start.startswith(("YT", "SF", "JT", "JD")) else 14
        digits = self.chance.below(10 ** (width - len(start)), "parcel", serial, place)
        parcel = f"{start}{digits:0{width - len(start)}d}"
        if way.shared:  # the first of two takes the number, the second shares it
            parcel, self._shared = self._shared or parcel, "" if self._shared else parcel
        return carrier, parcel

    def _ship(
        self, number: str, carrier: str, parcel: str, way: Way, city: str, as_of: str
    ) -> None:
        words = stock_of_words()
        shipped = ids.to_text(self.ago(way.shipped))
        values: dict[str, Value] = {"carrier": carrier, "shipped_at": shipped}
        intake = self._intake()
        put_shipment(self.tx, intake, number, parcel, Snapshot(0, as_of, values))
        heard = ids.to_text(self.ago(way.heard))
        for hours, key in way.told:
            event = EventRecord(
                row=0,
                parcel=parcel,
                at=ids.to_text(self._by_day(way, hours).replace(microsecond=0)),  # as couriers do
                text=words["courier"][key].format(city=city),
                place="",
                raw_status="",
            )
            put_tracking(self.tx, intake, event, heard)


def _packed(plot: Plot, bought: Sequence[Bought], parcels: Sequence[str]) -> list[str]:
    """Return each line's parcel; blank where the shop's list does not tell, or it has not left."""
    if len(parcels) == 1 and plot.status == "part_shipped":
        return [*parcels, *("" for _ in bought[1:])]
    if len(parcels) > 1:
        return [parcels[place % len(parcels)] for place in range(len(bought))]
    return ["" for _ in bought]


def _line(one: Bought, number: str, status: str, as_of: str, parcel: str) -> LineRecord:
    values: dict[str, Value] = {
        "title": one.title,
        "sku": one.sku or None,
        "attributes": one.attributes or None,
        "colour": one.colour or None,
        "size": one.size or None,
        "unit_fen": one.unit_fen,
        "quantity": one.quantity,
        "paid_fen": None,
        "gift": int(one.gift),
        "exempt": None,
        "parcels": parcel or None,
        "status": status,
    }
    identity = f"{one.sku or one.title}|{one.attributes}|{one.unit_fen}"
    rank = LINE_RANK[status]  # type: ignore[index]
    return LineRecord(
        row=0, number=number, identity=identity, snapshot=Snapshot(rank, as_of, values)
    )
