"""What a turn is understood in: what the talk remembers, what the knowledge says, whose orders are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shopbot.chat.noticing import Look
from shopbot.chat.situation import Memory
from shopbot.kb.suggestion import Part
from shopbot.orders.model import OrderFacts
from shopbot.rules import Rules
from shopbot.rules.chat import ChatRules

Ask = Callable[[str], Sequence[Part]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a turn is understood in. ``ask`` gives the knowledge's parts for a text, when needed."""

    memory: Memory
    dialogue: str  # conversation:turn, the id of an order action that begins now
    ask: Ask
    rules: ChatRules
    shop: Rules | None = None  # all rules; None: nothing is said of who pays for this order
    orders: tuple[OrderFacts, ...] = ()  # those that are shown to be the shopper's
    look: Look | None = None  # what is on the shelf; None: nobody waits for goods
    bot_holds: bool = True  # the bot has the word
