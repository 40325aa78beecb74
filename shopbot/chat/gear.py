"""What the use cases of the talk work with; put together once, in :mod:`shopbot.app`."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shopbot.bus import Bus
from shopbot.chat.ports import Brain, DeskPort, Knowing
from shopbot.chat.turn_store import DueTurn
from shopbot.chat.turns import TurnQueue
from shopbot.events import Hint
from shopbot.ids import Clock
from shopbot.orders.dialogue import Wares
from shopbot.orders.restock import Shelf
from shopbot.rules import Rules
from shopbot.storage import Database, Transaction

CHANGED = "conversation.changed"  # events_after has more for somebody
MARKED = "conversation.marked"  # a side has received or read more; key: CONVERSATION:SIDE
TYPING = "conversation.typing"  # key as well; never stored

_KNOWN_ADDRESSES = 10_000


class Addresses:
    """From which network address a visitor wrote last; kept in memory only, for proofs of orders."""

    def __init__(self, most: int = _KNOWN_ADDRESSES) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._most = most
        self._guard = threading.Lock()

    def keep(self, visitor: str, address: str) -> None:
        """Remember an address; the longest unheard of are forgotten."""
        if not address:
            return
        with self._guard:
            self._known[visitor] = address
            self._known.move_to_end(visitor)
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def of(self, visitor: str) -> str:
        """Return the address, or one that stands for this visitor alone when it is unknown."""
        return self._known.get(visitor, f"visitor:{visitor}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gear:
    """Database, knowledge, desk, rules and the rest."""

    store_id: str
    db: Database
    bus: Bus
    clock: Clock
    kb: Knowing
    rules: Callable[[], Rules]
    desk: DeskPort
    brain: Brain
    wares: Wares | None
    shelf: Shelf | None = None  # what is there now, for those who wait for it
    media: Path  # folder for pictures and files
    software: str  # version, for receipts
    turns: TurnQueue = field(default_factory=TurnQueue)
    addresses: Addresses = field(default_factory=Addresses)

    def hint(self, tx: Transaction, conversation: str) -> None:
        """Once the transaction holds, tell whoever shows the talk that there is more of it."""
        tx.after_commit(lambda: self.tell(CHANGED, conversation))

    def tell(self, topic: str, key: str) -> None:
        """Publish a hint at once."""
        self.bus.publish(Hint(topic=topic, store_id=self.store_id, key=key))

    def look_at(self, tx: Transaction, turn: DueTurn) -> None:
        """Once the transaction holds, have a turn looked at when it is due."""
        tx.after_commit(lambda: self.turns.add(turn))
