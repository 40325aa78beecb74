"""Shoppers who ask at a rate, whatever the server does, and what became of their questions."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.crowd import Shopper
from benchmarks.question_sets import FRESH_FILE, OWN_FILE
from shopbot.chat.turns import wait_s
from shopbot.kb.evaluate_files import read_rows
from shopbot.rules.chat import ChatRules

MOST_ASKED = 4  # messages of one shopper; more of them in a minute is no shopper
PATIENCE_S = 8.0  # without an answer so long, a shopper writes no more
USUAL = 200  # questions that are asked again and again, where some are
OPENINGS = (
    "",
    "请问",
    "亲，",
    "你好，",
    "老板，",
    "在吗，",
    "想问一下，",
    "那个，",
    "麻烦问下，",
    "我想知道",
)

Row = dict[str, Any]


@dataclass
class Step:
    """What happened at one rate; times in ms."""

    sent: int = 0
    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    silent: int = 0
    ends: list[asyncio.Future[None]] = field(default_factory=list)  # answered, or given up
    late: float = 0.0  # how much the client itself was behind its plan, at most

    def row(
        self, name: str, rate: float, cores: dict[str, float], seconds: float, echo: float
    ) -> Row:
        """Return a line of the table; ``cores`` were had for so many ``seconds``."""
        spent = cores["server"] * seconds * 1e3
        return {
            "traffic": name,
            "messages/s": rate,
            "sent": self.sent,
            "ack p50": percentile(self.acks, 50),
            "ack p99": percentile(self.acks, 99),
            "answer p50": percentile(self.answers, 50),
            "answer p99": percentile(self.answers, 99),
            "no answer": self.silent,
            "client late": round(self.late, 1),
            "bare echo p99": echo,
            "server ms/message": round(spent / max(1, self.sent), 1),
            **{f"{who}, cores": value for who, value in cores.items()},
        }


class Talkers:
    """Shoppers who write one after another; each waits for its answer before it asks again."""

    def __init__(self, shoppers: list[Shopper], texts: Iterator[str], rules: ChatRules) -> None:
        self._free = deque(shoppers)
        self._texts, self._rules = texts, rules
        self._asked: Counter[int] = Counter()

    async def write(self, rate: float, seconds: float) -> Step:
        """Write at ``rate`` for so long, then wait for the last answers."""
        step, chance = Step(), random.Random(rate)  # noqa: S311
        moment = time.perf_counter() + 0.2
        end = moment + seconds
        while moment < end and self._free:
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            step.late = max(step.late, (time.perf_counter() - moment) * 1e3)
            self._ask(self._free.popleft(), moment, step)
            moment += chance.expovariate(rate)
        if not self._free:
            print("  (too few shoppers)", file=sys.stderr)
        await asyncio.gather(*step.ends)
        return step

    def _ask(self, shopper: Shopper, moment: float, step: Step) -> None:
        loop = asyncio.get_running_loop()
        shopper.asked += 1  # over all steps: a key names one message of a talk for good
        key, text = f"k{shopper.asked}", next(self._texts)
        wait = wait_s([text], ["text"], self._rules)
        step.sent += 1

        def acked(told: str) -> None:
            if told == key:
                step.acks.append((time.perf_counter() - moment) * 1e3)

        def answered() -> None:
            over()
            patience.cancel()
            step.answers.append((time.perf_counter() - moment - wait) * 1e3)
            self._asked[shopper.number] += 1
            if shopper.with_bot and self._asked[shopper.number] < MOST_ASKED:
                self._free.append(shopper)

        def silent() -> None:
            over()
            step.silent += 1
            shopper.gave_up = True

        def over() -> None:
            shopper.on_answer = lambda: None
            end.set_result(None)

        shopper.on_ack, shopper.on_answer = acked, answered
        end = loop.create_future()
        step.ends.append(end)
        patience = loop.call_later(PATIENCE_S + wait, silent)
        shopper.ask(key, text)


def texts_of(repeated: float) -> Iterator[str]:
    """Give questions: a share of them from a few usual ones, the others never twice."""
    rows = [*read_rows(OWN_FILE), *read_rows(FRESH_FILE)]
    known = list(dict.fromkeys(str(r["text"]) for r in rows if "text" in r and not r.get("ood")))
    chance = random.Random(0)  # noqa: S311
    chance.shuffle(known)
    for opening in OPENINGS:
        for text in known[USUAL:]:
            while chance.random() < repeated:
                yield chance.choice(known[:USUAL])
            yield f"{opening}{text}"


def percentile(values: list[float], share: float) -> float:
    """Return a percentile, NaN of nothing."""
    return round(float(np.percentile(values, share)), 1) if values else float("nan")
