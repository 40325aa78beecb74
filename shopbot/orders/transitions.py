"""What may happen to an after-sale case: the vocabulary of the state tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shopbot.orders.states import CaseState

EventName = Literal[
    "approve",  # 同意
    "ask_pictures",  # 请买家补图
    "add_pictures",  # 买家补图
    "reject",  # 不同意；协商不成，原样寄回
    "cancel",  # 买家撤销
    "ship_back",  # 买家填了寄回单号
    "receive",  # 仓库收到
    "pass",  # 验货通过、检测完
    "dispute",  # 验货不符
    "settle",  # 协商一致
    "quote",  # 维修报价
    "accept",  # 买家同意报价
    "decline",  # 买家不同意报价：原样寄回
    "repair",  # 开始维修
    "resend",  # 寄出
    "refund",  # 退款
    "confirm",  # 买家收到
    "remind",  # 时限快到或已到：提醒
    "expire",  # 时限已过：自动关闭或结束
]
EVENTS: tuple[EventName, ...] = get_args(EventName)

Actor = Literal["buyer", "agent", "warehouse", "finance", "system"]
ACTORS: tuple[Actor, ...] = get_args(Actor)

Effect = Literal[
    "plan-refund",
    "approve-refund",  # nothing is waited for any more: it is to be paid
    "pay-refund",
    "drop-refund",
    "reserve-replacement",
    "release-replacement",
    "stock-back",
    "send-parcel",
    "send-goods-back",  # to the buyer, as they came
    "remind-buyer",
    "escalate",  # the agent and the supervisor are told
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where an event leads, who may cause it, and what else must be done."""

    to: CaseState
    who: frozenset[Actor]
    effects: tuple[Effect, ...] = ()


Table = Mapping[tuple[CaseState, EventName], Transition]


def go(to: CaseState, who: str, *effects: Effect) -> Transition:
    """Return a transition; ``who`` names actors apart by blanks. An agent may do what a buyer may."""
    named: set[Actor] = {actor for actor in ACTORS if actor in who.split()}
    if "buyer" in named:
        named.add("agent")
    return Transition(to=to, who=frozenset(named), effects=effects)


def application(*, dropped: tuple[Effect, ...], approved: tuple[Effect, ...] = ()) -> Table:
    """Return the steps every case begins with: asked for, pictures, agreed to or not."""
    return {
        ("requested", "approve"): go("approved", "agent system", *approved),
        ("requested", "ask_pictures"): go("need_pictures", "agent system"),
        ("requested", "reject"): go("rejected", "agent", *dropped),
        ("requested", "cancel"): go("cancelled", "buyer", *dropped),
        ("requested", "remind"): go("requested", "system", "escalate"),
        ("need_pictures", "add_pictures"): go("requested", "buyer"),
        ("need_pictures", "reject"): go("rejected", "agent", *dropped),
        ("need_pictures", "cancel"): go("cancelled", "buyer", *dropped),
        ("need_pictures", "expire"): go("closed", "system", *dropped),
        ("approved", "cancel"): go("cancelled", "buyer", *dropped),
    }


def way_back(*, dropped: tuple[Effect, ...]) -> Table:
    """Return the steps of goods on their way to the warehouse."""
    return {
        ("approved", "ship_back"): go("shipped_back", "buyer"),
        ("approved", "receive"): go("received", "warehouse"),  # the number was never told
        ("approved", "remind"): go("approved", "system", "remind-buyer"),
        ("approved", "expire"): go("closed", "system", *dropped),
        ("shipped_back", "receive"): go("received", "warehouse"),
        ("shipped_back", "ship_back"): go("shipped_back", "buyer"),  # the number was a wrong one
        ("shipped_back", "cancel"): go("cancelled", "agent", *dropped),  # never sent, or lost
        ("shipped_back", "remind"): go("shipped_back", "system", "escalate"),
        ("received", "remind"): go("received", "system", "escalate"),
        ("inspected", "remind"): go("inspected", "system", "escalate"),
    }


def inspection(*, dropped: tuple[Effect, ...], passed: tuple[Effect, ...] = ()) -> Table:
    """Return the steps of the inspection table, and of a quarrel about it."""
    return {
        ("received", "pass"): go("inspected", "warehouse", "stock-back", *passed),
        ("received", "dispute"): go("disputed", "warehouse"),
        ("disputed", "settle"): go("inspected", "agent", "stock-back", *passed),
        ("disputed", "reject"): go("rejected", "agent", *dropped, "send-goods-back"),
        ("disputed", "remind"): go("disputed", "system", "escalate"),
    }


def sent_out() -> Table:
    """Return the steps after something was sent to the buyer."""
    return {
        ("resent", "confirm"): go("finished", "buyer"),
        ("resent", "expire"): go("finished", "system"),
    }
