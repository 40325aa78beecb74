"""A claim about a parcel, as frozen facts. Money is integer fen, times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ClaimKind = Literal["lost", "damaged", "not-received"]
ClaimState = Literal[
    "chasing",  # the courier looks for the parcel
    "proving",  # the courier must show who signed
    "established",  # lost or broken, to be claimed from the courier
    "filed",  # the courier must answer
    "won",
    "partly",
    "refused",
    "found",  # it came, or its buyer has it after all
    "dropped",
]
ClaimEvent = Literal["found", "lost", "file", "won", "partly", "refused", "drop"]
CompensationState = Literal["asked", "approved", "denied"]

COMPENSATION = "parcel-claim"
"""The reason of a refund that makes good for a parcel."""

ENDS: frozenset[ClaimState] = frozenset({"won", "partly", "refused", "found", "dropped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is asked of a courier about one parcel."""

    id: str
    store_id: str
    order: str
    parcel: str
    carrier: str  # our name of it; blank: unknown
    kind: ClaimKind
    state: ClaimState
    asked_fen: int = 0  # of the courier
    won_fen: int = 0
    papers: tuple[str, ...] = ()  # handed in
    note: str = ""
    opened_by: str = ""
    opened_at: datetime
    deadline: datetime | None = None  # of the present state; None: ended
    filed_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether something is still to be done at the courier."""
        return self.state not in ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """What the shop pays the buyer for a parcel."""

    id: str
    store_id: str
    claim: str
    order: str
    parcel: str
    fen: int
    state: CompensationState
    asked_by: str
    asked_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStep:
    """A step as staff take it; ``fen``: asked for with ``file``, won with ``partly`` (with ``won`` it may be left out)."""

    event: ClaimEvent
    fen: int = 0
    papers: tuple[str, ...] = ()
    note: str = ""
