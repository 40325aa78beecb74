"""A courier's code or sentence to our status; None when it tells nothing we are sure of.

Codes mean different things with different sources (201 is 超时未签收 to 快递100 and 到达派件城市 to
快递鸟), so a code counts only with a known source. Sentences are read clause by clause, advice left out:
"如有破损请拒收" in a delivery notice is no refusal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from shopbot.orders.states import ParcelStatus

_KUAIDI100: dict[str, ParcelStatus] = {
    **dict.fromkeys(("101", "102"), "created"),
    **dict.fromkeys(("1", "103"), "collected"),
    **dict.fromkeys(("0", "1001", "1002", "1003", "7", "8", "10", "11", "12"), "in_transit"),
    "5": "delivering",
    "501": "at_station",
    **dict.fromkeys(("3", "301", "302", "303", "304"), "signed"),
    **dict.fromkeys(("203", "14"), "refused"),
    **dict.fromkeys(("6", "401", "210"), "returning"),
    "4": "returned",
    "209": "damaged",
    **dict.fromkeys(("2", "13", "201", "202", "204", "205", "206", "207", "208"), "problem"),
}
_KDNIAO: dict[str, ParcelStatus] = {
    "10": "created",
    "1": "collected",
    **dict.fromkeys(("2", "201", "204", "205", "206", "5", "6", "601", "602", "603"), "in_transit"),
    **dict.fromkeys(("202", "419"), "delivering"),
    **dict.fromkeys(("211", "412"), "at_station"),
    **dict.fromkeys(("3", "301", "302", "304", "311", "418"), "signed"),
    "404": "refused",
    **dict.fromkeys(("407", "413", "415"), "returning"),
    "406": "returned",
    "414": "damaged",
    **dict.fromkeys(
        ("4", "401", "402", "403", "405", "416", "417", "420", "421", "422", "423", "604"),
        "problem",
    ),
}
_CODES: dict[str, Mapping[str, ParcelStatus]] = {
    "kuaidi100": _KUAIDI100,
    "快递100": _KUAIDI100,
    "kdniao": _KDNIAO,
    "快递鸟": _KDNIAO,
}

_WORDS: dict[str, ParcelStatus] = {
    **dict.fromkeys(("已下单", "待揽收", "待揽件", "待取件", "等待揽收"), "created"),
    **dict.fromkeys(("揽收", "揽件", "已揽收", "已揽件", "已收件", "已取件", "收寄"), "collected"),
    **dict.fromkeys(("在途", "在途中", "运输中", "已发出", "到达", "干线", "转运中", "转投", "清关中"), "in_transit"),
    **dict.fromkeys(("派件", "派件中", "派送", "派送中", "正在派送", "配送中"), "delivering"),
    **dict.fromkeys(("待自提", "投柜或驿站", "已投柜", "已到驿站", "代收", "已代收", "到站待取"), "at_station"),
    **dict.fromkeys(("签收", "已签收", "本人签收", "代签", "已代签", "妥投", "投柜或站签收", "派件异常后签收"), "signed"),
    **dict.fromkeys(("拒收", "拒签", "已拒收"), "refused"),
    **dict.fromkeys(("退回", "退回中", "退件", "退件中", "已销单", "已拦截"), "returning"),
    **dict.fromkeys(("退签", "已退签", "已退回", "退回签收"), "returned"),
    **dict.fromkeys(("破损",), "damaged"),
    **dict.fromkeys(("疑难", "疑难件", "问题件", "滞留", "超区", "派件异常", "无法联系", "超时未签收"), "problem"),
    **dict.fromkeys(("丢失", "遗失", "丢件"), "lost"),
}  # fmt: skip

_ADVICE = re.compile(
    r"(如|若|倘|请|为了|感谢|期待|您可|您还可|可在|签收前|签收时|温馨|疫情|投诉|敬请|欢迎|预计)"
)
_PLACE = re.compile(r"[【\[〔]\s*([^】\]〕]{2,30})\s*[】\]〕]")
_CLAUSES = re.compile(r"[，,。；;！!？?\n]|(?<=[】\]])\s+|\.(?!\d)")

_SPOT = (
    r"(驿站|快递柜|丰巢|自提柜|自提点|代收点|代收|速递易|兔喜|妈妈|云柜|智能柜|便利店|超市|菜鸟)"
)
_WAITS = (
    r"(请.{0,12}(取件|领取|取走|自提|取货)|待取|等待.{0,4}(取件|领取|自提)|(凭|取)件码|取货码|保管)"
)
_STORED = r"(已.{0,30}代收(?!签)|已(存放|暂存|存入|放入|投递|投放|投柜|送达|到达|放置|入库)|到站)"

_RULES: tuple[tuple[ParcelStatus, re.Pattern[str]], ...] = (
    ("lost", re.compile(r"(?<!防)(丢失|遗失|丢件)(?!险)")),
    ("returned", re.compile(r"退(回|件|货)?.{0,12}(签收|妥投|已完成)|已退(回|至|到|给).{0,6}(发件|寄件|商家|卖家)|退签")),
    ("returning", re.compile(r"退回|退件|正在退|拦截(成功|件)|已拦截|返回(发|寄)件|改退")),
    ("refused", re.compile(r"拒收|拒签|拒绝签收")),
    ("damaged", re.compile(r"(?<!无)(?<!未)(?<!未见)(破损|损坏|渗漏|包装破)")),
    ("signed", re.compile(r"(?<!未)(?<!待)(?<!等待)(?<!等您)(?<!没有)(?<!提醒)(签收(?!失败|确认码|不成功)|(?<!未)妥投|取件成功|已被?(取走|取出|领取))")),
    ("in_transit", re.compile(r"(到达|发往|送往|离开|抵达).{0,24}(派件|派送|配送)(城市|网点|点|部|站)")),
    ("problem", re.compile(r"疑难|问题件|异常|联系不上|无法联系|未联系|无人(接听|在家|收)|电话(错误|有误|停机|关机|空号)|地址(不详|有误|错误|不清)|超区|超范围|滞留|(派|投|配|签).{0,2}(不成功|失败|未成功)|未妥投|扣留|错分|延误|无法(派|投|配)|改约|改期|要求(改|延|自取)|暂停|中断")),
    ("delivering", re.compile(r"派件|派送|投递中|正在投递|安排投递|配送中|正在配送|送货中|配送员|骑手")),
    ("created", re.compile(r"待揽|未揽|等待.{0,4}揽|即将揽|下单|通知快递|面单|待取件|商家.{0,6}(打包|出库|备货)|揽收(失败|不成功)")),
    ("collected", re.compile(r"揽收|揽件|收寄|已收(取|件)|收取(快件|包裹)|已取件|上门取")),
    ("in_transit", re.compile(r"到达|抵达|离开|发往|发出|运输|中转|转运|分拨|集散|装车|卸车|航班|干线|在途|已收入|打包|扫描|封车|解车|途中|转投|转递|转寄|清关|下一站|交航|起飞|降落|出口|进口|已到")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a line of a courier's record says, and by what we know."""

    status: ParcelStatus
    by: str  # code:kuaidi100:304, word:派件中, text:signed


@lru_cache(maxsize=4096)  # couriers repeat themselves, and the watches read every line again
def read_status(text: str, raw_status: str = "", source: str = "") -> Reading | None:
    """Return our status for a courier's line; None when nothing in it is known."""
    raw = unicodedata.normalize("NFKC", raw_status).strip()
    told = unicodedata.normalize("NFKC", text).strip()
    if told and _waits_at_station(told):
        return Reading(status="at_station", by="text:at_station")
    code = _CODES.get(source.strip().lower(), {}).get(raw)
    if code is not None:
        return Reading(status=code, by=f"code:{source.strip().lower()}:{raw}")
    if raw in _WORDS:
        return Reading(status=_WORDS[raw], by=f"word:{raw}")
    if told in _WORDS:
        return Reading(status=_WORDS[told], by=f"word:{told}")
    for sentence in (told, raw):
        status = _by_clauses(sentence)
        if status is not None:
            return Reading(status=status, by=f"text:{status}")
    return None


def _waits_at_station(text: str) -> bool:
    if re.search(r"凭取(件|货)码签收|已(被)?(取走|取出|领取)|取件成功|退", text):
        return False
    if not re.search(_SPOT, text):
        return False
    if re.search(r"(?<!未)(?<!待)已.{0,12}(?<!代)签收", text) and not re.search(
        r"请.{0,12}取件", text
    ):
        return False
    return bool(re.search(_STORED, text) or re.search(_WAITS, text))


def _by_clauses(text: str) -> ParcelStatus | None:
    if not text:
        return None
    clauses = [_PLACE.sub("", part).strip() for part in _CLAUSES.split(text)]
    heard = " ".join(part for part in clauses if part and not _ADVICE.match(part))
    for status, pattern in _RULES:
        if pattern.search(heard):
            return status
    return None


@lru_cache(maxsize=4096)
def find_place(text: str) -> str:
    """Return the place a line names in brackets (``【成都转运中心】``), blank when there is none."""
    found = _PLACE.search(unicodedata.normalize("NFKC", text))
    return found[1].strip() if found else ""
