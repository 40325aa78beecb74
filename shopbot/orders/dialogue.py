"""The vocabulary of dialogue actions: what was said, what is known, what comes next. Facts only.

A *deed* is what an action writes. Deeds that change something for the shopper are confirmed first:
the shopper agrees to the ``key`` of a :class:`Confirm`, which covers every value of the deed, so a
deed that has changed meanwhile (another amount, another line) is confirmed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from shopbot.orders.cases import CaseRequest
from shopbot.orders.checks import Check
from shopbot.orders.model import OrderFacts, OrderLine
from shopbot.orders.phrases import Phrase
from shopbot.orders.price_protection import PriceNow
from shopbot.orders.states import TaskKind
from shopbot.rules import Rules

Action = Literal[
    "order.status",
    "order.urge",
    "order.track",
    "order.reject",
    "order.change_address",
    "order.change_item",
    "order.note",
    "order.cancel",
    "order.price_protect",
    "order.withdraw",
    "return.request",
    "return.exchange",
    "return.progress",
    "return.ship_back",
    "return.quality",
    "return.wrong_item",
    "return.missing_item",
    "return.repair",
    "claim.lost",
    "claim.damaged",
    "claim.not_received",
]

Slot = Literal[
    "order",
    "phone_tail",
    "line",
    "address",
    "item",  # colour, size or quantity
    "quantity",  # pieces of a line that a case is about
    "parcel",  # that goods are sent back in
    "text",
    "pictures",
    "intact",
    "opened",
    "remedy",
]
Remedy = Literal["return", "refund", "exchange", "resend"]
Proof = Literal["none", "refused", "too-many"]

MOST_OPTIONS = 5
WHOLE = 0  # the value of the slot line that stands for the whole order
MOST_ASKED = 3  # times for one slot; then a person takes over


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What the shopper has said so far; blank or None is not said."""

    order: str = ""
    phone_tail: str = ""
    line: int | None = None  # WHOLE: not one line but the order
    address: str = ""
    door: str = ""  # building, unit and room alone; the rest of the address stays
    receiver: str = ""
    phone: str = ""
    colour: str = ""
    size: str = ""
    quantity: int | None = None
    parcel: str = ""  # number of the parcel that goods are sent back in
    text: str = ""  # a note, or what is wrong
    pictures: tuple[str, ...] = ()  # attachment names
    intact: bool | None = None
    opened: bool | None = None
    remedy: Remedy | None = None
    confirmed: str = ""  # the key of the Confirm that was agreed to
    denied: bool = False  # the last Confirm was declined


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """This run of an action within a conversation."""

    id: str  # conversation and the turn in which the action began
    asked: Mapping[str, int] = field(default_factory=dict)  # slot: how often it was asked for
    done: frozenset[str] = frozenset()  # keys of deeds that are written
    proof: Proof = "none"  # what came of the last try
    wait_minutes: int = 0  # too-many


@dataclass(frozen=True, slots=True, kw_only=True)
class Ware:
    """What is wanted instead: its SKU, price now and whether there is stock; None: unknown.

    ``colour`` and ``size`` are the shop's own words for it; ``colours`` and ``sizes`` are what there is
    to choose from where what was said fits none, or several.
    """

    sku: str = ""
    colour: str = ""
    size: str = ""
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    unit_fen: int | None = None
    in_stock: bool | None = None


class Wares(Protocol):
    """The catalogue, as far as orders need it."""

    def find(self, line: OrderLine, colour: str, size: str, now: datetime) -> Ware:
        """Return the same article in another colour or size (blank: as bought)."""

    def price(self, line: OrderLine) -> PriceNow | None:
        """Return what the article costs now for anybody, None when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything a plan is made of besides what was said."""

    rules: Rules
    talk: Talk
    orders: tuple[OrderFacts, ...] = ()  # only those proved to be the shopper's
    urged: Mapping[str, datetime] = field(default_factory=dict)  # order: when it was last urged
    stock_out: frozenset[str] = frozenset()  # orders that staff say cannot be shipped
    wares: Mapping[tuple[str, int], Ware] = field(default_factory=dict)  # (order, line): wanted
    prices: Mapping[tuple[str, int], PriceNow] = field(default_factory=dict)
    known_until: Mapping[str, datetime] = field(default_factory=dict)  # orders not known up to now
    file_of: Mapping[str, datetime] = field(
        default_factory=dict
    )  # orders of an old file: its moment
    source_down: bool = False  # an order may be at its source and not here


# --- deeds -------------------------------------------------------------------------------------------

Task = TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Have somebody look into a parcel or hurry; nothing of the order changes."""

    order: str
    task: Task
    parcel: str = ""
    why: str = ""
    last: datetime | None = None  # when it was done before: hours later it is another report


@dataclass(frozen=True, slots=True, kw_only=True)
class Intercept:
    """Have the courier bring the parcels back."""

    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAddress:
    """Send it elsewhere."""

    order: str
    receiver: str
    phone: str
    address: str
    door: str = ""  # only this part of the address
    difference_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeItem:
    """Another colour, size or number of pieces."""

    order: str
    line_no: int
    wanted: str  # as staff read it
    sku: str
    quantity: int | None
    difference_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """A remark for the warehouse."""

    order: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Refund the whole order or one line; ``at_once``: nobody has to be asked."""

    order: str
    line_no: int | None = None  # None: the whole order
    at_once: bool
    refund_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Protect:
    """Pay back the difference to today's price."""

    order: str
    line_no: int
    difference_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Ask for a return, exchange, repair, resend or refund of a line."""

    order: str
    request: CaseRequest
    refund_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPictures:
    """Keep the pictures that cases wait for."""

    order: str
    cases: tuple[str, ...]
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipBack:
    """Keep the number of the parcel in which the goods of cases come back."""

    order: str
    cases: tuple[str, ...]
    parcel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Take an after-sale request back."""

    order: str
    case: str


Deed = (
    Report
    | Intercept
    | ChangeAddress
    | ChangeItem
    | AddNote
    | Cancel
    | Protect
    | OpenCase
    | AddPictures
    | ShipBack
    | Withdraw
)

# --- what comes next ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSlot:
    """Ask for one thing; ``clear`` names slots whose value was of no use."""

    slot: Slot
    phrases: tuple[Phrase, ...]
    reasons: tuple[Check, ...] = ()
    identity: bool = False  # it serves to prove whose order it is
    clear: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing to choose: what goes into the slot, and its words."""

    value: str
    phrase: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """Let the shopper pick one of a few."""

    slot: Slot
    phrases: tuple[Phrase, ...]
    options: tuple[Option, ...]
    reasons: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Say what will be done and ask whether to; yes puts ``key`` into ``Slots.confirmed``."""

    key: str
    phrases: tuple[Phrase, ...]
    deed: Deed
    reasons: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Write ``deed`` (None: there is only something to tell) and say the phrases."""

    phrases: tuple[Phrase, ...]
    order: str
    key: str = ""
    deed: Deed | None = None
    reasons: tuple[Check, ...] = ()
    answer_by: datetime | None = None  # when a person must have answered
    hand_over: bool = False  # a person goes on


Why = Literal["rule", "done", "denied", "too-many-tries", "given-up", "hand-over", "source-down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """It is not done; the phrases say why and what helps instead."""

    phrases: tuple[Phrase, ...]
    why: Why
    reasons: tuple[Check, ...] = ()
    hand_over: bool = False


Plan = AskSlot | Choose | Confirm | Apply | Refuse
