"""A shop platform that keeps the contract of docs/connectors.md, and can be as bad as real ones are.

Each fault is told as "once in so many requests" (0: never) and drawn from a seed, so a run can be repeated.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from shopbot.demo.chance import Chance
from shopbot.demo.loopback import Asked, Given
from shopbot.orders.signing import Signed, check_signature
from shopbot.orders.source_errors import HookRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong, once in so many requests; 0: never."""

    down: int = 0  # HTTP 503
    cut: int = 0  # the line breaks
    slow: int = 0
    slow_s: float = 0.0
    wrong: int = 0  # an answer that is no JSON
    half: int = 0  # an order without its number among the others
    repeated: int = 0  # every order of the page twice
    stale: int = 0  # an older version of each order after the new one
    shuffled: int = 0  # the orders of a page in another order


@dataclass(slots=True)
class Platform:
    """Orders with all their versions; every version is a change that a reader must see."""

    key: bytes
    now: Callable[[], datetime]
    chance: Chance = field(default_factory=lambda: Chance(0))
    faults: Faults = field(default_factory=Faults)
    asked: int = 0
    refused: int = 0  # requests that were not signed as they must be
    _versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _log: list[str] = field(default_factory=list)
    _nonces: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, number: str, **told: Any) -> None:
        """Change an order, or add it: fields of the contract."""
        with self._lock:
            versions = self._versions.setdefault(number, [])
            before = versions[-1] if versions else {"number": number}
            versions.append({**before, **told, "as_of": self.now().isoformat()})
            self._log.append(number)

    def list_numbers(self) -> list[str]:
        """Return all orders that are there."""
        return list(self._versions)

    def last(self, number: str) -> Mapping[str, Any]:
        """Return an order as it now stands."""
        return self._versions[number][-1]

    def __call__(self, asked: Asked) -> Given:
        """Answer a request."""
        with self._lock:
            self.asked += 1
            if not self._is_signed(asked):
                self.refused += 1
                return Given(status=401)
            trouble = self._trouble()
            return trouble if trouble is not None else self._page(asked.target)

    def _is_signed(self, asked: Asked) -> bool:
        what = Signed(method=asked.method, target=asked.target, body=asked.body)
        try:
            nonce = check_signature(self.key, what, asked.headers, self.now())
        except HookRefused:
            return False
        if nonce in self._nonces:
            return False
        self._nonces.add(nonce)
        return True

    def _happens(self, name: str) -> bool:
        times = getattr(self.faults, name)
        return bool(times) and self.chance.once_in(times, name, self.asked)

    def _trouble(self) -> Given | None:
        if self._happens("down"):
            return Given(status=503)
        if self._happens("cut"):
            return Given(cut=True)
        if self._happens("slow"):
            return Given(wait_s=self.faults.slow_s, cut=True)
        if self._happens("wrong"):
            return Given(body=b"<html>502 Bad Gateway</html>")
        return None

    def _page(self, target: str) -> Given:
        told = urlsplit(target)
        number = told.path.rpartition("/orders")[2]
        if number:
            return self._one(unquote(number[1:]))
        query = parse_qs(told.query, keep_blank_values=True)
        since = int(query.get("since", ["0"])[0] or 0)
        end = min(len(self._log), since + int(query.get("limit", ["100"])[0]))
        numbers = list(dict.fromkeys(self._log[since:end]))
        return self._given(self._orders(numbers), str(end), more=end < len(self._log))

    def _one(self, number: str) -> Given:
        versions = self._versions.get(number)
        return self._given([versions[-1]] if versions else [], "", more=False)

    def _orders(self, numbers: list[str]) -> list[dict[str, Any]]:
        orders = [self._versions[number][-1] for number in numbers]
        if self._happens("stale"):
            orders += [self._earlier(number) for number in numbers]
        if self._happens("repeated"):
            orders += orders
        if self._happens("half"):
            orders.append({"status": "paid"})
        if self._happens("shuffled"):
            orders.sort(key=lambda one: self.chance.below(1000, self.asked, one.get("number")))
        return orders

    def _earlier(self, number: str) -> dict[str, Any]:
        versions = self._versions[number]
        return versions[self.chance.below(len(versions), "stale", self.asked, number)]

    def _given(self, orders: list[dict[str, Any]], cursor: str, *, more: bool) -> Given:
        page = {
            "as_of": self.now().isoformat(),
            "orders": orders,
            "next": cursor,
            "more": more,
        }
        return Given(body=json.dumps(page).encode())
