"""Coroutines in tests: on a thread of their own, since a browser test may have left its loop running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def apart(work: Awaitable[T]) -> T:
    """Run a coroutine to its end and return its result."""

    async def whole() -> T:
        return await work

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, whole()).result()
