"""Why something about a claim is refused; part of the tree in :mod:`shopbot.errors`."""

from __future__ import annotations

from collections.abc import Sequence

from shopbot.errors import Conflict


class ClaimRefused(Conflict):
    """The step is not one of the claim's state, or lacks what it needs; ``why`` names each reason."""

    code = "claim.refused"

    def __init__(self, claim_id: str, why: Sequence[str]) -> None:
        super().__init__(
            f"The claim {claim_id} does not take this step: {', '.join(why)}. Show it first.",
            id=claim_id,
            why=list(why),
        )


class NotCompensated(Conflict):
    """The buyer of a parcel is not compensated; ``why`` names each reason."""

    code = "claim.not-compensated"

    def __init__(self, parcel: str, why: Sequence[str]) -> None:
        super().__init__(
            f"Nothing is paid for the parcel {parcel}: {', '.join(why)}. Show the claim first.",
            parcel=parcel,
            why=list(why),
        )
