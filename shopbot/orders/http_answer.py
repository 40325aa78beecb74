"""Reads what a source answers over HTTP: whole, in time, no more than fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from shopbot.orders.source_errors import SourceDown, SourceWrong

MOST_BYTES = 8 * 1024 * 1024
LONGEST = timedelta(seconds=20)
"""The client's timeout is for one piece; who sends a byte now and then would never run into it."""


def read_answer(source: str, answer: httpx.Response, now: Callable[[], datetime]) -> bytes:
    """Return the body of an answer that is being received.

    SourceDown when trying again may help, SourceWrong when it is no answer to what was asked.
    """
    if answer.status_code == 429 or answer.status_code >= 500:
        raise SourceDown(source, f"HTTP {answer.status_code}")
    if answer.status_code != 200:
        raise SourceWrong(source, f"HTTP {answer.status_code}")
    until = now() + LONGEST
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise SourceWrong(source, "too large")
        if now() > until:
            raise SourceDown(source, "too slow")
    return bytes(body)
