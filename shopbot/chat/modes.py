"""Which reception mode (接待模式) holds at a moment. Pure."""

from __future__ import annotations

from datetime import datetime, time
from typing import cast

from shopbot.chat.model import Conversation, Mode
from shopbot.rules import Rules
from shopbot.rules.chat import ModeHours

CHOSEN = "mode_chosen"  # in a talk's memory: the shopper, or whoever opened it, chose the mode


def mode_of(talk: Conversation, rules: Rules, now: datetime) -> Mode:
    """Return the mode of a talk at ``now``: the one chosen for it, else the shop's at this hour."""
    return talk.mode if talk.memory.get(CHOSEN) else mode_at(rules, now)


def mode_at(rules: Rules, now: datetime) -> Mode:
    """Return the mode of the first time of day that ``now`` (aware) falls into, else the usual one."""
    local = now.astimezone(rules.zone)
    for span in rules.chat.hours:
        if _covers(span, local.isoweekday(), local.time()):
            return cast("Mode", span.mode)
    return cast("Mode", rules.chat.mode)


def _covers(span: ModeHours, day: int, moment: time) -> bool:
    """Tell whether a span covers a local time; one past midnight belongs to the day it began on."""
    if span.since < span.until:
        return day in span.days and span.since <= moment < span.until
    yesterday = (day - 2) % 7 + 1
    late = day in span.days and moment >= span.since
    return late or (yesterday in span.days and moment < span.until)
