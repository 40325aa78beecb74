"""The names of everything staff may write: one table for the reader, the check, workbook and docs."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from shopbot import messages
from shopbot.kb.slots import NEEDS

Kind = Literal["id", "name", "names", "line", "lines", "text", "answers", "map", "paths", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: English ``name``, Chinese ``zh``, what it holds and other spellings taken."""

    name: str
    zh: str
    kind: Kind
    also: tuple[str, ...] = ()
    group: str = "entry"

    @property
    def doc(self) -> str:
        """One line for staff on what to write here."""
        return messages.text(f"field.{self.group}.{self.name}")


ENTRY = (
    Field(name="id", zh="编号", kind="id"),
    Field(name="topic", zh="话题", kind="name"),
    Field(name="stage", zh="阶段", kind="name"),
    Field(name="questions", zh="问法", kind="lines", also=("question", "问题")),
    Field(name="answers", zh="答复", kind="answers", also=("answer", "回复", "话术")),
    Field(name="needs", zh="需要", kind="names"),
    Field(name="ask", zh="追问", kind="line"),
    Field(name="action", zh="动作", kind="name"),
    Field(name="scope", zh="适用", kind="map"),
    Field(name="valid", zh="有效期", kind="map"),
    Field(name="attachments", zh="附件", kind="paths", also=("图片",)),
    Field(name="chips", zh="下一步", kind="lines"),
    Field(name="owner", zh="负责人", kind="line"),
    Field(name="status", zh="状态", kind="name"),
    Field(name="priority", zh="优先级", kind="number"),
    Field(name="promise", zh="承诺", kind="map"),
    Field(name="attribute", zh="属性", kind="line"),
)
VARIANT = (
    Field(name="text", zh="内容", kind="text", group="variant"),
    Field(name="tone", zh="语气", kind="name", group="variant"),
    Field(name="channel", zh="渠道", kind="name", group="variant"),
    Field(name="category", zh="类目", kind="line", group="variant"),
    Field(name="product", zh="款号", kind="line", group="variant"),
    Field(name="when", zh="情形", kind="name", group="variant"),
)
SCOPE = (
    Field(name="products", zh="款号", kind="names", also=("product", "商品"), group="scope"),
    Field(name="categories", zh="类目", kind="names", also=("category",), group="scope"),
    Field(name="channels", zh="渠道", kind="names", also=("channel",), group="scope"),
)
VALID = (
    Field(name="from", zh="自", kind="line", also=("起", "开始", "since"), group="valid"),
    Field(name="until", zh="至", kind="line", also=("止", "结束", "to"), group="valid"),
)
PROMISE = (
    Field(name="what", zh="内容", kind="line", also=("事项",), group="promise"),
    Field(name="until", zh="期限", kind="line", also=("至",), group="promise"),
)
STORE = (
    Field(name="id", zh="编号", kind="id", group="store"),
    Field(name="name", zh="店名", kind="line", also=("名称",), group="store"),
    Field(name="timezone", zh="时区", kind="line", group="store"),
    Field(name="hours", zh="人工时间", kind="map", group="store"),
    Field(name="couriers", zh="快递", kind="names", group="store"),
    Field(name="freshness", zh="有效时长", kind="map", group="store"),
    Field(name="facts", zh="店铺信息", kind="map", group="store"),
)
HOURS = (
    Field(name="days", zh="星期", kind="names", group="hours"),
    Field(name="from", zh="自", kind="line", also=("起",), group="hours"),
    Field(name="until", zh="至", kind="line", also=("止",), group="hours"),
)
TOPIC = (
    Field(name="zh", zh="名称", kind="line", group="topic"),
    Field(name="stage", zh="阶段", kind="name", group="topic"),
    Field(name="kind", zh="类型", kind="name", group="topic"),
    Field(name="action", zh="动作", kind="name", group="topic"),
)
GROUPS: Mapping[str, tuple[Field, ...]] = {
    "entry": ENTRY,
    "variant": VARIANT,
    "scope": SCOPE,
    "valid": VALID,
    "promise": PROMISE,
    "store": STORE,
    "hours": HOURS,
    "topic": TOPIC,
}
POLICY_ALSO: Mapping[str, str] = {
    "适用类目": "categories",
    "适用款号": "products",
    "适用商品": "products",
    "适用渠道": "channels",
}
"""Metadata names of a policy section that stand for one part of ``scope``."""

STAGES = {
    "presale": ("售前",),
    "order": ("下单", "订单"),
    "delivery": ("物流", "发货", "配送"),
    "aftersale": ("售后",),
    "service": ("服务", "通用"),
}
STATUSES = {
    "draft": ("草稿",),
    "published": ("发布", "已发布", "启用", "上线"),
    "retired": ("停用", "作废", "下线"),
}
TONES = {"warm": ("亲切",), "formal": ("正式",), "brief": ("简短", "简洁")}
CHANNELS = {
    "taobao": ("淘宝",),
    "tmall": ("天猫",),
    "jd": ("京东",),
    "douyin": ("抖音",),
    "pdd": ("拼多多",),
    "web": ("网页", "网站", "官网"),
    "store": ("门店", "实体店"),
}
WHENS = {
    "in": ("有货",),
    "low": ("少量",),
    "out": ("无货", "没货"),
    "partial": ("部分",),
    "gone": ("下架",),
    "presale": ("预售",),
    "fit": ("合适",),
    "between": ("两码之间",),
    "none": ("没有合适", "没有"),
    "found": ("有对比",),
}
TOPIC_KINDS = {
    "answer": ("答复",),
    "order": ("订单",),
    "handoff": ("转人工",),
    "talk": ("寒暄",),
}
NEEDS_ZH: Mapping[str, tuple[str, ...]] = {
    "product": ("商品", "产品", "款式", "款号"),
    "color": ("颜色", "colour"),
    "size": ("尺码",),
    "region": ("地区",),
    "height": ("身高",),
    "weight": ("体重",),
    "foot_length": ("脚长",),
    "order": ("订单", "订单号"),
    "line": ("商品行", "哪一件"),
    "tracking": ("运单", "运单号", "快递单号"),
    "phone": ("电话", "手机号"),
    "photo": ("照片", "图片"),
    "reason": ("原因",),
    "address": ("地址",),
    "date": ("日期",),
}
CLOSED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "stage": STAGES,
    "status": STATUSES,
    "tone": TONES,
    "channel": CHANNELS,
    "channels": CHANNELS,
    "when": WHENS,
    "kind": TOPIC_KINDS,
    "needs": {need: NEEDS_ZH.get(need, ()) for need in NEEDS},
}
"""The closed lists and the Chinese words that stand for each value."""

BUILT_IN_ATTRIBUTES = ("库存", "价格", "颜色", "尺码", "尺码表", "尺码推荐", "对比")
"""Attributes of a template that are no column of the product sheets."""

SYSTEM_REQUIRED = tuple(
    f"system.{name}"
    for name in (
        "greet", "hold", "comfort", "unknown", "choose", "handoff", "closed", "picture", "voice",
    )
)  # fmt: skip
SYSTEM_OPTIONAL = tuple(
    f"system.{name}"
    for name in (
        "emoji", "unclear", "ask-product", "checking", "off-hours", "thanks-wait", "rating", "bye", "bot-greet",
        "rephrase", "safety", "card", "file", "still-waiting", "still-there", "sorry-wait", "resume",
        "english", "english-handoff", "english-closed", "private",
    )
)  # fmt: skip


def plain(text: str) -> str:
    """Return ``text`` as names are compared: half-width, lower case, no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def find(group: str, key: str) -> Field | None:
    """Return the field that ``key`` names in ``group``, by its English or Chinese name."""
    return _names(group).get(plain(key))


def closed_value(name: str, text: str) -> str | None:
    """Return the English value of the closed list ``name`` that ``text`` stands for."""
    return _values(name).get(plain(text))


def guess(word: str, known: Iterable[str]) -> str:
    """Return the known word that ``word`` was probably meant to be, or an empty text."""
    cutoff = 0.5 if len(word) <= 2 else 0.6  # one of two characters wrong is a likely slip
    near = difflib.get_close_matches(plain(word), list(known), n=1, cutoff=cutoff)
    return near[0] if near else ""


def guess_field(group: str, key: str) -> str:
    """Return the name of the field probably meant, spelled in the script of ``key``."""
    return guess(key, _names(group))


def known_keys() -> frozenset[str]:
    """Return every key that some YAML file may carry."""
    return frozenset(name for group in GROUPS for name in _names(group))


@cache
def _names(group: str) -> dict[str, Field]:
    return {plain(n): f for f in GROUPS[group] for n in (f.name, f.zh, *f.also)}


@cache
def _values(name: str) -> dict[str, str]:
    return {plain(w): v for v, words in CLOSED[name].items() for w in (v, *words)}
