"""Agents' consoles as programs: they hold a line, follow their talks and fetch what a page fetches."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from benchmarks import crowd
from shopbot import ids
from shopbot.accounts import sessions, store
from shopbot.roles import Role
from shopbot.storage import Transaction, open_database

FIRST = 50_000  # their addresses are none of the shoppers'


def make_agents(folder: Path, store_id: str, count: int) -> list[str]:
    """Add agents to a data folder; return a key of each."""
    db, now = open_database(folder), ids.now()

    def work(tx: Transaction) -> list[str]:
        users = [
            store.add_user(
                tx, store_id=store_id, name=f"load-{one}", role=Role.AGENT, password=None, now=now
            )
            for one in range(count)
        ]
        return [sessions.make_key(tx, user, now).token for user in users]

    try:
        return db.transaction(work)
    finally:
        db.close()


class Console:
    """One agent's page."""

    def __init__(self, port: int, key: str) -> None:
        self.looked: list[float] = []  # ms that GET /api/v1/desk took
        self._port, self._key = port, key
        self._line: crowd.Line | None = None
        self._after: dict[str, int] = {}
        self._stale: set[str] = set()  # talks whose suggestions are to be fetched
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, port: int, key: str) -> Console:
        """Sign in, be online, listen."""
        console = cls(port, key)
        number = FIRST + hash(key) % 1000 * crowd.PER_ADDRESS
        console._line = await crowd.connect(
            port, "/api/v1/socket/agent", number, console._hear, lambda: None
        )
        console._tell("hello", token=key, conversations={})
        console._task = asyncio.create_task(console._live(number))
        return console

    def leave(self) -> None:
        """Close the page."""
        if self._task is not None:
            self._task.cancel()
        if self._line is not None:
            self._line.drop()

    def _tell(self, kind: str, **fields: Any) -> None:
        assert self._line is not None
        self._line.say(json.dumps({"type": kind, **fields}))

    def _hear(self, text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "desk":
            self._wanted.set()
        elif frame["type"] == "events":
            talk = frame["conversation"]
            self._after[talk] = frame["events"][-1]["seq"]
            if any(event["kind"] in ("suggested", "message") for event in frame["events"]):
                self._stale.add(talk)
                self._wanted.set()

    async def _live(self, number: int) -> None:
        sign = {"Authorization": f"Bearer {self._key}"}
        async with crowd.Http(self._port, number) as http:
            await http.call("POST", "/api/v1/desk/presence", {"state": "online"}, **sign)
        while True:
            try:
                async with crowd.Http(self._port, number) as http:
                    await self._follow(http, sign)
            except (ConnectionError, EOFError):  # kept for half a minute, as by any server
                continue

    async def _follow(self, http: crowd.Http, sign: dict[str, str]) -> None:
        while True:
            try:
                async with asyncio.timeout(crowd.PING_S):
                    await self._wanted.wait()
            except TimeoutError:
                self._tell("ping")
                continue
            self._wanted.clear()
            await self._look(http, sign)

    async def _look(self, http: crowd.Http, sign: dict[str, str]) -> None:
        started = time.perf_counter()
        _, desk = await http.call("GET", "/api/v1/desk", **sign)
        self.looked.append((time.perf_counter() - started) * 1e3)
        fresh = {row["id"]: 0 for row in desk.get("mine", []) if row["id"] not in self._after}
        if fresh:
            self._after |= fresh
            self._tell("watch", conversations=fresh)
        while self._stale:
            talk = self._stale.pop()
            await http.call("GET", f"/api/v1/conversations/{talk}/suggestions", **sign)
