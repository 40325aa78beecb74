"""Stories (对话故事): talks that staff write down, with what must come of them. The format, read and checked.

``knowledge/stories/*.yaml`` holds lists of stories in the words of the shop; ``shopbot stories`` plays
them against the real knowledge (:mod:`shopbot.demo.story_play`). A slip is told with file, line and what to do, as in rules/*.yaml.
"""

# ruff: noqa: RUF009 -- rule() and needed() only wrap dataclasses.field

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from shopbot.rules.binder import Binder
from shopbot.rules.chat import MODES, PRIORITIES
from shopbot.rules.document import MAX_BYTES, read_document
from shopbot.rules.problem import RuleProblem, Slips
from shopbot.rules.setting import needed, rule

FOLDER = "stories"
NOON = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""A Friday, ten in the morning in China: when a story plays that names no time."""
_HOUR = timedelta(hours=1)

STATUSES = {
    "unpaid": "未付款",
    "paid": "未发货",
    "packing": "打包中",
    "presale": "预售",
    "shipped": "已发货",
    "signed": "已签收",
    "finished": "已完成",
    "closed": "已关闭",
}
PARCELS = {
    "on-way": "运输中",
    "no-data": "没有信息",
    "not-collected": "没揽收",
    "not-collected-late": "迟迟没揽收",
    "late": "晚到",
    "stuck": "不动了",
    "lost-suspected": "疑似丢件",
    "lost": "丢件",
    "delivering": "派送中",
    "at-station": "驿站",
    "refused": "拒收",
    "returning": "退回中",
    "damaged": "破损",
}
CASES = {
    "": "没有",
    "requested": "待审核",
    "approved": "待寄回",
    "shipped_back": "寄回中",
}
SENT = {"picture": "图片", "voice": "语音", "file": "文件"}
SLOTS = {
    "order": "订单号",
    "phone_tail": "手机尾号",
    "line": "哪一件",
    "address": "新地址",
    "item": "规格",
    "parcel": "寄回单号",
    "quantity": "几件",
    "text": "说明",
    "pictures": "照片",
    "intact": "完好",
    "opened": "拆封",
    "remedy": "处理方式",
    "confirm": "确认",
    "offer": "要不要办",
    "": "没有",
}
CALLS = {
    "asked-for-human": "要求人工",
    "missed-twice": "没答上",
    "same-question": "重复问",
    "anger": "生气",
    "threat": "威胁",
    "safety": "安全",
    "amount": "金额",
    "vip": "重要客户",
    "order-module": "订单事务",
    "no-words": "没有话术",
    "media": "要看图",
    "reception": "接待模式",
    "no": "没有",
}
FAULTS = {"": "没有", "orders": "订单查不到", "source": "平台连不上", "phrases": "话术缺失"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTold:
    """One order of a story, in few plain words; times count back from the story's beginning."""

    number: str = rule("编号", "2611180001")
    status: str = rule("状态", "signed", choices=STATUSES)
    goods: tuple[str, ...] = rule("商品", ("LS-JK-01-BK-L",))
    paid: timedelta | None = rule("付款多久", None)
    signed: timedelta | None = rule("签收多久", None)
    parcel: str = rule("物流", "on-way", choices=PARCELS)
    tail: str = rule("手机尾号", "5678")
    proved: bool = rule("已核实", True)
    ship_by: timedelta | None = rule("多久后发货", None)
    dearer: int = rule("加价", 0, unit="元", high=100000)
    insured: bool = rule("运费险", False)
    case: str = rule("退货", "", choices=CASES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of what was said before it; what is left out is not looked at."""

    says: tuple[str, ...] = rule("说", (), whole=True)
    not_says: tuple[str, ...] = rule("不说", (), whole=True)
    entries: tuple[str, ...] = rule("条目", (), whole=True)
    action: str = rule("动作", "")
    asks: str | None = rule("问", None, choices=SLOTS)
    options: tuple[str, ...] = rule("选项", (), whole=True)
    calls: str | None = rule("转人工", None, choices=CALLS)
    priority: str | None = rule("优先级", None, choices=PRIORITIES)
    silent: bool = rule("不说话", False)
    suggests: tuple[str, ...] = rule("建议", (), whole=True)
    writes: bool | None = rule("登记", None)
    promises: bool | None = rule("承诺", None)
    rule: str = rule("规则", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens: somebody writes, time passes, or something is expected."""

    shopper: tuple[str, ...] = rule("顾客说", (), whole=True)
    sends: str = rule("顾客发", "", choices=SENT)
    taps: str = rule("顾客点", "")
    shows_order: str = rule("顾客发订单", "")
    shows_product: str = rule("顾客发商品", "")
    calls_person: bool = rule("顾客要人工", False)
    agent: str = rule("客服说", "")
    takes: bool = rule("客服接入", False)
    accepts: int = rule("客服采纳", 0, unit="条", high=9)
    hands_back: bool = rule("客服交还", False)
    passes: timedelta = rule("过", timedelta(0))
    bot: Expected | None = rule("机器人应", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One talk from beginning to end."""

    title: str = needed("标题")
    at: datetime = rule("时间", NOON)
    mode: str = rule("模式", "", choices={**MODES, "": "按规则"})
    agents: int = rule("在线客服", 1, unit="人", high=9)
    vip: bool = rule("重要客户", False)
    product: str = rule("在看", "")
    orders: tuple[OrderTold, ...] = rule("订单", ())
    fault: str = rule("故障", "", choices=FAULTS)
    steps: tuple[Step, ...] = needed("经过")


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoryFile:
    stories: tuple[Story, ...] = needed("故事")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All stories of a store by file, and every slip found on the way."""

    stories: tuple[tuple[str, Story], ...]
    problems: tuple[RuleProblem, ...] = ()


def load_stories(folder: Path, zone: tzinfo) -> Shelf:
    """Read the stories of the store in ``folder`` (the one that holds store.yaml), file by file."""
    found: list[tuple[str, Story]] = []
    problems: list[RuleProblem] = []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        name = f"{FOLDER}/{path.name}"
        slips = Slips(name)
        found += [(name, story) for story in _read(path, slips, zone)]
        problems += slips.problems
    return Shelf(stories=tuple(found), problems=tuple(problems))


def _read(path: Path, slips: Slips, zone: tzinfo) -> tuple[Story, ...]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as failure:
        slips.error("unreadable", 1, reason=failure.strerror or type(failure).__name__)
        return ()
    root = read_document(raw, slips)
    told: Any = Binder(slips, zone).bind(_StoryFile, root) if root is not None else None
    return () if told is None else told.stories


def words(field: str, value: object, made: type = Expected) -> str:
    """Return the Chinese name of a field, for telling what was expected."""
    found = next(one for one in dataclasses.fields(made) if one.name == field)
    setting = found.metadata["setting"]
    shown = (setting.choices or {}).get(value, value) if isinstance(value, str) else value
    return f"{setting.zh}：{shown}"
