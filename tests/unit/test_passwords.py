"""Passwords: what is refused, and that comparing is slow on purpose."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot.accounts import passwords
from shopbot.accounts.errors import BadAccount


@pytest.mark.parametrize(
    "password",
    [
        "three blue kettles",
        "九只白鹅过了小桥又回来",
        "tr0ub4dor&3-x",
        "kXw9!mPq2z",
    ],
)
def test_a_good_password_is_taken(password: str) -> None:
    """Long enough and not what everybody tries."""
    assert password == passwords.check_password(password, "xiaoling")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "password-length"),
        ("kettle9", "password-length"),
        ("x" * 201, "password-length"),
        ("abababababab", "password-repeats"),
        ("1111111111", "password-repeats"),
        ("password1234", "password-common"),
        ("Password!2345", "password-common"),
        ("0123456789", "password-common"),
        ("qwertyuiop12", "password-common"),
        ("xiaoling2026", "password-common"),
        ("woaini5201314", "password-common"),
        ("abcdefghijkl", "password-common"),
        ("shopbotadmin", "password-common"),
    ],
)
def test_a_password_that_will_not_do_is_refused(password: str, reason: str) -> None:
    """With the reason."""
    with pytest.raises(BadAccount) as refused:
        passwords.check_password(password, "xiaoling")

    assert reason == refused.value.values["reason"]


def test_the_real_hash_is_argon2id_with_64_mib() -> None:
    """As RFC 9106 advises for servers; two hashes of one password differ."""
    first, second = (passwords.hash_checked("three blue kettles", "x") for _ in range(2))

    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert first != second
    assert passwords.verify(first, "three blue kettles")
    assert not passwords.verify(first, "three blue kettle")
    assert not passwords.verify(None, "three blue kettles")
    assert not passwords.is_dated(first)


def test_what_is_no_hash_matches_nothing() -> None:
    """Nor is it a bug."""
    assert not passwords.verify("x", "three blue kettles")


def test_a_password_may_be_typed_in_either_form() -> None:
    """Keyboards write é as one character or as two."""
    composed = unicodedata.normalize("NFC", "café crème brûlée")
    hashed = passwords.hash_checked(composed, "x")

    assert passwords.verify(hashed, unicodedata.normalize("NFD", composed))


@given(st.text(max_size=250), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_any_text_is_taken_or_refused(password: str, name: str) -> None:
    """Never a bug; what is taken has the length asked for."""
    try:
        taken = passwords.check_password(password, name)
    except BadAccount:
        return

    assert passwords.SHORTEST <= len(taken) <= passwords.LONGEST
