"""`make load`: thousands of held lines, shoppers who write at a rate, agents who look on.

Server, bare echo and clients are three processes on loopback. Messages come at random moments of a fixed
rate whatever the server does (an open loop), so that a slow server cannot slow its own measurement. The
time to an answer counts from the planned moment of sending to the arrival of the bot's first line, less
the wait for more that the rules ask for. One series asks nothing twice (the cache of vectors answers nothing),
the others take a share from a few usual questions. Beside each rate stand a bare echo measured just after it, and the cores that
the neighbours took: on a busy machine those two say how much of a figure is shopbot's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import books, crowd, machine, report
from benchmarks.consoles import Console, make_agents
from benchmarks.crowd import Shopper
from benchmarks.knee import Knee
from benchmarks.memo import KEPT
from benchmarks.processes import Clock, Server
from benchmarks.question_sets import STORE
from benchmarks.talkers import Row, Talkers, percentile, texts_of
from benchmarks.timing import row
from shopbot.rules import load_rules

FILE = "load.json"
WANTED_MS = 300.0
WARM = 200  # lines opened before memory is looked at
COMPARE_S = 75.0  # left for the comparison of the books at the end


def main() -> int:
    """Measure, print and keep the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=int, default=2000, help="Lines that are only held.")
    parser.add_argument("--rates", default="25,50,75,100", help="Messages a second, rising.")
    parser.add_argument("--seconds", type=float, default=15.0, help="How long each rate lasts.")
    parser.add_argument("--minutes", type=float, default=9.0, help="When all of it is to end.")
    parser.add_argument("--repeated", type=float, default=0.5, help="Share of usual questions.")
    parser.add_argument("--agents", type=int, default=10, help="Consoles of the last series.")
    parser.add_argument("--save", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end too
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
    with contextlib.suppress(ImportError):  # absent on Windows
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    told = asyncio.run(_measure(given))
    for each in told["steps"]:
        print(" ".join(f"{name}={value}" for name, value in each.items()))
    for each in told["figures"]:
        print(f"{each['figure']}: {each['value']} {each['unit']} {each['asked']} {each['']}")
    if given.save:
        machine.save(FILE, {"machine": machine.facts(), **told})
        report.write_readme()
    return 0


async def _measure(given: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        kept = KEPT / "load" / "index"
        kept.mkdir(parents=True, exist_ok=True)
        (folder / "index").symlink_to(kept)  # only the first run builds it
        keys = make_agents(folder, load_rules(STORE).rules.store_id, given.agents)
        environ = {"SHOPBOT_DATA": str(folder), "SHOPBOT_KNOWLEDGE": str(STORE)}
        with Server(["benchmarks.echo"], folder / "echo.log") as echo:
            held, bare_kb = await _bare_lines(echo, given.idle)
            serve = ["shopbot", "serve", "--port", "0"]
            with Server(serve, folder / "serve.log", **environ) as server:
                return await Run(given, server, echo.port, keys, bare_kb).all(len(held))


async def _bare_lines(echo: Server, count: int) -> tuple[list[crowd.Line], float]:
    """Open lines to the echo; return them and the memory that one takes, in KB."""

    async def more(first: int, end: int) -> list[crowd.Line]:
        made = []
        for number in range(first, end):
            line = await crowd.connect(echo.port, "/", number, _ignore, _nothing)
            line.say("hello")
            made.append(line)
        await asyncio.sleep(1.0)
        return made

    lines = await more(0, WARM)
    before = echo.resident_kb()
    lines += await more(WARM, WARM + count)
    return lines, (echo.resident_kb() - before) / count


def _ignore(_text: str) -> None: ...


def _nothing() -> None: ...


class Run:
    """One server with its crowd, measured from the first line to the last comparison."""

    def __init__(
        self, given: argparse.Namespace, server: Server, echo: int, keys: list[str], bare: float
    ) -> None:
        self.given, self.server, self.echo, self.keys, self.bare_kb = (
            given,
            server,
            echo,
            keys,
            bare,
        )
        self.rates = [float(one) for one in given.rates.split(",")]
        self.end = time.perf_counter() + given.minutes * 60 - COMPARE_S
        self.rules = load_rules(STORE).rules.chat
        self.first = 0
        self.lines: list[Shopper] = []
        self.writers: list[Shopper] = []

    async def all(self, bare_lines: int) -> dict[str, Any]:
        """Hold lines, write, look on, compare."""
        await self._come(WARM)
        before = self.server.resident_kb()
        await self._come(self.given.idle)
        await asyncio.sleep(2.0)
        held_kb = (self.server.resident_kb() - before) / self.given.idle
        held = asyncio.create_task(crowd.keep_open(self.lines))
        print(f"{len(self.lines)} lines are open", file=sys.stderr, flush=True)
        usual, series = self.given.repeated, 3 if self.keys else 2
        steps = await self._series(f"{usual:.0%} usual", usual, series)
        steps += await self._series("no text twice", 0.0, series - 1)
        consoles = [await Console.open(self.server.port, key) for key in self.keys]
        if consoles:
            steps += await self._series(f"{usual:.0%} usual, {len(consoles)} consoles", usual, 1)
        looked = [ms for console in consoles for ms in console.looked]
        wrong = await self._compare()
        held.cancel()
        for console in consoles:
            console.leave()
        return {"figures": self._figures(steps, held_kb, looked, wrong, bare_lines), "steps": steps}

    async def _come(self, count: int) -> list[Shopper]:
        made = await crowd.newcomers(self.server.port, self.first, count)
        self.first += count
        await crowd.come_in(made)
        self.lines += made
        return made

    async def _series(self, name: str, repeated: float, left: int) -> list[Row]:
        """Look for the knee; ``left`` series, this one too, share the time that is left."""
        until = time.perf_counter() + (self.end - time.perf_counter()) / left
        texts, knee, steps, took = texts_of(repeated), Knee(self.rates), list[Row](), 0.0
        while (rate := knee.next()) is not None:
            began = time.perf_counter()
            if steps and began + took > until:
                print(f"{name}: no time is left for {rate:g}", file=sys.stderr, flush=True)
                break
            print(f"{name}: {rate:g} a second", file=sys.stderr, flush=True)
            steps.append(await self._step(name, rate, texts))
            print(steps[-1], file=sys.stderr, flush=True)
            knee.tell(rate, good=_is_good(steps[-1]))
            took = time.perf_counter() - began
        return steps

    async def _step(self, name: str, rate: float, texts: Iterator[str]) -> Row:
        free = [one for one in self.writers if one.with_bot and not one.gave_up]
        needed = int(rate * self.given.seconds / 2) + int(rate * 4) - len(free)
        fresh = await self._come(max(0, needed))
        self.writers += fresh
        talkers = Talkers([*free, *fresh], texts, self.rules)
        before, started = Clock.read(self.server.pid), time.perf_counter()
        step = await talkers.write(rate, self.given.seconds)
        passed = time.perf_counter() - started
        cores = Clock.read(self.server.pid).cores_since(before, passed)
        return step.row(name, rate, cores, passed, await self._echo(rate))

    async def _echo(self, rate: float) -> float:
        """Return the p99 of the bare echo at this rate, now, in ms."""
        times: list[float] = []
        sent: deque[float] = deque()
        line = await crowd.connect(
            self.echo,
            "/",
            0,
            lambda _: times.append(time.perf_counter() - sent.popleft()),
            _nothing,
        )
        for _ in range(int(rate * 3)):
            sent.append(time.perf_counter())
            line.say("x" * 100)
            await asyncio.sleep(1 / rate)
        await asyncio.sleep(0.2)
        line.drop()
        return percentile([one * 1e3 for one in times], 99)

    async def _compare(self) -> Counter[str]:
        """Count what is lost, doubled or different between the server's books and the clients'."""
        found: Counter[str] = Counter()
        async with crowd.Http(self.server.port, self.first + 1000) as http:
            for shopper in self.writers:
                found.update(
                    await books.differences(http, shopper, self.keys[0] if self.keys else "")
                )
        return found

    def _figures(
        self, steps: list[Row], held_kb: float, looked: list[float], wrong: Counter[str], bare: int
    ) -> list[Row]:
        rows = [
            row("lines held while it was measured", len(self.lines), ""),
            row("memory of a held line", round(held_kb, 1), "KB"),
            row("memory of a bare echo's line", round(self.bare_kb, 1), f"KB (of {bare})"),
            row("held line / bare line", round(held_kb / max(self.bare_kb, 0.1), 2), "×"),
            row("server's memory at the end", round(self.server.resident_kb() / 1024), "MB"),
            row("messages acknowledged", wrong["acknowledged"], ""),
            row("acknowledged messages lost or at another place", wrong["lost"], "", most=0),
            row("messages that stand twice", wrong["doubled"], "", most=0),
            row("talks with a gap in their seq", wrong["gaps"], "", most=0),
            row("clients with another history than the server", wrong["different"], "", most=0),
            row("frames refused", sum(len(one.refused) for one in self.writers), "", most=0),
        ]
        for name in dict.fromkeys(step["traffic"] for step in steps):
            good = [s["messages/s"] for s in steps if s["traffic"] == name and _is_good(s)]
            rows.append(row(f"knee, {name}", max(good, default=0), "messages/s", least=100))
        if looked:
            rows.append(row("a console's look at the desk, p50", percentile(looked, 50), "ms"))
            rows.append(row("a console's look at the desk, p99", percentile(looked, 99), "ms"))
        return rows


def _is_good(step: Row) -> bool:
    return bool(step["answer p99"] < WANTED_MS and not step["no answer"])


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    sys.exit(main())
