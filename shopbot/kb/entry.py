"""What staff wrote, checked and frozen: entries, products and the shop's own facts.

An *entry* (话术条目) is ``phrasings -> reply variants`` or ``phrasings -> action``. Nothing in here
reads a file; :mod:`shopbot.kb.loader` makes these values and :mod:`shopbot.kb.lint` judges them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Literal

from typing_extensions import override

Status = Literal["draft", "published", "retired"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a sentence stands: path below the knowledge folder (``/`` separated), 1-based line."""

    file: str
    line: int
    column: int = 1

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the knowledge, told so that staff can mend it.

    ``code`` is stable English (``duplicate-id``); ``message`` says what is wrong and ``hint`` what
    to do, both in the staff's language.
    """

    code: str
    severity: Severity
    source: Source
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """One way a shopper asks (问法), with the line it stands on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One curated wording of an answer; the empty filters fit everywhere.

    ``when`` is used by product templates (``in``/``low``/``out``/``partial``, ``fit``/``between``/
    ``none``, ``found``/``none``) and for how the product in view is sold (``presale``, ``gone``).
    """

    text: str
    line: int
    tone: str = "warm"
    channel: str = ""
    category: str = ""
    product: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where an entry applies; an empty tuple means everywhere."""

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def everywhere(self) -> bool:
        """True when nothing narrows the entry down."""
        return not (self.products or self.categories or self.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """Half-open time window ``[since, until)``, aware datetimes; ``None`` is an open end."""

    since: datetime | None = None
    until: datetime | None = None

    def covers(self, now: datetime) -> bool:
        """True when ``now`` (aware) lies inside the window."""
        return (self.since is None or self.since <= now) and (
            self.until is None or now < self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised by saying this, and until when: ``48h``, ``3d``, ``30m`` or a date."""

    what: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One curated thing the shop can say or do."""

    id: str
    topic: str
    source: Source
    stage: str = "service"
    phrasings: tuple[Phrasing, ...] = ()
    variants: tuple[Variant, ...] = ()
    ask: str = ""
    action: str = ""
    needs: tuple[str, ...] = ()
    scope: Scope = field(default_factory=Scope)
    valid: Validity = field(default_factory=Validity)
    attachments: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    owner: str = ""
    status: Status = "published"
    priority: int = 0
    promise: Promise | None = None
    attribute: str = ""
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)
    """Line and column of fields (``topic``, ``chips.0``, ``answers.1``), for problems only."""

    @property
    def is_system(self) -> bool:
        """True for the fixed phrases the bot itself uses (``system.greet`` …)."""
        return self.id.startswith("system.")

    @property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 over all that decides what is said.

        Places (file, line, column) do not count: moving an entry does not make a new version.
        """
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:12]

    def place(self, name: str) -> Source:
        """Return where the field ``name`` stands, else where the entry begins."""
        line, column = self.places.get(name, (self.source.line, self.source.column))
        return Source(file=self.source.file, line=line, column=column)

    def canonical(self) -> str:
        """The entry as sorted JSON without places; kept as the full text of a version."""
        plain = asdict(self)
        del plain["source"], plain["places"]
        for part in (*plain["phrasings"], *plain["variants"]):
            del part["line"]
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour as the product sheet names it, with the code that stands in the SKU (may be empty)."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product row; ``attributes`` maps the sheet's column (面料 …) to text, blanks left out."""

    sku: str
    name: str
    source: Source
    category: str = ""
    aliases: tuple[str, ...] = ()
    price: str = ""
    price_as_of: datetime | None = None
    colours: tuple[Colour, ...] = ()
    sizes: tuple[str, ...] = ()
    size_table: str = ""
    links: tuple[str, ...] = ()
    image: str = ""
    status: str = "在售"
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """Pieces on hand of one colour and size at ``as_of``."""

    sku: str
    colour: str
    size: str
    quantity: int
    as_of: datetime
    restock: date | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRow:
    """One size: ranges keyed by height (cm), weight (kg), foot_length (mm); measurements as text."""

    size: str
    ranges: Mapping[str, tuple[float, float]]
    measurements: Mapping[str, str]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What tells two products apart (区别) and how to choose (怎么选)."""

    first: str
    second: str
    difference: str
    choose: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class BannedWord:
    """A word that may not be said: ``kind`` 含糊/禁语/绝对化/承诺/违规, and how to rephrase."""

    kind: str
    word: str
    hint: str
    allowed: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject shoppers write about; ``kind`` answer/order/handoff/talk."""

    id: str
    zh: str
    stage: str
    kind: str
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Reception of human agents: ISO week days (1 = Monday) and local ``HH:MM`` ends."""

    days: tuple[int, ...]
    opens: str
    closes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """store.yaml: who the shop is; ``facts`` are the variables its answers may use."""

    id: str
    name: str
    timezone: str = "Asia/Shanghai"
    hours: tuple[OpeningHours, ...] = ()
    couriers: tuple[str, ...] = ()
    freshness: Mapping[str, int] = field(default_factory=dict)
    """Seconds after which a stock figure (库存) or price (价格) is too old to be told."""
    facts: Mapping[str, str] = field(default_factory=dict)
    source: Source = field(default_factory=lambda: Source(file="store.yaml", line=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The store's word lists."""

    lexicon: tuple[tuple[str, int], ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()
    banned: tuple[BannedWord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that one store's folder says, as of one reading.

    ``entries`` are replies, system phrases, policies and product templates (``attribute`` set) in
    file order. ``files`` maps each source file to its SHA-256; ``stale_files`` are those whose
    present text is broken, so that their last good version stands in. ``broken`` are entries of this
    reading that cannot be used; only the checks look at them.
    """

    store: StoreFacts
    entries: tuple[Entry, ...]
    products: tuple[Product, ...]
    stock: tuple[StockRow, ...]
    sizes: Mapping[str, tuple[SizeRow, ...]]
    comparisons: tuple[Comparison, ...]
    words: Words
    topics: Mapping[str, Topic]
    problems: tuple[Problem, ...]
    files: Mapping[str, str]
    stale_files: tuple[str, ...] = ()
    broken: tuple[Entry, ...] = field(default=(), compare=False)
