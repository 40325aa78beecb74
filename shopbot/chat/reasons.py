"""Why something was decided, worded for staff. Codes are stable and counted; words may change."""

from __future__ import annotations

from shopbot import messages

_CHECK = "check:"


def worded(code: str) -> str:
    """Return a reason (``call:threat``, ``entry:…``) as staff read it; the code when it has no words.

    A check of the order rules brings its own sentence behind a blank: ``check:in-time:no 已经过了…``.
    """
    if code.startswith(_CHECK):
        return code.partition(" ")[2] or code
    head, _, value = code.partition(":")
    exact = f"reason.{head}.{value}"
    if messages.has(exact):
        return messages.text(exact)
    key = f"reason.{head}"
    return messages.text(key, value=value) if messages.has(key) else code
