"""Why something about a review is refused; part of the tree in :mod:`shopbot.errors`."""

from __future__ import annotations

from collections.abc import Sequence

from shopbot.errors import Conflict


class CallOver(Conflict):
    """The call about a review has ended; it cannot be recorded again."""

    code = "review.call-over"

    def __init__(self, call_id: str, state: str) -> None:
        super().__init__(
            f"The call {call_id} has ended ({state}). Look at the review before you go on.",
            id=call_id,
            state=state,
        )


class AnswerBlocked(Conflict):
    """An answer to a review may not be published as it is; ``why`` names each reason."""

    code = "review.answer-blocked"

    def __init__(self, why: Sequence[str]) -> None:
        super().__init__(f"Not kept: {'; '.join(why)}. Change the text.", why=list(why))


class Answered(Conflict):
    """The review was answered before; platforms show one answer."""

    code = "review.answered"

    def __init__(self, review_id: str) -> None:
        super().__init__(
            f"The review {review_id} was answered before. Look at the answer first.", id=review_id
        )
