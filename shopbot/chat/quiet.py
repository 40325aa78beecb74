"""When a talk that nobody goes on with is reminded, and when it ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shopbot.chat.model import Conversation
from shopbot.rules import DeskRules

Step = Literal["remind", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be done with a quiet talk at ``at``."""

    step: Step
    at: datetime


def next_step(talk: Conversation, rules: DeskRules, *, unanswered: bool) -> Due | None:
    """Return what comes next if nobody writes any more; None while somebody must answer.

    One reminder a silence: it holds until the shopper writes, whatever staff say meanwhile.
    """
    if talk.state == "closed" or unanswered:
        return None
    if talk.shopper_at is None:  # opened and left without a word: nothing to remind of
        return Due(step="close", at=talk.started_at + rules.remind_after + rules.close_after)
    last = max(talk.shopper_at, talk.staff_at or talk.shopper_at)
    if talk.reminded_at is not None and talk.reminded_at >= talk.shopper_at:
        return Due(step="close", at=max(last, talk.reminded_at) + rules.close_after)
    return Due(step="remind", at=last + rules.remind_after)
