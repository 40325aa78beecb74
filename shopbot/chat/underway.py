"""An order action under way: what the next turn says to it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from shopbot.chat.hearing import Heard
from shopbot.chat.picking import agrees, pick
from shopbot.chat.scene import Scene
from shopbot.chat.signals import bare
from shopbot.chat.situation import Pending
from shopbot.chat.slots import ITEM, count_pieces, fill, find_remedy, named_before
from shopbot.kb import text as texts
from shopbot.kb.slots import NO_SLOTS
from shopbot.orders.dialogue import Slots
from shopbot.orders.naming import line_words
from shopbot.rules.chat import ChatRules

CLAUSE = re.compile(r"[\s,.!~。，！、;；]+")
"""Where one message falls into clauses."""
_YES_OR_NO = frozenset({"intact", "opened"})
_CORRECTION = re.compile(
    r"不是这|不是那|错了|搞错|选错|说错|弄错|不对|不是.{1,8}[,，]?\s*(?:是|要)"
)
_OTHER = re.compile(r"另外?一?[个单笔]|别的那?[个单]|(?:换|是)另一")
_VERB = re.compile(
    r"(?:好吧|好的|好|行吧|行|嗯+|可以|那|就|给我|帮我|还是|确定|确认)*(取消|退|换|改|拒收|修|补|备注|加)(?:给?我)?(?:差价|吧|掉|了|货|款|好了|掉吧)*"
)
_VERBS = {
    "order.cancel": ("取消", "退"),
    "order.reject": ("拒收", "退"),
    "order.change_address": ("改", "换"),
    "order.change_item": ("改", "换"),
    "order.note": ("备注", "加"),
    "order.price_protect": ("退", "补"),
    "return.request": ("退",),
    "return.exchange": ("换",),
    "return.repair": ("修",),
}
_NONE = "取消"
_UNWILLING = re.compile(r"不|别|没|先|等|算了")
_BUT = re.compile(r"不|别|先|等|算了|再|但|改|换|错|没")


def said(heard: Heard, rules: ChatRules, action: str = "") -> bool | None:
    """Return yes or no; a message that begins with yes and goes on (好的，快一点) is one as well.

    The verb of what is to be done says yes (退吧), that of something else does not.
    """
    words = rules.words
    yes, no = (*words.yes, words.yes_chip), (*words.no, words.no_chip)
    if action and (verb := _VERB.fullmatch(bare(heard.norm))):
        return True if verb[1] in _VERBS.get(action, ()) else None
    whole = agrees(heard.raw, yes, no)
    if whole is not None or heard.asks or _CORRECTION.search(heard.norm):
        return whole
    first, *rest = [one for one in CLAUSE.split(heard.norm) if one] or [""]
    if not rest or _BUT.search(" ".join(rest)):
        return None  # 好的，不过先等等 agrees to nothing
    return agrees(first, yes, no)


_STILL_NOT = re.compile(
    r"(?:我|那|就|还是|先|也|真的?)*不(?:想|要|打算|用|再)*(?:退|换|改|取消|修|拒收|申请|弄|办|查|催)(?:货|款|单|地址)?了?[吧啊呀哦]*"
)


_TAKEN_BACK = re.compile(
    r"(?:我|那|就|还是|先|也|真的?|请|麻烦|帮我|给我)*"
    r"(?:(?:不(?:想|要|用|打算|再)?|别|先别)(?:给我|帮我)?(?:取消|退|换|拦截|拦|改|修)(?:货|款|单|订单|地址)?(?:了)?"
    r"|(?:撤销|撤回|撤掉|取消)(?:一?下)?(?:我的)?(?:退货|换货|退款|售后|维修|取消)(?:的)?(?:申请|登记|单子?)?了?)"
    r"(?:我?还要的?)?[吧啊呀哦哈]*"
)


def takes_back(heard: Heard) -> bool:
    """Tell whether a turn takes back what was registered: 还是不取消了, 撤销退货申请."""
    clauses = [bare(one) for one in CLAUSE.split(heard.norm) if one]
    return not heard.asks and any(_TAKEN_BACK.fullmatch(one) for one in clauses)


_COURTEOUS = re.compile(
    r"(?:可以|行|好|能)?[吗么呢吧不]*$|^(?:谢谢|麻烦|打扰|辛苦|抱歉|不好意思).*"
)
_LEAST = 3  # letters that may be a question
_LEAD = re.compile(r"^(?:那|就|还是|我|想|要|给我|帮我|直接)+")


def gives_up(heard: Heard, words: Sequence[str], action: str) -> bool:
    """Tell whether the shopper does not want it any more."""
    told = bare(heard.core)
    verb = _VERB.fullmatch(told)
    if verb and verb[1] == _NONE and action not in ("order.cancel", "order.reject"):
        return True
    first = next((one for one in CLAUSE.split(heard.norm) if one), "")
    return _ends_it(first, words) or any(
        told.startswith(bare(word)) or told.endswith(bare(word)) for word in words if told
    )


def beyond(heard: Heard, words: Sequence[str]) -> str:
    """Return what is said after giving up (算了，我想问下…); blank when that is all.

    What stands before it (运费谁出，算了) is given up too.
    """
    clauses = [one for one in CLAUSE.split(heard.raw) if one]
    at = [where for where, one in enumerate(clauses) if _ends_it(one, words)]
    if not at:
        return ""
    told = (_cut(clauses[at[-1]], words), *clauses[at[-1] + 1 :])
    rest = "，".join(one for one in told if _COURTEOUS.sub("", one))
    return rest if len(bare(rest)) >= _LEAST else ""


def takes_up(rest: str, action: str) -> bool:
    """Tell whether what follows on 不换了 is the very thing that is under way: 还是退吧."""
    verb = _VERB.fullmatch(_LEAD.sub("", bare(rest)))
    return verb is not None and verb[1] in _VERBS.get(action, ())


def names_it(heard: Heard, offered: Pending) -> bool:
    """Tell whether a turn says to do what was offered in its own words: 那换个颜色."""
    action = "return.exchange" if offered.slots.remedy == "exchange" else offered.action
    named = any(verb in heard.norm for verb in _VERBS.get(action, ()))
    return named and not heard.asks and not _UNWILLING.search(heard.norm)


def _ends_it(clause: str, words: Sequence[str]) -> bool:
    told = texts.normalise(clause)
    return _cut(told, words) != told


def _cut(clause: str, words: Sequence[str]) -> str:
    """Return a clause without the words of giving up before it: 算了我想问…"""
    told = texts.normalise(clause)
    if _STILL_NOT.fullmatch(bare(told)) or any(told.endswith(one) for one in words):
        return ""
    while cut := next((one for one in words if told.startswith(one)), ""):
        told = told[len(cut) :].lstrip("吧啊呀哦嗯")
    return told


def decided(pending: Pending, *, agreed: bool) -> Pending:
    """Return the action with a yes or a no to what was to be confirmed."""
    slots = pending.slots
    key = pending.confirm_key if agreed else ""
    return replace(pending, slots=replace(slots, confirmed=key, denied=not agreed))


def going_on(pending: Pending, slots: Slots) -> Pending:
    """Return the action with more said; what was agreed to before is to be agreed to anew."""
    return replace(pending, slots=replace(slots, confirmed="", denied=False))


def progress(pending: Pending, heard: Heard, scene: Scene) -> Slots:
    """Return the slots with what this turn says: a choice, a correction, or the thing asked for."""
    slots, waiting = pending.slots, pending.waiting_for
    if is_question(waiting, heard):
        return slots
    if pending.options:
        chosen = _chosen(pending, heard, slots)
        if chosen != slots:
            return chosen
    corrected = _corrected(heard, slots, scene)
    if corrected != slots:
        return corrected
    filled = fill(pending.action, slots, heard, NO_SLOTS, waiting=waiting)
    if filled == slots and waiting in _YES_OR_NO:
        agreed = said(heard, scene.rules)
        return slots if agreed is None else replace(slots, **{waiting: agreed})  # type: ignore[arg-type]
    return filled


def is_question(waiting: str, heard: Heard) -> bool:
    """Tell whether a free text that is waited for is a question instead: no note, no description."""
    return waiting == "text" and heard.asks and not heard.said.pictures


def _chosen(pending: Pending, heard: Heard, slots: Slots) -> Slots:
    values = tuple(value for value, _ in pending.options)
    waiting = pending.waiting_for
    item = waiting == "line" and pending.action in ITEM
    value = pick(named_before(heard.norm) if item else heard.raw, pending.options)
    if waiting == "remedy":
        value = value or find_remedy(heard.norm, values, asks=heard.asks)
        return replace(slots, remedy=value) if value else slots  # type: ignore[arg-type]
    if waiting == "quantity":
        count = int(value) if value else count_pieces(heard.norm, values)
        return replace(slots, quantity=count) if count else slots
    if not value:
        return slots
    if waiting != "line":
        return replace(slots, order=value)
    chosen = replace(slots, line=int(value))
    return fill(pending.action, chosen, heard, NO_SLOTS) if item else chosen


def _corrected(heard: Heard, slots: Slots, scene: Scene) -> Slots:
    """Another line or order is meant: 不是这个，是那件黑的."""
    if not _CORRECTION.search(heard.norm):
        return slots
    others = {one.order.number for one in scene.orders} - {slots.order}
    if _OTHER.search(heard.norm) and slots.order and len(others) == 1:
        return Slots(order=others.pop(), pictures=slots.pictures, text=slots.text)
    told = re.split(r"[,，。\s]+", heard.norm)[-1]
    lines = [
        (f"{facts.order.number}\n{line.line_no}", line_words(line))
        for facts in scene.orders
        for line in facts.lines
        if (facts.order.number, line.line_no) != (slots.order, slots.line)
    ]
    value = pick(told, lines)
    if not value:
        return slots
    number, line_no = value.split("\n")
    return replace(slots, order=number, line=int(line_no))
