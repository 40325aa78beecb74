"""Builders of what a talk is decided from: parts of the knowledge, situations, scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shopbot.chat.hearing import Said
from shopbot.chat.model import Conversation
from shopbot.chat.scene import Scene
from shopbot.chat.situation import (
    Action,
    Desk,
    Escalate,
    Hold,
    Memory,
    Offer,
    Pending,
    RunOrder,
    SayEntry,
    SayPhrase,
    Situation,
    Understood,
)
from shopbot.chat.understanding import understand
from shopbot.kb.calibration import Band
from shopbot.kb.entry import Source
from shopbot.kb.fusion import Ranked
from shopbot.kb.slots import Slots
from shopbot.kb.suggestion import Part, Suggestion
from shopbot.orders.model import OrderFacts
from shopbot.rules.chat import ChatRules
from tests.order_facts import at

NOW = at("2026-11-18 10:00")
CHAT = ChatRules()
NOTHING = Ranked(unit=-1, phrasing=-1, dense=0.0, words=0.0, pinyin=0.0, topic=0.0, fused=0.0)


def suggestion(
    entry: str, *, topic: str = "", action: str = "", probability: float = 0.9
) -> Suggestion:
    """Return what the knowledge suggests; the topic is the entry's first word unless told."""
    return Suggestion(
        entry=entry,
        version="1",
        topic=topic or entry.partition(".")[0],
        text=f"[{entry}]",
        probability=probability,
        source=Source(file="replies/a.yaml", line=1),
        phrasing=f"?{entry}",
        words=(),
        ranked=NOTHING,
        action=action,
    )


def part(
    text: str, *found: str | Suggestion, band: Band = "answer", slots: Slots | None = None
) -> Part:
    """Return one question with what was found for it, best first."""
    told = tuple(one if isinstance(one, Suggestion) else suggestion(one) for one in found)
    return Part(text=text, band=band, suggestions=told, slots=slots or Slots())


def talk(**changes: Any) -> Conversation:
    """Return an open talk that the bot holds."""
    values: dict[str, Any] = {"store_id": "test", "id": "cnv_1", "visitor": "vis_1"}
    return Conversation(**{**values, "started_at": NOW, **changes})


def heard(text: str, *parts: Part, **changes: Any) -> Understood:
    """Return a turn that was understood as it stands."""
    values = {"text": text, "kinds": frozenset({"text"}), "parts": parts, **changes}
    return Understood(**values)


def situation(understood: Understood, **changes: Any) -> Situation:
    """Return a talk in the daytime with one free agent; keywords of a talk change the talk."""
    own = {"mode", "holder", "agent", "state"}
    told = {name: changes.pop(name) for name in list(changes) if name in own}
    values = {"desk": Desk(open=True, agents_free=1, agents_online=1), **changes}
    return Situation(conversation=talk(**told), understood=understood, **values)


def listen(
    *texts: str,
    memory: Memory | None = None,
    answers: Mapping[str, Sequence[Part]] | Sequence[Part] = (),
    orders: tuple[OrderFacts, ...] = (),
    **said: Any,
) -> Understood:
    """Understand one turn; ``answers`` are the knowledge's parts, for every question or by text.

    ``cards`` are numbers of order cards.
    """

    def ask(text: str) -> Sequence[Part]:
        if isinstance(answers, Mapping):
            return answers.get(text, (part(text, band="unknown"),))
        return answers or (part(text, band="unknown"),)

    scene = Scene(memory=memory or Memory(), dialogue="cnv_1:1", ask=ask, rules=CHAT, orders=orders)
    kinds = said.pop("kinds", frozenset({"text"}))
    cards = said.pop("cards", ())
    return understand(Said(texts=texts, kinds=kinds, orders=cards, **said), scene)


def waiting(action: str, waiting_for: str, **changes: Any) -> Memory:
    """Return the memory of a talk in which an order action waits for something."""
    pending = Pending(action=action, dialogue="cnv_1:0", waiting_for=waiting_for, **changes)
    return Memory(pending=pending, greeted=True)


def shape(actions: Sequence[Action]) -> tuple[str, ...]:
    """Return what actions are, in words that a table can hold."""
    return tuple(_word(one) for one in actions)


def _word(action: Action) -> str:
    if isinstance(action, SayPhrase):
        return action.phrase
    if isinstance(action, SayEntry):
        return f"say {action.suggestion.entry}"
    if isinstance(action, Offer):
        return f"offer {len(action.options)}"
    if isinstance(action, RunOrder):
        return f"{'remind' if action.reminds else 'run'} {action.pending.action}"
    if isinstance(action, Escalate):
        return f"call {action.reason} {action.priority} {action.phrase}".strip()
    assert isinstance(action, Hold)
    return f"hold {action.phrase}".strip()
