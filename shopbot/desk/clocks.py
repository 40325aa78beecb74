"""The clocks of one waiting shopper: a greeting within seconds, a comfort line, an alert. Pure.

A shopper waits from their first message that nobody has answered; for a person, from the moment on at which
a person was asked for, if that is later. An answer stops every clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shopbot.rules import DeskRules

Step = Literal["greet", "closed", "comfort", "alert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long one shopper has been waiting, and what they heard meanwhile."""

    since: datetime | None  # first message that nobody answered; None: nothing is asked
    human_since: datetime | None = None  # a person is awaited since; None: the bot has the word
    spoken: bool = False  # bot or agent has said anything in this talk
    shut_at: datetime | None = None  # the desk closed meanwhile, which they were not told yet
    silent: bool = False  # nothing may be sent by itself (assist mode), or nobody is at the desk
    comforts: int = 0  # comfort lines in this wait
    comforted_at: datetime | None = None
    alerted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What is to be done at ``at``."""

    step: Step
    at: datetime


def next_tick(wait: Wait, rules: DeskRules) -> Tick | None:
    """Return what comes next for a waiting shopper, and when; None: nothing any more."""
    found = (_greet(wait, rules), _shut(wait), _hold(wait, rules))
    ticks = [tick for tick in found if tick is not None]
    return min(ticks, key=lambda tick: tick.at, default=None)


def due_tick(wait: Wait, rules: DeskRules, now: datetime) -> Tick | None:
    """Return what must be done by ``now``, None while it is not time."""
    tick = next_tick(wait, rules)
    return tick if tick is not None and tick.at <= now else None


def _greet(wait: Wait, rules: DeskRules) -> Tick | None:
    if wait.since is None or wait.spoken or wait.silent:
        return None
    return Tick(step="greet", at=wait.since + rules.greet_within)


def _shut(wait: Wait) -> Tick | None:
    if wait.shut_at is None or wait.silent:
        return None
    return Tick(step="closed", at=wait.shut_at)


def _hold(wait: Wait, rules: DeskRules) -> Tick | None:
    """Comfort, comfort again, and when all is said alert a supervisor; never all of it at once."""
    if wait.human_since is None or wait.alerted:
        return None
    most = 0 if wait.silent else rules.comfort_most
    if wait.comforts < most:
        return Tick(step="comfort", at=_comfort_at(wait, wait.human_since, rules))
    last = wait.comforted_at or wait.human_since
    return Tick(step="alert", at=max(last, wait.human_since) + _gap(wait, rules))


def _comfort_at(wait: Wait, since: datetime, rules: DeskRules) -> datetime:
    if wait.comforted_at is None:
        return since + rules.answer_within
    return wait.comforted_at + rules.comfort_every


def _gap(wait: Wait, rules: DeskRules) -> timedelta:
    return rules.comfort_every if wait.comforts else rules.answer_within + rules.comfort_every
