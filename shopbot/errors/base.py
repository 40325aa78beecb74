"""What every error has: a code, an HTTP status, an exit code, and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

EXIT_PROBLEMS = 1  # the command ran; what it looked at has errors
EXIT_USAGE = 2
EXIT_CONFIG = 3
EXIT_KNOWLEDGE = 4
EXIT_MODEL = 5
EXIT_STORAGE = 6
EXIT_BUG = 70


class ShopbotError(Exception):
    """Anything the product refuses or fails to do, in a form to show."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = EXIT_BUG

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def as_dict(self) -> dict[str, object]:
        """Return the body of an API error: ``error``, ``detail`` and what the error is about."""
        return {"error": self.code, "detail": self.message, **self.values}


def codes() -> Iterator[type[ShopbotError]]:
    """Walk the tree, parents first (docs/errors.md and its test are made from this)."""
    waiting: list[type[ShopbotError]] = [ShopbotError]
    while waiting:
        kind = waiting.pop(0)
        yield kind
        waiting.extend(kind.__subclasses__())
