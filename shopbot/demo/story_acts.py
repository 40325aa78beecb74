"""What people do in a story: shoppers write and tap, agents answer; then the bot's turns come due."""

from __future__ import annotations

import io
from datetime import timedelta

from shopbot import messages
from shopbot.chat.model import Event, Incoming
from shopbot.chat.stories import Step
from shopbot.demo.story_check import Missed
from shopbot.demo.story_shop import ADDRESS, VISITOR, StoryTalk, agent_id

_TYPING = timedelta(milliseconds=300)  # between the messages of a burst
_PATIENCE = timedelta(seconds=5)  # longer than any wait for more messages
_MOST_TURNS = 9


def act(talk: StoryTalk, step: Step, number: int) -> None:
    """Do what a step says; what it expects is looked at by the player."""
    if step.passes:
        talk.lines.append(messages.text("stories.passed", span=str(step.passes)))
        talk.clock.move(step.passes)
        _answer(talk)
    for words in step.shopper:
        _shopper(talk, "text", {"text": words}, words)
    if step.taps:
        _tap(talk, step.taps, number)
    if step.sends:
        _upload(talk, step.sends)
    if step.shows_order:
        _shopper(talk, "order", {"number": step.shows_order}, step.shows_order)
    if step.shows_product:
        _shopper(talk, "product", {"sku": step.shows_product}, step.shows_product)
    if step.calls_person:
        talk.chat.ask_human(conversation=talk.talk.id, visitor=VISITOR)
    _agent_does(talk, step, number)


def _shopper(talk: StoryTalk, kind: str, body: dict[str, object], words: str) -> None:
    talk.sent += 1
    message = Incoming(type=kind, body=body, client_key=f"s{talk.sent}")  # type: ignore[arg-type]
    talk.chat.send(
        conversation=talk.talk.id, author="shopper", who=VISITOR, message=message, address=ADDRESS
    )
    talk.lines.append(messages.text("stories.shopper", text=words))
    talk.clock.move(_TYPING)


def _tap(talk: StoryTalk, words: str, number: int) -> None:
    """Tap a button: what was not offered cannot be tapped."""
    answer_and_look(talk)
    if words not in talk.chips:
        told = messages.text("stories.no-chip", text=words)
        talk.missed.append(Missed(step=number, what=told, got="、".join(talk.chips)))
    _shopper(talk, "text", {"text": words}, words)


def _upload(talk: StoryTalk, kind: str) -> None:
    data, name = {
        "picture": (_picture(), "a.png"),
        "voice": (_VOICE, "a.wav"),
        "file": (b"a,b\n1,2\n", "a.csv"),
    }[kind]
    media = talk.chat.add_media(
        conversation=talk.talk.id, author="shopper", who=VISITOR, data=data, name=name,
        voice=kind == "voice",
    )  # fmt: skip
    _shopper(talk, kind, {"media": media.id}, messages.text(f"stories.{kind}"))


def _picture() -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(stream, "PNG")
    return stream.getvalue()


_VOICE = (
    b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    + (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + (8000).to_bytes(4, "little")
    + (16000).to_bytes(4, "little") + (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
    + b"data" + (0).to_bytes(4, "little")
)  # fmt: skip
"""An empty sound."""


def _agent_does(talk: StoryTalk, step: Step, number: int) -> None:
    chat, conversation, agent = talk.chat, talk.talk.id, agent_id()
    if step.takes or step.agent or step.accepts or step.hands_back:
        answer_and_look(talk)
    if step.takes or (step.agent and chat.find(conversation).holder != "agent"):
        chat.take(conversation=conversation, agent=agent)
    if step.agent:
        talk.sent += 1
        message = Incoming(type="text", body={"text": step.agent}, client_key=f"a{talk.sent}")
        chat.send(
            conversation=conversation, author="agent", who=agent, message=message,
            name=messages.text("stories.agent", number=1),
        )  # fmt: skip
        talk.lines.append(messages.text("stories.agent-says", text=step.agent))
    if step.accepts:
        _accept(talk, step.accepts, number)
    if step.hands_back:
        chat.hand_back(conversation=conversation, agent=agent)


def _accept(talk: StoryTalk, rank: int, number: int) -> None:
    drafts = talk.chat.drafts(talk.talk.id)
    if rank > len(drafts):
        told = messages.text("stories.no-draft", rank=rank)
        talk.missed.append(Missed(step=number, what=told, got=str(len(drafts))))
        return
    talk.sent += 1
    sent = talk.chat.accept(draft=drafts[rank - 1].id, agent=agent_id(), client_key=f"a{talk.sent}")
    talk.lines.append(messages.text("stories.agent-says", text=str(sent.event.body["text"])))


def _answer(talk: StoryTalk) -> None:
    """Let the bot answer every turn that is due, and those that come due by that."""
    for _ in range(_MOST_TURNS):
        due = talk.chat.turns.pop_due(talk.clock.now())
        if not due:
            return
        for conversation, turn in due:
            talk.chat.answer_turn(conversation, turn)


def answer_and_look(talk: StoryTalk) -> None:
    """Wait until the shopper has surely ended, let the bot answer, write down what was said."""
    talk.clock.move(_PATIENCE)
    _answer(talk)
    _look_on(talk)


def _look_on(talk: StoryTalk) -> list[Event]:
    """Write down what was said since the last look, and return all events since then."""
    events = talk.chat.events_after(
        conversation=talk.talk.id, side="staff", seq=talk.seq, limit=500
    )
    for event in events:
        talk.seq = event.seq
        if event.kind == "message" and event.author in ("bot", "system"):
            talk.lines.append(messages.text("stories.bot", text=str(event.body.get("text", ""))))
            talk.chips = chips_of(event)
        elif event.kind == "held" and event.body.get("holder") != "bot":
            reason = str(event.body.get("reason", event.body.get("name", "")))
            talk.lines.append(messages.text("stories.held", reason=reason))
    return events


def chips_of(event: Event) -> tuple[str, ...]:
    """Return the buttons of a message."""
    options = event.body.get("options", ())
    return (*event.body.get("chips", ()), *(str(one["text"]) for one in options))
