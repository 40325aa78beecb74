"""The talk under all that can happen at once: a state machine over people, bot, time and restarts.

A shopper with two tabs, two agents, a bot that may be overtaken while it thinks, a clock that moves, a
server that is started anew. Whatever they do: a turn has one answer, the bot never speaks after a
person in a turn nor while one holds the talk, nothing that was acknowledged is lost or doubled, and
every client ends with the same history.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from typing_extensions import override

from shopbot.chat import turn_store
from shopbot.chat.brain import PolicyBrain
from shopbot.chat.errors import DraftVoid, RecallTooLate, TalkClosed, TalkTaken
from shopbot.chat.hearing import Said
from shopbot.chat.model import Conversation, Event, Side
from shopbot.chat.situation import Understood
from shopbot.chat.understanding import Scene
from shopbot.errors import Conflict, NotFound
from shopbot.ids import FixedClock
from shopbot.storage import SqliteDatabase, open_database
from tests.conftest import START
from tests.simulators.talk import QuickKnowledge, TalkStage, shop_knowledge, talk_stage

TEXTS = (
    "在吗",
    "那个",
    "什么时候发货？",
    "尺码怎么选？",
    "你们老板是谁",
    "转人工",
    "气死我了，骗子",
    "😊",
)
AGENTS = ("u1", "u2")
REFUSALS = (Conflict, DraftVoid, NotFound, RecallTooLate, TalkClosed, TalkTaken)
"""What people may run into; everything else is a bug."""

_template: list[Path] = []


class RecordingBrain(PolicyBrain):
    """Remembers what it was given to understand for each turn, the last time."""

    def __init__(self) -> None:
        self.heard: dict[int, tuple[str, ...]] = {}

    @override
    def understand(self, said: Said, scene: Scene) -> Understood:
        """See :class:`PolicyBrain`."""
        self.heard[int(scene.dialogue.rpartition(":")[2])] = said.texts
        return super().understand(said, scene)


def _fresh_folder() -> Path:
    """Return a folder with a new database; the schema is made once and copied."""
    if not _template:
        made = Path(tempfile.mkdtemp(prefix="shopbot-machine-"))
        open_database(made).close()
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        _template.append(made)
    folder = Path(tempfile.mkdtemp(prefix="shopbot-machine-"))
    shutil.copy(_template[0] / "shopbot.db", folder / "shopbot.db")
    return folder


class Client:
    """One open page: it knows what it fetched, and what it was told was taken back."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.seq = 0
        self.shown: dict[int, Any] = {}

    def fetch(self, stage: TalkStage, talk: Conversation, limit: int = 200) -> None:
        """Get what was missed, a page at most."""
        chat = stage.chat
        found = chat.events_after(conversation=talk.id, side=self.side, seq=self.seq, limit=limit)
        for event in found:
            assert event.seq > self.seq
            self.seq = event.seq
            self.shown[event.seq] = (event.kind, event.author, event.body)
            if event.kind == "recalled":
                self._blank(int(event.body["message"]))

    def _blank(self, seq: int) -> None:
        if seq in self.shown:
            kind, author, body = self.shown[seq]
            self.shown[seq] = (kind, author, {"type": body["type"], "recalled": True})


class TalkMachine(RuleBasedStateMachine):
    """See the module."""

    @initialize()
    def open(self) -> None:
        """Begin a talk in a new shop."""
        self.folder = _fresh_folder()
        self.clock = FixedClock(START)
        self.known: QuickKnowledge = shop_knowledge()
        self.db: SqliteDatabase = open_database(self.folder)
        self.brain = RecordingBrain()
        self._start()
        self.talk = self.stage.chat.open(visitor="vis_1")
        self.clients = [Client("shopper"), Client("shopper"), Client("staff"), Client("staff")]
        self.acknowledged: dict[tuple[str, str], int] = {}  # (who, key): seq
        self.keys = 0
        for agent in AGENTS:
            self._sit(agent)

    def _start(self) -> None:
        self.stage = talk_stage(
            self.db, self.clock, self.folder / "media", known=self.known, brain=self.brain
        )

    def _sit(self, agent: str) -> None:
        gear = self.stage.chat.gear
        gear.db.transaction(
            lambda tx: gear.desk.set_presence(  # type: ignore[attr-defined]
                tx, "test", agent, "online", self.clock.now(), name=agent, capacity=0
            )
        )

    @override
    def teardown(self) -> None:
        """Let everything come to rest, then compare what all clients have seen."""
        if not hasattr(self, "db"):
            return
        for _ in range(6):
            self.clock.move(timedelta(seconds=40))
            self.stage.run_due()
        self._check_rest()
        self.db.close()
        shutil.rmtree(self.folder)

    def _check_rest(self) -> None:
        talk = self.stage.chat.find(self.talk.id)
        turns = [turn_store.find_turn(self.db, talk, n + 1) for n in range(talk.turn)]
        assert all(turn and turn.state != "collecting" for turn in turns)
        for client in self.clients:
            fresh = Client(client.side)
            for one in (client, fresh):
                one.fetch(self.stage, talk, limit=500)
            assert fresh.shown == client.shown

    # --- what people do ---------------------------------------------------------------------------

    def _key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def _try(self, deed: Callable[[], object]) -> None:
        try:
            deed()
        except REFUSALS:
            return

    def _shopper(self, text: str, key: str) -> None:
        sent = self.stage.write(self.talk, text, key=key)
        seq = self.acknowledged.setdefault(("vis_1", key), sent.event.seq)
        assert seq == sent.event.seq

    def _agent(self, agent: str, text: str, key: str) -> None:
        sent = self.stage.reply(self.talk, text, agent=agent, key=key, anyway=True)
        seq = self.acknowledged.setdefault((agent, key), sent.event.seq)
        assert seq == sent.event.seq

    @rule(text=st.sampled_from(TEXTS))
    def shopper_writes(self, text: str) -> None:
        """Send a message, as a client does that sends it again when no answer came."""
        key = self._key()
        self._try(lambda: self._shopper(text, key))
        self._try(lambda: self._shopper(text, key))

    @rule(agent=st.sampled_from(AGENTS))
    def agent_writes(self, agent: str) -> None:
        """Answer by hand."""
        key = self._key()
        self._try(lambda: self._agent(agent, "我来帮您看一下", key))

    @rule(agent=st.sampled_from(AGENTS), at=st.integers(0, 3), edited=st.booleans())
    def agent_accepts(self, agent: str, at: int, edited: bool) -> None:
        """Send a suggestion, twice as a double click does."""
        drafts = self.stage.chat.drafts(self.talk.id)
        if not drafts:
            return
        draft = drafts[at % len(drafts)]
        text = "改过的话，马上给您看" if edited else None
        for key in (self._key(), self._key()):
            self._try(
                partial(
                    self.stage.chat.accept,
                    draft=draft.id,
                    agent=agent,
                    client_key=key,
                    text=text,
                    anyway=True,
                )
            )

    @rule(agent=st.sampled_from(AGENTS))
    def agent_takes(self, agent: str) -> None:
        """Take the talk."""
        self._try(lambda: self.stage.chat.take(conversation=self.talk.id, agent=agent))

    @rule(agent=st.sampled_from(AGENTS))
    def agent_hands_back(self, agent: str) -> None:
        """Give the word back to the bot."""
        self._try(lambda: self.stage.chat.hand_back(conversation=self.talk.id, agent=agent))

    @rule()
    def shopper_takes_back(self) -> None:
        """Recall the last message."""
        seqs = [seq for (who, _), seq in self.acknowledged.items() if who == "vis_1"]
        if seqs:
            self._try(
                lambda: self.stage.chat.recall(
                    conversation=self.talk.id, author="shopper", who="vis_1", seq=max(seqs)
                )
            )

    @rule()
    def talk_ends(self) -> None:
        """An agent closes the talk; the next message opens it again."""
        self._try(lambda: self.stage.chat.close(conversation=self.talk.id, who="u1"))

    # --- time, the bot, the server ----------------------------------------------------------------

    @rule(seconds=st.sampled_from((0.1, 0.5, 2.0, 6.0, 150.0, -30.0)))
    def time_passes(self, seconds: float) -> None:
        """Move the clock, back as well, and let the keeper look."""
        self.clock.move(timedelta(seconds=seconds))
        self.stage.run_due(3)

    @rule(
        text=st.sampled_from(TEXTS),
        deed=st.sampled_from(("shopper", "agent", "take", "recall", "close", "twice")),
    )
    def bot_is_overtaken(self, text: str, deed: str) -> None:
        """Something happens while the bot thinks over a turn that is due."""
        self.shopper_writes(text)
        self.clock.move(timedelta(seconds=5))
        due = self.stage.chat.due_turns()
        if not due:
            return
        number = due[0].number
        self._while_thinking(deed, number)
        self.stage.chat.answer_turn(self.talk.id, number)
        self._think_alone()

    def _while_thinking(self, deed: str, number: int) -> None:
        deeds: dict[str, Callable[[], object]] = {
            "shopper": lambda: self._shopper("什么时候发货？", self._key()),
            "agent": lambda: self._agent("u1", "我来说", self._key()),
            "take": lambda: self.stage.chat.take(conversation=self.talk.id, agent="u2"),
            "recall": self.shopper_takes_back,
            "close": lambda: self.stage.chat.close(conversation=self.talk.id, who="u1"),
            "twice": lambda: self.stage.chat.answer_turn(self.talk.id, number),
        }
        real = QuickKnowledge.suggest

        def suggest(query: Any) -> Any:
            self._think_alone()
            self._try(deeds[deed])
            return real(self.known, query)

        self.known.__dict__["suggest"] = suggest

    def _think_alone(self) -> None:
        self.known.__dict__.pop("suggest", None)

    @rule()
    def server_restarts(self) -> None:
        """Everything in memory is gone."""
        self.db.close()
        self.db = open_database(self.folder)
        self._start()

    # --- clients ----------------------------------------------------------------------------------

    @rule(at=st.integers(0, 3), limit=st.sampled_from((1, 3, 200)))
    def client_fetches(self, at: int, limit: int) -> None:
        """A page gets a part of what it missed."""
        self.clients[at].fetch(self.stage, self.talk, limit)

    @rule(at=st.integers(0, 3))
    def client_reloads(self, at: int) -> None:
        """A page is loaded anew and knows nothing."""
        self.clients[at] = Client(self.clients[at].side)

    # --- laws -------------------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        """Look at the whole history."""
        if not hasattr(self, "db"):
            return
        events = self.stage.events(self.talk)
        assert list(range(1, len(events) + 1)) == [event.seq for event in events]
        _check_acknowledged(events, self.acknowledged)
        _check_one_answer(events)
        _check_person_first(events)
        _check_holder(events)
        self._check_all_heard(events)

    def _check_all_heard(self, events: list[Event]) -> None:
        """What was answered was heard whole: no message slipped in behind the bot's back."""
        gone = {int(one.body["message"]) for one in events if one.kind == "recalled"}
        answered = {one.turn for one in events if one.author == "bot" and one.kind == "message"}
        for event in events:
            mine = event.kind == "message" and event.author == "shopper"
            if mine and event.turn in answered and event.seq not in gone:
                assert event.body["text"] in self.brain.heard[event.turn]


def _check_acknowledged(events: list[Event], acknowledged: dict[tuple[str, str], int]) -> None:
    """Every message that was acknowledged is there once."""
    keys = [(event.who, event.client_key) for event in events if event.kind == "message"]
    for (who, key), seq in acknowledged.items():
        assert 1 == keys.count((who, key))
        assert (who, key) == (events[seq - 1].who, events[seq - 1].client_key)


def _check_one_answer(events: list[Event]) -> None:
    """What the bot says to a turn is one answer: nobody else speaks in between, no key comes twice."""
    turns = {event.turn for event in events if event.author == "bot" and event.kind == "message"}
    for turn in turns - {0}:
        said = [
            event
            for event in events
            if event.author == "bot" and event.kind == "message" and event.turn == turn
        ]
        between = events[said[0].seq - 1 : said[-1].seq]
        assert not [one for one in between if one.kind == "message" and one.author != "bot"]
        assert len({event.client_key for event in said}) == len(said)


def _check_person_first(events: list[Event]) -> None:
    """After a person has answered a turn the bot says nothing to it, nor to an earlier one."""
    answered = 0
    for event in events:
        if event.kind != "message":
            continue
        if event.author == "agent":
            answered = max(answered, event.turn)
        if event.author == "bot" and event.turn:
            assert event.turn > answered


def _check_holder(events: list[Event]) -> None:
    """While a person holds the talk the bot is silent."""
    holder = "bot"
    for event in events:
        if event.kind == "held":
            holder = event.body["holder"]
        elif event.kind in ("closed", "reopened"):
            holder = "bot"
        elif event.kind == "message" and event.author == "bot" and event.turn:
            assert holder != "agent"


TalkMachine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTalkMachine = TalkMachine.TestCase
