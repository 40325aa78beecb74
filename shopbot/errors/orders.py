"""Orders cannot be read, or were not shown to be the shopper's."""

from __future__ import annotations

from shopbot.errors.base import EXIT_PROBLEMS, ShopbotError
from shopbot.errors.requests import Forbidden, RequestError, TooMany


class OrdersFileUnreadable(ShopbotError):
    """A table of orders, lines or courier events cannot be read, or must not be opened."""

    code = "orders.file-unreadable"
    status = 400
    exit_code = EXIT_PROBLEMS

    def __init__(self, file: object, reason: str) -> None:
        super().__init__(
            f"{file} was not imported: {reason}", file=getattr(file, "name", file), reason=reason
        )


class ProofRefused(Forbidden):
    """The order was not shown to be the shopper's; the answer is the same when there is none."""

    code = "orders.proof-refused"

    def __init__(self) -> None:
        RequestError.__init__(
            self,
            "Order number and phone do not belong together, or the link has expired. "
            "Check both, or open the chat from the order page again.",
        )


class TooManyTries(TooMany):
    """Too many wrong proofs of an order in an hour."""

    code = "orders.too-many-tries"

    def __init__(self, wait_s: int) -> None:
        RequestError.__init__(
            self, f"Too many wrong tries. Try again in {wait_s} seconds.", wait_s=wait_s
        )
