"""Simulated shoppers who write on their own: a gentle stream of talks for whoever tries the desk.

They read before they write on: the next line comes when an answer is there, or when patience ends.
Nobody new comes while several talks wait for a person, so a demo left alone does not fill up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources
from typing import Protocol

import yaml

from shopbot.chat.model import Author, Conversation, Event, Incoming, Sent, Side
from shopbot.demo.chance import Chance
from shopbot.demo.goods import list_goods
from shopbot.kb.entry import Knowledge
from shopbot.orders.store import OrderFilter, list_orders
from shopbot.storage.database import Reader

VISITOR = "vis_demo"
BURST = " / "
MOST_TALKS = 5
MOST_WAITING = 3  # talks that wait for a person: then nobody new comes
NEXT_SHOPPER_S = (12, 40)
NEXT_LINE_S = (4, 14)
PATIENCE = timedelta(seconds=75)
RECENT = timedelta(days=30)
MOST_BLANKS = 100
TAIL = 4  # digits of a phone that prove an order


class Talks(Protocol):
    """The conversations, as a shopper's page has them."""

    def open(self, *, visitor: str, product: str = "") -> Conversation:
        """Return the open talk, or a new one."""
        ...

    def send(self, *, conversation: str, author: Author, who: str, message: Incoming) -> Sent:
        """Send a message."""
        ...

    def events_after(self, *, conversation: str, side: Side, seq: int) -> list[Event]:
        """Return what was missed."""
        ...

    def find(self, conversation: str) -> Conversation:
        """Return a talk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What one shopper has in mind to say."""

    id: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class _Shopper:
    """One shopper in the middle of a talk."""

    visitor: str
    talk: str
    lines: list[str]
    next_at: datetime
    said_at: datetime
    seq: int = 0
    answered: bool = True
    sent: int = 0


@dataclass(slots=True)
class Shoppers:
    """The shoppers of a demo; :meth:`step` lets those act whose time has come."""

    talks: Talks
    scripts: Sequence[Script]
    chance: Chance
    start: datetime
    run: str  # part of the visitors' ids: each start of the demo has new shoppers
    came: int = 0
    next_comes: datetime = field(init=False)
    here: list[_Shopper] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.next_comes = self.start + timedelta(seconds=3)

    def step(self, now: datetime) -> int:
        """Let time pass up to ``now``; return how many messages were written."""
        if now >= self.next_comes:
            self._come(now)
        written = sum(self._act(shopper, now) for shopper in list(self.here))
        self.here = [shopper for shopper in self.here if shopper.lines]
        return written

    def _come(self, now: datetime) -> None:
        self.next_comes = now + self._seconds(NEXT_SHOPPER_S, "come", self.came)
        waiting = sum(self.talks.find(one.talk).holder == "queue" for one in self.here)
        if not self.scripts or len(self.here) >= MOST_TALKS or waiting >= MOST_WAITING:
            return
        script = self.scripts[self.came % len(self.scripts)]
        visitor = f"{VISITOR}_{self.run}_{self.came}"
        self.came += 1
        talk = self.talks.open(visitor=visitor)
        self.here.append(_Shopper(visitor, talk.id, [*script.lines], next_at=now, said_at=now))

    def _act(self, shopper: _Shopper, now: datetime) -> int:
        if not shopper.answered:
            self._read(shopper, now)
        if not shopper.answered and now - shopper.said_at < PATIENCE:
            return 0
        if now < shopper.next_at:
            return 0
        burst = shopper.lines.pop(0).split(BURST)
        for text in burst:
            shopper.sent += 1
            message = Incoming(type="text", body={"text": text}, client_key=f"d{shopper.sent}")
            self.talks.send(
                conversation=shopper.talk, author="shopper", who=shopper.visitor, message=message
            )
        shopper.said_at, shopper.answered = now, False
        shopper.next_at = now + self._seconds(NEXT_LINE_S, shopper.visitor, shopper.sent)
        return len(burst)

    def _read(self, shopper: _Shopper, now: datetime) -> None:
        """See whether somebody has answered; the next line is written after reading."""
        new = self.talks.events_after(conversation=shopper.talk, side="shopper", seq=shopper.seq)
        if new:
            shopper.seq = new[-1].seq
        if any(event.kind == "message" and event.author in ("bot", "agent") for event in new):
            shopper.answered = True
            pause = self._seconds(NEXT_LINE_S, shopper.visitor, "read", shopper.sent)
            shopper.next_at = max(shopper.next_at, now + pause)

    def _seconds(self, between: tuple[int, int], *name: object) -> timedelta:
        low, high = between
        return timedelta(seconds=low + self.chance.below(high - low + 1, *name))


def list_blanks(
    reader: Reader, store_id: str, knowledge: Knowledge, now: datetime
) -> list[dict[str, str]]:
    """Return values for the blanks: products on sale, and orders of the last weeks with phone tails."""
    goods = [good.product.name for good in list_goods(knowledge.products) if not good.presale]
    wanted = OrderFilter(since=now - RECENT, count=MOST_BLANKS)
    orders = [order for order in list_orders(reader, store_id, wanted) if len(order.phone) >= TAIL]
    blanks = []
    for at in range(max(len(goods), len(orders))):
        values = {"商品": goods[at % len(goods)]} if goods else {}
        if orders:
            order = orders[at % len(orders)]
            values |= {"订单": order.number, "尾号": order.phone[-TAIL:]}
        blanks.append(values)
    return blanks


def read_scripts(blanks: Sequence[Mapping[str, str]]) -> list[Script]:
    """Return the talks of talks.yaml, each with values from ``blanks`` in turn; one that cannot be
    filled is left out.
    """
    text = resources.files("shopbot.demo").joinpath("talks.yaml").read_text(encoding="utf-8")
    scripts = []
    for at, told in enumerate(yaml.safe_load(text)):
        values = blanks[at % len(blanks)] if blanks else {}
        lines = [_filled(line, values) for line in told["lines"]]
        if all(line is not None for line in lines):
            scripts.append(Script(id=told["id"], lines=tuple(filter(None, lines))))
    return scripts


def _filled(line: str, values: Mapping[str, str]) -> str | None:
    for name, value in values.items():
        line = line.replace(f"{{{name}}}", value)
    return None if "{" in line else line
