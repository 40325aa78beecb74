"""Why something in a talk is refused; part of the tree in :mod:`shopbot.errors`."""

from __future__ import annotations

from collections.abc import Sequence

from shopbot.errors import Conflict, Malformed, RequestError, UnsupportedMedia


class TalkClosed(Conflict):
    """The talk has ended; a message needs an open one."""

    code = "chat.closed"

    def __init__(self) -> None:
        super().__init__("This conversation is closed. Open a new one, or reopen it first.")


class TalkTaken(Conflict):
    """A colleague holds the talk."""

    code = "chat.taken"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name or 'A colleague'} holds this conversation. "
            "Ask for a transfer, or write a note to your colleague.",
            name=name,
        )


class DraftVoid(Conflict):
    """The suggestion is of no use any more: the talk went on meanwhile."""

    code = "chat.draft-void"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This suggestion cannot be sent any more ({why}). Look at the new ones.", why=why
        )


class MessageBlocked(Conflict):
    """The text may not leave as it is; ``why`` names each reason."""

    code = "chat.blocked"

    def __init__(self, why: Sequence[str], *, final: bool) -> None:
        told = "; ".join(why)
        way = "Change the text." if final else "Change the text, or send it with anyway=true."
        super().__init__(f"Not sent: {told}. {way}", why=list(why), final=final)


class RecallTooLate(Conflict):
    """Messages can be taken back for two minutes."""

    code = "chat.recall-too-late"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"A message can be taken back within {seconds} seconds, and only once. "
            "Write another one to correct it.",
            seconds=seconds,
        )


class BadMessage(Malformed):
    """The message is not of a known type, or its body does not fit the type's schema."""

    code = "chat.bad-message"

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"This is no message: {problem}. See docs/api.md for the types.", problem=problem
        )


class MediaRefused(UnsupportedMedia):
    """The file is of a kind that is not taken, damaged or too large in pixels."""

    code = "chat.media-refused"

    def __init__(self, problem: str) -> None:
        super().__init__(f"This file is not taken: {problem}.", problem=problem)


class MediaTooLarge(RequestError):
    """The file has more bytes than are taken."""

    code = "chat.media-too-large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than {limit} bytes. Send a smaller one.", limit=limit)
