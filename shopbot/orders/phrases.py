"""What may be said: a phrase of the knowledge by its id, and the values for its variables.

The texts stand in ``knowledge/``. The list is closed: naming a phrase or a variable that is not here is
a bug and fails at once, so a rule can never ask for words nobody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

TRACK = ("单号", "快递", "最新位置", "最新动态", "截至")

PHRASES: dict[str, tuple[str, ...]] = {
    # parcels
    "order.track.none": (),
    "order.track.doubtful": (),
    "order.track.another-number": ("单号",),
    "order.track.no-data": ("单号", "快递", "截至"),
    "order.track.not-collected": ("单号", "快递", "截至"),
    "order.track.not-collected-late": ("单号", "快递", "截至"),
    "order.track.on-way": (*TRACK, "预计到达"),
    "order.track.on-way-unknown": TRACK,
    "order.track.standing": (*TRACK, "停运原因"),
    "order.track.late": (*TRACK, "预计到达"),
    "order.track.stuck": (*TRACK, "停留小时"),
    "order.track.lost-suspected": (*TRACK, "停留天数"),
    "order.track.lost": TRACK,
    "order.track.delivering": TRACK,
    "order.track.delivering-slow": TRACK,
    "order.track.at-station": TRACK,
    "order.track.station-overdue": (*TRACK, "停留天数"),
    "order.track.signed": (*TRACK, "签收时间"),
    "order.track.signed-just-now": (*TRACK, "签收时间"),
    "order.track.signed-not-received": (*TRACK, "签收时间"),
    "order.track.not-received-late": (*TRACK, "签收时间"),
    "order.track.refused": TRACK,
    "order.track.returning": TRACK,
    "order.track.returned": TRACK,
    "order.track.damaged": TRACK,
    "order.track.problem": TRACK,
    # shipping
    "order.ship.unpaid": (),
    "order.ship.deposit": ("尾款",),
    "order.ship.undated": (),
    "order.ship.waiting": ("最晚发货",),
    "order.ship.paused": ("最晚发货", "停发原因"),
    "order.ship.due-soon": ("最晚发货",),
    "order.ship.late": ("最晚发货",),
    "order.ship.stock-out": (),
    "order.ship.presale": ("最晚发货",),
    "order.ship.presale-late": ("最晚发货",),
    "order.ship.presale-unknown": (),
    "order.ship.shipped": (),
    "order.ship.closed": (),
    "order.urge.again": ("上次催单",),
    # changes
    "order.change.done": ("补差价",),
    "order.change.ask-warehouse": ("最晚回复", "补差价"),
    "order.change.ask-courier": ("最晚回复",),
    "order.change.unpaid-self": (),
    "order.change.new-order": (),
    "order.change.more": (),
    "order.change.deposit": (),
    "order.change.out-of-stock": (),
    "order.change.after-receipt": (),
    "order.change.too-late": (),
    "order.change.not-served": (),
    "order.change.bad-note": ("最多字数",),
    "order.change.nothing": (),
    "order.cancel.unpaid": (),
    "order.cancel.deposit": (),
    "order.cancel.done": ("退款金额",),
    "order.cancel.ask-warehouse": ("最晚回复", "退款金额"),
    "order.cancel.ask-courier": ("最晚回复",),
    "order.cancel.return-instead": (),
    "order.cancel.closed": (),
    # after-sale
    "return.check.yes": ("退款金额", "运费承担", "截止时间"),
    "return.check.exchange-yes": ("运费承担", "截止时间"),
    "return.check.pictures": (),
    "return.check.cancel-instead": (),
    "return.check.wait-signing": (),
    "return.check.try-exchange": ("截止时间",),
    "return.check.try-repair": (),
    "return.check.repair-free": (),
    "return.check.repair-paid": (),
    "return.check.resend": (),
    "return.check.open-case": (),
    "return.check.no": (),
    "return.check.too-late": ("截止时间",),
    "return.check.exempt": ("商品类别",),
    "return.check.opened": ("商品类别",),
    "return.check.gift": (),
    "return.check.exchanged": ("换货次数",),
    "return.check.all-gone": ("商品",),
    "return.check.refunding": ("商品",),
    "return.check.refunded": ("商品",),
    "return.check.hand-over": (),
    "return.freight": ("运费承担",),
    # a case on its way
    "return.step.requested": ("售后商品",),
    "return.step.need-pictures": ("截止时间", "售后商品"),
    "return.step.approved": ("截止时间", "售后商品"),
    "return.step.refund-approved": ("售后商品", "退回金额"),
    "return.step.resend-approved": ("截止时间", "售后商品"),
    "return.step.remind-ship-back": ("截止时间", "售后商品"),
    "return.step.shipped-back": ("售后商品",),
    "return.step.received": ("截止时间", "售后商品"),
    "return.step.inspected": ("截止时间", "售后商品"),
    "return.step.disputed": ("截止时间", "售后商品"),
    "return.step.quoted": ("报价", "截止时间", "售后商品"),
    "return.step.repairing": ("截止时间", "售后商品"),
    "return.step.resent": ("单号", "售后商品"),
    "return.step.refunded": ("售后商品", "退回金额"),
    "return.step.finished": ("售后商品",),
    "return.step.rejected": ("售后商品",),
    "return.step.cancelled": ("售后商品",),
    "return.step.closed": ("售后商品",),
    # price protection
    "order.protect.yes": ("差价",),
    "order.protect.no": (),
    "order.protect.not-covered": (),
    "order.protect.too-late": ("保价截止",),
    "order.protect.checking": (),
    # a dialogue: what is asked
    "order.ask.order": (),
    "order.ask.which": (),
    "order.ask.line": ("订单号",),
    "order.ask.cancel": ("订单号",),
    "order.ask.address": (),
    "order.ask.item": ("商品",),
    "order.ask.variant": ("商品", "可选"),
    "order.ask.note": (),
    "order.ask.give-up": (),
    "order.proof.phone-tail": ("订单号",),
    "order.proof.refused": (),
    "order.proof.too-many": ("等待分钟",),
    "order.option.order": ("订单号", "商品", "下单日期", "订单状态"),
    "order.option.line": ("商品",),
    "order.option.whole": (),
    "return.ask.parcel": (),
    "return.ask.parcel-line": ("单号",),
    "return.option.all-in-one": (),
    "return.ask.quantity": ("商品", "剩余件数"),
    "return.ask.opened": ("商品",),
    "return.ask.intact": ("商品",),
    "return.ask.replacement": ("商品",),
    "return.ask.problem": ("商品",),
    "return.ask.remedy": ("商品",),
    "return.option.pieces": ("件数",),
    "return.option.all-pieces": ("件数",),
    "return.option.return": (),
    "return.option.refund": (),
    "return.option.exchange": (),
    "return.option.resend": (),
    # a dialogue: what is confirmed
    "order.confirm.address": ("订单号", "新地址", "补差价"),
    "order.confirm.door": ("订单号", "原地区", "新门牌"),
    "order.confirm.item": ("商品", "新规格", "补差价"),
    "order.confirm.note": ("订单号", "备注"),
    "order.confirm.cancel": ("订单号", "退款金额"),
    "order.confirm.cancel-sent": ("订单号", "退款金额"),
    "order.confirm.cancel-line": ("商品", "退款金额"),
    "order.confirm.withdraw": ("商品",),
    "order.withdraw.done": ("商品",),
    "order.withdraw.hand-over": (),
    "order.withdraw.nothing": (),
    "order.confirm.reject": ("订单号",),
    "order.confirm.protect": ("商品", "差价"),
    "return.confirm.return": ("商品", "退款金额", "运费承担"),
    "return.confirm.gift": ("赠品价值",),
    "return.confirm.refund": ("商品", "退款金额"),
    "return.confirm.exchange": ("商品", "新规格", "运费承担", "再寄运费"),
    "return.confirm.quality-exchange": ("商品", "运费承担"),
    "return.confirm.resend": ("商品",),
    "return.confirm.repair": ("商品", "运费承担"),
    "return.confirm.parcel": ("商品", "单号"),
    # a dialogue: what came of it
    "order.done.already": (),
    "order.done.denied": (),
    "order.hand-over": (),
    # the shop platform cannot be read
    "order.as-of": ("截至",),
    "order.stale.as-of": ("截至",),
    "order.stale.status": ("订单号", "订单状态", "截至"),
    "order.stale.hand-over": ("订单号", "截至"),
    "order.stale.not-found": (),
    "order.status.finished": (),
    "order.status.part-shipped": (),
    "order.urge.noted": (),
    "order.urge.courier": (),
    "order.note.done": (),
    "order.change.pending": (),
    "order.change.again": (),
    "order.cancel.pending": (),
    "order.reject.noted": (),
    "order.reject.unshipped": (),
    "order.reject.signed": (),
    "order.reject.on-way-back": (),
    "order.protect.noted": ("差价",),
    "claim.noted": (),
    "return.parcel.noted": ("单号",),
    "return.parcel.unexpected": ("单号",),
    "return.pictures.noted": (),
    "return.progress.none": (),
    "return.progress.refund": ("退款金额",),
    "return.progress.refunded": ("退款金额",),
    "return.progress.platform-open": ("商品",),
    "return.progress.platform-done": ("商品",),
    "return.progress.closed": (),
    # a task has ended
    "order.task.change-address.done": (),
    "order.task.change-address.dropped": (),
    "order.task.change-item.done": (),
    "order.task.change-item.dropped": (),
    "order.task.add-note.done": (),
    "order.task.add-note.dropped": (),
    "order.task.cancel.done": (),
    "order.task.cancel.dropped": (),
    "order.task.intercept.done": (),
    "order.task.intercept.dropped": (),
    "order.task.urge-warehouse.done": (),
    "order.task.urge-warehouse.dropped": (),
    "order.task.urge-warehouse.shipped": (),
    "order.task.ask-courier.done": (),
    "order.task.ask-courier.dropped": (),
    "order.task.check-lost.done": (),
    "order.task.check-lost.dropped": (),
    "order.task.check-lost.found": (),
    "order.task.check-not-received.done": (),
    "order.task.check-not-received.dropped": (),
    # a claim about a parcel
    "claim.step.lost": (),
    "claim.step.found": (),
    "claim.step.compensated": ("退款金额",),
    # told before asking
    "order.refund.late": ("退款金额",),
    # waiting for goods
    "stock.notice.ask": (),
    "stock.notice.which": ("商品",),
    "stock.notice.in-stock": ("商品", "截至"),
    "stock.notice.noted": ("商品", "截止时间"),
    "stock.notice.already": ("商品",),
    "stock.notice.full": ("最多件数",),
    "stock.notice.stopped": ("商品",),
    "stock.notice.none": (),
    "stock.notice.back": ("商品", "截至"),
    # what is not paid yet
    "order.remind.pay-first": ("截止时间",),
    "order.remind.pay-second": ("截止时间",),
    "order.remind.pay-last": ("截止时间",),
    "order.remind.balance-first": ("截止时间",),
    "order.remind.balance-second": ("截止时间",),
    "order.remind.balance-last": ("截止时间",),
    # reviews and follow-ups
    "review.invite": ("商品",),
    "review.call.opening": (),
    "review.call.ask": (),
    "review.call.solve": (),
    "review.call.closing": (),
    "review.answer.pos": (),
    "review.answer.pos.quality": (),
    "review.answer.pos.size": (),
    "review.answer.pos.logistics": (),
    "review.answer.pos.service": (),
    "review.answer.pos.price": (),
    "review.answer.neg": (),
    "review.answer.neg.quality": (),
    "review.answer.neg.size": (),
    "review.answer.neg.logistics": (),
    "review.answer.neg.service": (),
    "review.answer.neg.price": (),
    "review.answer.neutral": (),
    "followup.opening": ("商品",),
    "followup.ask": (),
    "followup.satisfied": (),
    "followup.unsatisfied": (),
    "followup.closing": (),
    "followup.closing-unsatisfied": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A phrase id and what to put into it."""

    id: str
    values: Mapping[str, str] = field(default_factory=dict)


class Said(Protocol):
    """A phrase in words, with where they were written."""

    @property
    def text(self) -> str:
        """The words, ready to be sent."""

    @property
    def entry(self) -> str:
        """The entry of the knowledge."""

    @property
    def version(self) -> str:
        """The entry's version."""

    @property
    def source(self) -> object:
        """File and line; its text is ``file:line``."""


class Phrases(Protocol):
    """Whoever has the words: the knowledge of the shop."""

    def say(
        self,
        phrase_id: str,
        values: Mapping[str, str],
        *,
        now: datetime,
        channel: str = "",
        tone: str = "",
        pick: int = 0,
    ) -> Said | None:
        """Return the words of a phrase; None when there are none that can be said now."""


def phrase(phrase_id: str, values: Mapping[str, str] | None = None) -> Phrase:
    """Return a phrase with exactly its own variables; KeyError names one that is missing."""
    given = values or {}
    return Phrase(id=phrase_id, values={name: given[name] for name in PHRASES[phrase_id]})
