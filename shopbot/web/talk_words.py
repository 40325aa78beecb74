"""The phrases of the knowledge that serves now, for what orders, reviews and follow-ups say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shopbot.chat.ports import Knowing
from shopbot.orders.phrases import Said


class TalkWords:
    """The knowledge of the talk as orders ask for it; see :class:`shopbot.orders.phrases.Phrases`."""

    def __init__(self, kb: Knowing) -> None:
        self._kb = kb

    def say(
        self,
        phrase_id: str,
        values: Mapping[str, str],
        *,
        now: datetime,
        channel: str = "",
        tone: str = "",
        pick: int = 0,
    ) -> Said | None:
        """Return the words of a phrase; None when there are none that can be said now."""
        return self._kb.say(phrase_id, values, now=now, channel=channel, pick=pick)
