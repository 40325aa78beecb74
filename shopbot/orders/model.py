"""What is known about orders, as frozen facts. Money is integer fen, times are aware UTC.

A fact that the source did not tell is None (or blank text), never a guess. States: states.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shopbot.orders.states import (
    CASE_ENDS,
    AddressChangeState,
    CaseKind,
    CaseReason,
    CaseState,
    DiscountKind,
    FreightPayer,
    Grade,
    LineStatus,
    NoteAuthor,
    OrderStatus,
    PaymentKind,
    RefundState,
    ShipmentState,
    TaskKind,
    TaskState,
)

# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as its source tells it."""

    store_id: str
    number: str  # 订单编号, never a rounded one
    status: OrderStatus
    channel: str = ""  # taobao, tmall, jd, …; blank when not told
    buyer: str = ""  # 买家会员名, as told (often masked)
    title: str = ""  # 宝贝标题 of the first item
    goods_fen: int = 0  # 买家应付货款
    shipping_fen: int = 0  # 买家应付邮费
    total_fen: int = 0  # 总金额: goods and shipping before discounts
    paid_fen: int = 0  # 买家实际支付金额
    discount_fen: int = 0  # all discounts together
    points: int = 0  # points spent
    quantity: int = 0  # 宝贝总数量; 0 when not told
    created_at: datetime
    paid_at: datetime | None = None  # paid in full: from here on the goods are owed
    shipped_at: datetime | None = None
    finished_at: datetime | None = None  # 确认收货
    closed_at: datetime | None = None
    receiver: str = ""  # as told, often masked
    phone: str = ""  # as told, often masked
    address: str = ""  # as told, often masked
    province: str = ""  # 浙江省
    city: str = ""  # 杭州市
    district: str = ""  # 西湖区
    buyer_note: str = ""  # 买家留言
    seller_note: str = ""  # 订单备注
    close_reason: str = ""
    invoice_title: str = ""
    deposit_fen: int = 0  # 定金; part of paid_fen
    balance_fen: int = 0  # 尾款
    deposit_paid_at: datetime | None = None
    presale: bool = False
    presale_ship_by: datetime | None = None  # last moment the product page promised
    freight_insurance: bool = False  # 运费险
    shop_name: str = ""
    source: str = ""  # file name, demo, platform
    as_of: datetime  # the moment for which the source speaks
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One position of an order."""

    store_id: str
    order: str
    line_no: int  # 1-based, stable for ever
    title: str
    sku: str = ""  # 商家编码
    known_sku: bool = True  # False: not in the product tables; kept and flagged
    attributes: str = ""  # 商品属性, as told: 颜色分类:曜石黑;尺码:L
    colour: str = ""
    size: str = ""
    unit_fen: int
    quantity: int
    paid_fen: int | None = None  # this line's share of what was paid; None: the source did not tell
    gift: bool = False  # 赠品
    exempt: bool = False  # 不支持七天无理由, confirmed by the buyer at purchase
    parcels: tuple[str, ...] = ()  # the numbers of those it travels in, as far as told
    status: LineStatus = "normal"
    as_of: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that came in."""

    store_id: str
    order: str
    number: int  # 1-based within the order
    kind: PaymentKind = "full"
    method: str = ""  # 支付宝, 微信支付, 花呗 …; blank when not told
    fen: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A coupon, a campaign or points that made the order cheaper."""

    store_id: str
    order: str
    number: int  # 1-based within the order
    kind: DiscountKind
    name: str = ""
    fen: int


# --- parcels -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel on its way to the buyer; an order may have several."""

    store_id: str
    order: str
    parcel: str  # 物流单号, without No: and quotes
    carrier: str = ""  # as told
    line_nos: tuple[int, ...] = ()  # empty: nobody knows (shopbot.orders.packing)
    shipped_at: datetime | None = None
    state: ShipmentState = "shipped"
    doubtful: bool = False  # stands on another buyer's order too: needs checking, never told
    as_of: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEvent:
    """One line of a courier's record. Belongs to the parcel, so it may arrive before the order."""

    store_id: str
    parcel: str
    at: datetime
    text: str
    place: str = ""
    raw_status: str = ""  # the courier's own word or code
    source: str = ""
    as_of: datetime  # when we learned it


# --- after-sale --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A return, exchange, repair, resend or refund-only case about one line of an order."""

    id: str
    store_id: str
    order: str
    line_no: int
    kind: CaseKind
    reason: CaseReason
    state: CaseState
    quantity: int
    detail: str = ""  # the shopper's words
    pictures: tuple[str, ...] = ()  # attachment names
    freight_payer: FreightPayer | None = None
    replacement_sku: str = ""  # exchange: what is wanted instead
    return_parcel: str = ""  # 退货物流单号
    return_carrier: str = ""
    resend_parcel: str = ""  # what we sent out again
    quote_fen: int | None = None  # repair: price told to the buyer
    grade: Grade | None = None  # what the inspection found; None: not inspected yet
    restocked: int = 0  # pieces back to stock
    lost: int = 0  # pieces written off
    deadline: datetime | None = None  # of the present state; None: no limit
    requested_at: datetime
    received_at: datetime | None = None
    inspected_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether something is still to be done."""
        return self.state not in CASE_ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that goes back. ``cash_fen`` is the sum of its parts; all but freight is bounded by paid."""

    id: str
    store_id: str
    order: str
    line_no: int | None = None  # None: the order as a whole
    case_id: str | None = None
    state: RefundState
    goods_fen: int = 0
    shipping_fen: int = 0  # the postage the buyer had paid
    difference_fen: int = 0  # price protection, bargained part
    freight_fen: int = 0  # the buyer's costs of sending back; not part of what was paid
    points: int = 0  # points given back
    coupons: tuple[str, ...] = ()  # coupons given back, by name
    reason: str = ""
    due_at: datetime | None = None
    created_at: datetime
    paid_at: datetime | None = None
    version: int = 1

    @property
    def cash_fen(self) -> int:
        """Return what is paid out."""
        return self.goods_fen + self.shipping_fen + self.difference_fen + self.freight_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark on an order."""

    id: str
    store_id: str
    order: str
    author: NoteAuthor
    who: str = ""
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A wish to send elsewhere; staff carry it out at the platform, then it is applied."""

    id: str
    store_id: str
    order: str
    state: AddressChangeState
    receiver: str = ""  # blank: as before
    phone: str = ""
    address: str = ""
    asked_at: datetime
    decided_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has carried it out or refused it yet."""
        return self.state == "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTask:
    """Something that a person has to do about an order, until when, and what came of it."""

    id: str
    store_id: str
    order: str
    kind: TaskKind
    key: str = ""  # what tells it from others of its kind: a parcel, a wish
    state: TaskState = "open"
    parcel: str = ""
    line_no: int | None = None
    wanted: str = ""  # as staff read it; no address, no phone
    times: int = 1  # how often it was asked for
    asked_at: datetime
    due_at: datetime
    done_by: str = ""
    result: str = ""
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether it is still to be done."""
        return self.state == "open"


# --- all of it ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """Something that happened to an order; kept for ever, numbered without gaps per order."""

    store_id: str
    order: str
    seq: int  # 1-based
    name: str  # dotted: order.imported, order.status-changed, return.requested
    at: datetime
    who: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A shipment with what its courier told, oldest first."""

    shipment: Shipment
    events: tuple[TrackingEvent, ...] = ()
    asked_at: datetime | None = None  # for which moment the courier's record speaks; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """Everything known about one order: what the rules decide upon."""

    order: Order
    lines: tuple[OrderLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    discounts: tuple[Discount, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    cases: tuple[Case, ...] = ()
    refunds: tuple[Refund, ...] = ()
    notes: tuple[Note, ...] = ()
    address_changes: tuple[AddressChange, ...] = field(default=())
    tasks: tuple[OrderTask, ...] = ()

    def find_line(self, line_no: int) -> OrderLine | None:
        """Return the line of this number (1-based), None when there is none."""
        return next((line for line in self.lines if line.line_no == line_no), None)
