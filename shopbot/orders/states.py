"""The states of orders, parcels and after-sale work, each a Literal whose comment says what it means.

The schema repeats them as CHECKs; a test compares the two.
"""

from __future__ import annotations

from typing import Literal

OrderStatus = Literal[
    "unpaid",  # 等待买家付款
    "deposit_paid",  # 定金已付，等待付尾款 (presale)
    "paid",  # 买家已付款，等待卖家发货
    "part_shipped",  # 部分发货
    "shipped",  # 卖家已发货，等待买家确认
    "finished",  # 交易成功: receipt confirmed, by the buyer or by time
    "closed",  # 交易关闭: cancelled, not paid in time or refunded whole
]

ORDER_RANK: dict[OrderStatus, int] = {
    "unpaid": 0,
    "deposit_paid": 10,
    "paid": 20,
    "part_shipped": 30,
    "shipped": 40,
    "finished": 50,
    "closed": 60,  # after finished: some platforms close a finished order once it is refunded whole
}
"""How far an order has come. A source may only move an order to a higher rank."""

LineStatus = Literal[
    "normal",
    "refunding",  # 退款中: the platform has an open refund on this line
    "refunded",  # 退款成功 on the platform
    "closed",  # the line was taken out of the order
]

LINE_RANK: dict[LineStatus, int] = {"normal": 0, "refunding": 10, "refunded": 20, "closed": 30}

ParcelStatus = Literal[
    "created",  # 已下单待揽收: a number exists, the courier has nothing yet
    "collected",  # 已揽收
    "in_transit",  # 运输中
    "delivering",  # 派送中
    "at_station",  # 已到驿站/快递柜，待取
    "signed",  # 已签收
    "refused",  # 买家拒收
    "returning",  # 退回途中
    "returned",  # 已退回到店
    "damaged",  # 破损
    "problem",  # 疑难件: address, phone, customs, held
    "lost",  # 丢件, confirmed by the courier
]
"""Our reading of a courier's words (shopbot.orders.logistics makes it from the raw status)."""

CaseKind = Literal[
    "return",  # 退货退款
    "refund",  # 仅退款: nothing comes back (cancelled before shipping, missing item, lost parcel)
    "exchange",  # 换货
    "repair",  # 维修
    "resend",  # 补发: wrong, missing or damaged item sent again
]

CaseReason = Literal[
    "no-reason",  # 七天无理由
    "size",  # 尺码、颜色不合适
    "quality",  # 质量问题
    "wrong-item",  # 发错货
    "missing-item",  # 少发、漏发
    "damaged",  # 运输破损
    "not-received",  # 未收到货
    "cancelled",  # 未发货取消
    "price-difference",  # 价保补差
    "warranty",  # 质保期内故障
    "other",
]

CaseState = Literal[
    "requested",  # 已申请，待审核
    "need_pictures",  # 待买家补图
    "approved",  # 已同意; return, exchange, repair: 待买家寄回
    "shipped_back",  # 买家已寄回
    "received",  # 仓库已收
    "inspected",  # 验货通过
    "disputed",  # 验货不符，待协商
    "quoted",  # repair: 已检测报价，待买家确认
    "repairing",  # repair: 维修中
    "resent",  # exchange, resend, repair: 已换出、补发、修好寄回
    "refunded",  # end: 已退款
    "finished",  # end: 买家已收到换货、补发、修好的货
    "rejected",  # end: 不符合条件
    "cancelled",  # end: 买家撤销
    "closed",  # end: 超时关闭
]

CASE_ENDS: frozenset[CaseState] = frozenset(
    {"refunded", "finished", "rejected", "cancelled", "closed"}
)
"""States that hold for ever. A line has at most one case outside them (a law of the schema)."""

FreightPayer = Literal["buyer", "seller", "insurance"]

Grade = Literal[
    "good",  # 完好
    "opened",  # 已拆封，重新包装后再卖
    "worn",  # 有使用痕迹
    "faulty",  # 有质量问题
]
"""In which state goods come back, as the inspection tells."""

RefundState = Literal[
    "planned",  # worked out, waits for approval or inspection
    "approved",  # to be paid
    "paid",  # 已退款
    "failed",  # the payment service refused; staff must look
    "dropped",  # not wanted any more
]

AddressChangeState = Literal["asked", "applied", "refused"]
DiscountKind = Literal["store", "platform", "points", "member", "other"]
PaymentKind = Literal["full", "deposit", "balance"]
NoteAuthor = Literal["buyer", "agent", "system"]
TaskKind = Literal[
    "urge-warehouse",
    "ask-courier",
    "intercept",  # 拦截
    "check-lost",
    "check-not-received",  # signed, says the courier; not received, says the buyer
    "change-address",
    "change-item",  # colour, size, number of pieces
    "add-note",
    "cancel",
]
"""What a person has to do at the platform, the warehouse or the courier."""
TaskState = Literal[
    "open",
    "done",
    "dropped",  # could not be done, or is not wanted any more
]
ShipmentState = Literal["shipped", "cancelled"]
