"""Whether clients and server have the same history, and each message once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.crowd import Http, Shopper

PAGE = 500


async def differences(http: Http, shopper: Shopper, key: str) -> Counter[str]:
    """Compare a shopper's client with the server; ``key`` is an agent's, who sees all of a talk.

    Counts ``acknowledged`` messages; of them ``lost`` ones (not at the seq that was told); messages
    ``doubled``; talks with ``gaps`` in their seq; clients with a ``different`` history.
    """
    events = await _events(http, shopper, X_Shopbot_Visitor=shopper.token)
    found = Counter(acknowledged=len(shopper.acked))
    found["different"] += [(event["seq"], event["id"]) for event in events] != shopper.heard
    at = {event["seq"]: event.get("client_key") for event in events}
    found["lost"] += sum(at.get(seq) != named for named, seq in shopper.acked.items())
    said = Counter(
        one["client_key"] for one in events if one["author"] == "shopper" and "client_key" in one
    )
    found["doubled"] += sum(count > 1 for count in said.values())
    if key:
        seqs = [
            event["seq"] for event in await _events(http, shopper, Authorization=f"Bearer {key}")
        ]
        found["gaps"] += seqs != list(range(1, len(seqs) + 1))
    return found


async def _events(http: Http, shopper: Shopper, **headers: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more = True
    while more:
        after = found[-1]["seq"] if found else 0
        path = f"/api/v1/conversations/{shopper.talk}/events?after={after}&limit={PAGE}"
        status, told = await http.call("GET", path, **headers)
        if status != 200:
            raise ConnectionError(f"{status}: {told}")
        found += told["events"]
        more = told["more"]
    return found
