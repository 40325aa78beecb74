"""Why a source of orders gave nothing; part of the tree in :mod:`shopbot.errors`."""

from __future__ import annotations

from shopbot.errors import EXIT_PROBLEMS, RequestError, ShopbotError


class SourceError(ShopbotError):
    """A shop platform, ERP or courier service gave no answer that can be used."""

    code = "source.failed"
    status = 502
    exit_code = EXIT_PROBLEMS


class SourceDown(SourceError):
    """It does not answer, answers too slowly, or says that it cannot now: trying again may help."""

    code = "source.down"
    status = 503

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"The source {source} is down ({reason}). What is here stays; try again later.",
            source=source,
            reason=reason,
        )


class SourceWrong(SourceError):
    """It answers, but not as the contract says (docs/connectors.md): somebody must mend it."""

    code = "source.wrong"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"The source {source} does not keep to the contract ({reason}). See docs/connectors.md.",
            source=source,
            reason=reason,
        )


class HookRefused(RequestError):
    """A push whose signature is wrong, too old or used before."""

    code = "hook.refused"
    status = 403

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The push was refused: {reason}. See docs/connectors.md for how it is signed.",
            reason=reason,
        )
