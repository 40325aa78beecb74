"""Where an order shall go, in a shopper's words: address, receiver, phone, or a door alone. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from shopbot.chat.hearing import Heard
from shopbot.orders.dialogue import Slots
from shopbot.orders.doors import find_door, with_door

PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_BREAK = re.compile(r"[\s,，;；。、]+")
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{1,9}(?:省|市|自治区|区|县|镇|乡|街道)|[\u4e00-\u9fff\d]{1,12}(?:路|街|巷|村|小区|大厦|花园|苑|号楼|\d号|栋|幢|单元|室)"
)
_STREET = re.compile(
    r"省|市|自治区|区|县|镇|乡|街|路|巷|村|道|弄|胡同|大厦|花园|广场|苑|城|学校|大学|公司|香港|澳门|台湾"
)
_LEAD = re.compile(
    r"^(?:.*?(?:地址|收货|收件)?\s*(?:改成|改为|换成|改到|寄到|送到|发到|换到|改)[:：,，\s]*)|^(?:新?(?:的)?(?:收货|收件)?地址(?:是|为)?[:：,，\s]*)"
)
_NAMED = re.compile(
    r"(?:收件人|收货人|姓名|联系人|名字)\s*(?:改成|改为|换成|是|叫|写)?[:：,，\s]*([\u4e00-\u9fff]{2,4})"
)
_NO_PERSON = re.compile(r"[错改写打换填字不是漏]")
_MEANT_NAME = re.compile(
    r"(?:应该是|应该叫|应为|改成|改为|换成|其实是|是|叫)([\u4e00-\u9fff]{2,4}?)(?=[吧啊呀]?(?:$|[\s,，。;；!！]))"
)
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_HOUSE = re.compile(r"[\dA-Za-z-]+(?:号|室|栋|幢|单元|楼)?")
_LABEL = re.compile(
    r"(?:收件人|收货人|姓名|联系人|名字|电话|手机号?|联系电话|地址|收货地址|详细地址|新地址|收货信息|收件信息)\s*(?:是|为)?[:：]\s*"
)
_NO_NAME = frozenset(
    {
        "改地址",
        "改下",
        "换下",
        "修改",
        "谢谢",
        "麻烦",
        "地址",
        "电话",
        "手机",
        "手机号",
        "收件人",
        "你好",
        "您好",
        "好的",
        "新地址",
        "改一下",
        "就这个",
    }
)


def fill_address(slots: Slots, heard: Heard, waiting: str) -> Slots:
    """Return ``slots`` with what the turn says of where the order shall go; ``waiting``: what was asked."""
    text = heard.raw.replace("\n", " ")
    phone = PHONE.search(text)
    pieces = [one for one in _BREAK.split(_LABEL.sub(" ", PHONE.sub(" ", text))) if one]
    places = [one for one in pieces if _PLACE.search(one) or _HOUSE.fullmatch(one)]
    address = _without_lead("".join(places)) if any(map(_PLACE.search, places)) else ""
    address = address if _STREET.search(address) else ""  # a door number alone is no address
    if waiting != "address" and not (re.search(r"\d", address) and not heard.asks):
        address = ""  # somebody who speaks of places does not give one yet
    receiver = _person(text)
    if not receiver and (address or (phone and waiting == "address")):
        loose = [one for one in pieces if one not in places and _NAME.fullmatch(one)]
        names = [one for one in loose if one not in _NO_NAME]
        receiver = names[0] if len(names) == 1 else ""
    told: dict[str, Any] = {
        "receiver": receiver,
        "phone": phone[0] if phone else "",
        "address": address,
        "door": "" if address else find_door(text),
    }
    if told["door"] and slots.address:  # 2单元601 after an address that ends with its street
        told |= {"address": with_door(slots.address, told["door"]), "door": ""}
    if told["address"]:
        slots = replace(slots, door="")
    return replace(slots, **{name: value for name, value in told.items() if value})


def _person(text: str) -> str:
    """Return who shall receive it: 收件人改成张三, 名字打错了，应该是林小宇."""
    named = _NAMED.search(text)
    if named is None:
        return ""
    if not _NO_PERSON.search(named[1]):
        return named[1]
    meant = _MEANT_NAME.findall(text)
    return next((one for one in reversed(meant) if not _NO_PERSON.search(one)), "")


def _without_lead(address: str) -> str:
    """Return an address without 地址改成, 帮我寄到 and the like before it."""
    bare_one = _LEAD.sub("", address, count=1)
    if bare_one == address or not _PLACE.search(bare_one):
        return address
    return _without_lead(bare_one)  # 改地址浙江省… has two of them
