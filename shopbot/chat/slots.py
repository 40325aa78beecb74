"""What a shopper's words say about an order action: numbers, address, size, yes and no. Pure.

Nothing is guessed: what is not clearly said stays as it was and is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shopbot.chat import back_parcel
from shopbot.chat.addresses import PHONE, fill_address
from shopbot.chat.hearing import Heard
from shopbot.chat.signals import bare
from shopbot.kb import measures
from shopbot.kb.slots import Slots as Seen
from shopbot.orders.dialogue import Remedy, Slots

_REPORTS = frozenset(
    {"return.quality", "return.wrong_item", "return.missing_item", "return.repair", "claim.damaged"}
)
ITEM = frozenset({"order.change_item", "return.exchange"})
_STATE = frozenset({"return.request", "return.exchange"})
_SHOWN = _REPORTS | {"return.request", "return.exchange"}

_TAIL = re.compile(r"(?:尾号|后四位|后4位|末四位|末4位)\D{0,4}(\d{4})(?!\d)")
_FOUR = re.compile(r"(?<![\dA-Za-z])\d{4}(?!\d)")
_ANY_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z-]{0,4}\d)[0-9A-Za-z-]{6,30}(?![0-9A-Za-z])")
_BREAK = re.compile(r"[\s,，;；。、]+")
_COUNT = re.compile(
    r"(?:改成|换成|要|买|改为|只要|变成)?\s*(\d{1,3}|[一二两三四五六七八九十])\s*(?:件|个|双|条|套|只|顶|瓶)"
)
_CHANGED = re.compile(r"(?:改成|换成|改为|换为|换|要|改|想要|变成)(.+)$")
_WANTED = re.compile(r"(?:改成|换成|改为|换为|变成|换|改)(?!货)(?=.)")
_COLOUR = re.compile(
    r"([\u4e00-\u9fff]{0,4}?(?:卡其|藏青|咖啡|[黑白红蓝绿灰粉紫黄橙棕米青驼杏]))(?:色|款|的|$|[^\u4e00-\u9fff])"
)
_HUE = r"(?:卡其|藏青|咖啡|[黑白红蓝绿灰粉紫黄橙棕米青驼杏])"
_END = r"(?=色|款|的|吧|$|[^\u4e00-\u9fff])"
_TO_COLOUR = re.compile(rf"(?:改成|换成|改为|换为|变成)([\u4e00-\u9fff]{{0,4}}?{_HUE}){_END}")
_BARE_COLOUR = re.compile(rf"(?:换|改|要|想要)(?:个|那个|那款|那件|件)*({_HUE}){_END}")
_RELATIVE = re.compile(r"([大小])([一两二12])个?[码号]")
_SHOE_SIZE = re.compile(r"(3[4-9]|4[0-8])(?:码|号)?[的吧呢了呀啊]*")
_ITEM_FILLER = re.compile(r"[色的码号款吧呢啊要我那就]")
_NO_COLOUR = re.compile(r"^[那这个件的我要想换成给是吧就用]+")
_SOME = re.compile(
    r"(?:退|其中|只有?|有)(?:掉|了|货)?([1-9]\d?|[一二两三四五六七八九十])(?:件|双|条|只|顶|套|副)(?!货|事)"
)
_PIECES = re.compile(
    r"(?:我|就|只|要|想|退|换|办|其中|的)*([1-9]\d?|[一二两三四五六七八九十])(?:件|双|条|个|只|顶|套|副|包|盒|瓶)?"
    r"(?:吧|的|呢|啊|就好|就行|就可以|有问题)*"
)
_DIGITS = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_NOTE = re.compile(r"(?:备注|留言)(?:一下|一句|上|下|写|是|内容|说|：)?[:：,，\s]*(.{2,})$", re.S)
_NO_NOTE = re.compile(
    r"^(?:一?下|吗|么|信息|可以吗|能吗|订单|加.*备注)?[吗么呢?？。!！]*$|[吗么?？]$"
)
_COURTESY = re.compile(
    r"(?:谢谢|多谢|感谢|麻烦|辛苦|拜托)(?:了|啦|你们?|您|哦|啊|亲)*|好的?|嗯+|亲"
)
_WORN = re.compile(
    r"剪了|剪掉|拆了|撕了|扔了|丢了|没了|不在了|不见了|穿过(?!吗)|洗过|下过水|用过|穿了|洗了|坏了|不全|弄脏|脏了|不完整|破了"
)
_FRESH = re.compile(
    r"(?:没|没有|未|还没)(?:有)?(?:穿|洗|剪|拆|动|用|下水|撕|弄)|都在|还在|在的|都好|完好|全新|齐全|原样|新的|没问题|都有|应该都?在|(?:吊牌|包装|标签|盒子).{0,3}(?:在|有|齐|全)(?!不|没)|^(?:在|都在|没动过|没穿过)$"
)
_BACK_WISH = re.compile(r"退|换")
_ASKS = re.compile(r"[?？]|[吗么呢]$|怎么|能不能|可以|什么|多")
_UNSURE = re.compile(r"不知道|不确定|不清楚|记不|忘了|不记得|在不在|有没有|还在吗|是不是")
_UNOPENED = re.compile(
    r"(?:没|没有|未|还没)(?:有)?(?:拆|开|打开|动|用)|原封|密封|^(?:没有?|没呢|未|不曾)$"
)
_OPENED = re.compile(r"拆了|拆过|拆开|打开|开了|开过|开封|已拆|用过|^拆$")
_REMEDIES: Mapping[Remedy, re.Pattern[str]] = {
    "exchange": re.compile(r"换"),
    "resend": re.compile(r"补发|重新?发|再发|补寄|重寄|发一?(?:件|个|双)|补给"),
    "return": re.compile(r"退货|退回|退了|退掉|寄回|退吧|^退$|全退"),
    "refund": re.compile(r"退款|退钱|退我钱|赔钱|还钱|不用寄|^退$|仅退"),
}
_ALIKE: Mapping[Remedy, Remedy] = {
    "exchange": "resend",
    "resend": "exchange",
    "refund": "return",
}
_GENERAL = re.compile(
    r"质量|问题|有点|怎么办|怎么弄|怎么处理|怎么回事|咋办|咋整|你们家?|我们?|收到|买的|的?(?:衣服|裤子|鞋子?|东西|商品|货|包裹|快递|件)|可以|能|帮|处理|申请|售后"
    r"|补发|重新?发|补寄|重寄|退货|换货|退款|退换|维修|修理|修|退|换|发错了?|少发了?|漏发了?|少了|错了|坏了?|破了|破的|破损|损坏|不好|太差|差|不对|不行|有|了|的|是|啊|呢|吗|吧|呀|嘛|么|想|要|给|个|这|那|和|一|下|都"
)
_MIN_PROBLEM = 2
_YES_NO = re.compile(
    r"(?:好的?|是的?|对的?|嗯+|确认|确定|可以|行|没有|不是|不|没|要|ok)[吧啊呀了哦]?"
)
"""No description of a fault."""

Fill = Callable[[Slots, Heard, Seen], Slots]


def fill(action: str, slots: Slots, heard: Heard, seen: Seen, *, waiting: str = "") -> Slots:
    """Return ``slots`` with what the turn says for ``action``; ``waiting`` is the slot asked for.

    ``seen`` are the slots the knowledge read out of the same words (colours by the catalogue).
    """
    slots = _numbers(slots, heard, waiting)
    if action == "order.change_address":
        slots = fill_address(slots, heard, waiting)
    if action == back_parcel.ACTION:
        slots = back_parcel.fill(slots, heard, waiting)
    if action in ITEM:
        slots = _item(slots, heard, seen, action, waiting)
    if action == "order.note":
        slots = _note(slots, heard, waiting)
    if action in _REPORTS:
        slots = _problem(slots, heard, waiting)
    if action in _STATE:
        slots = _state(slots, heard, waiting)
    return _goods(slots, heard) if action in _SHOWN else slots


def _goods(slots: Slots, heard: Heard) -> Slots:
    """How many pieces are spoken of (退一件), and what pictures show of them."""
    some = _SOME.search(heard.norm) if slots.quantity is None else None
    if some:
        slots = replace(slots, quantity=_DIGITS.get(some[1]) or int(some[1]))
    if heard.said.pictures:
        slots = replace(
            slots, pictures=tuple(dict.fromkeys((*slots.pictures, *heard.said.pictures)))
        )
    return slots


# --- whose order ---------------------------------------------------------------------------------------


def _numbers(slots: Slots, heard: Heard, waiting: str) -> Slots:
    if heard.numbers:
        slots = replace(slots, order=heard.numbers[0])
    elif waiting == "order" and (found := _ANY_NUMBER.search(PHONE.sub(" ", heard.raw))):
        slots = replace(slots, order=found[0])
    tail = find_tail(heard.raw, asked=waiting == "phone_tail" or bool(waiting and heard.numbers))
    return replace(slots, phone_tail=tail) if tail else slots


def find_tail(text: str, *, asked: bool) -> str:
    """Return the last four digits of a phone: named as such, or any four when they were ``asked``."""
    named = _TAIL.search(text)
    if named:
        return named[1]
    if not asked:
        return ""
    phone = PHONE.search(text)
    if phone:
        return phone[0][-4:]
    found = _FOUR.findall(text)
    return found[0] if len(found) == 1 else ""


# --- changes -------------------------------------------------------------------------------------------


def _item(slots: Slots, heard: Heard, seen: Seen, action: str, waiting: str) -> Slots:
    """Colour, size, number of pieces; of "L换成M" what stands behind the change."""
    changed = _CHANGED.search(heard.norm)
    named = waiting in ("item", "confirm") and _only_item(heard.norm)
    if changed is None and waiting != "item" and not named:
        return slots
    told = changed[1] if changed and (measures.spans(changed[1]) or not waiting) else heard.norm
    values = {span.kind: span.value for span in measures.spans(told)}
    colour = seen.colour if seen.colour and seen.colour in told else ""
    colour = colour or (_colour(told) if named or "colour" in values else _changed_to(heard.norm))
    size = values.get("size", "").upper() or _shoe_size(changed[1] if changed else told)
    size = size or _relative(told)
    found: dict[str, object] = {}
    if colour:
        found["colour"] = colour
    if size:
        found["size"] = size
    if action == "order.change_item" and (count := _COUNT.search(told)):
        found["quantity"] = _DIGITS.get(count[1]) or int(count[1])
    return replace(slots, **found)  # type: ignore[arg-type]


def named_before(told: str) -> str:
    """Return what stands before a change is named: of 不对，是T恤换成L only 不对，是T恤 tells which one."""
    changed = _WANTED.search(told)
    return told[: changed.start()] if changed else told


def _changed_to(told: str) -> str:
    """The colour that something is changed to when it is said without 色: 换成松石绿, 我要那个绿."""
    for pattern in (_TO_COLOUR, _BARE_COLOUR):
        found = pattern.search(told)
        if found:
            return _NO_COLOUR.sub("", found[1])
    return ""


def _only_item(told: str) -> bool:
    """Tell whether nothing but a colour or a size is said: 松石绿, XL的吧."""
    spans = [one for one in measures.spans(told) if one.kind == "size"]
    for one in reversed(spans):
        told = told[: one.start] + told[one.end :]
    rest = _colour(told)
    return bool(spans or rest) and not bare(_ITEM_FILLER.sub("", told.replace(rest, "")))


def _relative(told: str) -> str:
    """A size by how it differs from the one that was bought: 换大一码."""
    found = _RELATIVE.search(told)
    return f"{found[1]}{found[2]}码" if found else ""


def _shoe_size(told: str) -> str:
    """A shoe size without 码, when it is all that is said: 换41的吧."""
    found = _SHOE_SIZE.fullmatch(bare(told))
    return found[1] if found else ""


def _colour(told: str) -> str:
    """The whole name of a colour as it was said: 松石绿 and not 绿 alone."""
    found = _COLOUR.search(told)
    return _NO_COLOUR.sub("", found[1]) if found else ""


def _note(slots: Slots, heard: Heard, waiting: str) -> Slots:
    named = _NOTE.search(heard.raw.strip())
    told = named[1].strip() if named and not _NO_NOTE.search(named[1].strip()) else ""
    if not told and waiting == "text":
        told = heard.raw.strip()
    kept = [one for one in told.splitlines() if not _COURTESY.fullmatch(bare(one))]
    return replace(slots, text="\n".join(kept).strip()) if kept else slots


# --- after-sale ----------------------------------------------------------------------------------------


def _problem(slots: Slots, heard: Heard, waiting: str) -> Slots:
    """What is wrong, in the shopper's words; at the beginning only when more than the kind is said."""
    if not waiting and slots.remedy is None and not heard.asks:
        slots = replace(slots, remedy=find_remedy(heard.norm, tuple(_REMEDIES)) or None)  # type: ignore[arg-type]
    if heard.blank or (slots.text and waiting != "text"):
        return slots
    told = heard.raw.strip()
    said = len(bare(_GENERAL.sub("", heard.core))) >= _MIN_PROBLEM
    if waiting == "text" and _YES_NO.fullmatch(bare(heard.norm)):
        return slots
    remedy = find_remedy(heard.norm, tuple(_REMEDIES)) if waiting == "text" and not said else ""
    if remedy:  # 退货吧 says what to do, not what is wrong
        return replace(slots, remedy=remedy)  # type: ignore[arg-type]
    return replace(slots, text=told) if waiting == "text" or (said and not waiting) else slots


def without_state(text: str) -> str:
    """Return a text without clauses that only tell how the goods are, beside a wish to send them back."""
    clauses = [one for one in _BREAK.split(text) if one]
    wish = [one for one in clauses if _BACK_WISH.search(one)]
    if not wish or any(_ASKS.search(one) for one in clauses):
        return text
    kept = [one for one in clauses if one in wish or not _FRESH.search(one)]
    return "，".join(kept) if len(kept) < len(clauses) else text


def _state(slots: Slots, heard: Heard, waiting: str) -> Slots:
    told = heard.norm
    if waiting == "opened":
        opened = False if _UNOPENED.search(told) else True if _OPENED.search(told) else None
        slots = replace(slots, opened=opened) if opened is not None else slots
    if _UNSURE.search(told):
        return slots
    fresh = _FRESH.search(told)
    worn = _WORN.search(re.sub(r"(?:没有?|未)\S{1,2}过?", "", told))
    if worn and (waiting == "intact" or "吊牌" in told):
        return replace(slots, intact=False)
    if fresh and (waiting == "intact" or "吊牌" in told or "没穿" in told):
        return replace(slots, intact=True)
    return slots


def count_pieces(told: str, values: Sequence[str]) -> int:
    """Return how many pieces are meant when that was asked for: 都退 is the last value; 0 is not told."""
    if re.search(r"都|全", told):
        return int(values[-1])
    found = _PIECES.fullmatch(bare(told))
    return (_DIGITS.get(found[1]) or int(found[1])) if found else 0


def find_remedy(text: str, options: tuple[str, ...], *, asks: bool = False) -> str:
    """Return which of the ways out (values of :data:`Remedy`) is meant, blank when not one alone.

    A way that is not open means the one that comes to the same, unless the shopper ``asks`` about it.
    """
    meant = [name for name, words in _REMEDIES.items() if words.search(text)]
    found = [name for name in meant if name in options]
    if (
        not found and not asks
    ):  # 换一个 where a new one is sent, 退钱 where the goods come back for it
        found = [other for name in meant if (other := _ALIKE.get(name)) in options]
    return found[0] if len(found) == 1 else ""
