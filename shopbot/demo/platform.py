"""A shop platform that keeps the contract of docs/connectors.md, and can be as bad as real ones are.

Each fault is told as "once in so many requests" (0: never) and drawn from a seed, so a run can be repeated.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from shopbot.demo.chance import Chance
from shopbot.demo.loopback import Asked, Given
from shopbot.orders.signing import Signed, check_signature
from shopbot.orders.source_errors import HookRefused

Kind = Literal["orders", "reviews"]
NAMES: Mapping[Kind, str] = {"orders": "number", "reviews": "source_id"}
"""The field by which each is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong, once in so many requests; 0: never."""

    down: int = 0  # HTTP 503
    cut: int = 0  # the line breaks
    slow: int = 0  # nothing for a while, then the line breaks
    slow_s: float = 0.0
    late: int = 0  # the answer comes, but only after a while
    late_s: float = 0.0
    wrong: int = 0  # an answer that is no JSON
    half: int = 0  # a row without what names it among the others
    repeated: int = 0  # every row of the page twice
    stale: int = 0  # an older version of each row after the new one
    shuffled: int = 0  # the rows of a page in another order


Row = dict[str, Any]


@dataclass(slots=True)
class Shelf:
    """Orders, or reviews, with all their versions; every version is a change that a reader must see."""

    kind: Kind
    versions: dict[str, list[Row]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def put(self, name: str, told: Row, now: datetime) -> None:
        """Add a version: the last one with what is told anew."""
        versions = self.versions.setdefault(name, [])
        before = versions[-1] if versions else {NAMES[self.kind]: name}
        versions.append({**before, **told, "as_of": now.isoformat()})
        self.log.append(name)


@dataclass(slots=True)
class Platform:
    """What a shop platform knows."""

    key: bytes
    now: Callable[[], datetime]
    chance: Chance = field(default_factory=lambda: Chance(0))
    faults: Faults = field(default_factory=Faults)
    lists_reviews: bool = True
    asked: int = 0
    refused: int = 0  # requests that were not signed as they must be
    _orders: Shelf = field(default_factory=lambda: Shelf("orders"))
    _reviews: Shelf = field(default_factory=lambda: Shelf("reviews"))
    _nonces: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, number: str, **told: Any) -> None:
        """Change an order, or add it: fields of the contract."""
        with self._lock:
            self._orders.put(number, told, self.now())

    def put_review(self, name: str, **told: Any) -> None:
        """Change a review, or add it: fields of the contract."""
        with self._lock:
            self._reviews.put(name, told, self.now())

    def list_numbers(self) -> list[str]:
        """Return all orders that are there."""
        return list(self._orders.versions)

    def last(self, number: str) -> Mapping[str, Any]:
        """Return an order as it now stands."""
        return self._orders.versions[number][-1]

    def steps(self, number: str) -> int:
        """Return how often an order was changed."""
        return len(self._orders.versions.get(number, ()))

    def list_reviews(self) -> dict[str, Mapping[str, Any]]:
        """Return all reviews as they now stand."""
        return {name: versions[-1] for name, versions in self._reviews.versions.items()}

    def __call__(self, asked: Asked) -> Given:
        """Answer a request."""
        with self._lock:
            self.asked += 1
            if not self._is_signed(asked):
                self.refused += 1
                return Given(status=401)
            trouble = self._trouble()
            if trouble is not None:
                return trouble
            given = self._answer(asked.target)
            return replace(given, wait_s=self.faults.late_s) if self._happens("late") else given

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

    def _answer(self, target: str) -> Given:
        told = urlsplit(target)
        path = told.path.strip("/").split("/")
        if path[-1] == "reviews" and not self.lists_reviews:
            return Given(status=404)
        if path[-1] == "reviews":
            return self._page(self._reviews, told.query)
        if path[-1] == "orders":
            return self._page(self._orders, told.query)
        versions = self._orders.versions.get(unquote(path[-1]))
        return self._given("orders", [versions[-1]] if versions else [], "", more=False)

    def _page(self, shelf: Shelf, asked: str) -> Given:
        query = parse_qs(asked, keep_blank_values=True)
        since = int(query.get("since", ["0"])[0] or 0)
        end = min(len(shelf.log), since + int(query.get("limit", ["100"])[0]))
        names = list(dict.fromkeys(shelf.log[since:end]))
        rows, more = self._rows(shelf, names), end < len(shelf.log)
        return self._given(shelf.kind, rows, str(end), more=more)

    def _rows(self, shelf: Shelf, names: list[str]) -> list[Row]:
        rows = [shelf.versions[name][-1] for name in names]
        if self._happens("stale"):
            rows += [self._earlier(shelf, name) for name in names]
        if self._happens("repeated"):
            rows += rows
        if self._happens("half"):
            rows.append({"status": "paid"})
        if self._happens("shuffled"):
            key = NAMES[shelf.kind]
            rows.sort(key=lambda one: self.chance.below(1000, self.asked, one.get(key)))
        return rows

    def _earlier(self, shelf: Shelf, name: str) -> Row:
        versions = shelf.versions[name]
        return versions[self.chance.below(len(versions), "stale", self.asked, name)]

    def _given(self, kind: Kind, rows: list[Row], cursor: str, *, more: bool) -> Given:
        page = {"as_of": self.now().isoformat(), kind: rows, "next": cursor, "more": more}
        return Given(body=json.dumps(page).encode())
