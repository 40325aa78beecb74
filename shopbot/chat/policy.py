"""What the bot does with a turn: a table of rules, the first that applies decides. Pure.

Each row looks at one thing and returns a :class:`Move` or None. Whether the bot may send what was
decided is asked afterwards, once for all rows: it never talks over a person, and in some modes a person
goes first. docs/conversations.md explains the table for people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shopbot.chat.outcomes import Step, after_order
from shopbot.chat.replies import (
    KEPT,
    Case,
    Move,
    answer,
    call,
    called_by,
    comfort,
    key_of,
    offer,
    sure,
)
from shopbot.chat.situation import (
    Action,
    Decision,
    Escalate,
    Hold,
    Memory,
    SayEntry,
    SayPhrase,
    Situation,
)
from shopbot.chat.understanding import COURTESY
from shopbot.kb import text as texts
from shopbot.rules.chat import ChatRules

__all__ = ["TABLE", "Step", "after_order", "decide"]

Row = Callable[[Case], Move | None]

_GRAVE = frozenset({"safety", "threat", "anger", "amount"})
_HELLO = frozenset({"greeting"})


def decide(situation: Situation, rules: ChatRules, now: datetime) -> Decision:
    """Return what to do with a turn at ``now`` (aware UTC)."""
    memory = situation.understood.memory
    if situation.conversation.holder == "bot" and memory.called:
        memory = replace(memory, called="")  # people gave the word back
    understood = replace(situation.understood, memory=memory)
    case = Case(situation=replace(situation, understood=understood), rules=rules, now=now)
    if situation.conversation.state == "closed":
        return _decision("closed", Move(actions=(), reasons=(), memory=memory), send=False)
    for name, row in TABLE:
        move = row(case)
        if move is not None:
            return _allowed(case, name, move)
    raise AssertionError("the last row always applies")


# --- the table ---------------------------------------------------------------------------------------


def _nothing(case: Case) -> Move | None:
    understood = case.situation.understood
    if understood.text.strip() or understood.wordless or understood.pending:
        return None
    return Move(actions=(), reasons=("nothing-said",), memory=case.memory)


def _safety(case: Case) -> Move | None:
    word = case.situation.understood.signals.safety
    told = SayPhrase(phrase="system.safety", otherwise="system.comfort")
    return _upset(call(case, "safety", told, why=f"word:{word}")) if word else None


def _threat(case: Case) -> Move | None:
    word = case.situation.understood.signals.threat
    return _upset(call(case, "threat", *comfort(case), why=f"word:{word}")) if word else None


def _amount(case: Case) -> Move | None:
    claimed = case.situation.understood.signals.amount_fen
    if claimed is None or claimed <= case.rules.compensation:
        return None
    return _upset(call(case, "amount", *comfort(case), why=f"fen:{claimed}"))


def _asked(case: Case) -> Move | None:
    word = case.situation.understood.signals.wants_human
    return call(case, "asked-for-human", why=f"word:{word}") if word else None


def _anger(case: Case) -> Move | None:
    word = case.situation.understood.signals.anger
    return _upset(call(case, "anger", *comfort(case), why=f"word:{word}")) if word else None


def _upset(move: Move) -> Move:
    return replace(move, memory=replace(move.memory, reassured=True))


def _curated(case: Case) -> Move | None:
    """The knowledge itself sends this question to a person."""
    understood = case.situation.understood
    for part in case.parts:
        found = sure(part, understood.picked)
        reason = called_by(found) if found else None
        if found and reason:
            said = (SayEntry(suggestion=found, question=part.text),) if case.people_there else ()
            soothing = comfort(case) if reason in _GRAVE and not said else ()
            return call(case, reason, *soothing, *said, said=True, why=f"entry:{found.entry}")
    return None


def _dropped(case: Case) -> Move | None:
    if not case.situation.understood.dropped:
        return None
    told = SayPhrase(phrase="order.done.denied")
    return Move(actions=(told,), reasons=("dropped",), memory=case.memory)


def _order_down(case: Case) -> Move | None:
    """Orders cannot be read: say so, and see to it that somebody comes back."""
    understood = case.situation.understood
    if not case.situation.order_down or understood.pending is None:
        return None
    by = case.now + case.rules.check_time
    hold = Hold(phrase="system.hold", what=understood.text, by=by)
    return call(case, "order-module", hold, said=True, why="order-data-unavailable")


def _wordless(case: Case) -> Move | None:
    understood = case.situation.understood
    kind = understood.wordless
    if not kind or understood.pending:
        return None
    if kind in ("emoji", "card"):
        unclear = kind == "emoji" and texts.normalise(understood.text)
        phrase = "system.unclear" if unclear else "system.emoji"
        if kind == "card":
            phrase = "system.card"
        told = SayPhrase(phrase=phrase, otherwise="system.emoji")
        return Move(actions=(told,), reasons=(f"wordless:{kind}",), memory=case.memory)
    told = SayPhrase(phrase=f"system.{kind}", otherwise="system.picture")
    misses = case.memory.misses + 1
    if misses >= case.rules.misses:
        return call(case, "media", why=f"wordless:{kind}")
    memory = replace(case.memory, misses=misses)
    return Move(actions=(told,), reasons=(f"wordless:{kind}",), memory=memory)


def _again(case: Case) -> Move | None:
    """The same question once more: what was said did not help."""
    understood = case.situation.understood
    if understood.picked or understood.pending:
        return None
    for part in case.parts:
        found = sure(part)
        if found is None or found.topic in COURTESY:
            continue
        key, entry = key_of(part), found.entry
        meant = key.partition("|")[2]
        before = [told for told, said in case.memory.answered if said == entry]
        same = 1 + sum(told == key for told in before)
        alike = 1 + sum(told.partition("|")[2] == meant for told in before)
        if same >= case.rules.same_question or alike >= case.rules.same_answer:
            return call(case, "same-question", why=f"entry:{entry}")
    return None


def _same_order(case: Case) -> Move | None:
    """The same order action begun again and again."""
    understood = case.situation.understood
    begun = understood.pending
    if begun is None or begun.waiting_for or begun.asked:
        return None
    before = sum(said == f"action:{begun.action}" for _, said in case.memory.answered)
    if before + 1 < case.rules.same_answer:
        return None
    return call(case, "same-question", why=f"action:{begun.action}")


def _important(case: Case) -> Move | None:
    """An important customer is answered at once where that is sure, and given to a person."""
    situation = case.situation
    if not (situation.vip and case.rules.vip_to_human) or situation.desk.agents_free < 1:
        return None
    if situation.conversation.holder != "bot" or not case.people_there:
        return None
    picked = situation.understood.picked
    said = [
        SayEntry(suggestion=one, question=part.text)
        for part in case.parts
        if (one := sure(part, picked)) and not one.action
    ]
    return call(case, "vip", *said)


def _hello(case: Case) -> Move | None:
    """Nothing but a greeting, the first one: the greeting of the talk is the answer."""
    found = [sure(part) for part in case.parts]
    if case.memory.greeted or not found or case.situation.understood.pending:
        return None
    if any(one is None or one.topic not in _HELLO for one in found):
        return None
    return Move(actions=(), reasons=("greeting",), memory=case.memory)


def _offer(case: Case) -> Move | None:
    """您是想问…; somebody who was offered twice and picked nothing is not asked again."""
    found = offer(case)
    if found is None or case.memory.misses >= case.rules.misses:
        return None
    questions = tuple(dict.fromkeys((*case.memory.open_questions, found.question)))[-KEPT:]
    memory = replace(
        case.memory,
        choices=found.options,
        misses=case.memory.misses + 1,
        open_questions=questions,
    )
    return Move(actions=(found,), reasons=("band:choose",), memory=memory)


def _unknown(case: Case) -> Move:
    """Nobody wrote an answer: ask to say it in other words once, then call a person."""
    questions = (*case.memory.open_questions, *(part.text for part in case.parts))
    memory = replace(
        case.memory,
        misses=case.memory.misses + 1,
        open_questions=tuple(dict.fromkeys(questions))[-KEPT:],
    )
    if memory.misses >= case.rules.misses:
        move = call(case, "missed-twice", why=f"misses:{memory.misses}")
        return replace(move, memory=replace(move.memory, open_questions=memory.open_questions))
    told = SayPhrase(phrase="system.rephrase", otherwise="system.unknown")
    return Move(actions=(told,), reasons=("band:unknown",), memory=memory)


TABLE: tuple[tuple[str, Row], ...] = (
    ("silent", _nothing),
    ("safety", _safety),
    ("threat", _threat),
    ("amount", _amount),
    ("asked-for-human", _asked),
    ("anger", _anger),
    ("dropped", _dropped),
    ("curated-handover", _curated),
    ("order-down", _order_down),
    ("same-order-action", _same_order),
    ("vip", _important),
    ("wordless", _wordless),
    ("same-question", _again),
    ("greet", _hello),
    ("answer", answer),
    ("choose", _offer),
    ("unknown", _unknown),
)
"""The rules in their order; the last one always applies."""


# --- may it be sent? -----------------------------------------------------------------------------------


def _allowed(case: Case, name: str, move: Move) -> Decision:
    """Return the decision as the bot may carry it out, given who has the word."""
    conversation = case.situation.conversation
    if conversation.holder == "agent":
        return _drafts(case, f"agent-holds/{name}", move)
    if conversation.mode == "assist":
        return _drafts(case, f"assist/{name}", move, people=_reception(case, move))
    if conversation.holder == "queue":
        return _while_queued(case, name, move)
    if conversation.mode == "human-first" and case.people_there:
        return _people_first(case, name, move)
    return _decision(name, _greeted(case, move), send=True)


def _people_first(case: Case, name: str, move: Move) -> Decision:
    """A person is called at once; the bot waits its time before it may answer."""
    left = case.rules.human_first_wait - case.situation.waited_s
    if left > 0 and case.situation.desk.agents_online > 0:
        found = _drafts(case, f"human-first/{name}", move, people=_reception(case, move))
        return replace(found, again_in_s=float(left))
    return _decision(name, _greeted(case, move), send=True)


def _while_queued(case: Case, name: str, move: Move) -> Decision:
    """A person is awaited: the bot helps on only when none can come now, or none came in time."""
    reception = case.situation.conversation.mode == "human-first" and case.memory.called in (
        "",
        "reception",
    )
    if reception and case.people_there:
        return _people_first(case, name, move)
    if not case.people_there:
        return _decision(f"queued-closed/{name}", _greeted(case, move), send=True)
    return _drafts(case, f"queued/{name}", move, people=_grave(move))


def _reception(case: Case, move: Move) -> tuple[Escalate, ...]:
    """People answer in this mode: they are called once, unless the turn calls them anyway."""
    if case.memory.called or case.situation.conversation.holder != "bot":
        return _grave(move)
    called = next((one for one in move.actions if isinstance(one, Escalate)), None)
    if called is not None:
        return (replace(called, phrase=""),)
    priority = case.rules.priorities.asked
    return (Escalate(reason="reception", priority=priority, phrase=""),)  # type: ignore[arg-type]


def _grave(move: Move) -> tuple[Escalate, ...]:
    """Only what makes the talk more urgent is told to people who are called already."""
    return tuple(
        replace(one, phrase="")
        for one in move.actions
        if isinstance(one, Escalate) and one.reason in _GRAVE
    )


def _drafts(case: Case, name: str, move: Move, *, people: tuple[Escalate, ...] = ()) -> Decision:
    """The same as suggestions for a person: nothing is sent, nothing is counted as said."""
    kept: list[Action] = [one for one in move.actions if not isinstance(one, Escalate | Hold)]
    memory = _unsaid(case.memory, move.memory)
    reason = people[0].reason if people else memory.called or "taken"
    memory = replace(memory, called=reason)
    told = Move(actions=(*kept, *people), reasons=move.reasons, memory=memory)
    return _decision(name, told, send=False)


def _unsaid(before: Memory, after: Memory) -> Memory:
    """What a turn taught, without what would have been said: a person answers in their own way."""
    return replace(
        before,
        product=after.product,
        order=after.order,
        pending=after.pending,
        waiting=after.waiting,
        open_questions=after.open_questions,
    )


def _greeted(case: Case, move: Move) -> Move:
    """Begin the talk with the greeting that says openly that a bot speaks."""
    if case.memory.greeted or move.reasons == ("nothing-said",):
        return move
    hello = SayPhrase(phrase="system.bot-greet", otherwise="system.greet")
    if not case.people_there:
        hello = SayPhrase(phrase="system.off-hours", otherwise="system.greet")
    told = any(isinstance(one, Escalate) for one in move.actions)
    actions = move.actions if told else (hello, *move.actions)
    return replace(move, actions=actions, memory=replace(move.memory, greeted=True))


def _decision(name: str, move: Move, *, send: bool) -> Decision:
    return Decision(
        actions=move.actions, send=send, rule=name, reasons=move.reasons, memory=move.memory
    )
