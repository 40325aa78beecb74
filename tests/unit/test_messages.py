"""The message file: complete, plain, and loud about mistakes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import shopbot
from shopbot import messages
from shopbot.chat.model import Mode
from shopbot.chat.situation import Reason

SOURCES = sorted(Path(shopbot.__file__).parent.rglob("*.py"))
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_values_are_put_in() -> None:
    """A message shows what it is given."""
    assert "/tmp" in messages.text("serve.knowledge", folder="/tmp", entries=1, ready=2, total=3)  # noqa: S108


def test_an_unknown_key_is_loud() -> None:
    """A slip in a key is a bug, found at once."""
    with pytest.raises(KeyError):
        messages.text("no.such-key")


def test_a_missing_value_is_loud() -> None:
    """A message never shows a hole."""
    with pytest.raises(KeyError):
        messages.text("serve.ready")


@pytest.mark.parametrize("template", ["{a.b}", "{a[0]}", "{a!r}", "{a:>10}", "{0}", "{}", 7])
def test_only_plain_names_may_stand_in_braces(template: object) -> None:
    """A message cannot reach into objects or format them."""
    with pytest.raises(ValueError, match="x"):
        messages.check_template("x", template)


@pytest.mark.parametrize("key", messages.known())
def test_every_message_is_chinese(key: str) -> None:
    """Staff and shoppers read Chinese (or a bare figure or address)."""
    template = messages.templates(key)[key]

    assert HAN.search(template) or not re.search(r"[A-Za-z]{4}", re.sub(r"\{\w+\}", "", template))


CALLED_FOR = [
    *get_args(Reason),
    *(f"agent-{why}" for why in ("lost", "off")),
    *(f"mode:{mode}" for mode in get_args(Mode)),
]


@pytest.mark.parametrize("reason", CALLED_FOR)
def test_every_reason_for_a_person_has_its_words(reason: str) -> None:
    """On the desk and in the records; a bare code tells an agent nothing."""
    assert HAN.search(messages.text(f"talk.reason.{reason}"))
    assert HAN.search(messages.text(f"record.reason.{reason}"))
