"""What a shop may set about lost and damaged parcels: whom to ask until when, what is made good."""

# ruff: noqa: RUF009 -- rule() and needed() only wrap dataclasses.field

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shopbot.rules.setting import Fen, needed, rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierClaims:
    """What one courier wants; a value that is left out is the shop's usual one."""

    name: str = needed("快递")
    lost_within: timedelta | None = rule("丢件申请期限", None)
    damaged_within: timedelta | None = rule("破损申请期限", None)
    answer_time: timedelta | None = rule("答复时限", None)
    most: Fen | None = rule("未保价最高赔", None)
    papers: tuple[str, ...] = rule("另要材料", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """claims.yaml: chasing parcels, claiming from couriers, compensating buyers."""

    chase_time: timedelta = rule("追件时限", 48 * HOUR)
    proof_time: timedelta = rule("核实签收时限", 48 * HOUR)
    lost_within: timedelta = rule("丢件申请期限", 30 * DAY)
    damaged_within: timedelta = rule("破损申请期限", 3 * DAY)
    answer_time: timedelta = rule("快递答复时限", 7 * DAY)
    papers: tuple[str, ...] = rule("材料", ("发货底单", "商品价值证明"))
    papers_damaged: tuple[str, ...] = rule("破损另要材料", ("破损照片",))
    agent_limit: Fen = rule("客服赔付上限", Fen(10000))
    carriers: tuple[CarrierClaims, ...] = rule("各家快递", ())
