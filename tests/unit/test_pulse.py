"""Many pings are looked after together, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence

import pytest

from shopbot.errors import ShopbotError, StorageBusy
from shopbot.web.pulse import Pulse
from shopbot.web.services import Pool
from tests.apart import apart


@pytest.fixture
def pool() -> Iterator[Pool]:
    """A pool of one thread."""
    made = Pool(1)
    yield made
    made.close()


def test_pings_of_a_moment_are_one_visit(pool: Pool) -> None:
    """Whoever's token holds is told so, whoever's does not is told that; they are looked up at once."""
    visits: list[Collection[str]] = []

    def holding(tokens: Collection[str]) -> set[str]:
        visits.append(tokens)
        return {"anna", "bo"} & set(tokens)

    async def ping() -> list[bool]:
        pulse = Pulse(pool, holding)
        return await asyncio.gather(*map(pulse.holds, ("anna", "gone", "bo", "anna")))

    assert [True, False, True, True] == apart(ping())
    assert [{"anna", "bo", "gone"}] == visits


def test_a_visit_that_fails_is_told_to_all_and_the_next_one_is_new(pool: Pool) -> None:
    """A busy database is no proof against anybody: all hear of it, and may ping again."""
    down = [True]

    def holding(tokens: Collection[str]) -> Collection[str]:
        if down.pop() if down else False:
            raise StorageBusy("shopbot.db")
        return tokens

    async def ping() -> tuple[Sequence[bool | BaseException], bool]:
        pulse = Pulse(pool, holding)
        first = await asyncio.gather(pulse.holds("anna"), pulse.holds("bo"), return_exceptions=True)
        return first, await pulse.holds("anna")

    first, second = apart(ping())

    assert all(isinstance(one, ShopbotError) for one in first)
    assert second
