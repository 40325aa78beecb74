"""May it be sent? Who has the word decides what becomes of a decision. Pure."""

from __future__ import annotations

from dataclasses import replace

from shopbot.chat.replies import Case, Move
from shopbot.chat.situation import Action, Decision, Escalate, Hold, Memory, SayPhrase

GRAVE = frozenset({"safety", "threat", "anger", "amount"})
"""Reasons that make a talk more urgent even when people are called already."""


def allowed(case: Case, name: str, move: Move) -> Decision:
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
    return decision(name, _greeted(case, move), send=True)


def _people_first(case: Case, name: str, move: Move) -> Decision:
    """A person is called at once; the bot waits its time before it may answer."""
    left = case.rules.human_first_wait - case.situation.waited_s
    if left > 0 and case.situation.desk.agents_online > 0:
        found = _drafts(case, f"human-first/{name}", move, people=_reception(case, move))
        return replace(found, again_in_s=float(left))
    return decision(name, _greeted(case, move), send=True)


def _while_queued(case: Case, name: str, move: Move) -> Decision:
    """A person is awaited: the bot helps on only when none can come now, or none came in time."""
    reception = case.situation.conversation.mode == "human-first" and case.memory.called in (
        "",
        "reception",
    )
    if reception and case.people_there:
        return _people_first(case, name, move)
    if not case.people_there:
        return decision(f"queued-closed/{name}", _greeted(case, move), send=True)
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
        if isinstance(one, Escalate) and one.reason in GRAVE
    )


def _drafts(case: Case, name: str, move: Move, *, people: tuple[Escalate, ...] = ()) -> Decision:
    """The same as suggestions for a person: nothing is sent, nothing is counted as said."""
    kept: list[Action] = [one for one in move.actions if not isinstance(one, Escalate | Hold)]
    memory = _unsaid(case.memory, move.memory)
    reason = people[0].reason if people else memory.called or "taken"
    memory = replace(memory, called=reason)
    told = Move(actions=(*kept, *people), reasons=move.reasons, memory=memory)
    return decision(name, told, send=False)


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


def decision(name: str, move: Move, *, send: bool) -> Decision:
    """Return a move as a decision under the rule's ``name``."""
    return Decision(
        actions=move.actions, send=send, rule=name, reasons=move.reasons, memory=move.memory
    )
