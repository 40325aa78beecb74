"""Notices what other processes (a command, a second server) have written into talks.

The database says that somebody has committed; this finds out which talks it was and hints at them. An event
of this process may be hinted at a second time: hints carry nothing, readers find nothing new.
"""

from __future__ import annotations

import threading
from datetime import timedelta

from shopbot import ids
from shopbot.chat.gear import CHANGED, Gear
from shopbot.events import Hint
from shopbot.storage import load_queries

Q = load_queries("shopbot.chat")

LOOK_BACK = timedelta(seconds=15)
"""Events stamped so long ago are looked for: longer than a transaction may wait for its turn."""
MOST = 2000  # talks


class Elsewhere:
    """Hints at talks that have events nobody here was told of."""

    def __init__(self, gear: Gear) -> None:
        self._gear = gear
        self._told: dict[str, int] = {}  # talk: the last event that was hinted at
        self._guard = threading.Lock()

    def look(self, _hint: Hint | None = None) -> None:
        """Find talks with new events; called after somebody's commit."""
        since = self._gear.clock.now() - LOOK_BACK
        rows = self._gear.db.all(
            Q.latest_events,
            store_id=self._gear.store_id,
            since=ids.new_id("evt", at=since),
            count=MOST,
        )
        latest = {str(row["conversation"]): int(row["seq"]) for row in rows}
        with self._guard:
            fresh = [talk for talk, seq in latest.items() if seq > self._told.get(talk, 0)]
            self._told = latest
        for talk in fresh:
            self._gear.tell(CHANGED, talk)
