"""Plays a story (:mod:`shopbot.chat.stories`) against the real knowledge, in a scratch shop, in virtual time.

Nothing is waited for: the story's clock is moved by hand, and every turn is answered when it is due.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shopbot import messages
from shopbot.chat.model import Event
from shopbot.chat.stories import Expected, Story
from shopbot.demo.story_acts import act, answer_and_look, chips_of
from shopbot.demo.story_check import Missed, Observed, look
from shopbot.demo.story_shop import StoryTalk, Workshop, count_events, opened
from shopbot.errors import ShopbotError
from shopbot.storage import open_database

__all__ = ["Played", "Workshop", "play", "play_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of a story: both sides as they spoke, and what was not as expected."""

    file: str
    title: str
    lines: tuple[str, ...]
    missed: tuple[Missed, ...]

    @property
    def ok(self) -> bool:
        """Whether all came as expected."""
        return not self.missed


def play_all(
    workshop: Workshop,
    stories: Sequence[tuple[str, Story]],
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> Iterator[Played]:
    """Play stories one after another, each in a shop of its own."""
    with tempfile.TemporaryDirectory(prefix="shopbot-stories-") as folder:
        empty = Path(folder) / "empty"
        empty.mkdir()
        open_database(empty).close()  # its schema is made once and copied: that is much faster
        for at, (file, story) in enumerate(stories):
            progress("progress.stories", at / len(stories))
            place = Path(shutil.copytree(empty, Path(folder) / str(at)))
            yield play(workshop, file, story, place)
            shutil.rmtree(place)
        progress("progress.stories", 1.0)


def play(workshop: Workshop, file: str, story: Story, folder: Path) -> Played:
    """Play one story in ``folder``: empty, or with a database in which nothing is."""
    with opened(workshop, story, folder) as talk:
        try:
            for number, step in enumerate(story.steps, 1):
                act(talk, step, number)
                if step.bot is not None:
                    _expect(talk, step.bot, number)
        except ShopbotError as failure:
            talk.missed.append(
                Missed(step=number, what=messages.text("stories.failed"), got=str(failure))
            )
        return Played(
            file=file, title=story.title, lines=tuple(talk.lines), missed=tuple(talk.missed)
        )


def _expect(talk: StoryTalk, expected: Expected, number: int) -> None:
    """Compare what came since the last expectation with what should have come."""
    answer_and_look(talk)
    events = talk.chat.events_after(
        conversation=talk.talk.id, side="staff", seq=talk.expected, limit=500
    )
    talk.expected = talk.seq
    observed = _observed(talk, events)
    talk.missed += [replace(one, step=number) for one in look(expected, observed)]


def _observed(talk: StoryTalk, events: Sequence[Event]) -> Observed:
    chat, brain = talk.chat, talk.brain
    said = [one for one in events if one.kind == "message" and one.author == "bot"]
    entries = [
        str(source.get("entry", "")) for one in said for source in chat.receipt(one.id).sources
    ]
    held = [one.body for one in events if one.kind == "held" and one.body.get("holder") == "queue"]
    drafts = chat.drafts(talk.talk.id)
    decision = brain.decisions[-1] if len(brain.decisions) > talk.decided else None
    actions = tuple(brain.actions[talk.acted :])
    outcome = brain.outcomes[-1] if actions else None
    pending = outcome.memory.pending if outcome else None
    written = count_events(talk)
    found = Observed(
        texts=tuple(str(one.body.get("text", "")) for one in said),
        entries=tuple(entries),
        actions=actions,
        asks=pending.waiting_for if pending else "",
        options=tuple(words for one in said for words in chips_of(one)),
        calls=tuple(str(body.get("reason", "")) for body in held),
        priorities=tuple(str(body.get("priority", "")) for body in held),
        suggestions=tuple(f"{one.entry} {one.text}" for one in drafts),
        wrote=written > talk.order_events,
        promised=any(one.kind == "promised" for one in events),
        rule=decision.rule if decision else "",
    )
    talk.decided, talk.acted, talk.order_events = len(brain.decisions), len(brain.actions), written
    return found
