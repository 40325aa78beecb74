"""What every use case of the talk starts from: the gear, the time, one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from shopbot.chat import access, closing
from shopbot.chat.errors import TalkClosed
from shopbot.chat.gear import Gear
from shopbot.chat.lines import Voice
from shopbot.chat.model import Conversation
from shopbot.storage import Transaction
from shopbot.storage.database import Reader

T = TypeVar("T")


class UseCases:
    """The gear, and how it is used."""

    def __init__(self, gear: Gear) -> None:
        self.gear = gear
        self.voice = Voice(gear.kb, gear.software)
        self.house = closing.House(voice=self.voice, desk=gear.desk, topic_of=self._topic_of)
        self._media_key: bytes | None = None

    @property
    def store_id(self) -> str:
        """The store whose talks these are."""
        return self.gear.store_id

    def _now(self) -> datetime:
        return self.gear.clock.now()

    def _write(self, work: Callable[[Transaction], T]) -> T:
        return self.gear.db.transaction(work)

    def _topic_of(self, entry: str) -> str:
        found = self.gear.kb.find_entry(entry)
        return found.topic if found else ""

    def _access(
        self, reader: Reader, visitor: str, conversation: str, customer: str = ""
    ) -> Conversation:
        return access.access_conversation(
            reader,
            store_id=self.store_id,
            visitor=visitor,
            conversation=conversation,
            customer=customer,
        )

    @staticmethod
    def _open_talk(talk: Conversation) -> Conversation:
        if talk.state == "closed":
            raise TalkClosed
        return talk
