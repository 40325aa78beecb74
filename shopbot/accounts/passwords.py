"""Passwords: what is good enough, how they are kept (argon2id) and compared.

Rules after NIST SP 800-63B: length counts, no forced mixture, common ones and the name itself refused.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from shopbot.accounts.errors import BadAccount

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 10
LONGEST = 200  # characters; hashing longer ones would only cost time
_DIFFERENT = 5
_COMMON = (
    "password", "passw0rd", "qwerty", "asdfgh", "zxcvbn", "1q2w3e", "abc123", "admin", "letmein",
    "iloveyou", "woaini", "5201314", "1314520", "shopbot", "welcome", "changeme", "monkey", "dragon",
    "a1b2c3", "qazwsx", "woshi", "taobao", "111111", "888888", "666666", "123123", "112233",
)  # fmt: skip
_RUNS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LEFT_OVER = 6  # characters that must remain besides common words, runs and the name
_RUN = 4


def check_password(password: str, name: str) -> str:
    """Return the password as it is hashed (Unicode NFC); BadAccount tells why it will not do."""
    text = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise BadAccount(
            f"The password has {len(text)} characters",
            f"Take {SHORTEST} to {LONGEST}.",
            "password-length",
            count=len(text),
            least=SHORTEST,
            most=LONGEST,
        )
    if len(set(text)) < _DIFFERENT:
        raise BadAccount(
            "The password repeats few characters",
            f"Take at least {_DIFFERENT} different ones.",
            "password-repeats",
            least=_DIFFERENT,
        )
    if len(_without_common(text.casefold(), name.casefold())) < _LEFT_OVER:
        raise BadAccount(
            "The password is easy to guess",
            "Take several words that do not belong together; not the name, not 123456 or qwerty.",
            "password-common",
        )
    return text


def hash_checked(password: str, name: str) -> str:
    """Return what is kept of a password that is good enough; BadAccount for others."""
    return _hasher().hash(check_password(password, name))


def verify(hashed: str | None, password: str) -> bool:
    """Compare; the work is the same when there is no such user or no password (``None``)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    text = unicodedata.normalize("NFC", password[:LONGEST])
    try:
        _hasher().verify(hashed or _nobody(), text)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def is_dated(hashed: str) -> bool:
    """Tell whether the hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(hashed)


def rehash(password: str) -> str:
    """Hash a password that was just verified anew, with today's parameters."""
    return _hasher().hash(unicodedata.normalize("NFC", password[:LONGEST]))


def _without_common(text: str, name: str) -> str:
    """Return what is left of a password when words and runs everybody tries are taken out."""
    for word in (*_COMMON, name):
        text = text.replace(word, "")
    for run in (*_RUNS, *(run[::-1] for run in _RUNS)):
        for start in range(len(run) - _RUN + 1):
            text = text.replace(run[start : start + _RUN], "")
    return text


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    # 64 MiB, three passes, as RFC 9106 section 4 advises for servers; one lane, since cores are few.
    return PasswordHasher(
        time_cost=RFC_9106_LOW_MEMORY.time_cost,
        memory_cost=RFC_9106_LOW_MEMORY.memory_cost,
        parallelism=1,
    )


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")
