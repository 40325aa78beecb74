"""Which order action a question asks for: its entry's own, or one that tells more of the shopper's orders. Pure."""

from __future__ import annotations

import re

from shopbot.chat.hearing import Heard
from shopbot.chat.scene import Scene
from shopbot.chat.subject import find_subject
from shopbot.kb.suggestion import Suggestion
from shopbot.orders.actions import ACTIONS
from shopbot.orders.model import OrderFacts

_OWN = {
    "order-status": "order.status",
    "logistics-query": "order.track",
    "logistics-stuck": "order.track",
    "parcel-lost": "claim.lost",
    "refund-progress": "return.progress",
}
"""Topics whose general answers say less than the shopper's own orders do."""
_MINE = {"shipping-time": "order.status", "delivery-time": "order.track"}
"""The same, when the shopper speaks of their own order."""
_OF_MINE = re.compile(r"我的|我这|我那|我买|我拍|订单|这一?单|那一?单|还没|还不|没到")
_WHERE = frozenset({"order.track", "order.status"})
_IS_CANCELLED = re.compile(
    r"取消(?:了|成功|好)*(?:吗|没|么|[?？])|(?:有没有|是不是|是否)(?:被|给我)?取消|(?:怎么|为什么).{0,4}(?:被取消|给我取消|取消了)"
)
"""Whether it is cancelled is a question of how it stands."""
_HOW_FAR = re.compile(
    r"(?:退货|换货|退款|售后|维修|申请|寄回).{0,4}(?:审核|审批|同意|通过|处理|收到|验|办|退)(?:了|好|完|过)*(?:吗|没|么|[?？])"
    r"|(?:审核|审批|验货|验收)(?:了|好|完|通过)*(?:吗|没|么|[?？])"
)
_BEGINS = frozenset({"return.request", "return.exchange", "order.cancel", "order.change_item"})
_NOT_MEANT = re.compile(
    r"(?<!是)不是(?:要|想|说)*(?:退|换|取消|改)|没有?(?:说|想)要?(?:退|换|取消|改)"
)
"""我不是要退货 begins no return."""
_SENT_BACK = frozenset({"return", "exchange", "repair"})
_OUR_HANDS = re.compile(
    r"(?:你们|仓库|店里|商家).{0,4}(?:收到|签收|收货|拿到)|我(?:已经?)?(?:寄|退)(?:的|回去?的|过去的|出去的).{0,4}(?:快递|包裹|货|衣服|东西|件)"
)
_ABOUT_GOODS = (
    "return-", "refund-", "exchange-", "repair", "logistics-", "signed-", "parcel-", "order-status", "delivery-"
)  # fmt: skip
"""How the topics begin that may be about goods on their way, either way."""
_INTERCEPT = re.compile(r"拦截|拦下|截回|拦回")
_OF_PARCEL = re.compile(r"快递|包裹|物流|发货|订单|运单|签收")


def action_of(found: Suggestion, heard: Heard, scene: Scene) -> str:
    """Return the order action for a question: the entry's own, or one that tells more than it.

    Somebody whose orders are known is told how these stand, not how orders stand in general.
    """
    meant = _by_words(found, heard, scene)
    if meant is not None:
        return meant
    if found.action:
        return found.action if found.action in ACTIONS else ""
    action = _OWN.get(found.topic, "")
    told = scene.memory.pending is None and find_subject(scene.memory).startswith("order.")
    if not action and (told or _OF_MINE.search(heard.norm)):
        action = _MINE.get(found.topic, "")
    return action if any(_tells(action, facts) for facts in scene.orders) else ""


def _by_words(found: Suggestion, heard: Heard, scene: Scene) -> str | None:
    """Return the action that the wording asks for, whatever the entry says; None when it leaves that open."""
    if found.action in _BEGINS and _NOT_MEANT.search(heard.norm):
        return ""
    if found.action in _WHERE and _of_case(heard, scene):
        return "return.progress"
    if found.action == "order.cancel" and _IS_CANCELLED.search(heard.norm):
        return "order.status"
    about_goods = found.topic.startswith(_ABOUT_GOODS)
    if about_goods and _of_goods_sent_back(heard, scene):
        return "return.progress"
    if found.topic == "cancel-order" and not found.action and _INTERCEPT.search(heard.norm):
        return "order.cancel" if any(one.parcels for one in scene.orders) else ""
    live = any(one.is_open for facts in scene.orders for one in facts.cases)
    if live and about_goods and _HOW_FAR.search(heard.norm) and found.action not in ACTIONS:
        return "return.progress"
    return None


def _of_goods_sent_back(heard: Heard, scene: Scene) -> bool:
    """Tell whether it is asked if the shop has got what the shopper sent: no parcel of theirs is missing."""
    awaited = any(
        one.is_open and one.kind in _SENT_BACK for facts in scene.orders for one in facts.cases
    )
    return awaited and bool(_OUR_HANDS.search(heard.norm))


def _of_case(heard: Heard, scene: Scene) -> bool:
    """Tell whether 到哪一步了 is asked of a return that was just spoken of, not of a parcel."""
    spoken = find_subject(scene.memory).startswith("return.")
    return spoken and not _OF_PARCEL.search(heard.norm) and any(one.cases for one in scene.orders)


def _tells(action: str, facts: OrderFacts) -> bool:
    """Tell whether an order has anything to say to an action: a parcel, a refund, its state."""
    if action == "return.progress":
        return bool(facts.cases or facts.refunds)
    return bool(facts.parcels) if action in ("order.track", "claim.lost") else bool(action)
