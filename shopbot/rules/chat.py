"""chat.yaml: when the bot answers, waits, asks again or calls a person. Values and word lists only."""

# ruff: noqa: RUF009 -- rule() and needed() only wrap dataclasses.field

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from shopbot.rules.setting import Fen, needed, rule

PRIORITIES = {"normal": "普通", "high": "优先", "urgent": "紧急"}
MODES = {
    "bot-first": "机器人优先",
    "human-first": "人工优先",
    "assist": "只给建议",
    "night": "夜间",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeHours:
    """A time of day (and of the week) with a reception mode of its own; it may pass midnight."""

    mode: str = needed("模式", choices=MODES)
    since: time = needed("开始")
    until: time = needed("结束")
    days: tuple[int, ...] = rule("星期", (1, 2, 3, 4, 5, 6, 7), low=1, high=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priorities:
    """How urgent each reason is for which a person is called."""

    asked: str = rule("要求人工", "normal", choices=PRIORITIES)
    missed: str = rule("没答上", "normal", choices=PRIORITIES)
    same: str = rule("重复问", "high", choices=PRIORITIES)
    anger: str = rule("生气", "high", choices=PRIORITIES)
    threat: str = rule("投诉威胁", "urgent", choices=PRIORITIES)
    safety: str = rule("安全健康", "urgent", choices=PRIORITIES)
    amount: str = rule("金额超限", "high", choices=PRIORITIES)
    vip: str = rule("重要客户", "high", choices=PRIORITIES)
    order: str = rule("订单事务", "normal", choices=PRIORITIES)
    words: str = rule("没有话术", "normal", choices=PRIORITIES)
    media: str = rule("要看图", "normal", choices=PRIORITIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatWords:
    """What the wording gives away. ``=字`` stands for a message that is nothing else."""

    human: tuple[str, ...] = rule(
        "要人工",
        (
            "转人工", "找人工", "要人工", "接人工", "叫人工", "换人工", "转接人工", "转真人", "找真人", "要真人", "真人客服",
            "转客服", "没人理", "找个人", "叫个人", "换个人", "=人工", "=人工客服", "=人工服务", "=真人", "=客服", "=rg", "=zrg",
            "human agent", "real person", "real human", "live agent", "a human", "speak to someone", "talk to someone", "speak to a person",
            "talk to a person", "customer service",
        ),
    )  # fmt: skip
    anger: tuple[str, ...] = rule(
        "生气",
        (
            "骗子", "骗人", "黑店", "无良", "奸商", "忽悠", "傻逼", "傻x", "煞笔", "他妈的", "你妈的", "特么", "=妈的", "尼玛", "滚蛋", "=滚", "脑残", "有病吧",
            "气死", "太气人", "恶心", "垃圾店", "垃圾客服", "什么垃圾", "太垃圾", "真垃圾", "=垃圾", "什么破", "太差劲", "不要脸", "耍我",
            "糊弄", "敷衍", "受够了", "忍无可忍", "欺负人", "欺人太甚", "废物", "去死",
        ),
    )  # fmt: skip
    threat: tuple[str, ...] = rule(
        "威胁",
        (
            "投诉", "12315", "12345", "消协", "消费者协会", "工商局", "市场监管", "市监局", "曝光", "找媒体", "联系媒体", "记者", "起诉",
            "告你们", "律师", "法院", "报警", "举报", "平台介入", "退一赔三", "给差评", "打差评", "写差评", "差评警告", "等着差评", "给个差评",
            "=差评", "发小红书避雷", "挂你们",
        ),
    )  # fmt: skip
    safety: tuple[str, ...] = rule(
        "安全健康",
        (
            "过敏了", "穿过敏", "用过敏", "过敏起", "起疹", "红疹", "皮肤红肿", "受伤", "划伤", "割伤", "割破手", "划破手", "扎伤", "烫伤", "烫到手", "烫到脚", "烧到手", "烧到脸", "烧到头发",
            "烧伤", "烧着", "着火", "起火", "冒烟", "爆炸", "炸了", "漏电", "触电", "中毒", "送医院", "去医院", "进医院", "住院", "骨折",
            "流血", "窒息", "晕倒", "摔伤",
        ),
    )  # fmt: skip
    calm: tuple[str, ...] = rule(
        "不算",
        (
            "不是投诉", "不投诉", "没投诉", "不会投诉", "不给差评", "不是给差评", "不想给差评", "没给差评", "撤销投诉", "取消投诉", "不用转人工",
            "不要转人工", "别转人工", "不想转人工", "不要人工", "不用人工", "不找人工", "没骗人", "没受伤", "没有受伤", "不恶心", "没过敏", "质量没问题", "没质量问题",
        ),
    )  # fmt: skip
    yes: tuple[str, ...] = rule(
        "同意",
        (
            "是", "是的", "是啊", "是呀", "对", "对的", "对呀", "嗯", "嗯嗯", "恩", "好", "好的", "好呀", "好啊", "行", "行的", "可以", "可以的",
            "确认", "确定", "没问题", "没错", "ok", "要", "需要", "要的", "同意", "办吧", "就这样", "就这么办",
            "就这样吧", "登记吧", "麻烦了", "那就这样", "可", "中", "得",
        ),
    )  # fmt: skip
    no: tuple[str, ...] = rule(
        "不同意",
        (
            "不", "不是", "不对", "不要", "不用", "不用了", "不行", "不可以", "不同意", "不需要", "先不", "先不办", "先不要", "先别", "别", "别改",
            "别退", "等等", "等一下", "等下", "等会", "等会儿", "稍等", "再想想", "我想想", "再看看", "考虑一下", "no", "否", "不办", "不改了", "不退了", "不换了", "不取消了",
        ),
    )  # fmt: skip
    cancel: tuple[str, ...] = rule(
        "作罢",
        (
            "算了", "不弄了", "不办了", "不用了", "不退了", "不换了", "不改了", "不取消了", "不查了", "不用查了", "不催了", "不修了", "不申请了",
            "先这样吧", "当我没说", "不需要了", "先不弄", "先不办了", "作罢", "取消申请",
        ),
    )  # fmt: skip
    yes_chip: str = rule("确认按钮", "确认")
    no_chip: str = rule("不办按钮", "先不办")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRules:
    """chat.yaml: reception modes, waits, limits, priorities and words of the talk."""

    mode: str = rule("接待模式", "bot-first", choices=MODES)
    hours: tuple[ModeHours, ...] = rule("分时接待", ())
    misses: int = rule("几次没答上转人工", 2, unit="次", low=1, high=9)
    same_question: int = rule("同一句问几次转人工", 2, unit="次", low=2, high=9)
    same_answer: int = rule("同一条答几次转人工", 3, unit="次", low=2, high=9)
    options: int = rule("最多几个选项", 5, unit="个", low=2, high=5)
    compensation: Fen = rule("赔偿说到多少转人工", Fen(5000))
    refund: Fen = rule("退款超过多少转人工", Fen(200000))
    vip_to_human: bool = rule("重要客户转人工", True)
    check_time: timedelta = rule("核实多久回复", timedelta(minutes=30))
    human_first_wait: int = rule("人工优先等多久", 30, unit="秒", low=0, high=600)
    wait_complete: int = rule("问完了再等", 400, unit="毫秒", low=0, high=10000)
    wait_fragment: int = rule("没说完再等", 1500, unit="毫秒", low=0, high=10000)
    wait_most: int = rule("最多等", 4000, unit="毫秒", low=0, high=30000)
    priorities: Priorities = rule("优先级", Priorities())
    words: ChatWords = rule("用词", ChatWords())
