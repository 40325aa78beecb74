"""`shopbot serve` killed again and again while shoppers write over sockets.

Who has an acknowledgement has a message, once; who comes back with the last seq misses nothing; what was
due is done by the next server.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import crowd
from benchmarks.books import differences
from benchmarks.consoles import make_agents
from benchmarks.crowd import Shopper
from benchmarks.processes import Server
from shopbot.chat.turn_store import list_collecting
from shopbot.ids import now, to_text
from shopbot.jobs import list_jobs
from shopbot.rules import load_rules
from shopbot.storage import open_database
from tests.acceptance.conftest import Place
from tests.apart import apart

SHOPPERS = 24
EVERY_S = 0.5  # each of them writes so often
KILLS = 50
LOOK_S, QUIET_LOOKS = 0.5, 120
TEXTS = ("什么时候发货？", "在吗", "铁观音怎么保存？", "运费谁出？", "转人工", "可以便宜点吗？")


class Shop:
    """The small store on a data folder of its own; each start is another process and port."""

    def __init__(self, place: Place, home: Path) -> None:
        self.data = home / "data"
        shutil.copytree(place.data, self.data)
        self._knowledge = Path(shutil.copytree(place.knowledge, home / "shop"))
        self._log = home / "serve.log"
        self.store_id = load_rules(self._knowledge).rules.store_id
        self.key = make_agents(self.data, self.store_id, 1)[0]

    def start(self) -> Server:
        """Serve; returns when the index is open."""
        environ = {"SHOPBOT_DATA": str(self.data), "SHOPBOT_KNOWLEDGE": str(self._knowledge)}
        return Server(["shopbot", "serve", "--port", "0"], self._log, **environ)


async def _write(shopper: Shopper, stop: asyncio.Event, started: str) -> None:
    """Write until told to stop, whether the line holds or not."""
    number = 0
    while not stop.is_set():
        number += 1
        shopper.ask(f"{started}-{number}", TEXTS[(number + shopper.number) % len(TEXTS)])
        await asyncio.sleep(EVERY_S)


async def _round(shop: Shop, shoppers: list[Shopper], number: int) -> None:
    """Come (back) in, write for a while, and have the server killed in the middle."""
    server = await asyncio.to_thread(shop.start)
    for shopper in shoppers:
        shopper.port = server.port
    await crowd.come_in(shoppers)
    stop = asyncio.Event()
    writing = [asyncio.create_task(_write(one, stop, f"r{number}")) for one in shoppers]
    await asyncio.sleep(0.3 + 0.13 * (number % 13))  # each kill at another moment
    server.kill()
    stop.set()
    await asyncio.gather(*writing)


async def _last(shop: Shop, shoppers: list[Shopper]) -> tuple[Counter[str], int]:
    """Come back once more, wait until all is quiet, and compare the books."""
    server = await asyncio.to_thread(shop.start)
    for shopper in shoppers:
        shopper.port = server.port
    await crowd.come_in(shoppers)
    wrong: Counter[str] = Counter()
    try:
        for _ in range(QUIET_LOOKS):
            if not any(shopper.unacked for shopper in shoppers) and not _due(shop):
                break
            await asyncio.sleep(LOOK_S)
        await asyncio.sleep(LOOK_S)  # the last frames arrive
        async with crowd.Http(server.port, 9000) as http:
            for shopper in shoppers:
                wrong.update(await differences(http, shopper, shop.key))
        left = _due(shop)
    finally:
        server.kill()
    return wrong, left


def _due(shop: Shop) -> int:
    """Return how many turns and how much other work is due and not done, or was given up."""
    db = open_database(shop.data)
    try:
        turns = list_collecting(db, shop.store_id, now())
        waiting = list_jobs(db, store_id=shop.store_id, state="waiting")
        dead = list_jobs(db, store_id=shop.store_id, state="dead")
        late: int = sum(job["due_at"] <= to_text(now()) for job in waiting)
        return len(turns) + late + len(dead)
    finally:
        db.close()


async def _all(shop: Shop, kills: int) -> tuple[Counter[str], int, int]:
    server = await asyncio.to_thread(shop.start)
    shoppers = await crowd.newcomers(server.port, 0, SHOPPERS)
    server.kill()
    for number in range(kills):
        await _round(shop, shoppers, number)
    wrong, left = await _last(shop, shoppers)
    return wrong, left, sum(len(one.acked) for one in shoppers)


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(3, id="three-times", marks=pytest.mark.timeout(300)),
        pytest.param(KILLS, id="fifty-times", marks=[pytest.mark.slow, pytest.mark.timeout(3000)]),
    ],
)
def test_a_server_that_is_killed_keeps_its_word(tea: Place, tmp_path: Path, kills: int) -> None:
    """Nothing acknowledged is lost, doubled or moved; every client has the server's history in the end."""
    wrong, left, acknowledged = apart(_all(Shop(tea, tmp_path), kills))

    assert acknowledged >= kills * SHOPPERS / 2
    assert {"lost": 0, "doubled": 0, "gaps": 0, "different": 0} == {
        name: wrong[name] for name in ("lost", "doubled", "gaps", "different")
    }
    assert 0 == left
