"""An order action at its beginning: which order, which line, and all else that was said already. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from shopbot.chat import back_parcel
from shopbot.chat.hearing import Heard
from shopbot.chat.picking import by_features
from shopbot.chat.scene import Scene
from shopbot.chat.signals import bare
from shopbot.chat.situation import Pending
from shopbot.chat.slots import ITEM, fill, named_before
from shopbot.kb.slots import NO_SLOTS
from shopbot.kb.suggestion import Part
from shopbot.orders.dialogue import Slots
from shopbot.orders.doors import find_door
from shopbot.orders.model import OrderFacts
from shopbot.orders.naming import line_words

_OTHER_ORDER = re.compile(r"另外?一?(?:单|个订单)|别的订单|其他订单|上一单|还有一单|另一笔|换一单")
_GIFT = re.compile(r"赠品|赠送|礼品|小礼物|送的|附赠")
_ABOUT_LINES = frozenset(
    {
        "order.cancel",
        "order.change_item",
        "order.price_protect",
        "return.request",
        "return.exchange",
        "return.quality",
        "return.wrong_item",
        "return.missing_item",
        "return.repair",
        "claim.damaged",
    }
)
_ABOUT_GOODS = frozenset(
    {"return.missing_item", "return.quality", "return.wrong_item", "claim.damaged"}
)


_WHEN = re.compile(
    r"(?:那|大概|预计|到底|究竟|请问|我的?|你们|快递|包裹|货|东西|订单|这一?单|还要|还得|还|得|要|需要)*"
    r"(?:什么时候|啥时候|几时|何时|哪天|多久|几天|多长时间|今[天晚]|明[天早]|后天)(?:之?前)?(?:才|能|可以|会|给我)*"
    r"(到达|到|送到|送达|收到|派送|发货|发出|发走|发|出库)(?:呢|啊|呀|吗|了|嘛|哦|不|么)*"
)
_SENT = "到送收派"
_QUANTITY = re.compile(r"[1-9一二两三四五六七八九十]\d?(?:件|双|条|个|只|顶|套|副)都?|全部|全都|都")
_SENDS = re.compile(r"寄到|送到|发到|收件|收货")
_NOTE = re.compile(r"(?:请|麻烦|帮我)?(?:加个?)?(?:备注|留言)(?:一下)?\s*[:：]\s*\S")
_CLAUSE = re.compile(r"[\s,，。;；!！、]+")
_TO_ITEM = re.compile(
    r"(?:再|先|把)?(?:帮我|我?要|我?想|给我)?(?:把?(?:尺码|颜色))?(?:改|换)(?:成|为)"
)
_NUMBERS = "一二三四五12345"
_ORDINAL = re.compile(r"第([一二三四五1-5])[件个样]")
_NO_WISH = re.compile(r"[不别没能可会钱款费差到谁过]")
_VERB_AND_THING = re.compile(
    r"(?:我|那|就|请|帮我|给我|麻烦)*(?:只?想要?|只?要|需要)?(?:把)?(?P<before>.{0,10}?)(?:要|想)?"
    r"(?P<verb>退|取消)(?:掉|货)?(?P<after>.{0,10}?)(?:吧|呢|啊|了)?"
)
_SENDS_ELSEWHERE = re.compile(r"(?:改|换)(?:成|到|为|寄|送)|(?:改|换|新)(?:一?下)?(?:收货)?地址")
_DOOR_IS_WRONG = re.compile(
    r"(?:门牌|房号|房间号|楼号|楼栋|栋号|室号|单元).{0,4}(?:错|漏|改|少)|(?:写错|填错|漏写|漏填|少写)了?.{0,3}(?:门牌|房号|楼|单元|室)"
)
_UNSENT = frozenset({"paid", "part_shipped"})


def awaited_pictures(heard: Heard, scene: Scene) -> Pending | None:
    """Return what keeps the pictures that a shopper was asked for (请补照片); None when nobody waits for any."""
    waits = [
        facts.order.number
        for facts in scene.orders
        if any(case.state == "need_pictures" for case in facts.cases)
    ]
    if not heard.said.pictures or not waits:
        return None
    order = scene.memory.order if scene.memory.order in waits else waits[0]
    slots = Slots(order=order, pictures=heard.said.pictures)
    return Pending(action="return.progress", dialogue=scene.dialogue, slots=slots)


def when(heard: Heard, scene: Scene) -> Pending | None:
    """Return what tells of the shopper's own order for 什么时候到, 到底什么时候发货; None when nothing waits."""
    asked = _WHEN.fullmatch(bare(heard.norm))
    if asked is None:
        return None
    on_way = asked[1][0] in _SENT
    waits = [
        one.order.number for one in scene.orders if (_is_on_way(one) if on_way else _is_unsent(one))
    ]
    if not waits:
        return None
    order = (
        scene.memory.order if scene.memory.order in waits else waits[0] if len(waits) == 1 else ""
    )
    action = "order.track" if on_way else "order.status"
    return Pending(action=action, dialogue=scene.dialogue, slots=Slots(order=order))


def in_so_many_words(heard: Heard, scene: Scene) -> list[Pending]:
    """Return what a turn asks for in words that leave no doubt, as far as an order is known."""
    door = _wrong_door(heard, scene)
    if not scene.orders:
        return [door] if door else []
    address = door or _new_address(heard, scene)
    if _NOTE.match(heard.norm):
        slots = fill("order.note", Slots(order=scene.memory.order), heard, NO_SLOTS)
        return [Pending(action="order.note", dialogue=scene.dialogue, slots=slots)]
    found = (address, _another_item(heard, scene) if address else None, _thing_back(heard, scene))
    return [one for one in found if one is not None]


def _another_item(heard: Heard, scene: Scene) -> Pending | None:
    """改成XL码 in a clause of its own, of an order that has not left."""
    if not any(map(_is_unsent, scene.orders)):
        return None
    for clause in _CLAUSE.split(heard.raw):
        alone = Heard(said=heard.said, raw=clause)
        if _TO_ITEM.match(alone.norm):
            slots = fill("order.change_item", Slots(order=scene.memory.order), alone, NO_SLOTS)
            if slots.size or slots.colour:
                return Pending(action="order.change_item", dialogue=scene.dialogue, slots=slots)
    return None


def _thing_back(heard: Heard, scene: Scene) -> Pending | None:
    """退T恤, 退一件, 取消袜子: the verb and something of the order."""
    found = _VERB_AND_THING.fullmatch(bare(heard.norm))
    if found is None or heard.asks:
        return None
    action = "order.cancel" if found["verb"] == "取消" else "return.request"
    thing = found["before"] + found["after"]
    if _NO_WISH.search(thing):
        return None
    pending = begin(action, heard, (), scene)
    if _QUANTITY.fullmatch(thing) or pending.slots.line is not None:
        return pending
    place = _ORDINAL.search(thing)
    if place is not None:
        return _placed(pending, _NUMBERS.index(place[1]) % 5, scene)
    lines = [
        (f"{facts.order.number}\n{line.line_no}", line_words(line))
        for facts in scene.orders
        for line in facts.lines
    ]
    value = by_features(thing, lines)
    if not value:
        return None
    number, line_no = value.split("\n")
    return replace(pending, slots=replace(pending.slots, order=number, line=int(line_no)))


def _placed(pending: Pending, place: int, scene: Scene) -> Pending | None:
    """第二件也退: the second of the lines that were offered; None where it is not sure of which order."""
    orders = [one for one in scene.orders if pending.slots.order in ("", one.order.number)]
    lines = orders[0].lines if len(orders) == 1 else ()
    if place >= len(lines):
        return None
    line = lines[place].line_no
    return replace(pending, slots=replace(pending.slots, order=orders[0].order.number, line=line))


def _wrong_door(heard: Heard, scene: Scene) -> Pending | None:
    """Return the change of an address whose door is wrong: 门牌写错了，应该是3栋2单元501."""
    door = find_door(heard.raw) if _DOOR_IS_WRONG.search(heard.norm) else ""
    if not door:
        return None
    slots = Slots(order=scene.memory.order, door=door)
    return Pending(action="order.change_address", dialogue=scene.dialogue, slots=slots)


def _new_address(heard: Heard, scene: Scene) -> Pending | None:
    """Return the change of an address that is told in full: 帮我改成杭州市西湖区文一路8号."""
    named = bool(heard.reading.phones) and bool(_SENDS.search(heard.norm))
    if heard.asks or not (named or _SENDS_ELSEWHERE.search(heard.norm)):
        return None
    slots = Slots(order=scene.memory.order)
    told = fill("order.change_address", slots, heard, NO_SLOTS)
    if not told.address:
        return None
    return Pending(action="order.change_address", dialogue=scene.dialogue, slots=told)


def _is_on_way(facts: OrderFacts) -> bool:
    return facts.order.status in ("shipped", "part_shipped") and bool(facts.parcels)


def _is_unsent(facts: OrderFacts) -> bool:
    return facts.order.status in _UNSENT


def begin(action: str, heard: Heard, parts: Sequence[Part], scene: Scene) -> Pending:
    """An order action at its beginning, with all that the turn says already."""
    seen = next((part.slots for part in parts if _is(part, action)), NO_SLOTS)
    if _OTHER_ORDER.search(heard.norm):
        slots = Slots(order=_other_order(scene))
    else:
        slots = _by_product(Slots(order=scene.memory.order), seen.product, scene)
        slots = _by_gift(action, slots, heard, scene)
        slots = _by_words(action, slots, heard, scene)
    slots = back_parcel.of_parcel(action, fill(action, slots, heard, seen), heard, scene)
    return Pending(action=action, dialogue=scene.dialogue, slots=slots)


def _other_order(scene: Scene) -> str:
    """The one order that is not the one in focus; blank when there are several."""
    numbers = {one.order.number for one in scene.orders} - {scene.memory.order}
    return numbers.pop() if len(numbers) == 1 else ""


def _is(part: Part, action: str) -> bool:
    return bool(part.suggestions) and part.suggestions[0].action in (action, "")


def _by_product(slots: Slots, product: str, scene: Scene) -> Slots:
    """The one order (and line) that has the product spoken of; of the order in focus, its line."""
    found = [
        (facts.order.number, line.line_no)
        for facts in scene.orders
        for line in facts.lines
        if product and line.sku.startswith(product) and slots.order in ("", facts.order.number)
    ]
    orders = {number for number, _ in found}
    if len(orders) != 1:
        return slots
    line = found[0][1] if len(found) == 1 else None
    return replace(slots, order=orders.pop(), line=line)


def _by_gift(action: str, slots: Slots, heard: Heard, scene: Scene) -> Slots:
    """The one gift that the shopper's orders have, where a gift is spoken of (赠品没收到)."""
    if action not in _ABOUT_GOODS or not _GIFT.search(heard.norm):
        return slots
    found = [
        (facts.order.number, line.line_no)
        for facts in scene.orders
        for line in facts.lines
        if line.gift and slots.order in ("", facts.order.number)
    ]
    return replace(slots, order=found[0][0], line=found[0][1]) if len(found) == 1 else slots


def _by_words(action: str, slots: Slots, heard: Heard, scene: Scene) -> Slots:
    """The one line of the order that the words name (少发了一件T恤); of a change only what stands before it."""
    orders = [one for one in scene.orders if slots.order in ("", one.order.number)]
    if action not in _ABOUT_LINES or slots.line is not None or len(orders) != 1:
        return slots
    lines = [(str(one.line_no), line_words(one)) for one in orders[0].lines]
    if action == "order.cancel" and "订单" in heard.norm:
        return slots
    told = named_before(heard.norm) if action in ITEM else heard.norm
    value = by_features(told, lines) if len(lines) > 1 else ""
    if not value:
        return slots
    return replace(slots, order=orders[0].order.number, line=int(value))
