"""The error tree: codes, statuses, and messages that say what to do."""

from __future__ import annotations

import inspect

import pytest

from shopbot import errors, messages

KINDS = list(errors.codes())


def test_codes_are_unique() -> None:
    """Whoever meets a code finds one error."""
    assert len(KINDS) == len({kind.code for kind in KINDS})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_explains_itself(kind: type[errors.ShopbotError]) -> None:
    """Each class has a docstring and stands in the tree at the top of the module."""
    drawn = (errors.__doc__ or "") if kind.__module__ == errors.__name__ else kind.__name__

    assert inspect.getdoc(kind)
    assert kind.__name__ in drawn


def test_only_malformed_payloads_are_422() -> None:
    """Refusals for business reasons have other statuses."""
    refused = [kind for kind in KINDS if kind.status == 422]

    assert errors.Malformed in refused
    assert [] == [kind.code for kind in refused if not issubclass(kind, errors.Malformed)]


def test_an_error_as_a_body_names_code_and_values() -> None:
    """A client can act on the code and show the rest."""
    body = errors.Forbidden("shopper").as_dict()

    assert {"error": "auth.forbidden", "role": "shopper"}.items() <= body.items()


def test_staff_read_chinese_where_they_meet_the_error() -> None:
    """A missing knowledge folder is told in Chinese, with the folder."""
    told = messages.of_error(errors.KnowledgeMissing("我的店"))

    assert "我的店" in told
    assert "知识库" in told


def test_other_errors_are_told_in_english() -> None:
    """An error without a Chinese message keeps its own."""
    error = errors.OpenWithoutKey("0.0.0.0")  # noqa: S104

    assert error.message == messages.of_error(error)
    assert "SHOPBOT_AGENT_KEY" in error.message
