"""快递100's interfaces: asking for a parcel, and the pushes of a subscription, as its manual describes them.

A query's ``sign`` is the MD5 of param + key + customer, a push's that of param + salt, both in upper case.
MD5 is what the service prescribes; the salt must be long and random.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from shopbot.orders.carriers import find_carrier
from shopbot.orders.http_answer import read_answer
from shopbot.orders.records import EventRecord, event_record
from shopbot.orders.row_reader import BadRow, When
from shopbot.orders.source_errors import HookRefused, SourceDown, SourceWrong
from shopbot.orders.source_rows import told_text
from shopbot.orders.source_store import COURIER

SOURCE = COURIER
QUERY = "/poll/query.do"
MOST_EVENTS = 500
TIMEOUT_S, TRIES = 10.0, 3

CODES = {
    "SF": "shunfeng", "YTO": "yuantong", "ZTO": "zhongtong", "STO": "shentong", "YD": "yunda",
    "JT": "jtexpress", "JD": "jd", "EMS": "ems", "DB": "debangkuaidi", "CN": "danniao",
}  # fmt: skip
"""Our code of a courier to the one of the service."""

NOTHING_YET = "500"  # 查询无结果
_DOWN = frozenset({"501", "502"})  # 服务器错误, 服务器繁忙
_ACCOUNT = frozenset({"503", "600", "601"})
"""验证签名失败, 不是合法的订阅者, KEY已过期: nothing that it is asked will be answered. Every other code (400, a parameter; 408, the
phone does not fit) is about one parcel."""

_FIELDS = ("parcel", "at", "text", "place", "raw_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the service gave the shop."""

    url: str
    customer: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the service tells of one parcel; ``refused``: events that cannot be used."""

    parcel: str
    events: tuple[EventRecord, ...]
    refused: int = 0
    why: str = ""  # the service does not speak of it; blank: it did, or knows nothing yet


def md5(*parts: str) -> str:
    """Return the service's signature of the parts."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def check_push(form: Mapping[str, str], salt: str) -> str:
    """Return the ``param`` of a push that is signed; HookRefused when it is not."""
    param, sign = form.get("param", ""), form.get("sign", "")
    if not hmac.compare_digest(md5(param, salt).encode(), sign.upper().encode()):
        raise HookRefused("signature")
    return param


def read_push(param: str, when: When) -> Heard:
    """Read a push; SourceWrong when it is not one."""
    try:
        result = json.loads(param)["lastResult"]
        return read_result(result, when)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SourceWrong(SOURCE, "no push") from None


def read_result(result: Mapping[str, Any], when: When, parcel: str = "") -> Heard:
    """Read what is told of a parcel; an event that cannot be used does not hold up the others."""
    number = told_text(result.get("nu") or parcel)
    events, refused = [], 0
    for place, one in enumerate(result["data"][:MOST_EVENTS], 1):
        cells = [
            number,
            told_text(one.get("ftime") or one.get("time") or ""),
            told_text(one.get("context") or ""),
            told_text(one.get("areaName") or ""),
            told_text(one.get("statusCode") or one.get("status") or ""),
        ]
        try:
            events.append(event_record(place, cells, _found(), when=when))
        except BadRow:
            refused += 1
    return Heard(parcel=number, events=tuple(events), refused=refused)


def _found() -> dict[str, int]:
    return {name: place for place, name in enumerate(_FIELDS)}


class Kuaidi100:
    """Asks the service for parcels; failures that may pass are tried again with jitter."""

    def __init__(
        self,
        account: Account,
        *,
        now: Callable[[], datetime],
        zone: tzinfo,
        sleep: Callable[[float], None],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._account = account
        self._now = now
        self._zone = zone
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)
        self._retry = Retrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.5, max=8),
            retry=retry_if_exception_type(SourceDown),
            sleep=sleep,
            reraise=True,
        )

    def ask(self, parcel: str, carrier: str, phone_tail: str = "") -> Heard:
        """Return what is known of a parcel; nothing known is no event.

        SourceDown when trying again may help, SourceWrong when the service answers nothing it is asked.
        """
        com = CODES.get(find_carrier(carrier, parcel) or "", "auto")
        param = json.dumps(
            {"com": com, "num": parcel, "phone": phone_tail, "resultv2": "4"}, separators=(",", ":")
        )
        account = self._account
        form = {
            "customer": account.customer,
            "sign": md5(param, account.key, account.customer),
            "param": param,
        }
        return self._retry(lambda: self._ask(form, parcel))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _ask(self, form: Mapping[str, str], parcel: str) -> Heard:
        try:
            url = f"{self._account.url}{QUERY}"
            with self._client.stream("POST", url, data=form) as answer:
                body = read_answer(SOURCE, answer, self._now)
        except httpx.HTTPError as error:
            raise SourceDown(SOURCE, type(error).__name__) from None
        now = self._now()
        try:
            told = json.loads(body)
            if told.get("result") is False:
                return _nothing(told, parcel)
            heard = read_result(told, When(as_of=now, now=now, zone=self._zone), parcel)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return Heard(parcel=parcel, events=(), why="no answer")
        if heard.parcel != parcel:
            return Heard(parcel=parcel, events=(), why="another parcel")
        return heard


def _nothing(told: Mapping[str, Any], parcel: str) -> Heard:
    code = told_text(told.get("returnCode", ""))[:20]
    if code in _DOWN:
        raise SourceDown(SOURCE, code)
    if code in _ACCOUNT:
        raise SourceWrong(SOURCE, code)
    return Heard(parcel=parcel, events=(), why="" if code == NOTHING_YET else code or "no answer")
