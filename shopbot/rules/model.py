"""Every value a shop may set, with its default; ``knowledge/rules/*.yaml`` explains each in Chinese.

Lengths of time are timedeltas, money is integer fen, moments are aware UTC. A class is one file (or
one item of a list in it); the order of fields is the order in the file.
"""

# ruff: noqa: RUF009 -- rule() and needed() only wrap dataclasses.field

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from shopbot.rules.chat import ChatRules
from shopbot.rules.claims import ClaimRules
from shopbot.rules.desk import DeskRules
from shopbot.rules.proactive import ProactiveRules
from shopbot.rules.reminders import ReminderRules
from shopbot.rules.setting import Fen, needed, rule

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

MOVES = {"none": "不顺延", "holidays": "法定节假日顺延", "days-off": "节假日和周末都顺延"}
PAYERS = {"buyer": "买家", "seller": "本店"}
GRADES = {"good": "完好", "opened": "已拆", "faulty": "有质量问题", "worn": "有使用痕迹"}

# --- returns.yaml ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """Goods that may not come back without a reason."""

    id: str = needed("编号")
    name: str = needed("名称")
    words: tuple[str, ...] = rule("标题含有", ())
    skus: tuple[str, ...] = rule("商家编码开头", ())
    only_opened: bool = rule("拆封后才不退", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A campaign whose orders may be returned for longer."""

    name: str = needed("名称")
    paid_from: datetime = needed("付款起")
    paid_until: datetime = needed("付款止")
    last_day: date = needed("最后一天")


@dataclass(frozen=True, slots=True, kw_only=True)
class Warranty:
    """How long goods are repaired for free."""

    skus: tuple[str, ...] = needed("商家编码开头")
    months: int = needed("月数", unit="个月", low=0, high=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What is given from a sum on; kept though the order falls below, its value is taken off."""

    name: str = needed("名称")
    threshold: Fen = needed("满额")
    value: Fen = needed("价值")
    words: tuple[str, ...] = rule("标题含有", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedCampaign:
    """A campaign whose orders are price-protected until a day."""

    name: str = needed("名称")
    paid_from: datetime = needed("付款起")
    paid_until: datetime = needed("付款止")
    last_day: date = needed("最后一天")


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """Who pays the way back to the shop."""

    no_reason: str = rule("无理由", "buyer", choices=PAYERS)
    exchange: str = rule("换码换色", "buyer", choices=PAYERS)
    exchange_again: str = rule("换货再寄出", "seller", choices=PAYERS)
    quality: str = rule("质量问题", "seller", choices=PAYERS)
    our_fault: str = rule("发错少发破损", "seller", choices=PAYERS)
    repair_covered: str = rule("保内维修", "seller", choices=PAYERS)
    repair_paid: str = rule("保外维修", "buyer", choices=PAYERS)
    insurance_first: bool = rule("运费险优先", True)
    postage_back_quality: bool = rule("质量问题退回发货运费", True)
    postage_back_no_reason: bool = rule("无理由退回发货运费", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Share of the goods' value that is lost, by the state in which they come back."""

    good: int = rule("完好", 0, unit="%", high=100)
    opened: int = rule("已拆", 20, unit="%", high=100)
    worn: int = rule("有使用痕迹", 50, unit="%", high=100)
    faulty: int = rule("有质量问题", 100, unit="%", high=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRules:
    """returns.yaml: what may come back, until when, who pays, how long each step may take."""

    no_reason_days: int = rule("七天无理由天数", 7, unit="天", low=7, high=365)
    quality_return_days: int = rule("质量问题退货天数", 7, unit="天", low=7, high=365)
    quality_exchange_days: int = rule("质量问题换货天数", 15, unit="天", low=15, high=365)
    exchange_days: int = rule("换码换色天数", 15, unit="天", low=0, high=365)
    exchanges_per_order: int = rule("每单换货次数", 1, unit="次", low=0, high=99)
    report_time: timedelta = rule("发错少发破损反馈时间", 48 * HOUR)
    last_day_moves: str = rule("最后一天顺延", "holidays", choices=MOVES)
    exempt: tuple[Exempt, ...] = rule(
        "不支持无理由",
        (
            Exempt(id="custom", name="定制刺绣款", words=("定制", "刺绣")),
            Exempt(
                id="underwear",
                name="贴身内衣、袜类",
                words=("内衣", "内裤", "袜"),
                skus=("LS-UW",),
                only_opened=True,
            ),
            Exempt(id="gas", name="气罐、燃料类", words=("气罐", "燃料"), only_opened=True),
        ),
    )
    extensions: tuple[Extension, ...] = rule("大促延长退货", ())
    review_time: timedelta = rule("审核时间", DAY)
    ship_back_time: timedelta = rule("寄回时间", 7 * DAY)
    ship_back_grace: timedelta = rule("提醒后再等", 3 * DAY)
    pictures_time: timedelta = rule("补图时间", 3 * DAY)
    inspect_time: timedelta = rule("验货时间", 48 * HOUR)
    refund_limit: timedelta = rule("退款最长时间", 7 * DAY)
    resend_time: timedelta = rule("再寄出时间", 48 * HOUR)
    dispute_time: timedelta = rule("协商时间", 7 * DAY)
    quote_time: timedelta = rule("报价确认时间", 7 * DAY)
    repair_time: timedelta = rule("维修时间", 15 * DAY)
    finish_time: timedelta = rule("收货确认时间", 10 * DAY)
    pictures_needed: bool = rule("质量问题要图片", True)
    gift_deduct: bool = rule("赠品不退扣价值", True)
    gifts: tuple[Gift, ...] = rule("赠品", ())
    warranty_months: int = rule("默认质保月数", 3, unit="个月", high=120)
    warranties: tuple[Warranty, ...] = rule("质保", ())
    protection_days: int = rule("保价天数", 15, unit="天", high=365)
    protection_campaigns: tuple[ProtectedCampaign, ...] = rule("大促保价", ())
    freight: Freight = rule("运费", Freight())
    loss: Loss = rule("损失", Loss())


# --- shipping.yaml -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which the warehouse ships nothing."""

    name: str = needed("名称")
    since: datetime = needed("开始")
    until: datetime = needed("恢复")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPromise:
    """A campaign whose orders are promised by a fixed moment."""

    name: str = needed("名称")
    paid_from: datetime = needed("付款起")
    paid_until: datetime = needed("付款止")
    ship_by: datetime = needed("最晚发货")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingRules:
    """shipping.yaml: when an order leaves, what it costs."""

    target: timedelta = rule("目标发货时间", 24 * HOUR)
    promise: timedelta = rule("承诺发货时间", 48 * HOUR)
    cutoff: time = rule("当天截单", time(16, 0))
    warehouse_days: tuple[int, ...] = rule("仓库上班日", (1, 2, 3, 4, 5, 6), low=1, high=7)
    closed_on_holidays: bool = rule("法定节假日不发货", False)
    warn_before: timedelta = rule("到期前提醒", 6 * HOUR)
    pauses: tuple[Pause, ...] = rule("停发", ())
    campaigns: tuple[CampaignPromise, ...] = rule("大促发货", ())
    free_from: Fen = rule("包邮门槛", Fen(9900))
    postage: Fen = rule("基础邮费", Fen(800))
    postage_remote: Fen = rule("偏远邮费", Fen(1800))
    remote: tuple[str, ...] = rule(
        "偏远地区", ("新疆", "西藏", "内蒙古", "青海", "宁夏", "甘肃", "海南")
    )
    not_served: tuple[str, ...] = rule("不直接发货", ("香港", "澳门", "台湾"))


# --- logistics.yaml ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Provinces that take as long."""

    name: str = needed("名称")
    provinces: tuple[str, ...] = needed("省份")
    min_days: int = needed("最快", unit="天", low=0, high=60)
    max_days: int = needed("最慢", unit="天", low=1, high=60)
    stuck_after: timedelta | None = rule("多久不动算异常", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A place where parcels stand for a while, as staff typed it."""

    name: str = needed("名称")
    provinces: tuple[str, ...] = rule("省份", ())  # empty: everywhere
    since: datetime = needed("开始")
    until: datetime = needed("结束")
    carriers: tuple[str, ...] = rule("快递", ())  # empty: every carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticsRules:
    """logistics.yaml: how long a way takes, when a parcel is late, stuck or lost."""

    regions: tuple[Region, ...] = rule(
        "地区",
        (
            Region(name="江浙沪", provinces=("江苏", "浙江", "上海"), min_days=1, max_days=2),
            Region(
                name="偏远地区",
                provinces=("新疆", "西藏", "内蒙古", "青海", "宁夏", "甘肃", "海南"),
                min_days=5,
                max_days=8,
                stuck_after=96 * HOUR,
            ),
        ),
    )
    min_days: int = rule("其他省份最快", 2, unit="天", low=0, high=60)
    max_days: int = rule("其他省份最慢", 4, unit="天", low=1, high=60)
    stuck_after: timedelta = rule("多久不动算异常", 72 * HOUR)
    holidays_stand: bool = rule("法定节假日不计", True)
    not_collected_after: timedelta = rule("多久未揽收算异常", 24 * HOUR)
    delivering_after: timedelta = rule("派送多久未签收算异常", 24 * HOUR)
    lost_after: timedelta = rule("多久不动疑似丢件", 7 * DAY)
    late_grace: timedelta = rule("超过预计多久算晚到", DAY)
    not_received_window: timedelta = rule("签收未收到受理时间", 10 * DAY)
    just_signed: timedelta = rule("刚签收", 2 * HOUR)
    station_keep: timedelta = rule("驿站保管", 3 * DAY)
    fresh: timedelta = rule("多久算新消息", 6 * HOUR)
    orders_fresh: timedelta = rule("订单数据多久算新", HOUR)
    file_fresh: timedelta = rule("订单文件多久算新", DAY)
    urge_again: timedelta = rule("多久可以再催", 12 * HOUR)
    closures: tuple[Closure, ...] = rule("停运", ())


# --- changes.yaml ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRules:
    """changes.yaml: what may still be changed, and who is asked."""

    packing_after: timedelta = rule("付款多久后开始打包", 4 * HOUR)
    ask_time: timedelta = rule("问仓库多久回复", 2 * HOUR)
    redirect_answer: timedelta = rule("改派多久回复", 24 * HOUR)
    unpaid_close: timedelta = rule("多久不付款关单", 24 * HOUR)
    address_after_shipping: bool = rule("发货后可改派", True)
    item_same_style_only: bool = rule("只改同款", True)
    quantity_up: bool = rule("可以加件", False)
    note_length: int = rule("备注最多字数", 200, unit="字", low=10, high=1000)


# --- calendar.yaml, contact.yaml ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRules:
    """calendar.yaml: days off and moved working days, over what the calendar library knows."""

    holidays: tuple[date, ...] = rule("法定节假日", ())
    workdays: tuple[date, ...] = rule("调休上班", ())
    complete_years: tuple[int, ...] = rule("已填好的年份", (), unit="年", low=2000, high=2199)
    warn_before: timedelta = rule("提前提醒", 60 * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRules:
    """contact.yaml: when and how often a shopper is written to unasked."""

    quiet_from: time = rule("免打扰开始", time(21, 30))
    quiet_until: time = rule("免打扰结束", time(9, 0))
    per_day: int = rule("每人每天最多", 3, unit="条", low=1, high=50)
    per_order: int = rule("每单每类最多", 2, unit="条", low=1, high=20)
    gap: timedelta = rule("两条之间至少", 2 * HOUR)
    keep: timedelta = rule("多久没发出就作废", 2 * DAY)
    urgent_ignores_quiet: bool = rule("紧急不受免打扰", False)
    not_by_person: tuple[str, ...] = rule(
        "没法留言时不必人工联系",
        (
            "review.invite",
            "order.remind.",
            "return.step.received",
            "return.step.inspected",
            "return.step.repairing",
            "return.step.refunded",
            "return.step.finished",
            "return.step.closed",
        ),
    )


# --- reviews.yaml, followups.yaml --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """reviews.yaml: when a review is asked for, who is called about a bad one."""

    invite: bool = rule("邀请评价", True)
    invite_after: timedelta = rule("签收多久后邀请", 3 * DAY)
    invite_until: timedelta = rule("签收多久后不再邀请", 15 * DAY)
    bad_up_to: int = rule("几星及以下致电", 3, unit="星", low=1, high=4)
    call_within: timedelta = rule("致电时限", 24 * HOUR)
    call_again: timedelta = rule("未接通多久再打", 4 * HOUR)
    call_attempts: int = rule("最多打几次", 3, unit="次", low=1, high=20)
    call_max_age: timedelta = rule("多久以前的评价不再致电", 7 * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupRules:
    """followups.yaml: who is asked how they were served, when, and who counts as lost."""

    within: timedelta = rule("售后完成后多久内回访", 3 * DAY)
    other_share: int = rule("其他顾客抽样比例", 20, unit="%", low=0, high=100)
    member_orders: int = rule("成交几单算会员", 3, unit="单", low=1, high=1000)
    hours_from: time = rule("可回访开始", time(9, 30))
    hours_until: time = rule("可回访结束", time(20, 30))
    noon_from: time = rule("午休开始", time(12, 0))
    noon_until: time = rule("午休结束", time(14, 0))
    attempts: int = rule("最多打几次", 3, unit="次", low=1, high=20)
    again: timedelta = rule("未接通多久再打", 4 * HOUR)
    give_up_after: timedelta = rule("多久后不再回访", 14 * DAY)
    lost_after: timedelta = rule("多久没下单算流失", 180 * DAY)
    lost_orders: int = rule("流失名单至少成交几单", 2, unit="单", low=1, high=1000)
    lost_per_day: int = rule("每天最多列出几位流失顾客", 10, unit="位", low=0, high=1000)


# --- all ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules of a store, with its id and time zone."""

    store_id: str = "store"
    zone: tzinfo = CHINA
    returns: ReturnRules = field(default_factory=ReturnRules)
    shipping: ShippingRules = field(default_factory=ShippingRules)
    logistics: LogisticsRules = field(default_factory=LogisticsRules)
    changes: ChangeRules = field(default_factory=ChangeRules)
    calendar: CalendarRules = field(default_factory=CalendarRules)
    contact: ContactRules = field(default_factory=ContactRules)
    reviews: ReviewRules = field(default_factory=ReviewRules)
    followups: FollowupRules = field(default_factory=FollowupRules)
    claims: ClaimRules = field(default_factory=ClaimRules)
    reminders: ReminderRules = field(default_factory=ReminderRules)
    proactive: ProactiveRules = field(default_factory=ProactiveRules)
    chat: ChatRules = field(default_factory=ChatRules)
    desk: DeskRules = field(default_factory=DeskRules)
