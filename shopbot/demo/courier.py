"""快递100 as its manual describes it: queries that are signed, pushes that may come twice and in disorder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from shopbot.demo.chance import Chance
from shopbot.demo.loopback import Asked, Given
from shopbot.orders.courier_api import QUERY, md5


@dataclass(slots=True)
class Courier:
    """Parcels with their events; ``down``: once in so many questions it is (0: never).

    ``unspoken``: what it answers to questions about a parcel it will not speak of, as 408 where the phone
    does not fit.
    """

    customer: str
    key: str
    salt: str
    chance: Chance = field(default_factory=lambda: Chance(0))
    down: int = 0
    asked: int = 0
    unspoken: dict[str, str] = field(default_factory=dict)
    _events: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, parcel: str, time: str, context: str, status: str = "") -> None:
        """Let something happen to a parcel; ``time`` on China's wall clock."""
        told = {"time": time, "ftime": time, "context": context, "status": status}
        self._events.setdefault(parcel, []).append(told)

    def has(self, parcel: str) -> bool:
        """Tell whether anything has happened to a parcel."""
        return parcel in self._events

    def __call__(self, asked: Asked) -> Given:
        """Answer a query."""
        self.asked += 1
        if self.down and self.chance.once_in(self.down, "down", self.asked):
            return Given(status=502)
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        param = form.get("param", "")
        if asked.target != QUERY or form.get("sign") != md5(param, self.key, self.customer):
            return _given({"result": False, "returnCode": "503", "message": "验证签名失败"})
        parcel = json.loads(param)["num"]
        if parcel in self.unspoken:
            code = self.unspoken[parcel]
            return _given({"result": False, "returnCode": code, "message": "查询失败"})
        if parcel not in self._events:
            return _given({"result": False, "returnCode": "500", "message": "查询无结果"})
        return _given(self._result(parcel))

    def push(self, parcel: str, count: int | None = None) -> bytes:
        """Return the body of a push that tells the first ``count`` events (None: all)."""
        told = {"status": "polling", "message": "", "lastResult": self._result(parcel, count)}
        param = json.dumps(told, ensure_ascii=False)
        return urlencode({"param": param, "sign": md5(param, self.salt)}).encode()

    def _result(self, parcel: str, count: int | None = None) -> dict[str, Any]:
        events = self._events[parcel][:count]
        return {"message": "ok", "status": "200", "nu": parcel, "state": "0", "data": events[::-1]}


def _given(told: dict[str, Any]) -> Given:
    return Given(body=json.dumps(told, ensure_ascii=False).encode())
