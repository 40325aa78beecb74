"""What the knowledge's parts become: answers, a choice, an order action, a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shopbot.chat.outcomes import CLOSED
from shopbot.chat.signals import bare
from shopbot.chat.situation import (
    Action,
    Escalate,
    Hold,
    Memory,
    Offer,
    Pending,
    Reason,
    RunOrder,
    SayEntry,
    SayPhrase,
    Situation,
)
from shopbot.chat.understanding import COURTESY
from shopbot.kb import text as texts
from shopbot.kb.suggestion import Part, Suggestion
from shopbot.orders.actions import ACTIONS
from shopbot.rules.chat import ChatRules

KEPT = 12
"""So many answered questions are remembered."""
FAINT = 0.2
"""What is so much less likely than the likeliest is not offered: it only distracts."""

_NOT_OFFERED = COURTESY | {"abuse"}
"""Topics that nobody is asked whether they meant them."""
_MARKED = frozenset({"system.emoji", "system.unclear", "system.card"})
_BY_TOPIC: dict[str, Reason] = {
    "human-agent": "asked-for-human",
    "abuse": "anger",
    "platform-dispute": "threat",
    "complaint": "threat",
    "review-bad": "threat",
}
PRIORITY: dict[Reason, str] = {
    "asked-for-human": "asked",
    "missed-twice": "missed",
    "same-question": "same",
    "anger": "anger",
    "threat": "threat",
    "safety": "safety",
    "amount": "amount",
    "vip": "vip",
    "order-module": "order",
    "no-words": "words",
    "media": "media",
    "reception": "asked",
}
"""Which of the shop's priorities goes with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One decision being made: the situation, the shop's rules, the time."""

    situation: Situation
    rules: ChatRules
    now: datetime

    @property
    def memory(self) -> Memory:
        """What the talk remembers, with what this turn taught."""
        return self.situation.understood.memory

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the knowledge says, one part for each question."""
        return self.situation.understood.parts

    @property
    def people_there(self) -> bool:
        """Whether somebody could take over now."""
        return self.situation.desk.open and not self.situation.night

    @property
    def answer_by(self) -> datetime:
        """When somebody must have come back with what was looked up: people work by day."""
        return max(self.now, self.situation.desk.opens_at or self.now) + self.rules.check_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one row of the policy's table wants done."""

    actions: tuple[Action, ...]
    reasons: tuple[str, ...]
    memory: Memory


def call(case: Case, reason: Reason, *before: Action, said: bool = False, why: str = "") -> Move:
    """Give the talk to people; ``said``: what is said before announces them already."""
    priority = getattr(case.rules.priorities, PRIORITY[reason])
    phrase = CLOSED if not case.people_there else "" if said else "system.handoff"
    escalate = Escalate(reason=reason, priority=priority, phrase=phrase)
    memory = replace(case.memory, pending=None, waiting=(), called=reason, misses=0)
    reasons = (f"call:{reason}", *((why,) if why else ()))
    return Move(actions=(*before, escalate), reasons=reasons, memory=memory)


def comfort(case: Case) -> tuple[SayPhrase, ...]:
    """Words for an upset shopper, once in a talk."""
    return () if case.memory.reassured else (SayPhrase(phrase="system.comfort"),)


def called_by(suggestion: Suggestion) -> Reason | None:
    """Return why a suggestion's action needs a person; None when it has none or orders do it."""
    if not suggestion.action or suggestion.action in ACTIONS:
        return None
    return _BY_TOPIC.get(suggestion.topic, "order-module")


# --- parts -------------------------------------------------------------------------------------------


def sure(part: Part, picked: str = "") -> Suggestion | None:
    """Return what is certainly meant: sure enough, picked by the shopper, or a curated line."""
    if picked:
        chosen = next((one for one in part.suggestions if one.entry == picked), None)
        if chosen is not None:
            return chosen
    if not part.suggestions:
        return None
    first = part.suggestions[0]
    return first if part.band == "answer" or first.entry in _MARKED else None


def answer(case: Case) -> Move | None:
    """Answer every question that the knowledge is sure of; None when it is sure of none."""
    understood = case.situation.understood
    said = [(part, found) for part in case.parts if (found := sure(part, understood.picked))]
    plain = [
        (part, found)
        for part, found in said
        if not found.action and found.entry not in understood.instead
    ]
    if not plain and understood.pending is None:
        return None
    actions: list[Action] = [
        understood.rather.get(one.entry) or SayEntry(suggestion=one, question=part.text)
        for part, one in plain
    ]
    actions += [_hold(case, part.text) for part, one in plain if is_unsettled(one)]
    runs = _runs(case)
    left = [part for part in case.parts if not sure(part, understood.picked)]
    offered = _offer(case, left) if left and not runs else None
    actions += _left(case, left, offered)
    if not case.people_there and any(isinstance(one, Hold) for one in actions):
        actions.append(SayPhrase(phrase=CLOSED))  # 马上回复 would not be true
    memory = _told(case, plain, left)
    reasons = [f"entry:{one.entry}" for _, one in plain]
    reasons += [f"action:{run.pending.action}" for run in runs]
    if runs:
        action = runs[0].pending.action
        fresh = understood.changed_subject or case.memory.pending is None
        answered = ((bare(understood.text), f"action:{action}"),) if fresh else ()
        memory = replace(
            memory,
            pending=runs[0].pending,
            waiting=_later(case),
            answered=(*memory.answered, *answered)[-KEPT:],
        )
    elif offered:
        memory = replace(memory, choices=offered.options)
    return Move(actions=(*actions, *runs), reasons=tuple(reasons), memory=memory)


def _runs(case: Case) -> tuple[RunOrder, ...]:
    """Return the order action to run; others wait in the memory for their turn."""
    understood = case.situation.understood
    if understood.pending is None:
        return ()
    mine = case.memory.pending
    reminds = understood.changed_subject and mine is not None and understood.pending == mine
    return (RunOrder(pending=understood.pending, reminds=reminds),)


def _later(case: Case) -> tuple[Pending, ...]:
    understood = case.situation.understood
    known = {one.action for one in understood.also}
    return (*understood.also, *(one for one in case.memory.waiting if one.action not in known))


def _left(case: Case, left: Sequence[Part], offered: Offer | None) -> list[Action]:
    """What is said of the questions that were not answered beside those that were."""
    if not left:
        return []
    if offered is not None:
        return [offered]
    if case.situation.understood.changed_subject or case.situation.understood.pending:
        return []
    return [SayPhrase(phrase="system.unknown"), _hold(case, left[0].text)]


def is_unsettled(suggestion: Suggestion) -> bool:
    """Whether a suggestion only says that somebody will look: a fact of it is too old."""
    return suggestion.entry == "system.checking"


def _hold(case: Case, what: str) -> Hold:
    return Hold(phrase="", what=what, by=case.answer_by)


def _told(case: Case, plain: Sequence[tuple[Part, Suggestion]], left: Sequence[Part]) -> Memory:
    memory = case.memory
    told = [(key_of(part), one.entry) for part, one in plain if one.topic not in COURTESY]
    answered = {part.text for part, _ in plain}
    open_questions = [one for one in memory.open_questions if one not in answered]
    open_questions += [part.text for part in left if part.text not in open_questions]
    return replace(
        memory,
        answered=(*memory.answered, *told)[-KEPT:],
        open_questions=tuple(open_questions)[-KEPT:],
        choices=(),
        misses=0,
    )


def key_of(part: Part) -> str:
    """Return what makes a question the same: its core, and the product, colour and size meant."""
    slots = part.slots
    meant = (slots.product, slots.colour, slots.size, slots.region, slots.height, slots.weight)
    return "|".join([bare(texts.core(part.text)), *(str(one or "") for one in meant)])


# --- a choice ------------------------------------------------------------------------------------------


def offer(case: Case) -> Offer | None:
    """您是想问…, when the knowledge has a fair idea."""
    return _offer(case, case.parts)


def offered_words(phrasing: str) -> str:
    """Return a phrasing as a chip shows it: where a number would stand (订单{订单号}…) nothing is shown."""
    return re.sub(r"\{[^{}]*\}", "", phrasing).strip(" ，,")


def _offer(case: Case, parts: Sequence[Part]) -> Offer | None:
    part = next((one for one in parts if one.band == "choose" and one.suggestions), None)
    if part is None:
        return None
    options: dict[str, str] = {}
    least = part.suggestions[0].probability * FAINT
    for one in part.suggestions:
        meant = one.topic not in _NOT_OFFERED and one.probability >= least
        words = offered_words(one.phrasing)
        if meant and words and words not in options.values():
            options.setdefault(one.entry, words)
    chosen = tuple(options.items())[: case.rules.options]
    return Offer(question=part.text, options=chosen) if chosen else None
