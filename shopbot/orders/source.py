"""Where orders come from over HTTP: a shop platform or ERP that keeps the contract of docs/connectors.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlencode

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from shopbot import ids
from shopbot.orders.cells import BadCell, moment
from shopbot.orders.http_answer import read_answer
from shopbot.orders.signing import Signed, sign
from shopbot.orders.source_errors import SourceDown, SourceWrong

PAGE = 100  # orders
TRIES = 3
TIMEOUT_S = 10.0
_NOT_THERE = "HTTP 404"
_WAIT_S, _LONGEST_WAIT_S = 0.5, 8.0


Listed = Literal["orders", "reviews"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What changed, as the source knew it at ``as_of``; ``cursor`` continues the list."""

    as_of: datetime
    rows: tuple[Mapping[str, Any], ...]
    cursor: str
    more: bool


class OrderSource(Protocol):
    """A shop platform or ERP."""

    name: str

    def changes(self, cursor: str, count: int = PAGE) -> Page:
        """Return orders changed after ``cursor`` (blank: from the beginning), oldest change first.

        SourceDown when trying again may help, SourceWrong when it does not keep to the contract.
        """
        ...

    def one(self, number: str) -> Page:
        """Return a single order, or a page without orders when the source has none."""
        ...


class ReviewSource(Protocol):
    """A shop platform that has reviews."""

    name: str

    def reviews(self, cursor: str, count: int = PAGE) -> Page | None:
        """Return reviews changed after ``cursor``, as :meth:`OrderSource.changes` does orders.

        None when the source gives no reviews at all.
        """
        ...


class HttpSource:
    """The contract over HTTP, each request signed, each failure tried again with jitter."""

    def __init__(
        self,
        name: str,
        url: str,
        key: bytes,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.name = name
        self._base = httpx.URL(url.rstrip("/"))
        self._key = key
        self._now = now
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)
        self._retry = Retrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=_WAIT_S, max=_LONGEST_WAIT_S),
            retry=retry_if_exception_type(SourceDown),
            sleep=sleep,
            reraise=True,
        )

    def changes(self, cursor: str, count: int = PAGE) -> Page:
        """Return what changed after ``cursor``."""
        return self._list("orders", cursor, count)

    def reviews(self, cursor: str, count: int = PAGE) -> Page | None:
        """Return reviews that changed after ``cursor``; None when there is no such list."""
        try:
            return self._list("reviews", cursor, count)
        except SourceWrong as error:
            if error.values["reason"] == _NOT_THERE:
                return None
            raise

    def one(self, number: str) -> Page:
        """Return a single order."""
        path = f"/orders/{quote(number, safe='')}"
        return self._retry(lambda: read_page(self.name, self._get(path)))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _list(self, what: Listed, cursor: str, count: int) -> Page:
        query = urlencode({"since": cursor, "limit": count})
        return self._retry(lambda: read_page(self.name, self._get(f"/{what}?{query}"), what))

    def _get(self, path: str) -> bytes:
        target = f"{self._base.path.rstrip('/')}{path}"
        what = Signed(method="GET", target=target)
        headers = sign(self._key, what, self._now(), ids.new_id("req"))
        try:
            with self._client.stream("GET", self._base.join(target), headers=headers) as answer:
                return read_answer(self.name, answer, self._now)
        except httpx.HTTPError as error:  # refused, broken off, too slow
            raise SourceDown(self.name, type(error).__name__) from None


def read_page(source: str, body: bytes, what: Listed = "orders") -> Page:
    """Read the JSON of a page; SourceWrong names what is wrong with it. Pure."""
    try:
        told = json.loads(body)
        as_of = moment(str(told["as_of"]))
        rows, cursor, more = told[what], told.get("next", ""), told.get("more", False)
    except (ValueError, KeyError, TypeError, AttributeError, BadCell, RecursionError):
        raise SourceWrong(source, "no page") from None
    if as_of is None or not isinstance(rows, list) or not isinstance(cursor, str):
        raise SourceWrong(source, "no page")
    if not all(isinstance(one, dict) for one in rows):
        raise SourceWrong(source, f"no {what}")
    return Page(as_of=as_of, rows=tuple(rows), cursor=cursor, more=more is True)
