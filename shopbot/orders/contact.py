"""When and whether a shopper may be written to unasked: quiet hours, caps, silence once they reply. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, Protocol

from typing_extensions import override

from shopbot.orders.timing import ONE_DAY, local_day, midnight
from shopbot.rules import Rules
from shopbot.storage.database import Reader

MessageState = Literal["held", "waiting", "sent", "dropped"]
Why = Literal[
    "overtaken",  # a newer message about the same thing was planned
    "replied",  # the shopper has written since: who answers them tells them
    "too-old",  # could not go in time: nobody wants old news
    "told-enough",  # said as often as the rules allow
    "no-talk",  # the buyer has no talk here: a person contacts them
    "no-words",  # nobody wrote the phrase
    "personal",  # what it holds is told to nobody unasked
    "not-true",  # it is so no more: the parcel moved, the refund was paid, the goods are gone
    "bought",  # the goods that were waited for are theirs already
    "withdrawn",  # the shopper does not want to hear it any more
    "staff",  # whoever looked at it first decided so
    "lapsed",  # agents were to look at it first, and nobody did
]
Ending = Literal["go", "lapse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """What shall be told to a shopper: a phrase of the knowledge and its variables.

    It speaks to the buyer of ``order``, or, where that is blank, to ``visitor``.
    """

    id: str
    store_id: str
    order: str
    visitor: str = ""
    subject: str  # what it speaks of: a case id, a parcel, "order"
    kind: str = ""  # of rules/proactive.yaml; blank: not told before asking
    phrase: str
    values: dict[str, str]
    key: str  # never planned twice under it
    urgent: bool = False
    state: MessageState = "waiting"
    why: str = ""  # dropped: a Why
    held_until: datetime | None = None  # agents look at it first
    then: str = ""  # held: an Ending
    decided_by: str = ""  # who let it go or dropped it; "system": its time was over
    decided_at: datetime | None = None
    note: str = ""  # why staff dropped it
    not_before: datetime
    expires_at: datetime
    created_at: datetime
    sent_at: datetime | None = None
    version: int = 1

    @property
    def news_since(self) -> datetime:
        """Return from when on a shopper who writes is told by whoever answers."""
        return self.decided_at or self.created_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that the same person got earlier."""

    order: str
    phrase: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Now, later or never: exactly one of the three."""

    now: bool = False
    later: datetime | None = None
    never: Why | None = None


class Truth(Protocol):
    """Who knows whether what a message tells is still so."""

    def against(self, reader: Reader, message: OutgoingMessage, now: datetime) -> Why | None:
        """Return why ``message`` must not go any more, None while it may."""
        ...


class ContactPolicy(Protocol):
    """Who decides whether a message may go; conversations may bring one of their own."""

    def first_moment(self, urgent: bool, now: datetime) -> datetime:
        """Return the first moment from ``now`` on at which anything may be sent."""
        ...

    def expiry(self, not_before: datetime) -> datetime:
        """Return from when on a message that may go at ``not_before`` is old news."""
        ...

    def decide(
        self,
        message: OutgoingMessage,
        sent: Sequence[Sent],
        told: int,
        last_reply: datetime | None,
        now: datetime,
    ) -> Contact:
        """Say whether ``message`` goes now.

        ``sent``: what this person was sent in the last two days, in order; ``told``: how often this
        order's buyer was told this phrase; ``last_reply``: when they last wrote.
        """
        ...

    def is_for_person(self, phrase: str) -> bool:
        """Tell whether a person tells ``phrase`` by other ways when the buyer has no talk here."""
        ...


class Replies(Protocol):
    """When a shopper last wrote, and whose orders are whose; the conversations know."""

    def last_reply(self, store_id: str, order: str) -> datetime | None:
        """Return when the buyer of ``order`` last wrote, None when they never did."""
        ...

    def visitors_of(self, store_id: str, order: str) -> Sequence[str]:
        """Return the visitors to whom ``order`` was shown as theirs."""
        return ()

    def orders_of(self, store_id: str, visitor: str) -> Sequence[str]:
        """Return the orders that were shown to a visitor as theirs."""
        return ()


class NoReplies(Replies):
    """Nobody talks yet."""

    @override
    def last_reply(self, store_id: str, order: str) -> datetime | None:
        return None


class RuleContact(ContactPolicy):
    """The policy of ``knowledge/rules/contact.yaml``."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    @override
    def first_moment(self, urgent: bool, now: datetime) -> datetime:
        contact = self._rules.contact
        if urgent and contact.urgent_ignores_quiet:
            return now
        end = quiet_end(now, contact.quiet_from, contact.quiet_until, self._rules)
        return end or now

    @override
    def expiry(self, not_before: datetime) -> datetime:
        return not_before + self._rules.contact.keep

    @override
    def decide(
        self,
        message: OutgoingMessage,
        sent: Sequence[Sent],
        told: int,
        last_reply: datetime | None,
        now: datetime,
    ) -> Contact:
        if now >= message.expires_at:
            return Contact(never="too-old")
        if last_reply is not None and last_reply >= message.news_since:
            return Contact(never="replied")
        if told >= self._rules.contact.per_order:
            return Contact(never="told-enough")
        moment = self._free(sent, max(now, message.not_before))
        moment = self.first_moment(message.urgent, moment)
        if moment >= message.expires_at:
            return Contact(never="too-old")
        return Contact(now=True) if moment <= now else Contact(later=moment)

    @override
    def is_for_person(self, phrase: str) -> bool:
        spared = self._rules.contact.not_by_person
        return not any(
            phrase.startswith(one) if one.endswith(".") else phrase == one for one in spared
        )

    def _free(self, sent: Sequence[Sent], moment: datetime) -> datetime:
        """Return the first moment from ``moment`` on that gap and day's cap leave free."""
        contact = self._rules.contact
        last = max((one.at for one in sent), default=None)
        if last is not None:
            moment = max(moment, last + contact.gap)
        day = local_day(moment, self._rules)
        today = sum(local_day(one.at, self._rules) == day for one in sent)
        if today < contact.per_day:
            return moment
        return midnight(day + ONE_DAY, self._rules)


def promise_by(now: datetime, length: timedelta, rules: Rules) -> datetime:
    """Return when a result can be promised that takes ``length``: nobody works or tells it in quiet hours."""
    since, until = rules.contact.quiet_from, rules.contact.quiet_until
    by = (quiet_end(now, since, until, rules) or now) + length
    return quiet_end(by, since, until, rules) or by


def after_awake(start: datetime, length: timedelta, rules: Rules) -> datetime:
    """Return when ``length`` is over that only runs outside of the quiet hours."""
    since, until = rules.contact.quiet_from, rules.contact.quiet_until
    moment = quiet_end(start, since, until, rules) or start
    while since != until:
        night = _next_clock(moment, since, rules)
        if moment + length <= night:
            break
        length -= night - moment
        moment = quiet_end(night, since, until, rules) or night
    return moment + length


def _next_clock(moment: datetime, clock: time, rules: Rules) -> datetime:
    """Return the first moment after ``moment`` at which the store's clock shows ``clock``."""
    day = local_day(moment, rules)
    today = datetime.combine(day, clock, rules.zone).astimezone(UTC)
    if today > moment:
        return today
    return datetime.combine(day + ONE_DAY, clock, rules.zone).astimezone(UTC)


def quiet_end(now: datetime, since: time, until: time, rules: Rules) -> datetime | None:
    """Return when the quiet hours end in which ``now`` lies, None outside them; equal times: none."""
    if since == until:
        return None
    local = now.astimezone(rules.zone)
    overnight = since > until
    clock = local.time()
    inside = (clock >= since or clock < until) if overnight else since <= clock < until
    if not inside:
        return None
    day = local.date() + (ONE_DAY if overnight and clock >= since else 0 * ONE_DAY)
    return datetime.combine(day, until, rules.zone).astimezone(UTC)
