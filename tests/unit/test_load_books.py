"""The comparison at the end of a load or a kill sees each kind of harm."""

from __future__ import annotations

from typing import Any, cast

import pytest

from benchmarks.books import differences
from benchmarks.crowd import Http, Shopper
from tests.apart import apart

Event = dict[str, Any]


def said(seq: int, key: str = "", author: str = "shopper") -> Event:
    """Return an event as a server tells it."""
    return {"seq": seq, "id": f"e{seq}", "author": author} | ({"client_key": key} if key else {})


class _Server:
    """Gives a shopper and an agent these events."""

    def __init__(self, own: list[Event], everything: list[Event]) -> None:
        self._own, self._everything = own, everything

    async def call(self, _verb: str, _path: str, **headers: str) -> tuple[int, Event]:
        events = self._everything if "Authorization" in headers else self._own
        return 200, {"events": events, "more": False}


WHOLE = [said(1, "a"), said(2, "t1", "bot"), said(3, "b")]


@pytest.mark.parametrize(
    ("server", "heard", "acked", "wrong"),
    [
        pytest.param(WHOLE, [1, 2, 3], {"a": 1, "b": 3}, set(), id="all-is-well"),
        pytest.param(WHOLE[:2], [1, 2], {"a": 1, "b": 3}, {"lost"}, id="acknowledged-and-gone"),
        pytest.param(WHOLE, [1, 2, 3], {"a": 3, "b": 1}, {"lost"}, id="at-another-place"),
        pytest.param([*WHOLE, said(4, "a")], [1, 2, 3, 4], {"a": 1}, {"doubled"}, id="twice"),
        pytest.param(WHOLE, [1, 3], {"a": 1}, {"different"}, id="a-client-missed-one"),
        pytest.param(WHOLE, [1, 2, 2, 3], {"a": 1}, {"different"}, id="a-client-got-one-twice"),
        pytest.param([WHOLE[0], WHOLE[2]], [1, 3], {"a": 1}, {"gaps"}, id="a-seq-is-missing"),
    ],
)
def test_each_harm_is_counted(
    server: list[Event], heard: list[int], acked: dict[str, int], wrong: set[str]
) -> None:
    """What was lost, doubled, left out or seen otherwise is named; nothing else is."""
    shopper = Shopper(0, "t", "c", 0, heard=[(seq, f"e{seq}") for seq in heard], acked=acked)
    http = cast(Http, _Server(server, server))

    found = apart(differences(http, shopper, "key"))

    assert wrong == {name for name in ("lost", "doubled", "gaps", "different") if found[name]}
