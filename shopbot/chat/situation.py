"""What a decision is made from, and what it says. Facts only; :mod:`shopbot.chat.policy` decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shopbot.chat.model import Conversation, MessageType, Priority
from shopbot.kb.suggestion import Part, Suggestion
from shopbot.orders.dialogue import Slots as OrderSlots
from shopbot.orders.restock import OnShelf

Reason = Literal[
    "asked-for-human",  # 转人工
    "missed-twice",  # two turns without an answer
    "same-question",  # asked again though it was answered
    "anger",
    "threat",  # 投诉, 12315, 媒体, 差评
    "safety",  # injury, fire, allergy, health
    "amount",  # more money than the bot may speak about
    "vip",
    "order-module",  # the action itself hands over
    "no-words",  # nobody wrote a sentence for it
    "media",  # a picture or voice note that a person must look at
    "reception",  # people answer first in this mode
]
"""Why a talk goes to a person; each has a priority in ``knowledge/rules/chat.yaml``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An order action that is under way: what it is, what was said for it, what is waited for."""

    action: str
    dialogue: str  # conversation:turn in which it began
    slots: OrderSlots = field(default_factory=OrderSlots)
    asked: Mapping[str, int] = field(default_factory=dict)  # slot: how often
    waiting_for: str = ""  # slot, "confirm", "choice" or "offer"; blank: nothing
    options: tuple[tuple[str, str], ...] = ()  # (value, words) the shopper may pick from
    confirm_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a talk remembers between turns (understanding); kept as JSON in the conversation."""

    product: str = ""  # SKU in focus
    order: str = ""  # order number in focus
    pending: Pending | None = None
    waiting: tuple[Pending, ...] = ()  # order actions that were asked for meanwhile, run afterwards
    choices: tuple[tuple[str, str], ...] = ()  # (entry, phrasing) offered with 您是想问…
    open_questions: tuple[str, ...] = ()  # asked by the shopper, not answered yet
    answered: tuple[tuple[str, str], ...] = ()  # (question core, entry): newest last, at most 12
    said: tuple[tuple[str, int], ...] = ()  # (entry, wordings used): so that the next one differs
    misses: int = 0  # turns in a row without an answer
    called: str = ""  # why people have the word; blank while the bot has it
    greeted: bool = False
    notice: bool = False  # asked which goods are waited for
    reassured: bool = False  # a comfort line was said to this upset shopper


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What the wording gives away, each with the words that did."""

    wants_human: str = ""
    anger: str = ""
    threat: str = ""
    safety: str = ""
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A turn as it was understood: what is asked, and which order action goes on or begins."""

    text: str  # the turn's messages as one
    kinds: frozenset[MessageType]  # what was sent
    wordless: Literal["", "picture", "voice", "file", "emoji", "card"] = ""
    signals: Signals = Signals()
    pending: Pending | None = None  # to be run now; None: no order action
    also: tuple[Pending, ...] = ()  # further order actions that were asked for in the same turn
    parts: tuple[Part, ...] = ()  # what the knowledge says to it; empty when it was not asked
    instead: tuple[str, ...] = ()  # entries whose general answer an order action takes the place of
    rather: Mapping[str, SayPhrase | TakeNotice | StopNotice] = field(
        default_factory=dict
    )  # by entry: said in its place
    picked: str = ""  # entry id chosen from 您是想问…
    private: bool = False  # an identity or bank card number was sent: hidden, never asked for
    foreign: bool = False  # not written in Chinese
    dropped: bool = False  # the shopper gave up the order action that was under way
    changed_subject: bool = False  # something else was asked while an order action waits
    memory: Memory = Memory()  # with what this turn taught; the answer is added by the policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who could take over."""

    open: bool = True  # within the hours of people
    opens_at: datetime | None = None  # when they come again; None while they are there
    agents_free: int = 0  # online with room for another talk
    agents_online: int = 0
    waiting: int = 0  # talks in the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything the policy looks at for one turn."""

    conversation: Conversation
    understood: Understood
    desk: Desk = Desk()
    vip: bool = False
    night: bool = False  # the store's night hours
    waited_s: float = 0.0  # since the shopper's first message of the turn
    order_down: bool = False  # order data could not be read


# --- what comes of it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SayPhrase:
    """Say a fixed phrase (system.…) of the knowledge; ``otherwise`` when nobody wrote it."""

    phrase: str
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    order: str = ""  # whose data it tells


@dataclass(frozen=True, slots=True, kw_only=True)
class SayEntry:
    """Say a suggestion as it stands (another wording when this one was said before)."""

    suggestion: Suggestion
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeNotice:
    """Let the shopper wait for goods that are not there; what came of it is told."""

    goods: OnShelf


@dataclass(frozen=True, slots=True, kw_only=True)
class StopNotice:
    """Let them wait no more: for a product if they wait for it, else for anything."""

    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """您是想问…: let the shopper pick one of up to five."""

    question: str
    options: tuple[tuple[str, str], ...]  # (entry, words)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """Do the next step of an order action; its outcome is told by :func:`shopbot.chat.policy.after_order`.

    ``reminds``: the shopper asked something else in between and is brought back to it.
    """

    pending: Pending
    reminds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Give the talk to people; a blank ``phrase``: what goes before says so already."""

    reason: Reason
    priority: Priority
    phrase: str  # system.handoff, system.closed, …


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """稍等，我为您核实: see to it that somebody comes back by ``by``; a blank ``phrase`` was said."""

    phrase: str
    what: str
    by: datetime


Action = SayPhrase | SayEntry | TakeNotice | StopNotice | Offer | RunOrder | Escalate | Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the bot does with a turn. No actions: it stays silent. ``send``: it may send them itself;
    otherwise they are drafts for a person. ``again_in_s``: decide anew then, nothing is final yet."""

    actions: tuple[Action, ...]
    send: bool
    rule: str  # the row of the policy's table that decided
    reasons: tuple[str, ...]
    memory: Memory
    again_in_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOutcome:
    """What is told and done after one step of an order action.

    ``chips`` are buttons under the last phrase; ``then`` is the action to run next in the same turn
    (the shopper asked for several), ``memory`` holds what is waited for.
    """

    phrases: tuple[SayPhrase, ...]
    chips: tuple[str, ...] = ()
    then: RunOrder | None = None
    escalate: Escalate | None = None
    memory: Memory = Memory()
    reasons: tuple[str, ...] = ()
