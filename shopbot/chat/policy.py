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
from shopbot.chat.permission import GRAVE, allowed, decision
from shopbot.chat.repeats import is_same
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
from shopbot.chat.signals import bare
from shopbot.chat.situation import (
    Action,
    Decision,
    Escalate,
    Hold,
    SayEntry,
    SayPhrase,
    Situation,
    StopNotice,
    TakeNotice,
)
from shopbot.chat.understanding import COURTESY
from shopbot.kb import text as texts
from shopbot.rules.chat import ChatRules

__all__ = ["TABLE", "Step", "after_order", "decide"]

Row = Callable[[Case], Move | None]

_HELLO = frozenset({"greeting"})


def decide(situation: Situation, rules: ChatRules, now: datetime) -> Decision:
    """Return what to do with a turn at ``now`` (aware UTC)."""
    memory = situation.understood.memory
    if situation.conversation.holder == "bot" and memory.called:
        memory = replace(memory, called="")  # people gave the word back
    understood = replace(situation.understood, memory=memory)
    case = Case(situation=replace(situation, understood=understood), rules=rules, now=now)
    if situation.conversation.state == "closed":
        return decision("closed", Move(actions=(), reasons=(), memory=memory), send=False)
    for name, row in TABLE:
        move = row(case)
        if move is not None:
            return allowed(case, name, _warned(case, _let_go(case, move)))
    raise AssertionError("the last row always applies")


# --- the table ---------------------------------------------------------------------------------------


def _nothing(case: Case) -> Move | None:
    understood = case.situation.understood
    if understood.text.strip() or understood.wordless or understood.pending or understood.private:
        return None
    return Move(actions=(), reasons=("nothing-said",), memory=case.memory)


def _private(case: Case) -> Move | None:
    """Nothing but a card number; :func:`_warned` has the words."""
    understood = case.situation.understood
    if not understood.private or understood.text.strip():
        return None
    if understood.wordless or understood.pending:
        return None
    return Move(actions=(), reasons=(), memory=case.memory)


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
    understood = case.situation.understood
    word = understood.signals.wants_human
    if not word:
        return None
    if understood.foreign:
        return call(case, "asked-for-human", _english(case), said=True, why=f"word:{word}")
    return call(case, "asked-for-human", why=f"word:{word}")


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
            soothing = comfort(case) if reason in GRAVE and not said else ()
            return call(case, reason, *soothing, *said, said=True, why=f"entry:{found.entry}")
    return None


def _dropped(case: Case) -> Move | None:
    """An order action is given up, and nothing else was said; :func:`_let_go` has the words."""
    understood = case.situation.understood
    if not understood.dropped or understood.parts:
        return None
    return Move(actions=(), reasons=(), memory=case.memory)


def _let_go(case: Case, move: Move) -> Move:
    """Say first that nothing was done where an order action was given up."""
    if not case.situation.understood.dropped or any(map(_calls, move.actions)):
        return move
    told = SayPhrase(phrase="order.done.denied")
    return replace(move, actions=(told, *move.actions), reasons=("dropped", *move.reasons))


def _warned(case: Case, move: Move) -> Move:
    """Say first that nobody needs a card number that was sent, and that it was hidden."""
    if not case.situation.understood.private:
        return move
    told = SayPhrase(phrase="system.private")
    return replace(move, actions=(told, *move.actions), reasons=("private", *move.reasons))


def _calls(action: Action) -> bool:
    return isinstance(action, Escalate)


def _order_down(case: Case) -> Move | None:
    """Orders cannot be read: say so, and see to it that somebody comes back."""
    understood = case.situation.understood
    if not case.situation.order_down or understood.pending is None:
        return None
    hold = Hold(phrase="system.hold", what=understood.text, by=case.answer_by)
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
        if isinstance(understood.rather.get(found.entry), TakeNotice | StopNotice):
            continue  # who asks for it again is told that it is noted
        key, entry = key_of(part), found.entry
        before = [told for told, said in case.memory.answered if said == entry]
        same = 1 + sum(told == key for told in before)
        alike = 1 + sum(_alike(told, key) for told in before)
        if same >= case.rules.same_question or alike >= case.rules.same_answer:
            return call(case, "same-question", why=f"entry:{entry}")
    return None


def _alike(told: str, key: str) -> bool:
    """Tell whether a question asked before is this one in other words, about the same goods."""
    before, _, meant_before = told.partition("|")
    now, _, meant = key.partition("|")
    return meant == meant_before and is_same(now, before)


def _same_order(case: Case) -> Move | None:
    """The same order action begun again and again by the same question."""
    understood = case.situation.understood
    begun = understood.pending
    if begun is None or begun.waiting_for or begun.asked:
        return None
    asked = bare(case.situation.understood.text)
    before = sum(
        said == f"action:{begun.action}" and is_same(asked, told)
        for told, said in case.memory.answered
    )
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


def _foreign(case: Case) -> Move | None:
    """Not written in Chinese, and nobody wrote an answer: say so in English too, then call a person."""
    if not case.situation.understood.foreign:
        return None
    move = _unknown(case)
    if not any(map(_calls, move.actions)):
        told = SayPhrase(phrase="system.english", otherwise="system.rephrase")
        return replace(move, actions=(told,), reasons=("foreign", *move.reasons))
    called = call(case, "missed-twice", _english(case), said=True)
    return replace(move, actions=called.actions, reasons=("foreign", *move.reasons))


def _english(case: Case) -> SayPhrase:
    """Announce a colleague who speaks Chinese; when people come the words of every evening tell."""
    if case.people_there:
        return SayPhrase(phrase="system.english-handoff", otherwise="system.handoff")
    return SayPhrase(phrase="system.english-closed")


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
    ("private", _private),
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
    ("foreign", _foreign),
    ("choose", _offer),
    ("unknown", _unknown),
)
"""The rules in their order; the last one always applies."""
